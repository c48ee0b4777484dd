// The keys of a policy. The file writes all types into one kind of object, so one table reads them
// all and refuses keys that have no effect on the type given.
#include <array>
#include <cmath>

#include "host/wiring/config_keys.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

struct AnyPolicy {
  enum Type { predictive, target_tracking } type = predictive;
  PredictiveSpec predict;
  TargetTrackingSpec track;
};

// "auto" is every model there is, written as an empty list in the spec.
Value<std::vector<std::string>> models() {
  return {{{"type", {"string", "array"}},
           {"items", {{"type", "string"}, {"minLength", 1}}},
           {"minItems", 1}},
          [](const json& node, std::vector<std::string>& out, const Place& place) {
            constexpr const char* kRule = "must be \"auto\" or a list of model plugins";
            if (node == "auto") return;
            if (node.is_string()) return place.refused(std::string(kRule) + ", got " + shown(node));
            if (!node.is_array() || node.empty())
              return place.broken(std::string(kRule) + ", got " + shown(node));
            list_of(text()).read(node, out, place);
          },
          [](const std::vector<std::string>& names) {
            return names.empty() ? ordered_json("auto") : ordered_json(names);
          }};
}

Value<Weights> weights() {
  Table<Weights> table("weights");
  table
      .key("cost", &Weights::cost, number(0, 1), "Fear of paying for idle machines", Need::required)
      .key("performance", &Weights::performance, number(0, 1), "Fear of too few machines",
           Need::required)
      .key("risk", &Weights::risk, number(0, 1), "Fear of the unlikely", Need::required)
      .check([](const json&, Weights& w, const Place& place) {
        const double sum = w.cost + w.performance + w.risk;
        if (place.clean() && std::abs(sum - 1) > 1e-6)
          place.refused("must sum to 1, got " + json(std::round(sum * 1e9) / 1e9).dump());
      });
  return object(table);
}

// A share of violated steps, or the bill to match.
Value<PromiseSpec> promise() {
  constexpr double kMost = 0.5;
  Table<PromiseSpec> table("promise");
  table
      .derived("violations", &PromiseSpec::violations, percentage(kMost),
               "Share of steps that may be violated, such as \"1%\"")
      .key("at_utilisation", &PromiseSpec::at_utilisation, share(),
           "A step is violated when load exceeds this share of serving capacity")
      .derived("same_bill_as", &PromiseSpec::same_bill_as_hpa,
               choice<bool>({{"hpa", true}}, {"target_tracking"}),
               "Instead of violations: the fewest at no more than 1.05 of this rule's bill")
      .later({"latency"})
      .check([](const json& node, PromiseSpec&, const Place& place) {
        if (!node.is_object() || node.contains("latency")) return;
        if (node.contains("violations") && node.contains("same_bill_as"))
          place.at("same_bill_as").refused("has no effect beside violations");
        if (!node.contains("violations") && !node.contains("same_bill_as"))
          place.refused("must state violations or same_bill_as");
      });
  return object(table);
}

Table<AnyPolicy> tracking_keys(Table<AnyPolicy> table) {
  table
      .derived(
          "signal", [](auto& p) -> auto& { return p.track.signal; }, text(),
          "The signal it watches; may be left out where there is one")
      .key(
          "target", [](auto& p) -> auto& { return p.track.target; }, maybe(share()),
          "Utilisation to hold; the signal's target_utilisation by default")
      .key(
          "tolerance_up", [](auto& p) -> auto& { return p.track.tolerance_up; }, number(0, 10),
          "Share above the target that changes nothing")
      .key(
          "tolerance_down", [](auto& p) -> auto& { return p.track.tolerance_down; }, number(0, 1),
          "Share below the target that changes nothing");
  return table;
}

Table<AnyPolicy> predictive_keys(Table<AnyPolicy> table) {
  table
      .key(
          "models", [](auto& p) -> auto& { return p.predict.models; }, models(),
          "\"auto\" (all), or names of model plugins in order of preference")
      .key(
          "training_window", [](auto& p) -> auto& { return p.predict.training_window; },
          positive_duration(), "History the models learn from")
      .key(
          "prediction_horizon", [](auto& p) -> auto& { return p.predict.prediction_horizon; },
          positive_duration(), "How far ahead is forecast, at least lead_time")
      .key(
          "min_data_points", [](auto& p) -> auto& { return p.predict.min_data_points; }, count(2),
          "Forecast steps with a value, below which it has no opinion")
      .key(
          "update_frequency", [](auto& p) -> auto& { return p.predict.update_frequency; },
          positive_duration(), "Between two fits")
      .key(
          "confidence_threshold", [](auto& p) -> auto& { return p.predict.confidence_threshold; },
          number(0, 1), "Probability that a decision is warranted, below which it is not made")
      .key(
          "weights", [](auto& p) -> auto& { return p.predict.weights; }, weights(),
          "What to fear; they sum to 1")
      .key(
          "slo_penalty_usd_per_machine_hour",
          [](auto& p) -> auto& { return p.predict.slo_penalty; }, maybe(usd_per_hour()),
          "Cost of being one machine short for an hour; sets the count instead of the weights")
      .key(
          "promise", [](auto& p) -> auto& { return p.predict.promise; }, maybe(promise()),
          "What must hold; sets the count instead of penalty and weights");
  return table;
}

// What a promise leaves without effect. Its default confidence_threshold is none.
void check_promise(const json& node, PredictiveSpec& policy, const Place& place) {
  if (!policy.promise) return;
  if (!node.contains("confidence_threshold")) policy.confidence_threshold = 0;
  if (policy.slo_penalty)
    place.at("slo_penalty_usd_per_machine_hour")
        .refused("has no effect beside a promise, which sets the count");
  if (!policy.models.empty())
    place.at("models").refused(
        "must be \"auto\" beside a promise: forecasts of named models are not used by it in this "
        "version");
}

// The keys that mean something for each type, in the order of AnyPolicy::Type.
struct PolicyTables {
  std::vector<std::string> of_type[2];
  std::shared_ptr<const Table<AnyPolicy>> all;
};

PolicyTables make_tables() {
  PolicyTables out;
  out.of_type[AnyPolicy::predictive] = predictive_keys(Table<AnyPolicy>("")).names();
  out.of_type[AnyPolicy::target_tracking] = tracking_keys(Table<AnyPolicy>("")).names();
  Table<AnyPolicy> table("a policy");
  table.key("type", &AnyPolicy::type,
            choice<AnyPolicy::Type>({{"predictive", AnyPolicy::predictive},
                                     {"target_tracking", AnyPolicy::target_tracking}},
                                    {"threshold", "schedule"}),
            "The kind of rule", Need::required);
  table = tracking_keys(predictive_keys(std::move(table)));
  table
      .later({"min_accuracy", "seasonal_adjustment", "trend_adjustment", "scale_up_threshold",
              "scale_down_threshold", "scale_up_above", "scale_down_below", "for", "steps", "cron",
              "time_zone", "min", "max", "shadow"})
      .check([foreign = std::array{out.of_type[0], out.of_type[1]}](
                 const json& node, AnyPolicy& policy, const Place& place) {
        if (!node.contains("type") || !place.at("type").clean()) return;
        const bool tracks = policy.type == AnyPolicy::target_tracking;
        for (const auto& name :
             foreign[tracks ? AnyPolicy::predictive : AnyPolicy::target_tracking])
          if (node.contains(name))
            place.at(name).refused(std::string("has no effect on a policy of type \"") +
                                   (tracks ? "target_tracking" : "predictive") + "\"");
        if (!tracks) check_promise(node, policy.predict, place);
      });
  out.all = std::make_shared<const Table<AnyPolicy>>(std::move(table));
  return out;
}

ordered_json show_policy(const PolicyTables& tables, const PolicySpec& spec) {
  AnyPolicy any;
  any.type = std::holds_alternative<PredictiveSpec>(spec) ? AnyPolicy::predictive
                                                          : AnyPolicy::target_tracking;
  if (const auto* p = std::get_if<PredictiveSpec>(&spec)) any.predict = *p;
  if (const auto* t = std::get_if<TargetTrackingSpec>(&spec)) any.track = *t;
  auto out = tables.all->show(&any);
  for (const auto& name : tables.of_type[any.type == AnyPolicy::predictive]) out.erase(name);
  return out;
}

}  // namespace

Value<PolicySpec> policy_value() {
  const auto tables = std::make_shared<const PolicyTables>(make_tables());
  return {tables->all->schema(),
          [tables](const json& node, PolicySpec& out, const Place& place) {
            AnyPolicy any;
            tables->all->read(node, &any, place);
            if (any.type == AnyPolicy::predictive)
              out = any.predict;
            else
              out = any.track;
          },
          [tables](const PolicySpec& spec) { return show_policy(*tables, spec); }};
}

}  // namespace nova::reader
