#include "host/cli/backtest_trial.hpp"

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "host/cli/promise_option.hpp"

namespace nova::cli {

Trial::Trial(const Call& call) : setup_(call, clock_) {}

int Trial::prepare(const Call& call, LoadedConfig config, const PastLoadOptions& options,
                   std::optional<PromiseSpec> promise) {
  if (const int code = setup_.wire(call, std::move(config)); code != kFine) return code;
  world_ = world_of(setup_.wiring());
  if (const int code = find_past_load(call, setup_, world_, options, past_); code != kFine)
    return code;
  if (promise) set_promise(past_.group, *promise);
  promise_ = promise_of(past_.group);
  if (promise_) {
    drop_models(past_.group);
    past_.rules.slo_utilisation = promise_->at_utilisation;
  }
  return kFine;
}

std::vector<PolicyRun> Trial::run(const std::vector<std::string>& rivals,
                                  const std::function<void(double)>& progress, ForecastFan* fan) {
  ModelService models(
      [&](const std::string& tenant, const std::string& plugin) -> loader::ModelClient* {
        const auto at = world_.models.find({tenant, plugin});
        return at == world_.models.end() ? nullptr : at->second;
      },
      [&](const std::string& plugin) { return world_.timeout(plugin); });
  PolicyService policies(
      [&](const std::string& tenant, const std::string& plugin) -> loader::PolicyClient* {
        const auto at = world_.policies.find({tenant, plugin});
        return at == world_.policies.end() ? nullptr : at->second;
      },
      [&](const std::string& plugin) { return world_.timeout(plugin); });
  policies_asked_ = policies_failed_ = 0;
  OnDecision decided;
  if (fan) decided = [&](std::size_t k, const GroupEngine& group) { fan->take(k, group); };
  auto ours = run_backtest(
      past_.group, past_.start, past_.rules.slot, past_.recorded,
      [&](const std::vector<ModelQuestion>& questions) { return models.ask(questions); }, progress,
      decided, past_.misfortune,
      [&](const std::vector<PolicyQuestion>& questions) {
        auto answers = policies.ask(questions);
        for (const auto& answer : answers) {
          ++policies_asked_;
          if (answer.status) continue;
          if (policies_failed_++ == 0)
            policy_trouble_ =
                "policy plugin " + answer.plugin + ": " + answer.status.error().message;
        }
        return answers;
      });
  std::vector<PolicyRun> runs;
  const auto add = [&](const std::string& name, FleetLog log) {
    auto scores = score(past_.load, log, past_.rules);
    runs.push_back({name, std::move(log), scores});
  };
  add("novascale", std::move(ours.log));
  if (!past_.misfortune)  // machines in the shadow never fail: no fair comparison
    for (auto& [name, log] : ours.shadows) add("shadow " + name, std::move(log));
  for (const auto& rival : rivals)
    add(rival, *run_rival(rival, past_.load, past_.rules, past_.boot_slots, past_.misfortune));
  return runs;
}

Result<void> Trial::policies_answered() const {
  if (policies_failed_ == 0) return {};
  return Error{ErrorCode::unavailable, "novascale was without " + std::to_string(policies_failed_) +
                                           " of " + std::to_string(policies_asked_) +
                                           " proposals: " + policy_trouble_};
}

}  // namespace nova::cli
