// The keys of a policy. The file writes all types into one kind of object, so one table reads them
// all and refuses keys that have no effect on the type given.
#include <algorithm>
#include <array>
#include <cmath>

#include "host/wiring/config_keys.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

// One of each; `signal`, `target` and `lasting` belong to more than one type.
struct AnyPolicy {
  enum Type { target_tracking, predictive, threshold, schedule, plugin } type = predictive;
  std::string signal;
  std::optional<double> target;
  std::optional<Duration> lasting;
  bool shadow = false;
  PredictiveSpec predict;
  TargetTrackingSpec track;
  ThresholdSpec line;
  ScheduleSpec plan;
  PluginSpec asked;
};
static_assert(std::variant_size_v<PolicySpec> == 5, "AnyPolicy::Type is its index");

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
      .key("latency", &PromiseSpec::latency, maybe(positive_duration()),
           "Instead of at_utilisation: it is violated when more than one answer in twenty takes "
           "longer, by a queue (M/M/c) with a server for each of machine.vcpus")
      .derived(
          "latency_signal", &PromiseSpec::latency_signal, text(),
          "Instead of the queue alone: the signal of role latency from which is learned at which "
          "load of a machine one answer in twenty (its 95th percentile) takes longer")
      .check([](const json& node, PromiseSpec&, const Place& place) {
        if (!node.is_object()) return;
        if (node.contains("latency") && node.contains("at_utilisation"))
          place.at("at_utilisation").refused("has no effect beside latency");
        if (node.contains("latency_signal") && !node.contains("latency"))
          place.at("latency_signal").refused("has no effect without latency");
        if (node.contains("violations") && node.contains("same_bill_as"))
          place.at("same_bill_as").refused("has no effect beside violations");
        if (!node.contains("violations") && !node.contains("same_bill_as"))
          place.refused("must state violations or same_bill_as");
      });
  auto value = object(table);
  value.show = [show = value.show](const PromiseSpec& promise) {
    auto out = show(promise);
    if (promise.latency) out.erase("at_utilisation");  // it would be refused
    if (promise.latency_signal.empty()) out.erase("latency_signal");
    return out;
  };
  return value;
}

Value<ThresholdSpec::Band> band() {
  using Band = ThresholdSpec::Band;
  Table<Band> table("a step");
  table.key("above", &Band::above, maybe(number(0, 1e12)), "Where it is taken, as scale_up_above")
      .key("below", &Band::below, maybe(number(0, 1e12)), "Where it is taken, as scale_down_below")
      .key("by", &Band::by, step_limit(), "Machines, or share of them, added or given up")
      .check([](const json& node, Band&, const Place& place) {
        if (node.is_object() && node.contains("above") == node.contains("below"))
          place.refused("needs either above or below");
      });
  return object(table);
}

Table<AnyPolicy> shared_keys(Table<AnyPolicy> table) {
  table
      .derived("signal", &AnyPolicy::signal, text(),
               "The signal it watches; may be left out where there is one")
      .key("target", &AnyPolicy::target, maybe(share()),
           "Utilisation to hold; the signal's target_utilisation by default")
      .key("for", &AnyPolicy::lasting, maybe(duration()),
           "threshold: how long a line must be crossed, 0s by default; schedule: how long it holds")
      .key("shadow", &AnyPolicy::shadow, flag(),
           "It decides and is scored on a fleet of its own beside the real one, and never acts");
  return table;
}

Table<AnyPolicy> tracking_keys(Table<AnyPolicy> table) {
  table
      .key(
          "tolerance_up", [](auto& p) -> auto& { return p.track.tolerance_up; }, number(0, 10),
          "Share above the target that changes nothing")
      .key(
          "tolerance_down", [](auto& p) -> auto& { return p.track.tolerance_down; }, number(0, 1),
          "Share below the target that changes nothing");
  return table;
}

Table<AnyPolicy> threshold_keys(Table<AnyPolicy> table) {
  table
      .key(
          "scale_up_above", [](auto& p) -> auto& { return p.line.scale_up_above; },
          maybe(number(0, 1e12)),
          "Utilisation above which a machine is added; of a signal that is watched its value, in "
          "seconds for a latency, and the next step when all machines serve")
      .key(
          "scale_down_below", [](auto& p) -> auto& { return p.line.scale_down_below; },
          maybe(number(0, 1e12)),
          "Utilisation below which a machine is given up; of a signal that is watched its value, "
          "and none is given up before")
      .derived(
          "steps", [](auto& p) -> auto& { return p.line.steps; }, list_of(band()),
          "Larger steps, farther out");
  return table;
}

Table<AnyPolicy> schedule_keys(Table<AnyPolicy> table) {
  table
      .derived(
          "cron", [](auto& p) -> auto& { return p.plan.cron; }, cron(),
          "When it begins: minute hour day-of-month month day-of-week")
      .key(
          "time_zone", [](auto& p) -> auto& { return p.plan.zone; }, time_zone(),
          "Whose clock that is, by its IANA name")
      .key(
          "min", [](auto& p) -> auto& { return p.plan.min; }, maybe(machines()),
          "Fewest machines meanwhile; asked for lead_time before it begins")
      .key(
          "max", [](auto& p) -> auto& { return p.plan.max; }, maybe(machines()),
          "Most machines meanwhile");
  return table;
}

Table<AnyPolicy> plugin_keys(Table<AnyPolicy> table) {
  table
      .derived(
          "plugin", [](auto& p) -> auto& { return p.asked.plugin; }, text(),
          "Name of the policy plugin that proposes the size")
      .derived(
          "settings", [](auto& p) -> auto& { return p.asked.settings_json; }, json_object(),
          "What that plugin must know of the group");
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
          "min_accuracy", [](auto& p) -> auto& { return p.predict.min_accuracy; }, number(0, 1),
          "1 - WAPE of forecasts at the lead time, below which it has no opinion")
      .key(
          "seasonal_adjustment", [](auto& p) -> auto& { return p.predict.seasonal_adjustment; },
          flag(), "Models are told the seasons that were found in the load")
      .key(
          "scale_up_threshold", [](auto& p) -> auto& { return p.predict.scale_up_threshold; },
          maybe(share()),
          "Forecast demand as a share of capacity, which it must exceed before machines are added")
      .key(
          "scale_down_threshold", [](auto& p) -> auto& { return p.predict.scale_down_threshold; },
          maybe(share()), "The same, which it must be below before machines are given up")
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

void check_predictive(const json& node, const PredictiveSpec& policy, const Place& place) {
  if (policy.scale_up_threshold && policy.scale_down_threshold &&
      *policy.scale_down_threshold >= *policy.scale_up_threshold)
    place.at("scale_down_threshold")
        .refused("must be < scale_up_threshold (" + json(*policy.scale_up_threshold).dump() +
                 "), got " + json(*policy.scale_down_threshold).dump());
  if (!policy.promise) return;
  for (const char* key :
       {"min_accuracy", "seasonal_adjustment", "scale_up_threshold", "scale_down_threshold"})
    if (node.contains(key))
      place.at(key).refused("has no effect beside a promise, which uses no model's forecast");
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

void check_threshold(const json& node, const ThresholdSpec& policy, const Place& place) {
  if (!node.contains("scale_up_above") && !node.contains("scale_down_below"))
    return place.refused("needs scale_up_above or scale_down_below");
  if (!place.clean()) return;
  const double up = policy.scale_up_above.value_or(INFINITY);
  const double down = policy.scale_down_below.value_or(-INFINITY);
  if (down >= up)
    place.at("scale_down_below")
        .refused("must be < scale_up_above (" + json(up).dump() + "), got " + json(down).dump());
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const auto& band = policy.steps[i];
    const auto at = place.at("steps").at(i);
    if (band.above && !(*band.above > up))
      at.at("above").refused("must be > scale_up_above, got " + json(*band.above).dump());
    if (band.below && !(*band.below < down))
      at.at("below").refused("must be < scale_down_below, got " + json(*band.below).dump());
  }
}

void check_schedule(const json& node, const ScheduleSpec& policy, const Place& place) {
  for (const char* key : {"cron", "for"})
    if (!node.contains(key)) place.at(key).refused("is needed for a policy of type \"schedule\"");
  if (!node.contains("min") && !node.contains("max") && !node.contains("target"))
    place.refused("needs min, max or target: a schedule without them changes nothing");
  if (!place.clean()) return;
  if (policy.lasting < std::chrono::minutes(1) || policy.lasting > Cron::kLongest)
    place.at("for").refused("must be in [1m, " + to_string(Cron::kLongest) + "], got " +
                            to_string(policy.lasting));
  if (policy.min && policy.max && *policy.min > *policy.max)
    place.at("min").refused("must be <= max (" + std::to_string(*policy.max) + "), got " +
                            std::to_string(*policy.min));
}

void check_plugin(const json& node, const Place& place) {
  if (!node.contains("plugin"))
    place.at("plugin").refused("is needed for a policy of type \"plugin\"");
}

// From the one object of the file to the policy it is, and back.
void settle(const json& node, AnyPolicy& any, const Place& place) {
  any.track.signal = any.line.signal = any.signal;
  any.track.target = any.plan.target = any.target;
  any.track.shadow = any.line.shadow = any.predict.shadow = any.shadow;
  any.line.lasting = any.lasting.value_or(any.line.lasting);
  any.plan.lasting = any.lasting.value_or(any.plan.lasting);
  if (any.type == AnyPolicy::predictive) check_promise(node, any.predict, place);
  if (any.type == AnyPolicy::predictive) check_predictive(node, any.predict, place);
  if (any.type == AnyPolicy::threshold) check_threshold(node, any.line, place);
  if (any.type == AnyPolicy::schedule) check_schedule(node, any.plan, place);
  if (any.type == AnyPolicy::plugin) check_plugin(node, place);
}

AnyPolicy any_of(const PolicySpec& spec) {
  AnyPolicy any;
  any.type = static_cast<AnyPolicy::Type>(spec.index());
  any.shadow = is_shadow(spec);
  if (const auto* p = std::get_if<PredictiveSpec>(&spec)) any.predict = *p;
  if (const auto* p = std::get_if<PluginSpec>(&spec)) any.asked = *p;
  if (const auto* t = std::get_if<TargetTrackingSpec>(&spec)) {
    any.track = *t;
    any.signal = t->signal;
    any.target = t->target;
  }
  if (const auto* t = std::get_if<ThresholdSpec>(&spec)) {
    any.line = *t;
    any.signal = t->signal;
    any.lasting = t->lasting;
  }
  if (const auto* s = std::get_if<ScheduleSpec>(&spec)) {
    any.plan = *s;
    any.target = s->target;
    any.lasting = s->lasting;
  }
  return any;
}

PolicySpec spec_of(const AnyPolicy& any) {
  switch (any.type) {
    case AnyPolicy::target_tracking:
      return any.track;
    case AnyPolicy::threshold:
      return any.line;
    case AnyPolicy::schedule:
      return any.plan;
    case AnyPolicy::plugin:
      return any.asked;
    case AnyPolicy::predictive:
      break;
  }
  return any.predict;
}

// The keys that mean something for each type, in the order of AnyPolicy::Type.
using Names = std::vector<std::string>;

struct PolicyTables {
  std::array<Names, 5> of_type;
  std::shared_ptr<const Table<AnyPolicy>> all;

  // Keys of other types.
  Names foreign(AnyPolicy::Type type) const {
    Names names;
    for (const auto& keys : of_type)
      for (const auto& name : keys)
        if (!std::count(of_type[type].begin(), of_type[type].end(), name) &&
            !std::count(names.begin(), names.end(), name))
          names.push_back(name);
    return names;
  }
};

PolicyTables make_tables() {
  const auto names_with = [](auto keys, Names shared) {
    auto names = keys(Table<AnyPolicy>("")).names();
    names.insert(names.end(), shared.begin(), shared.end());
    return names;
  };
  PolicyTables out;
  out.of_type = {names_with(tracking_keys, {"signal", "target", "shadow"}),
                 names_with(predictive_keys, {"shadow"}),
                 names_with(threshold_keys, {"signal", "for", "shadow"}),
                 names_with(schedule_keys, {"target", "for"}), names_with(plugin_keys, {})};
  Table<AnyPolicy> table("a policy");
  table.key("type", &AnyPolicy::type,
            choice<AnyPolicy::Type>({{"predictive", AnyPolicy::predictive},
                                     {"target_tracking", AnyPolicy::target_tracking},
                                     {"threshold", AnyPolicy::threshold},
                                     {"schedule", AnyPolicy::schedule},
                                     {"plugin", AnyPolicy::plugin}}),
            "The kind of rule", Need::required);
  table = shared_keys(
      plugin_keys(schedule_keys(threshold_keys(tracking_keys(predictive_keys(std::move(table)))))));
  table
      .never("trend_adjustment",
             "every model finds the trend itself, and damps it where the load does")
      .check([keys = out](const json& node, AnyPolicy& policy, const Place& place) {
        if (!node.contains("type") || !place.at("type").clean()) return;
        for (const auto& name : keys.foreign(policy.type))
          if (node.contains(name))
            place.at(name).refused("has no effect on a policy of type \"" +
                                   std::string(type_of(spec_of(policy))) + "\"");
        settle(node, policy, place);
      });
  out.all = std::make_shared<const Table<AnyPolicy>>(std::move(table));
  return out;
}

ordered_json show_policy(const PolicyTables& tables, const PolicySpec& spec) {
  const auto any = any_of(spec);
  auto out = tables.all->show(&any);
  for (const auto& name : tables.foreign(any.type)) out.erase(name);
  if (any.line.steps.empty()) out.erase("steps");
  if (any.predict.promise)  // they would be refused
    for (const char* key : {"min_accuracy", "seasonal_adjustment"}) out.erase(key);
  return out;
}

}  // namespace

Value<PolicySpec> policy_value() {
  const auto tables = std::make_shared<const PolicyTables>(make_tables());
  return {tables->all->schema(),
          [tables](const json& node, PolicySpec& out, const Place& place) {
            AnyPolicy any;
            tables->all->read(node, &any, place);
            out = spec_of(any);
          },
          [tables](const PolicySpec& spec) { return show_policy(*tables, spec); }};
}

}  // namespace nova::reader
