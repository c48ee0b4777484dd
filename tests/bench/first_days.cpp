// The first two days of a promise that has no history: what they cost, and what they break.
//
// first_days FOLDER [--boot 180] [--only NAME]
// FOLDER holds traces.json and the traces. A promise begins anew every twelve hours of each trace;
// a line a trace and promise: machine-hours over those of the HPA rule (target utilisation 0.7) that
// began with it, and violated slots in % of both, in the first six hours, the rest of the first
// day, and the second.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "core/decide/promise/promise.hpp"
#include "tests/bench/traces.hpp"

namespace {

using namespace nova;

constexpr std::size_t kHour = 60, kDay = 24 * kHour, kEvery = 12 * kHour;
constexpr std::size_t kEnds[] = {6 * kHour, kDay, 2 * kDay};
constexpr std::size_t kParts = 3;

struct Part {
  double slots = 0, machines = 0, violated = 0;
};
using Parts = std::array<Part, kParts>;

void add(Parts& parts, std::span<const double> load, const FleetLog& log, const ScoreRules& rules) {
  std::size_t part = 0;
  for (std::size_t k = 0; k < load.size(); ++k) {
    if (k == kEnds[part]) ++part;
    auto& p = parts[part];
    p.slots += 1;
    p.machines += log.desired[k];
    p.violated += violates(load[k], log.serving[k], rules);
  }
}

FleetLog promised(std::span<const double> load, const promise::Rules& rules, std::uint32_t first) {
  promise::Promise engine(rules);
  SlotFleet fleet(first, static_cast<std::uint32_t>(rules.boot));
  FleetLog log;
  for (std::size_t k = 0; k < load.size(); ++k) {
    fleet.begin(k);
    if (k > 0) {
      engine.observe({&load[k - 1], 1}, std::max(1u, log.serving[k - 1]));
      fleet.scale(k, std::clamp(engine.wanted(), rules.min, rules.max));
    }
    log.append(fleet);
  }
  return log;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> o{{"--boot", "180"}};
  if (argc < 2) return std::puts("first_days FOLDER [options]"), 2;
  for (int i = 2; i + 1 < argc; i += 2) o[argv[i]] = argv[i + 1];
  const std::string folder = argv[1];
  std::ifstream index(folder + "/traces.json");
  if (!index) return std::puts("first_days: no traces.json there, nothing is measured"), 0;
  const auto listed = nlohmann::ordered_json::parse(index);
  const auto boot = static_cast<std::uint32_t>(std::ceil(std::stod(o["--boot"]) / 60));
  const ScoreRules scoring;
  std::map<std::string, std::array<double, kParts>> log_hours;
  int traces = 0;
  for (const auto& [name, about] : listed.items()) {
    if (!o["--only"].empty() && o["--only"] != name) continue;
    const auto recorded = traces::read(folder + "/" + about.at("file").get<std::string>());
    const auto load = traces::machines(recorded, about.at("capacity").get<double>(), Interpolation::linear);
    ++traces;
    std::map<std::string, Parts> parts;
    for (std::size_t start = 0; start + 2 * kDay <= load.size(); start += kEvery) {
      const std::span<const double> part(&load[start], 2 * kDay);
      add(parts["HPA"], part, *run_rival("hpa", part, scoring, boot), scoring);
      for (const auto* promise : {"1 %", "0.1 %", "hpa"}) {
        promise::Rules rules;
        rules.boot = boot;
        if (promise == std::string("hpa"))
          rules.bill_of_hpa_at = scoring.target_utilisation;
        else
          rules.price.share = std::stod(promise) / 100;
        add(parts[promise], part, promised(part, rules, demand_of(part[0], scoring)), scoring);
      }
    }
    for (const auto& [who, mine] : parts) {
      std::printf("%-32s %-6s", name.c_str(), who.c_str());
      for (std::size_t p = 0; p < kParts; ++p) {
        const double hours = mine[p].machines / parts["HPA"][p].machines;
        log_hours[who][p] += std::log(hours);
        std::printf("  %6.3f %7.3f", hours, 100 * mine[p].violated / mine[p].slots);
      }
      std::puts("");
    }
  }
  for (const auto& [who, mine] : log_hours) {
    std::printf("%-32s %-6s", "geometric mean", who.c_str());
    for (const double sum : mine) std::printf("  %6.3f        ", std::exp(sum / traces));
    std::puts("");
  }
  return 0;
}
