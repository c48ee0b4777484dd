// Goal: a config file becomes the specs core reads, and what is shown, published and read agree.
// The messages of broken files are checked by tests/configs; here are the values.
#include "host/wiring/config.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "core/base/ids.hpp"
#include "host/wiring/json_schema.hpp"
#include "host/wiring/json_text.hpp"
#include "host/wiring/presets.hpp"

namespace nova {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kFull = R"({
  "$schema": "novascale.schema.json",
  "host": { "step": "30s", "data_dir": "../var", "log": { "level": "warn", "format": "json" }, "retention": "7d" },
  "plugin_dirs": ["../build/plugins", "/opt/plugins"],
  "require_pin": false,
  "plugins": [
    { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "a.csv" }, "call_timeout": "2s", "cancel_grace": "0s" },
    { "name": "fleet", "component": "org.novacron.controller.simulated", "library": "lib/fleet.so", "isolation": "inline" },
    { "name": "aws", "component": "org.novacron.cost.aws" },
    { "name": "arima", "component": "org.novacron.model.arima" } ],
  "tenants": [ { "id": "acme", "budgets": [
    { "name": "monthly", "max_hourly_usd": 500, "max_monthly_usd": 15000, "warning": 0.7, "alert": 0.9, "hard": false,
      "time_zone": "UTC" } ] } ],
  "budgets": [ { "name": "all", "max_hourly_usd": 900 } ],
  "commitments": [
    { "id": "ri", "tenant": "acme", "machine_type": "m5.large", "region": "us-east-1", "zone": "a", "os": "linux", "machines": 4,
      "size_flexible": true, "upfront_usd": 1976, "usd_per_hour": 0.5, "start": "2026-01-01", "end": "2027-01-01" },
    { "id": "plan", "family": "m5", "plan_usd_per_hour": 2.5, "plan_discount": 0.3, "start": "2026-01-01", "end": "2026-07-01" } ],
  "prices": [
    { "provider": "aws", "region": "us-*", "machine_type": "m5.*", "os": "linux", "purchase": "spot", "price_per_hour": 0.5, "currency": "EUR" },
    { "add_per_hour": -0.25 }, { "add_percent": -12.5 } ],
  "planning": { "target_utilisation": 0.6, "max_utilisation": 0.9, "fits_per_tick": 7, "short": "1h",
    "medium": "6h", "long": "5d", "bottleneck_threshold": 0.9, "plan_every": "10m" },
  "groups": [ {
    "id": "web", "tenant": "acme", "controller": "fleet", "controller_config": { "image": "x" }, "min": 2, "max": 200,
    "preset": "streaming", "lead_time": "3m", "machine": { "vcpus": 4, "memory_gib": 16, "storage_gib": 80 }, "dry_run": true,
    "signals": [
      { "name": "requests", "source": "trace", "query": "requests", "labels": { "job": "web" }, "aggregate": "sum", "within": "rate",
        "unit": "1/s", "per_machine": 120, "target_utilisation": 0.7, "forecast_step": "1m" },
      { "name": "cpu", "source": "trace", "query": "cpu", "role": "utilisation", "unit": "percent", "resource": "cpu" } ],
    "offers": { "cost": ["aws"], "filter": { "vcpus": [4, 16], "memory_gib": [null, 64], "arch": "x86_64" },
      "per_offer": { "m5.large": 0.6, "aws/x//m5.large/linux/spot": 0.5 },
      "spot": { "enabled": true, "max_risk": 0.1, "max_share": 0.4, "min_saving": 0.3, "interruption_usd": 1.5 },
      "diversification": { "max_pool_share": 0.2, "max_family_share": 0.3, "max_zone_share": 0.6, "survive_worst_pool": 0.8,
                           "min_pools": 3, "max_types": 6, "on_demand_base": 2 },
      "move": { "min_saving_usd_per_hour": 0.5, "min_roi": 0.1, "minimum_life": "2h" },
      "commitments": { "use": false, "lookback": "14d" }, "max_price_age": "6h" },
    "budgets": [ { "name": "own", "max_monthly_usd": 100 } ],
    "policies": [
      { "type": "predictive", "models": ["arima"], "training_window": "14d", "prediction_horizon": "4h", "min_data_points": 100,
        "update_frequency": "30m", "confidence_threshold": 0.9, "min_accuracy": 0.6, "seasonal_adjustment": false,
        "scale_up_threshold": 0.75, "scale_down_threshold": 0.4, "weights": { "cost": 0.2, "performance": 0.5, "risk": 0.3 },
        "slo_penalty_usd_per_machine_hour": 2.5 },
      { "type": "target_tracking", "signal": "cpu", "target": 0.5, "tolerance_up": 0.2 },
      { "type": "target_tracking", "signal": "cpu", "target": 0.7, "shadow": true },
      { "type": "threshold", "signal": "cpu", "scale_up_above": 0.8, "scale_down_below": 0.3, "for": "3m",
        "steps": [ { "above": 0.9, "by": "50%" }, { "below": 0.1, "by": 2 } ] },
      { "type": "schedule", "cron": "0 8 * * mon-fri", "time_zone": "UTC", "for": "10h", "min": 3, "max": 5 },
      { "type": "schedule", "cron": "0 8 * * sat,sun", "for": "10h", "target": 0.4 } ],
    "cooldown_up": "1m", "cooldown_down": "10m", "stabilisation_window": "15m", "max_step_up": "25%", "max_step_down": 3,
    "on_missing": "fallback_count", "fallback_count": 4, "headroom": "10%",
    "pause": { "scope": "down", "until": "2026-12-24T18:00:00Z" } } ]
})";

std::string texts_of(const LoadedConfig& loaded) {
  std::string out;
  for (const auto& error : loaded.errors) out += error.text() + "\n";
  return out;
}

TEST(Config, ReadsPromises) {
  const auto read = [](const std::string& keys) {
    std::string text = kFull;
    const auto from = text.find("\"models\": [\"arima\"]");
    const auto to = text.find("2.5 }", from) + 3;
    text.replace(from, to - from, keys);
    const auto target = text.find(", \"target\": 0.4");  // has no effect beside a promise
    text.replace(target, 15, ", \"min\": 4");
    const auto headroom = text.find(" \"headroom\": \"10%\",");  // has no place beside one
    text.erase(headroom, 20);
    return load_config_text(text, "/etc/nova/configs/c.json");
  };
  const auto share = read(R"("promise": { "violations": "0.1%", "at_utilisation": 0.8 })");
  ASSERT_TRUE(share.ok()) << texts_of(share);
  const auto& first = std::get<PredictiveSpec>(share.config.groups[0].policies[0]);
  ASSERT_TRUE(first.promise);
  EXPECT_DOUBLE_EQ(first.promise->violations, 0.001);
  EXPECT_EQ(first.promise->at_utilisation, 0.8);
  EXPECT_FALSE(first.promise->same_bill_as_hpa);
  EXPECT_EQ(first.confidence_threshold, 0);  // none, unless it is asked for
  const auto shown = effective_config(share.config)["groups"][0]["policies"][0];
  EXPECT_EQ(shown["promise"].dump(), R"({"violations":"0.1%","at_utilisation":0.8})");
  // Of one server that answers 120 a second, one in twenty takes longer than 100 ms at
  // 120 + ln(0.05) / 0.1 = 90.04; the promise is kept there.
  const auto one = [&](const char* keys) {
    auto text = std::string(R"({ "plugins": [
      { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "a.csv" } },
      { "name": "fleet", "component": "org.novacron.controller.simulated" } ],
      "groups": [ { "id": "web", "controller": "fleet", "min": 1, "max": 9, "signals": [
        { "name": "r", "source": "trace", "query": "v", "per_machine": 120 } ],
        "policies": [ { "type": "predictive", "promise": { "violations": "1%", )") +
                keys + " } } ] } ] }";
    return load_config_text(text, "/etc/nova/configs/c.json");
  };
  const auto latency = one(R"("latency": "100ms")");
  ASSERT_TRUE(latency.ok()) << texts_of(latency);
  const auto& third = std::get<PredictiveSpec>(latency.config.groups[0].policies[0]);
  EXPECT_NEAR(third.promise->at_utilisation, 1 + std::log(0.05) / 0.1 / 120, 1e-6);
  EXPECT_EQ(effective_config(latency.config)["groups"][0]["policies"][0]["promise"].dump(),
            R"({"violations":"1%","latency":"100ms"})");
  EXPECT_NE(texts_of(one(R"("latency": "20ms")")).find("promise/latency: must be longer"),
            std::string::npos);
  EXPECT_NE(texts_of(one(R"("latency": "1s", "at_utilisation": 0.8)"))
                .find("at_utilisation: has no effect beside latency"),
            std::string::npos);
  EXPECT_NE(
      texts_of(one(R"("latency": "100ms", "latency_signal": "r")"))
          .find("latency_signal: must be a signal of the group, of role \"latency\", got \"r\""),
      std::string::npos);
  EXPECT_NE(texts_of(one(R"("latency_signal": "r")"))
                .find("latency_signal: has no effect without latency"),
            std::string::npos);
  const auto bill = read(R"("confidence_threshold": 0.7, "promise": { "same_bill_as": "hpa" })");
  ASSERT_TRUE(bill.ok()) << texts_of(bill);
  const auto& second = std::get<PredictiveSpec>(bill.config.groups[0].policies[0]);
  EXPECT_TRUE(second.promise->same_bill_as_hpa);
  EXPECT_EQ(second.promise->at_utilisation, 1);
  EXPECT_EQ(second.confidence_threshold, 0.7);
}

TEST(Config, ReadsEveryKey) {
  const auto loaded = load_config_text(kFull, "/etc/nova/configs/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  const auto& c = loaded.config;
  EXPECT_EQ(c.planning.fits_per_tick, 7u);
  EXPECT_EQ(c.planning.rules.horizons(), (std::array<Duration, 3>{1h, 6h, 5 * 24h}));
  EXPECT_EQ(c.planning.rules.bottleneck_threshold, 0.9);
  EXPECT_EQ(c.planning.rules.every, 10min);
  EXPECT_EQ(c.host.step, 30s);
  EXPECT_EQ(c.host.data_dir, "/etc/nova/var");
  EXPECT_EQ(c.host.log.level, "warn");
  EXPECT_EQ(c.host.log.format, "json");
  EXPECT_EQ(c.host.retention, 7 * 24h);
  ASSERT_EQ(c.plugin_dirs.size(), 2u);
  EXPECT_EQ(c.plugin_dirs[0], "/etc/nova/build/plugins");
  EXPECT_EQ(c.plugin_dirs[1], "/opt/plugins");
  ASSERT_EQ(c.plugins.size(), 4u);
  EXPECT_EQ(json::parse(c.plugins[0].config_json), json({{"file", "a.csv"}}));
  EXPECT_EQ(c.plugins[0].call_timeout, 2s);
  EXPECT_EQ(c.plugins[0].cancel_grace, 0s);
  EXPECT_EQ(c.plugins[1].library, "/etc/nova/configs/lib/fleet.so");
  EXPECT_EQ(c.plugins[2].call_timeout, 5s);

  ASSERT_EQ(c.groups.size(), 1u);
  const auto& g = c.groups[0];
  EXPECT_EQ(g.name(), "acme/web");
  EXPECT_EQ(g.min, 2u);
  EXPECT_EQ(g.max, 200u);
  EXPECT_EQ(g.lead_time, 3min);
  EXPECT_EQ(g.machine.memory_gib, 16);
  EXPECT_EQ(g.machine.storage_gib, 80);
  EXPECT_EQ(json::parse(g.controller_config_json), json({{"image", "x"}}));
  EXPECT_EQ(g.cost, std::vector<std::string>{"aws"});
  EXPECT_EQ(g.offer_filter.vcpus.high, 16);
  EXPECT_EQ(g.offer_filter.memory_gib.low, std::nullopt);
  EXPECT_EQ(g.offer_filter.arch, "x86_64");
  EXPECT_EQ(g.behaviour.cooldown_down, 10min);
  EXPECT_EQ(g.behaviour.stabilisation_window, 15min);
  EXPECT_EQ(g.behaviour.max_step_up.share, 0.25);
  EXPECT_EQ(g.behaviour.max_step_down.count, 3u);
  EXPECT_TRUE(g.behaviour.dry_run);

  const auto& requests = g.signals.at(0);
  EXPECT_EQ(json::parse(requests.settings_json),
            json::parse(R"({"labels":{"job":"web"},"aggregate":"sum","within":"rate"})"));
  EXPECT_EQ(requests.key, series_key("acme", "web", "requests"));
  EXPECT_EQ(requests.target_utilisation, 0.7);
  EXPECT_EQ(requests.max_utilisation, 0.75);  // of the preset
  EXPECT_EQ(requests.forecast_step, 1min);
  const auto& cpu = g.signals.at(1);
  EXPECT_EQ(cpu.role, Role::utilisation);
  EXPECT_EQ(cpu.resource, "cpu");
  EXPECT_EQ(cpu.scale, 0.01);
  EXPECT_EQ(cpu.per_machine, 1);
  EXPECT_EQ(cpu.target_utilisation, 0.6);  // of the preset, and of planning, too

  const auto& predictive = std::get<PredictiveSpec>(g.policies.at(0));
  EXPECT_EQ(predictive.models, std::vector<std::string>{"arima"});
  EXPECT_EQ(predictive.training_window, 14 * 24h);
  EXPECT_EQ(predictive.min_data_points, 100u);
  EXPECT_EQ(predictive.weights.performance, 0.5);
  EXPECT_EQ(predictive.slo_penalty, UsdPerHour::from_dollars(2.5));
  EXPECT_EQ(predictive.min_accuracy, 0.6);
  EXPECT_FALSE(predictive.seasonal_adjustment);
  EXPECT_EQ(predictive.scale_up_threshold, 0.75);
  EXPECT_EQ(predictive.scale_down_threshold, 0.4);
  const auto& tracking = std::get<TargetTrackingSpec>(g.policies.at(1));
  EXPECT_EQ(tracking.signal, "cpu");
  EXPECT_EQ(tracking.target, 0.5);
  EXPECT_EQ(tracking.tolerance_up, 0.2);
  EXPECT_EQ(tracking.tolerance_down, 0.15);
  EXPECT_FALSE(tracking.shadow);
  EXPECT_TRUE(std::get<TargetTrackingSpec>(g.policies.at(2)).shadow);
}

TEST(Config, ReadsWhatHoldsWhenSignalsAreLostOrHandsAreOff) {
  const auto loaded = load_config_text(kFull, "/etc/nova/configs/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  const auto& behaviour = loaded.config.groups.at(0).behaviour;
  EXPECT_EQ(behaviour.on_missing, OnMissing::fallback_count);
  EXPECT_EQ(behaviour.fallback_count, 4u);
  EXPECT_EQ(behaviour.headroom.value().share, 0.1);
  EXPECT_FALSE(behaviour.pause.value().out);
  EXPECT_TRUE(behaviour.pause->in);
  EXPECT_EQ(to_iso8601(behaviour.pause->until.value()), "2026-12-24T18:00:00Z");
}

TEST(Config, ReadsRulesAndShowsThem) {
  const auto loaded = load_config_text(kFull, "/etc/nova/configs/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  const auto& policies = loaded.config.groups.at(0).policies;
  const auto& line = std::get<ThresholdSpec>(policies.at(3));
  EXPECT_EQ(line.signal, "cpu");
  EXPECT_EQ(line.scale_up_above, 0.8);
  EXPECT_EQ(line.scale_down_below, 0.3);
  EXPECT_EQ(line.lasting, 3min);
  ASSERT_EQ(line.steps.size(), 2u);
  EXPECT_EQ(line.steps[0].above, 0.9);
  EXPECT_EQ(line.steps[0].by.share, 0.5);
  EXPECT_EQ(line.steps[1].below, 0.1);
  EXPECT_EQ(line.steps[1].by.count, 2u);
  const auto& plan = std::get<ScheduleSpec>(policies.at(4));
  EXPECT_EQ(plan.cron.text(), "0 8 * * mon-fri");
  EXPECT_EQ(plan.zone.name(), "UTC");
  EXPECT_EQ(plan.lasting, 10h);
  EXPECT_EQ(plan.min, 3u);
  EXPECT_EQ(plan.max, 5u);
  EXPECT_EQ(std::get<ScheduleSpec>(policies.at(5)).target, 0.4);
  const auto given = json::parse(kFull)["groups"][0]["policies"];
  const auto shown = effective_config(loaded.config)["groups"][0]["policies"];
  auto line_given = given[3];
  line_given["shadow"] = false;
  EXPECT_EQ(json(shown[3]), line_given);
  EXPECT_EQ(json(shown[4]), given[4]);
}

TEST(Config, ReadsHowAGroupMayBuyAndWhatItMaySpend) {
  const auto loaded = load_config_text(kFull, "/etc/nova/configs/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  const auto& buying = loaded.config.groups[0].buying;
  EXPECT_EQ(buying.per_offer.at("m5.large"), 0.6);
  EXPECT_TRUE(buying.spot);
  EXPECT_EQ(buying.spot_rules.max_risk, 0.1);
  EXPECT_EQ(buying.spot_max_share, 0.4);
  EXPECT_EQ(buying.spot_rules.min_saving, 0.3);
  EXPECT_EQ(buying.spot_rules.cost.money, Usd::from_dollars(1.5));
  EXPECT_EQ(buying.limits.pool, 0.2);
  EXPECT_EQ(buying.limits.family, 0.3);
  EXPECT_EQ(buying.limits.zone, 0.6);
  EXPECT_EQ(buying.limits.alive, 0.8);
  EXPECT_EQ(buying.limits.min_pools, 3u);
  EXPECT_EQ(buying.limits.max_types, 6u);
  EXPECT_EQ(buying.on_demand_base, 2u);
  EXPECT_EQ(buying.move.min_saving, UsdPerHour::from_dollars(0.5));
  EXPECT_EQ(buying.move.min_roi, 0.1);
  EXPECT_EQ(buying.move.expected_life, 2h);
  EXPECT_FALSE(buying.use_commitments);
  EXPECT_EQ(buying.lookback, 14 * 24h);
  EXPECT_EQ(buying.max_price_age, 6h);

  const auto budgets = budgets_of(loaded.config);
  ASSERT_EQ(budgets.size(), 3u);
  EXPECT_EQ(budgets[0].name, "all");
  EXPECT_EQ(budgets[0].max_hourly, UsdPerHour::from_dollars(900));
  EXPECT_EQ(budgets[0].max_monthly, std::nullopt);
  EXPECT_TRUE(budgets[0].hard);
  EXPECT_EQ(budgets[1].name, "acme/monthly");
  EXPECT_EQ(budgets[1].tenant, "acme");
  EXPECT_EQ(budgets[1].group, "");
  EXPECT_EQ(budgets[1].max_monthly, Usd::from_dollars(15000));
  EXPECT_EQ(budgets[1].warning, 0.7);
  EXPECT_EQ(budgets[1].alert, 0.9);
  EXPECT_FALSE(budgets[1].hard);
  EXPECT_EQ(budgets[2].name, "acme/web/own");
  EXPECT_EQ(budgets[2].group, "web");

  ASSERT_EQ(loaded.config.commitments.size(), 2u);
  const auto& ri = loaded.config.commitments[0];
  EXPECT_EQ(ri.cover.units, 4 * 16);
  EXPECT_EQ(ri.cover.family, "m5");
  EXPECT_EQ(ri.price, UsdPerHour::from_dollars(1976.0 / 8760 + 0.5));
  EXPECT_EQ(to_iso8601(ri.cover.start), "2026-01-01T00:00:00Z");
  const auto& plan = loaded.config.commitments[1];
  EXPECT_EQ(plan.cover.money, UsdPerHour::from_dollars(2.5));
  EXPECT_EQ(plan.price, plan.cover.money);
  EXPECT_EQ(plan.cover.plan_discount, 0.3);
}

TEST(Config, ReadsTheOperatorsPrices) {
  const auto loaded = load_config_text(kFull, "/etc/nova/configs/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  using Kind = PriceOverride::Kind;
  EXPECT_EQ(loaded.config.prices,
            (std::vector<PriceOverride>{
                {"aws", "us-*", "m5.*", "linux", "spot", Kind::set, 500'000'000, 0, "EUR"},
                {"", "", "", "", "", Kind::add, -250'000'000, 0, "USD"},
                {"", "", "", "", "", Kind::percent, 0, -12.5, "USD"}}));
}

constexpr const char* kSmall = R"({
  "plugins": [ { "name": "trace", "component": "a.b" }, { "name": "fleet", "component": "a.c" } ],
  "groups": [ { "id": "web", "controller": "fleet", "min": 1, "max": 9,
    "signals": [ { "name": "load", "source": "trace", "query": "q", "per_machine": 5 } ] } ] })";

// A preset fills what is left out, and nothing else.
TEST(Config, PresetsOnlySetDefaults) {
  const auto read = [](const std::string& keys, const std::string& policies) {
    std::string text = kSmall;
    text.replace(text.find("\"max\": 9,"), 9, "\"max\": 9, " + keys + policies);
    auto loaded = load_config_text(text, "/etc/c.json");
    EXPECT_TRUE(loaded.ok()) << texts_of(loaded);
    return loaded.config.groups.at(0);
  };
  const std::string models =
      R"("policies": [ { "type": "predictive", "promise": { "violations": "1%" } } ],)";
  const auto none = read("", "");
  std::set<double> targets;
  for (const auto& preset : reader::presets()) {
    const auto key = "\"preset\": \"" + preset.name + "\",";
    const auto plain = read(key, "");
    EXPECT_EQ(plain.signals[0].target_utilisation, preset.target_utilisation);
    EXPECT_EQ(plain.signals[0].max_utilisation, preset.max_utilisation);
    EXPECT_EQ(plain.behaviour.max_step_up.count, preset.max_step_up);
    EXPECT_EQ(plain.behaviour.max_step_down.count, preset.max_step_down);
    EXPECT_EQ(plain.behaviour.cooldown_down, preset.cooldown_down);
    EXPECT_NE(plain.signals[0].target_utilisation, none.signals[0].target_utilisation);
    const auto written =
        read(key + R"("max_step_up": 2, "max_step_down": "50%", "cooldown_down": "1s",)", "");
    EXPECT_EQ(written.behaviour.max_step_up.count, 2u);
    EXPECT_EQ(written.behaviour.max_step_down.share, 0.5);
    EXPECT_FALSE(written.behaviour.max_step_down.count);
    EXPECT_EQ(written.behaviour.cooldown_down, 1s);
    const auto promised = read(key, models);
    EXPECT_FALSE(promised.behaviour.max_step_up.count);
    EXPECT_EQ(promised.behaviour.cooldown_down, 0s);
    EXPECT_EQ(std::get<PredictiveSpec>(promised.policies[0]).weights.cost, preset.weights.cost);
    targets.insert(preset.target_utilisation);
  }
  EXPECT_EQ(targets.size(), reader::presets().size());
}

TEST(Config, DefaultsToTargetTrackingOnTheFirstSignal) {
  const auto loaded = load_config_text(kSmall, "/etc/c.json");
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  ASSERT_EQ(loaded.config.groups[0].policies.size(), 1u);
  EXPECT_EQ(std::get<TargetTrackingSpec>(loaded.config.groups[0].policies[0]).signal, "load");
  EXPECT_EQ(loaded.config.groups[0].tenant, "default");
  EXPECT_EQ(loaded.config.groups[0].price, UsdPerHour::from_dollars(0.10));
  EXPECT_EQ(loaded.config.host.data_dir, "/etc/var");
}

TEST(Config, WhatIsShownIsReadBackTheSame) {
  for (const auto* text : {kFull, kSmall}) {
    const auto loaded = load_config_text(text, "/etc/nova/c.json");
    ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
    const auto shown = effective_config(loaded.config);
    const auto again = load_config_text(shown.dump(), "/elsewhere/d.json");
    ASSERT_TRUE(again.ok()) << texts_of(again) << shown.dump(2);
    EXPECT_EQ(effective_config(again.config), shown);
  }
}

TEST(Config, PublishedSchemaIsTheTableThatReads) {
  std::ifstream file(NOVA_SOURCE_DIR "/configs/novascale.schema.json");
  ASSERT_TRUE(file) << "make it: novascale check --schema > configs/novascale.schema.json";
  EXPECT_EQ(nlohmann::ordered_json::parse(file), config_schema())
      << "renew it: novascale check --schema > configs/novascale.schema.json";
  const json schema = config_schema();
  EXPECT_TRUE(check_schema(schema).empty()) << check_schema(schema)[0].pointer;
  for (const auto* text : {kFull, kSmall}) {
    auto value = json::parse(text);
    EXPECT_TRUE(apply_schema(schema, value).empty());
  }
}

// All places of a document, the root left out.
void places_of(const json& node, const std::string& at, std::vector<std::string>& places) {
  if (!at.empty()) places.push_back(at);
  if (node.is_structured())
    for (const auto& [key, value] : node.items()) places_of(value, pointer_to(at, key), places);
}

// Replaces, removes or adds something somewhere.
void damage(json& document, std::mt19937_64& random) {
  static const json kOdd[] = {
      nullptr,      true,      0,    -1,    1,     2.5,      1e300,         "",
      "a",          "auto",    "5m", "25%", "-1s", "demand", json::array(), json::object(),
      {1, nullptr}, {{"a", 1}}};
  std::vector<std::string> places;
  places_of(document, "", places);
  const json::json_pointer place(places[random() % places.size()]);
  const auto& odd = kOdd[random() % std::size(kOdd)];
  auto& parent = document[place.parent_pointer()];
  switch (random() % 4) {
    case 0:
      if (parent.is_object())
        parent.erase(place.back());
      else
        parent.erase(parent.begin() + std::stol(place.back()));
      break;
    case 1:
      if (document[place].is_object()) document[place]["odd"] = odd;
      if (document[place].is_array()) document[place].push_back(odd);
      break;
    default:
      document[place] = odd;
  }
}

// The parser and the published schema are two readers of one table; on documents that nobody
// thought of they must still find the same mistakes, as far as a schema can express them.
TEST(Config, DamagedDocumentsAreJudgedAlikeByParserAndSchema) {
  const json schema = config_schema();
  std::mt19937_64 random{20240229};
  int broken = 0;
  for (int round = 0; round < 400; ++round) {
    auto document = json::parse(round % 2 ? kFull : kSmall);
    for (std::uint64_t n = 1 + random() % 3; n > 0 && !document.empty(); --n)
      damage(document, random);
    const auto text = document.dump();
    std::set<std::string> by_parser, by_schema;
    const auto loaded = load_config_text(text, "/etc/nova/c.json");
    for (const auto& error : loaded.errors)
      if (error.by_schema) by_parser.insert(error.pointer);
    for (const auto& finding : apply_schema(schema, document)) by_schema.insert(finding.pointer);
    EXPECT_EQ(by_parser, by_schema) << "round " << round << ": " << text;
    broken += !loaded.ok();
  }
  EXPECT_GT(broken, 300);
}

class ConfigFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) /
        ("config_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const char* name, const char* text) { std::ofstream(folder_ / name) << text; }
  std::string errors() const {
    auto out = texts_of(load_config(folder_));
    for (std::size_t at; (at = out.find(folder_.string())) != std::string::npos;)
      out.erase(at, folder_.string().size());
    return out;
  }
  std::filesystem::path folder_;
};

TEST_F(ConfigFolder, MergesFilesInNameOrder) {
  write("20.json", R"({"plugins":[{"name":"b","component":"x.b"}],"host":{"retention":"1d"}})");
  write("10.json",
        R"({"$schema":"s","plugins":[{"name":"a","component":"x.a"}],"host":{"step":"10s"}})");
  write("30.json", R"({"$schema":"s","tenants":[{"id":"t"}]})");
  write("notes.txt", "not a config");
  const auto loaded = load_config(folder_);
  ASSERT_TRUE(loaded.ok()) << texts_of(loaded);
  ASSERT_EQ(loaded.config.plugins.size(), 2u);
  EXPECT_EQ(loaded.config.plugins[0].name, "a");
  EXPECT_EQ(loaded.config.plugins[1].name, "b");
  EXPECT_EQ(loaded.config.host.step, 10s);
  EXPECT_EQ(loaded.config.host.retention, 24h);
  EXPECT_EQ(loaded.config.folder, folder_);
}

TEST_F(ConfigFolder, NamesTheFileOfEachMistake) {
  write(
      "a.json",
      R"({"plugins":[{"name":"a","component":"x.a"}],"host":{"step":"10s","log":{"level":"info"}}})");
  write(
      "b.json",
      R"({"plugins":[{"name":"b","componnet":"x.b"}],"host":{"step":"20s","log":{"format":"xml"}}})");
  write("c.json", R"({"host":[],"plugins":{},"groups":[7]})");
  EXPECT_EQ(errors(),
            "/b.json: /host/step: is already set in /a.json\n"
            "/c.json: /host: is already set in /a.json\n"
            "/c.json: /plugins: is already set in /a.json\n"
            "/b.json: /host/log/format: must be one of \"text\", \"json\", got \"xml\"\n"
            "/b.json: /plugins/0: a plugin must have the key \"component\"\n"
            "/b.json: /plugins/0/componnet: unknown key (did you mean \"component\"?)\n"
            "/c.json: /groups/0: must be an object, got 7\n");
}

TEST_F(ConfigFolder, ReportsSyntaxAloneAndWithItsPlace) {
  write("a.json", "{\"hots\": {}}");
  write("b.json", "{\n  \"plugins\": [\n");
  EXPECT_EQ(
      errors(),
      "/b.json:2:15: syntax error while parsing value - unexpected end of input; expected '[', "
      "'{', or a literal\n");
}

TEST_F(ConfigFolder, SaysWhenThereIsNothingToRead) {
  EXPECT_EQ(errors(), ": has no file named *.json\n");
  const auto none = load_config(folder_ / "none.json");
  ASSERT_EQ(none.errors.size(), 1u);
  EXPECT_EQ(none.errors[0].message, "cannot be read: no such file");
  EXPECT_EQ(load_config("/dev/zero").errors.at(0).message, "cannot be read: not a regular file");
}

}  // namespace
}  // namespace nova
