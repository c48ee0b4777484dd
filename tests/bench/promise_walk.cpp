// What the promise engine does on recorded loads, under the exact fleet of core/backtest.
//
// promise_walk FOLDER [--promise 1%] [--boot 180] [--interp linear|zoh] [--only NAME] [--out DIR]
//              [--variant NAME]
// FOLDER holds traces.json and the traces; a line a trace: violations in %, machine-hours over
// those of the clairvoyant oracle, adaptations a day, unserved in %, longest violation in minutes,
// microseconds of processor time a slot, median price; and what they come to without NAB's. With
// --out the decisions are written as `timestamp_unix_s,desired`, for an outside scorer.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "core/decide/promise/promise.hpp"
#include "core/plan/need.hpp"
#include "tests/bench/traces.hpp"

namespace {

using namespace nova;

struct Outcome {
  FleetLog log;
  double microseconds = 0, median_price = 0;
};

// What is done with the forecast instead of pricing its tail.
enum class Rule {
  priced,       // as in production
  mean,         // the size that is as likely too small as not
  quantile,     // the size that is too small with the promised probability, at once
  utilisation,  // priced, but it is utilisation that is forecast, in percent of what serves
};

// The smallest fleet that is too small with at most this probability.
std::uint32_t size_at(const promise::Promise& engine, double probability) {
  std::uint32_t low = 0, high = engine.rules().max;
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (engine.overload(middle) <= probability)
      high = middle;
    else
      low = middle + 1;
  }
  return std::max(low, engine.rules().min);
}

Outcome walk(std::span<const double> load, promise::Rules rules, std::uint32_t first, Rule rule) {
  const auto most = rules.max;
  if (rule == Rule::utilisation) rules.max = 100 * most;
  promise::Promise engine(rules);
  SlotFleet fleet(first, static_cast<std::uint32_t>(rules.boot));
  Outcome out;
  std::vector<double> prices;
  const auto before = std::clock();
  for (std::size_t k = 0; k < load.size(); ++k) {
    fleet.begin(k);
    if (k > 0) {
      const double served = std::max(1u, out.log.serving[k - 1]);
      const double seen = rule == Rule::utilisation ? 100 * load[k - 1] / served : load[k - 1];
      engine.observe({&seen, 1}, rule == Rule::utilisation ? 100.0 : served);
      auto wanted = engine.wanted();
      if (rule == Rule::utilisation)
        wanted = static_cast<std::uint32_t>(std::ceil(fleet.serving() * 0.01 * wanted));
      if (rule == Rule::mean && engine.learned()) wanted = size_at(engine, 0.5);
      if (rule == Rule::quantile && engine.learned()) wanted = size_at(engine, rules.price.share);
      fleet.scale(k, std::clamp(wanted, rules.min, most));
      prices.push_back(engine.price());
    }
    out.log.append(fleet);
  }
  out.microseconds = 1e6 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC /
                     static_cast<double>(load.size());
  std::nth_element(prices.begin(), prices.begin() + static_cast<long>(prices.size() / 2),
                   prices.end());
  out.median_price = prices[prices.size() / 2];
  return out;
}

Rule rule_of(const std::string& variant) {
  return variant == "mean"          ? Rule::mean
         : variant == "quantile"    ? Rule::quantile
         : variant == "utilisation" ? Rule::utilisation
                                    : Rule::priced;
}

void vary(promise::Rules& rules, const std::string& variant) {
  if (variant == "no-tie") rules.tie = 0;
  if (variant == "no-floor") rules.floor = 1;
  if (variant == "no-calendar") rules.calendar = false;
  if (variant == "no-calm") rules.calm = false;
  if (variant == "no-prior") rules.price.prior_days = 0.5;
  if (variant == "constant") {
    const double price = rules.price.share > 0.003 ? 60 : 600;
    std::size_t j = 0;
    while (promise::Shadows::price(j) < price) ++j;
    rules.shadow = j;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> o{{"--promise", "1"}, {"--boot", "180"}};
  if (argc < 2) return std::puts("promise_walk FOLDER [options]"), 2;
  for (int i = 2; i + 1 < argc; i += 2) o[argv[i]] = argv[i + 1];
  const std::string folder = argv[1];
  std::ifstream index(folder + "/traces.json");
  if (!index) return std::puts("promise_walk: no traces.json there, nothing is measured"), 0;
  const auto listed = nlohmann::ordered_json::parse(index);
  const double boot_s = std::stod(o["--boot"]);
  double log_hours = 0, adaptations = 0, worst = 0;
  int six = 0, seven = 0, kept = 0;
  for (const auto& [name, about] : listed.items()) {
    if (!o["--only"].empty() && o["--only"] != name) continue;
    const auto recorded = traces::read(folder + "/" + about.at("file").get<std::string>());
    const auto load =
        traces::machines(recorded, about.at("capacity").get<double>(),
                         o["--interp"] == "zoh" ? Interpolation::zoh : Interpolation::linear);
    ScoreRules scoring;
    scoring.score_from = 1440;
    const auto boot = static_cast<std::uint32_t>(std::ceil(boot_s / 60));
    promise::Rules rules;
    rules.boot = boot;
    if (o["--promise"] == "hpa")
      rules.bill_of_hpa_at = scoring.target_utilisation;
    else
      rules.price.share = std::stod(o["--promise"]) / 100;
    vary(rules, o["--variant"]);
    if (!o["--reserve"].empty()) rules.price.reserve = std::stod(o["--reserve"]);
    if (!o["--prior"].empty()) rules.price.prior_days = std::stod(o["--prior"]);
    const auto run = walk(load, rules, demand_of(load[0], scoring), rule_of(o["--variant"]));
    const auto s = score(load, run.log, scoring);
    const auto best = score(load, *run_rival("oracle-slo", load, scoring, boot), scoring);
    const double days = static_cast<double>(load.size() - 1440) / 1440;
    if (rules.bill_of_hpa_at > 0) {
      const auto hpa = score(load, *run_rival("hpa", load, scoring, boot), scoring);
      std::printf("%-32s bill %.3f of HPA's, violations %.0f %% of its %.3f %%\n", name.c_str(),
                  s.machine_hours / hpa.machine_hours,
                  100 * s.slo_violation_share / std::max(1e-9, hpa.slo_violation_share),
                  100 * hpa.slo_violation_share);
    }
    std::printf("%-32s %7.3f %7.3f %6.0f %8.3f %6.0f %8.2f %9.0f\n", name.c_str(),
                100 * s.slo_violation_share, s.machine_hours / best.machine_hours,
                static_cast<double>(s.adaptations) / days, 100 * s.unserved_share,
                s.longest_violation_s / 60, run.microseconds, run.median_price);
    if (name.rfind("nab_", 0) != 0) {
      adaptations += static_cast<double>(s.adaptations) / days;
      worst = std::max(worst, 100 * s.slo_violation_share);
      kept += s.slo_violation_share <= rules.price.share;
      ++seven;
      if (name != "twitter_a") log_hours += std::log(s.machine_hours / best.machine_hours), ++six;
    }
    if (o["--out"].empty()) continue;
    std::ofstream decisions(o["--out"] + "/" + name + ".csv");
    decisions << "timestamp_unix_s,desired\n";
    for (std::size_t k = 1; k < load.size(); ++k)
      decisions << static_cast<long long>(recorded.start_s) + 60 * static_cast<long long>(k) << ','
                << run.log.desired[k] << '\n';
  }
  if (six > 0)
    std::printf(
        "geometric mean of the six %.3f; of the seven %d kept, worst %.2f %%, adaptations a day "
        "%.0f\n",
        std::exp(log_hours / six), kept, worst, adaptations / seven);
  return 0;
}
