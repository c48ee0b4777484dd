// A scaling group as the operator states it: machines that serve one workload, and how to size
// them.
//
// Filled by host/wiring from a validated config (so every reference resolves and min <= max), read
// by the engine and never changed while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/budget.hpp"
#include "core/cost/buying.hpp"
#include "core/cost/offer.hpp"
#include "core/decide/behaviour.hpp"
#include "core/decide/policy.hpp"
#include "core/metrics/signal.hpp"

namespace nova {

// The machine whose capacity `per_machine` states; other offers count by their least resource
// ratio.
struct ReferenceMachine {
  double vcpus = 0;       // 0 = not stated
  double memory_gib = 0;  // 0 = not stated
  std::optional<double> storage_gib;
};

struct GroupSpec {
  std::string tenant = "default";
  std::string id;
  std::string controller;              // name of the controller plugin
  std::string controller_config_json;  // what that controller must know of the group
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  Duration lead_time = std::chrono::minutes(3);  // request to serving
  ReferenceMachine machine;
  UsdPerHour price = UsdPerHour::from_dollars(0.10);  // of a machine, where there are no offers
  std::vector<SignalSpec> signals;                    // that size it; at least one
  std::vector<SignalSpec> watched;                    // that do not: roles latency and custom
  std::vector<std::string> cost;                      // names of cost plugins; empty = `price`
  OfferFilter offer_filter;
  BuyRules buying;
  std::vector<BudgetSpec> budgets;  // as in the file; the engine gets all budgets in full
  std::string preset;               // kind of workload that its defaults are for; empty = none
  std::vector<PolicySpec> policies;
  Behaviour behaviour;

  std::string name() const { return tenant + "/" + id; }
  // Nobody stated what a machine costs, or stated the same.
  bool at_default_price() const { return cost.empty() && price == GroupSpec().price; }
};

// The predictive policy that acts, or the first one in the shadow; null if there is none.
const PredictiveSpec* predictive_in(const GroupSpec& group, bool shadow = false);
// The one that says how forecasts are made: the acting one if there is one.
const PredictiveSpec* forecasting_in(const GroupSpec& group);

// Of a fleet with or without a promise, which keeps calm by itself.
Duration stabilisation_window(const GroupSpec& group, bool promised);

}  // namespace nova
