// Goal: no key of the config is without effect, now or when it is added.
// Method: every key of the published table stands either in `kWalked`, where a group is walked with
// it and without it and must decide otherwise, or in `kNamed` beside the test that fails when it
// has no effect. A key that stands in neither fails this test.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/slot_fleet.hpp"
#include "core/record/decision_json.hpp"
#include "host/wiring/config.hpp"

namespace nova {
namespace effects_test {

using nlohmann::json;

constexpr const char* kGroup = R"({
  "id": "web", "controller": "fleet", "min": 2, "max": 40, "lead_time": "3m",
  "signals": [ { "name": "load", "source": "trace", "query": "q", "per_machine": 50, "forecast_step": "1m" } ] })";

double load_at(std::int64_t i, std::size_t signal) {
  return 500 + 300 * std::sin(static_cast<double>(i) / 23.0 + static_cast<double>(signal)) +
         (i % 97 < 6 ? 400 : 0) + static_cast<double>(i * 7919 % 61);
}

// Every decision of a group, as the journal has it: a wave with bursts, a hole, and two models that
// know it but for a little, by which it can be told what they were asked.
std::string walk(const json& group) {
  const json document{{"plugins",
                       {{{"name", "trace"}, {"component", "a.b"}},
                        {{"name", "fleet"}, {"component", "a.c"}},
                        {{"name", "m"}, {"component", "a.d"}},
                        {{"name", "n"}, {"component", "a.e"}},
                        {{"name", "p"}, {"component", "a.f"}},
                        {{"name", "q"}, {"component", "a.g"}}}},
                      {"groups", {group}}};
  auto loaded = load_config_text(document.dump(), "/etc/c.json");
  if (!loaded.ok()) {
    ADD_FAILURE() << loaded.errors.front().text() << "\n" << group.dump();
    return "";
  }
  auto specs = loaded.config.groups;
  for (auto& policy : specs[0].policies)
    if (auto* p = std::get_if<PredictiveSpec>(&policy); p && p->models.empty())
      p->models = {"m", "n"};
  const auto spec = specs[0];
  const auto step = loaded.config.host.step;
  Engine engine(std::move(specs), step);
  SlotFleet fleet(8, static_cast<std::uint32_t>(spec.lead_time / step));
  const auto start = from_unix_ns(1'767'225'600'000'000'000);  // 2026-01-01
  std::string all;
  bool acted = false;
  for (int i = 1; i <= 420; ++i) {
    const auto now = start + step * i;
    const auto slot = static_cast<std::uint64_t>(unix_ns(now) / step.count());
    fleet.begin(slot);
    FleetView view;
    view.known = true;
    view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
    GroupInput input{now, {}, view, acted};
    for (std::size_t s = 0; s < spec.signals.size(); ++s) {
      double load = load_at(i, s);
      if (spec.signals[s].role == Role::utilisation) load /= 1000;
      input.samples.push_back({i >= 300 && i < 330 ? std::nan("") : load});
    }
    engine.observe({now, {input}});
    for (const auto& q : engine.questions()) {
      ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
      const double told = (q.seasons.empty() ? 1.0 : 1.01) * (q.fit ? 1.003 : 1) *
                          (*q.plugin == "m" ? 1 : 1.02) *
                          (1 + static_cast<double>(q.history.size()) * 1e-5);
      const auto at = (q.origin - start) / step;
      for (const auto lead : *q.leads)
        a.mean.push_back(told * load_at(at + lead * (q.step / step), q.signal));
      for (const double level : *q.levels)
        for (const double m : a.mean) a.quantiles.push_back(m * (0.8 + 0.4 * level));
      engine.answer(a);
    }
    const Menu menu(default_offers(spec));
    for (const auto& q : engine.policy_questions([&](std::size_t) -> auto& { return menu; }))
      engine.answer(PolicyAnswer{
          q.group, q.policy->plugin, {}, q.policy->plugin == "p" ? 11u : 13u, std::nan(""), ""});
    const auto d = engine.decide(0, menu);
    acted = d.action != Action::hold && !d.dry_run;
    if (acted) fleet.scale(slot, d.desired);
    all += to_json(d).dump() + "\n";
  }
  return all;
}

struct Walked {
  const char* key;
  const char* without;  // merged into the group (RFC 7396) on both sides
  const char* with;     // merged into the second on top
};

#define PREDICTIVE(keys)                                                  \
  R"({"policies": [ { "type": "predictive", "min_data_points": 10 )" keys \
  R"( }, { "type": "target_tracking" } ]})"
#define THRESHOLD(keys)                                                                           \
  R"({"policies": [ { "type": "threshold", "scale_up_above": 0.8, "scale_down_below": 0.4 )" keys \
  R"( } ]})"
#define SCHEDULE(keys)                                                                       \
  R"({"policies": [ { "type": "target_tracking" }, { "type": "schedule", "for": "2h" )" keys \
  R"( } ]})"
#define TWO_SIGNALS \
  R"({"signals": [ { "name": "load", "source": "trace", "query": "q", "per_machine": 50, "forecast_step": "1m" }, { "name": "cpu", "source": "trace", "query": "c", "role": "utilisation", "forecast_step": "1m" } ]})"
#define SIGNAL(keys) \
  R"({"signals": [ { "name": "load", "source": "trace", "query": "q" )" keys R"( } ]})"

const Walked kWalked[] = {
    {"groups/min", "{}", R"({"min": 9})"},
    {"groups/max", "{}", R"({"max": 12})"},
    {"groups/lead_time", "{}", R"({"lead_time": "9m"})"},
    {"groups/price_usd_per_hour", "{}", R"({"price_usd_per_hour": 0.3})"},
    {"groups/preset", "{}", R"({"preset": "interactive"})"},
    {"groups/cooldown_up", "{}", R"({"cooldown_up": "20m"})"},
    {"groups/cooldown_down", "{}", R"({"cooldown_down": "40m"})"},
    {"groups/stabilisation_window", "{}", R"({"stabilisation_window": "30m"})"},
    {"groups/max_step_up", "{}", R"({"max_step_up": 1})"},
    {"groups/max_step_down", "{}", R"({"max_step_down": 1})"},
    {"groups/headroom", "{}", R"({"headroom": 2})"},
    {"groups/dry_run", "{}", R"({"dry_run": true})"},
    {"groups/pause", "{}", R"({"pause": {}})"},
    {"groups/pause/scope", R"({"pause": {}})", R"({"pause": {"scope": "down"}})"},
    {"groups/pause/until", R"({"pause": {}})", R"({"pause": {"until": "2026-01-01T03:00:00Z"}})"},
    {"groups/on_missing", PREDICTIVE(""), R"({"on_missing": "last_forecast"})"},
    {"groups/fallback_count", R"({"on_missing": "fallback_count", "fallback_count": 3})",
     R"({"fallback_count": 39})"},
    {"groups/signals/role", "{}",
     R"({"signals": [ { "name": "load", "source": "trace", "query": "q", "role": "utilisation" } ]})"},
    {"groups/signals/unit",
     R"({"signals": [ { "name": "load", "source": "trace", "query": "q", "role": "utilisation", "unit": "1" } ]})",
     R"({"signals": [ { "name": "load", "source": "trace", "query": "q", "role": "utilisation", "unit": "percent" } ]})"},
    {"groups/signals/per_machine", "{}", SIGNAL(R"(, "per_machine": 80)")},
    {"groups/signals/target_utilisation", SIGNAL(R"(, "per_machine": 50)"),
     SIGNAL(R"(, "per_machine": 50, "target_utilisation": 0.5)")},
    {"groups/signals/max_utilisation", PREDICTIVE(R"(, "confidence_threshold": 0.8)"),
     SIGNAL(R"(, "per_machine": 50, "forecast_step": "1m", "max_utilisation": 0.99)")},
    {"groups/signals/forecast_step", PREDICTIVE(""),
     SIGNAL(R"(, "per_machine": 50, "forecast_step": "5m")")},
    {"groups/policies", "{}", THRESHOLD("")},
    {"groups/policies/type", THRESHOLD(""), R"({"policies": [ { "type": "target_tracking" } ]})"},
    {"groups/policies/models", PREDICTIVE(""), PREDICTIVE(R"(, "models": ["n"])")},
    {"groups/policies/training_window", PREDICTIVE(""), PREDICTIVE(R"(, "training_window": "1h")")},
    {"groups/policies/min_data_points", PREDICTIVE(""),
     R"({"policies": [ { "type": "predictive", "min_data_points": 90 }, { "type": "target_tracking" } ]})"},
    {"groups/policies/update_frequency", PREDICTIVE(""),
     PREDICTIVE(R"(, "update_frequency": "5m")")},
    {"groups/policies/confidence_threshold", PREDICTIVE(""),
     PREDICTIVE(R"(, "confidence_threshold": 0.2)")},
    {"groups/policies/min_accuracy", PREDICTIVE(""), PREDICTIVE(R"(, "min_accuracy": 0.999)")},
    {"groups/policies/scale_up_threshold", PREDICTIVE(R"(, "confidence_threshold": 0)"),
     PREDICTIVE(R"(, "confidence_threshold": 0, "scale_up_threshold": 1)")},
    {"groups/policies/scale_down_threshold", PREDICTIVE(R"(, "confidence_threshold": 0)"),
     PREDICTIVE(R"(, "confidence_threshold": 0, "scale_down_threshold": 0.3)")},
    {"groups/policies/weights", PREDICTIVE(""),
     PREDICTIVE(R"(, "weights": { "cost": 0.1, "performance": 0.5, "risk": 0.4 })")},
    {"groups/policies/weights/cost",
     PREDICTIVE(R"(, "weights": { "cost": 0.5, "performance": 0.3, "risk": 0.2 })"),
     PREDICTIVE(R"(, "weights": { "cost": 0.2, "performance": 0.6, "risk": 0.2 })")},
    {"groups/policies/weights/performance",
     PREDICTIVE(R"(, "weights": { "cost": 0.4, "performance": 0.6, "risk": 0 })"),
     PREDICTIVE(R"(, "weights": { "cost": 0.2, "performance": 0.8, "risk": 0 })")},
    {"groups/policies/weights/risk",
     PREDICTIVE(R"(, "weights": { "cost": 0.4, "performance": 0, "risk": 0.6 })"),
     PREDICTIVE(R"(, "weights": { "cost": 0.2, "performance": 0, "risk": 0.8 })")},
    {"groups/policies/slo_penalty_usd_per_machine_hour", PREDICTIVE(""),
     PREDICTIVE(R"(, "slo_penalty_usd_per_machine_hour": 3)")},
    {"groups/policies/promise",
     R"({"policies": [ { "type": "predictive", "min_data_points": 10 } ]})",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "1%" } } ]})"},
    {"groups/policies/promise/at_utilisation",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "1%" } } ]})",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "1%", "at_utilisation": 0.7 } } ]})"},
    {"groups/policies/promise/same_bill_as",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "1%" } } ]})",
     R"({"policies": [ { "type": "predictive", "promise": { "same_bill_as": "hpa" } } ]})"},
    {"groups/policies/promise/violations",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "1%" } } ]})",
     R"({"policies": [ { "type": "predictive", "promise": { "violations": "20%" } } ]})"},
    {"groups/policies/shadow", R"({"policies": [ { "type": "target_tracking" } ]})",
     R"({"policies": [ { "type": "target_tracking" }, { "type": "target_tracking", "shadow": true, "target": 0.5 } ]})"},
    {"groups/policies/tolerance_up", "{}",
     R"({"policies": [ { "type": "target_tracking", "tolerance_up": 0.4 } ]})"},
    {"groups/policies/tolerance_down", "{}",
     R"({"policies": [ { "type": "target_tracking", "tolerance_down": 0.5 } ]})"},
    {"groups/policies/target", "{}",
     R"({"policies": [ { "type": "target_tracking", "target": 0.4 } ]})"},
    {"groups/policies/signal", TWO_SIGNALS,
     R"({"policies": [ { "type": "target_tracking", "signal": "cpu" } ]})"},
    {"groups/policies/scale_up_above", THRESHOLD(""),
     R"({"policies": [ { "type": "threshold", "scale_up_above": 0.9, "scale_down_below": 0.4 } ]})"},
    {"groups/policies/scale_down_below", THRESHOLD(""),
     R"({"policies": [ { "type": "threshold", "scale_up_above": 0.8, "scale_down_below": 0.2 } ]})"},
    {"groups/policies/for", THRESHOLD(""), THRESHOLD(R"(, "for": "4m")")},
    {"groups/policies/steps", THRESHOLD(""),
     THRESHOLD(R"(, "steps": [ { "above": 0.9, "by": 5 } ])")},
    {"groups/policies/steps/above", THRESHOLD(R"(, "steps": [ { "above": 0.85, "by": 5 } ])"),
     THRESHOLD(R"(, "steps": [ { "above": 1.2, "by": 5 } ])")},
    {"groups/policies/steps/below", THRESHOLD(R"(, "steps": [ { "below": 0.39, "by": 5 } ])"),
     THRESHOLD(R"(, "steps": [ { "below": 0.1, "by": 5 } ])")},
    {"groups/policies/steps/by", THRESHOLD(R"(, "steps": [ { "above": 0.85, "by": 5 } ])"),
     THRESHOLD(R"(, "steps": [ { "above": 0.85, "by": "20%" } ])")},
    {"groups/policies/plugin", R"({"policies": [ { "type": "plugin", "plugin": "p" } ]})",
     R"({"policies": [ { "type": "plugin", "plugin": "q" } ]})"},
    {"groups/policies/cron", SCHEDULE(R"(, "cron": "0 1 * * *", "min": 20)"),
     SCHEDULE(R"(, "cron": "0 3 * * *", "min": 20)")},
    {"groups/policies/time_zone", SCHEDULE(R"(, "cron": "0 3 * * *", "min": 20)"),
     SCHEDULE(R"(, "cron": "0 3 * * *", "min": 20, "time_zone": "Europe/Berlin")")},
    {"groups/policies/min", SCHEDULE(R"(, "cron": "0 1 * * *", "min": 20)"),
     SCHEDULE(R"(, "cron": "0 1 * * *", "min": 30)")},
    {"groups/policies/max", SCHEDULE(R"(, "cron": "0 1 * * *", "max": 20)"),
     SCHEDULE(R"(, "cron": "0 1 * * *", "max": 10)")},
};

struct Named {
  const char* key;  // "commitments/" means all below it
  const char* file;
  const char* test;
};

constexpr const char* kThis = "tests/host/wiring/effects_test.cpp";
constexpr const char* kConfig = "tests/host/wiring/config_test.cpp";
constexpr const char* kWiring = "tests/host/wiring/wiring_test.cpp";
constexpr const char* kRun = "tests/host/cli/run_test.cpp";
constexpr const char* kPlan = "tests/host/cli/plan_test.cpp";
constexpr const char* kAsked = "tests/host/loop/policy_service_test.cpp";
constexpr const char* kShop = "tests/core/cost/shop_test.cpp";
constexpr const char* kBooks = "tests/core/cost/budget_test.cpp";
constexpr const char* kCover = "tests/core/cost/coverage_test.cpp";
constexpr const char* kPrices = "tests/core/cost/override_test.cpp";
constexpr const char* kAdvice = "tests/host/cli/cost_commitments_test.cpp";
constexpr const char* kReplays = "tests/plugins/metrics/replay_plugin_test.cpp";

// Where a walk of one group cannot show it.
const Named kNamed[] = {
    {"$schema", kConfig, "ReadsEveryKey"},  // for editors
    {"host", kConfig, "ReadsEveryKey"},
    {"host/step", kConfig, "ReadsEveryKey"},
    {"host/data_dir", kRun, "ScalesAFleetAndEveryDecisionReplays"},
    {"host/log", kConfig, "ReadsEveryKey"},
    {"host/log/level", kRun, "ScalesAFleetAndEveryDecisionReplays"},
    {"host/log/format", kConfig, "ReadsEveryKey"},
    {"host/retention", "tests/host/loop/journal_test.cpp", "ForgetsWhatIsOlderThanItsRetention"},
    {"host/http", "tests/host/http/http_test.cpp", "SeePauseAndResumeARunningHost"},
    {"plugin_dirs", "tests/host/loader/catalogue_test.cpp", "SearchesInOrder"},
    {"require_pin", kWiring, "PinsAreChecked"},
    {"plugins", kWiring, "MakesInstancesSharedOrByTenant"},
    {"plugins/name", kWiring, "MakesInstancesSharedOrByTenant"},
    {"plugins/component", kWiring, "ErrorsOfConfigAndPluginsComeTogether"},
    {"plugins/library", kConfig, "ReadsEveryKey"},
    {"plugins/isolation", "tests/configs/configs_test.cpp", "AreAnsweredWithTheExpectedSentences"},
    {"plugins/sha256", kWiring, "PinsAreChecked"},
    {"plugins/call_timeout", "tests/host/loader/instance_test.cpp", "ASlowCallIsCancelled"},
    {"plugins/cancel_grace", "tests/host/loader/instance_test.cpp", "AHangIsAbandoned"},
    {"plugins/config", kRun, "RefusalsOfTheControllerAreToldAndTriedAgain"},
    {"tenants", kWiring, "KeepsGroupsOfTenantsApart"},
    {"tenants/id", kWiring, "KeepsGroupsOfTenantsApart"},
    {"tenants/budgets", kConfig, "ReadsHowAGroupMayBuyAndWhatItMaySpend"},
    {"planning", kConfig, "ReadsEveryKey"},
    {"planning/target_utilisation", kThis, "PlanningIsForSignalsThatDoNotSay"},
    {"planning/max_utilisation", kThis, "PlanningIsForSignalsThatDoNotSay"},
    {"planning/fits_per_tick", kRun, "FitsNoMoreModelsInATickThanConfigured"},
    {"planning/short", kPlan, "EveryPlanningKeyHasItsEffect"},
    {"planning/medium", kPlan, "EveryPlanningKeyHasItsEffect"},
    {"planning/long", kPlan, "EveryPlanningKeyHasItsEffect"},
    {"planning/bottleneck_threshold", kPlan, "EveryPlanningKeyHasItsEffect"},
    {"planning/plan_every", kPlan, "EveryPlanningKeyHasItsEffect"},
    {"groups/signals/resource", "tests/core/plan/capacity_plan_test.cpp",
     "TheOrderIsThatOfTheResourcesNotOfTheFile"},
    {"groups/signals/limit", "tests/host/loop/watched_test.cpp",
     "PlansRankThemAllWithWhenTheyAreFull"},
    {"groups/policies/promise/latency", kConfig, "ReadsPromises"},
    {"groups/policies/promise/latency_signal", "tests/core/engine/latency_test.cpp",
     "IsKeptWhereAQueueWouldBreakIt"},
    {"groups/policies/settings", kAsked, "ProposesWithTheSettingsOfItsGroupAndReplaysWithoutIt"},
    {"groups", kConfig, "ReadsEveryKey"},
    {"groups/id", kWiring, "KeepsGroupsOfTenantsApart"},
    {"groups/tenant", kWiring, "KeepsGroupsOfTenantsApart"},
    {"groups/controller", kWiring, "ErrorsOfConfigAndPluginsComeTogether"},
    {"groups/controller_config", "tests/configs/configs_test.cpp",
     "AreAnsweredWithTheExpectedSentences"},
    {"groups/machine", "tests/core/cost/mix_test.cpp", "CountsTheLeastResource"},
    {"groups/machine/", "tests/core/cost/mix_test.cpp", "CountsTheLeastResource"},
    {"groups/signals", kWiring, "BindsSignalsUnderTheirKeys"},
    {"groups/signals/name", kWiring, "BindsSignalsUnderTheirKeys"},
    {"groups/signals/source", kWiring, "BindsSignalsUnderTheirKeys"},
    {"groups/signals/query", kWiring, "BindsSignalsUnderTheirKeys"},
    {"groups/signals/labels", kReplays, "FoldsSeriesByLabelsAndAggregate"},
    {"groups/signals/aggregate", kReplays, "FoldsSeriesByLabelsAndAggregate"},
    {"groups/signals/within", "tests/plugins/metrics/replay_parts_test.cpp",
     "ACoarserGridFoldsByWithin"},
    {"groups/offers", "tests/host/loop/prices_test.cpp", "EachGroupSeesWhatItMayBuy"},
    {"groups/offers/cost", "tests/host/loop/prices_test.cpp", "EachGroupSeesWhatItMayBuy"},
    {"groups/offers/filter", "tests/host/loop/prices_test.cpp", "EachGroupSeesWhatItMayBuy"},
    {"groups/offers/filter/", "tests/core/cost/mix_test.cpp",
     "LeavesOutWhatCannotBeBoughtOrCompared"},
    {"groups/offers/per_offer", "tests/core/cost/mix_test.cpp", "CountsTheLeastResource"},
    {"groups/offers/spot", kShop, "EachRuleOfBuyingHasItsEffect"},
    {"groups/offers/spot/", kShop, "EachRuleOfBuyingHasItsEffect"},
    {"groups/offers/diversification", kShop, "EachRuleOfBuyingHasItsEffect"},
    {"groups/offers/diversification/", kShop, "EachRuleOfBuyingHasItsEffect"},
    {"groups/offers/move", "tests/core/engine/spend_test.cpp",
     "AMoveWaitsForItsMachinesAndForItsWorth"},
    {"groups/offers/move/", "tests/core/engine/spend_test.cpp",
     "AMoveWaitsForItsMachinesAndForItsWorth"},
    {"groups/offers/commitments", kAdvice, "EachWordHasItsEffect"},
    {"groups/offers/commitments/", kAdvice, "EachWordHasItsEffect"},
    {"groups/offers/max_price_age", "tests/core/engine/spend_test.cpp",
     "WithoutBelievablePricesBudgetsFailClosed"},
    {"groups/policies/seasonal_adjustment", kThis, "SeasonalAdjustmentTellsModelsOfSeasons"},
    {"groups/policies/prediction_horizon", kThis, "PredictionHorizonIsHowFarModelsAreAsked"},
    {"groups/budgets", kConfig, "ReadsHowAGroupMayBuyAndWhatItMaySpend"},
    {"budgets", kConfig, "ReadsHowAGroupMayBuyAndWhatItMaySpend"},
    {"*budgets/name", kConfig, "ReadsHowAGroupMayBuyAndWhatItMaySpend"},
    {"*budgets/max_hourly_usd", kBooks, "HourlyLimitBindsTheRunRateAfterTheAction"},
    {"*budgets/max_monthly_usd", kBooks, "MonthlyLimitCountsWhatIsSpentAndWhatRunsOn"},
    {"*budgets/warning", kBooks, "CrossingsAreToldOnceWithHysteresisAndAnewEachMonth"},
    {"*budgets/alert", kBooks, "CrossingsAreToldOnceWithHysteresisAndAnewEachMonth"},
    {"*budgets/hard", kBooks, "AllMatchingBudgetsMustPassSoftOnesOnlyTell"},
    {"*budgets/time_zone", kBooks, "MonthsAreThoseOfItsZone"},
    {"commitments", kConfig, "ReadsHowAGroupMayBuyAndWhatItMaySpend"},
    {"commitments/", kCover, "MatchesWhatItIsFor"},
    {"prices", kConfig, "ReadsTheOperatorsPrices"},
    {"prices/", kPrices, "ChangesThePriceAndSaysSo"},
};

// "a/b", all below "a/", or "*b" at the end of any.
bool speaks_of(const std::string& row, const std::string& key) {
  if (row.front() == '*') return key.ends_with(row.substr(1));
  return row.back() == '/' ? key.starts_with(row) : key == row;
}

std::vector<std::string> keys_of(const json& schema, const std::string& at = "") {
  std::vector<std::string> all;
  if (schema.contains("items")) return keys_of(schema["items"], at);
  if (!schema.contains("properties")) return all;
  for (const auto& [name, value] : schema["properties"].items()) {
    const auto key = at.empty() ? name : at + "/" + name;
    all.push_back(key);
    for (auto& below : keys_of(value, key)) all.push_back(std::move(below));
  }
  return all;
}

TEST(Effects, EveryKeyHasATestThatFailsIfItHasNone) {
  std::set<std::string> used;
  const auto keys = keys_of(json(config_schema()));
  ASSERT_GT(keys.size(), 100u);
  for (const auto& key : keys) {
    bool found = std::any_of(std::begin(kWalked), std::end(kWalked),
                             [&](const Walked& row) { return row.key == key; });
    for (const auto& row : kNamed)
      if (speaks_of(row.key, key)) {
        found = true;
        used.insert(row.key);
      }
    EXPECT_TRUE(found) << key
                       << " has an effect that no test shows: add it to kWalked, or to "
                          "kNamed with the test that does";
  }
  for (const auto& row : kNamed) EXPECT_TRUE(used.count(row.key)) << row.key << " is no key";
  for (const auto& row : kWalked)
    EXPECT_TRUE(std::count(keys.begin(), keys.end(), row.key)) << row.key << " is no key";
}

TEST(Effects, TestsThatAreNamedExist) {
  for (const auto& row : kNamed) {
    std::ifstream file(std::string(NOVA_SOURCE_DIR "/") + row.file);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(row.test), std::string::npos)
        << row.key << ": there is no " << row.test << " in " << row.file;
  }
}

TEST(Effects, AGroupDecidesOtherwiseWithEachKey) {
  std::map<std::string, std::string> walked;
  const auto walk_once = [&](const json& group) -> const std::string& {
    auto& decisions = walked[group.dump()];
    if (decisions.empty()) decisions = walk(group);
    return decisions;
  };
  for (const auto& row : kWalked) {
    auto without = json::parse(kGroup);
    without.merge_patch(json::parse(row.without));
    auto with = without;
    with.merge_patch(json::parse(row.with));
    EXPECT_NE(walk_once(without), walk_once(with)) << row.key << " changes nothing";
  }
  // And what changes nothing, does not.
  EXPECT_EQ(walk(json::parse(kGroup)), walk_once(json::parse(kGroup)));
}

// What models are asked, from a group's config.
std::vector<ModelQuestion> asked(const std::string& keys, std::unique_ptr<Engine>& engine) {
  auto group = json::parse(kGroup);
  group.merge_patch(json::parse(
      R"({"policies": [ { "type": "predictive", "min_data_points": 10, "models": ["m"] )" + keys +
      "} ]}"));
  const json document{{"plugins",
                       {{{"name", "trace"}, {"component", "a.b"}},
                        {{"name", "fleet"}, {"component", "a.c"}},
                        {{"name", "m"}, {"component", "a.d"}}}},
                      {"groups", {group}}};
  auto loaded = load_config_text(document.dump(), "/etc/c.json");
  EXPECT_TRUE(loaded.ok());
  engine = std::make_unique<Engine>(loaded.config.groups, loaded.config.host.step);
  // Three days of an hourly season, as the first tick after a start sees them.
  GroupInput input;
  input.samples.emplace_back();
  for (int k = 0; k < 3 * 1440; ++k)
    input.samples[0].push_back(500 + 300 * std::sin(k * 2 * M_PI / 60) + k * 7919 % 13);
  const auto end = from_unix_ns(1'767'225'600'000'000'000);
  input.first_end = end - std::chrono::minutes(3 * 1440 - 1);
  engine->observe({end, {input}});
  return engine->questions();
}

TEST(Effects, SeasonalAdjustmentTellsModelsOfSeasons) {
  std::unique_ptr<Engine> engine;
  const auto told = asked("", engine);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_FALSE(told[0].seasons.empty());
  const auto untold = asked(R"(, "seasonal_adjustment": false)", engine);
  ASSERT_EQ(untold.size(), 1u);
  EXPECT_TRUE(untold[0].seasons.empty());
}

TEST(Effects, PredictionHorizonIsHowFarModelsAreAsked) {
  std::unique_ptr<Engine> near, far;
  const auto two_hours = asked("", near);
  const auto a_week = asked(R"(, "prediction_horizon": "7d")", far);
  EXPECT_LT(two_hours.at(0).leads->back(), a_week.at(0).leads->back());
}

TEST(Effects, PlanningIsForSignalsThatDoNotSay) {
  const auto read = [](const char* planning) {
    json document{
        {"plugins",
         {{{"name", "trace"}, {"component", "a.b"}}, {{"name", "fleet"}, {"component", "a.c"}}}},
        {"groups", {json::parse(kGroup)}}};
    document.merge_patch(json::parse(planning));
    auto loaded = load_config_text(document.dump(), "/etc/c.json");
    EXPECT_TRUE(loaded.ok());
    return loaded.config.groups.at(0).signals.at(0);
  };
  EXPECT_EQ(read(R"({"planning": {"target_utilisation": 0.5}})").target_utilisation, 0.5);
  EXPECT_EQ(read(R"({"planning": {"max_utilisation": 0.9}})").max_utilisation, 0.9);
  EXPECT_NE(read("{}").target_utilisation, 0.5);
  EXPECT_NE(read("{}").max_utilisation, 0.9);
}

}  // namespace effects_test
}  // namespace nova
