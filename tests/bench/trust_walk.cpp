// What it is worth that only models which earned trust may act: decisions by forecasts with and
// without that gate, on recorded loads, under the exact fleet of core/backtest.
//
// trust_walk PLUGIN_DIR FOLDER [--models a,b,...] [--leads MINUTES,...] [--days 7] [--only NAME]
// FOLDER holds traces.json and the traces; of each its first days are walked, the policy is
// `predictive` beside target tracking, no promise. A line a trace and lead: violated steps in % /
// machine-hours over the clairvoyant oracle's, with the gate and without it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"
#include "tests/bench/traces.hpp"

namespace {

using namespace nova;

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) all.push_back(word);
  return all;
}

// A model is believed once it was scored at all, whatever came of it.
TrustRules no_gate() {
  TrustRules rules;
  rules.min_points = 0.5;
  rules.coverage_tolerance = 1;
  rules.skill_least = -INFINITY;
  return rules;
}

GroupSpec group(const std::vector<std::string>& models, Duration lead) {
  GroupSpec g;
  g.id = "g";
  g.max = 200;
  g.lead_time = lead;
  SignalSpec load;
  load.name = "load";
  load.target_utilisation = 0.7;
  load.key = 1;
  g.signals = {load};
  PredictiveSpec predictive;
  predictive.models = models;
  g.policies = {predictive, TargetTrackingSpec{"load", {}}};
  return g;
}

FleetLog walk(const std::string& plugins, const std::vector<std::string>& models, Duration lead,
              std::span<const double> load, TimePoint start, const EngineRules& rules) {
  loader::PluginCatalogue catalogue({plugins});
  std::map<std::string, std::unique_ptr<loader::Instance>> instances;
  std::map<std::string, loader::ModelClient> clients;
  for (const auto& name : models) {
    const auto found = catalogue.open("org.novacron.model." + name).value();
    auto& instance = instances[name] =
        loader::Instance::create(loader::HostContext::make({}), found.library, *found.component, {})
            .value();
    clients.try_emplace(name, *instance);
  }
  ModelService service([&](const auto&, const auto& name) { return &clients.at(name); },
                       [](const auto&) { return Duration(std::chrono::minutes(1)); });
  return run_backtest(
             group(models, lead), start, traces::kSlot, load,
             [&](const auto& questions) { return service.ask(questions); }, {}, {}, {}, {}, rules)
      .log;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> o{
      {"--models", "ar,ets,theta,regression"}, {"--leads", "3,10,30"}, {"--days", "7"}};
  if (argc < 3) return std::puts("trust_walk PLUGIN_DIR FOLDER [options]"), 2;
  for (int i = 3; i + 1 < argc; i += 2) o[argv[i]] = argv[i + 1];
  const std::string folder = argv[2];
  std::ifstream index(folder + "/traces.json");
  if (!index) return std::puts("trust_walk: no traces.json there, nothing is measured"), 0;
  const auto listed = nlohmann::ordered_json::parse(index);
  const auto models = words(o["--models"]);
  const auto most = static_cast<std::size_t>(std::stod(o["--days"]) * 1440);
  for (const auto& [name, about] : listed.items()) {
    if (!o["--only"].empty() && o["--only"] != name) continue;
    const auto recorded = traces::read(folder + "/" + about.at("file").get<std::string>());
    auto load =
        traces::machines(recorded, about.at("capacity").get<double>(), Interpolation::linear);
    load.resize(std::min(load.size(), most));
    const auto start =
        floor_to(from_unix_ns(static_cast<std::int64_t>(recorded.start_s * 1e9)), traces::kSlot);
    for (const auto& minutes : words(o["--leads"])) {
      const std::chrono::minutes lead(std::stoi(minutes));
      ScoreRules scoring;
      scoring.score_from = 1440;
      const auto best = score(
          load, *run_rival("oracle-slo", load, scoring, static_cast<std::uint32_t>(lead.count())),
          scoring);
      std::printf("%-32s %3sm", name.c_str(), minutes.c_str());
      for (const auto& trust : {TrustRules{}, no_gate()}) {
        const auto s =
            score(load, walk(argv[1], models, lead, load, start, {.trust = trust}), scoring);
        std::printf("   %6.2f / %.2f", 100 * s.slo_violation_share,
                    s.machine_hours / best.machine_hours);
      }
      std::puts("");
      std::fflush(stdout);
    }
  }
  return 0;
}
