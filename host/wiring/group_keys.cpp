// The keys of a scaling group and its signals, one row each, and the rules among them.
#include <cmath>
#include <map>
#include <set>

#include "core/plan/queueing.hpp"
#include "host/wiring/config_keys.hpp"
#include "host/wiring/presets.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

// The binding settings of the contract are one JSON text in the spec and single keys in the file.
template <class M>
Value<SignalSpec> setting(const char* name, Value<M> inner) {
  return {inner.schema,
          [name, inner](const json& node, SignalSpec& out, const Place& place) {
            const auto clean_before = place.session->problems.size();
            M value{};
            inner.read(node, value, place);
            if (place.session->problems.size() != clean_before) return;
            auto settings = json::parse(out.settings_json.empty() ? "{}" : out.settings_json);
            settings[name] = json(inner.show(value));
            out.settings_json = settings.dump();
          },
          [name](const SignalSpec& spec) {
            if (spec.settings_json.empty()) return ordered_json();
            return ordered_json::parse(spec.settings_json).value(name, ordered_json());
          }};
}

constexpr auto kItself = [](auto& object) -> auto& { return object; };

Value<std::string> labels() {
  auto value = json_object();
  value.schema["additionalProperties"] = {{"type", "string"}};
  value.read = [](const json& node, std::string& out, const Place& place) {
    if (!node.is_object()) return place.broken("must be an object, got " + shown(node));
    for (const auto& [name, label] : node.items())
      if (!label.is_string()) place.at(name).broken("must be a string, got " + shown(label));
    out = node.dump();
  };
  return value;
}

// A number, or "learned".
Value<SignalSpec> capacity() {
  const auto number = positive_number();
  return {{{"type", {"number", "string"}}, {"minimum", 0.0}, {"pattern", "^learned$"}},
          [number](const json& node, SignalSpec& out, const Place& place) {
            out.learn_capacity = node == "learned";
            if (out.learn_capacity) return;
            if (node.is_number()) return number.read(node, out.per_machine, place);
            place.broken("must be a number above 0 or \"learned\", got " + shown(node));
          },
          [number](const SignalSpec& spec) {
            return spec.learn_capacity ? ordered_json("learned") : number.show(spec.per_machine);
          }};
}

// What a machine serves is learned from what its utilisation was meanwhile.
void check_learned(const GroupSpec& group, bool promised, const Place& place) {
  const bool told = std::any_of(group.signals.begin(), group.signals.end(),
                                [](const auto& s) { return s.role == Role::utilisation; });
  for (std::size_t i = 0; i < group.signals.size(); ++i) {
    if (!group.signals[i].learn_capacity) continue;
    const auto at = place.at("signals").at(group.signals[i].place).at("per_machine");
    if (!told)
      at.refused(
          "must be a number where the group has no signal of role \"utilisation\" to learn "
          "it from");
    else if (promised)
      at.refused("must be a number beside a promise, which is measured by it");
  }
}

void check_signal(const json& node, SignalSpec& signal, const Place& place) {
  const bool demand = signal.role == Role::demand;
  if (!place.at("role").clean()) return;
  if (demand && !node.contains("per_machine"))
    place.at("per_machine")
        .refused("is needed: the demand that one machine serves when it is full");
  const auto without_effect = [&](const char* key) {
    if (node.contains(key))
      place.at(key).refused(std::string("has no effect on a signal of role \"") +
                            to_string(signal.role) + "\"");
  };
  if (!demand) without_effect("per_machine");
  if (sizes(signal.role)) without_effect("limit");
  if (!sizes(signal.role)) {
    without_effect("target_utilisation");
    without_effect("max_utilisation");
  }
  const bool percent = signal.unit == "percent", latency = signal.role == Role::latency;
  if (percent && demand)
    place.at("unit").refused("must not be \"percent\" for a demand, which is an amount of load");
  if (latency && !signal.unit.empty() && signal.unit != "s" && signal.unit != "ms")
    place.at("unit").refused("must be \"s\" or \"ms\" for a latency, got \"" + signal.unit + "\"");
  if (percent && !demand) signal.scale = 0.01;
  if (latency && signal.unit == "ms") signal.scale = 0.001;
}

// All of them in one list of the file; those that size nothing are kept apart.
Value<GroupSpec> signals() {
  const auto list = list_of(signal_value(), 1);
  return {
      list.schema,
      [list](const json& node, GroupSpec& group, const Place& place) {
        std::vector<SignalSpec> all;
        list.read(node, all, place);
        for (std::size_t i = 0; i < all.size(); ++i) {
          all[i].place = i;
          (sizes(all[i].role) ? group.signals : group.watched).push_back(std::move(all[i]));
        }
        if (group.signals.empty() && !group.watched.empty() && place.clean())
          place.refused("must have one of role \"demand\" or \"utilisation\": others size nothing");
      },
      [list](const GroupSpec& group) {
        auto all = group.signals;
        all.insert(all.end(), group.watched.begin(), group.watched.end());
        std::stable_sort(all.begin(), all.end(),
                         [](const auto& a, const auto& b) { return a.place < b.place; });
        return list.show(all);
      }};
}

Value<ReferenceMachine> machine() {
  Table<ReferenceMachine> table("machine");
  table.key("vcpus", &ReferenceMachine::vcpus, positive_number(), "Its processors", Need::required)
      .key("memory_gib", &ReferenceMachine::memory_gib, positive_number(), "Its memory in GiB",
           Need::required)
      .key("storage_gib", &ReferenceMachine::storage_gib, maybe(positive_number()),
           "Its storage in GiB: plans then say how much storage the machines will bring");
  auto value = object(table);
  value.show = [show = value.show](const ReferenceMachine& m) {
    return m.vcpus == 0 ? ordered_json() : show(m);
  };
  return value;
}

Value<Pause> pause() {
  struct Scope {
    bool out, in;
    bool operator==(const Scope&) const = default;
  };
  const auto words =
      choice<Scope>({{"all", {true, true}}, {"up", {true, false}}, {"down", {false, true}}});
  Value<Pause> scope{words.schema,
                     [words](const json& node, Pause& out, const Place& place) {
                       Scope d{true, true};
                       words.read(node, d, place);
                       out.out = d.out;
                       out.in = d.in;
                     },
                     [words](const Pause& pause) {
                       return words.show({pause.out, pause.in});
                     }};
  Table<Pause> table("pause");
  table.key("scope", kItself, scope, "Which way nothing is done")
      .key("until", &Pause::until, maybe(instant()), "When it ends; without, when it is taken out");
  return object(table);
}

// Empty = none.
Value<std::string> preset() {
  std::vector<std::pair<std::string, std::string>> words;
  for (const auto& each : presets()) words.emplace_back(each.name, each.name);
  return choice<std::string>(words);
}

void check_missing(const json& node, const GroupSpec& group, const Place& place) {
  const bool falls_back = group.behaviour.on_missing == OnMissing::fallback_count;
  if (!place.at("on_missing").clean()) return;
  if (falls_back && !node.contains("fallback_count"))
    place.at("fallback_count").refused("is needed with on_missing \"fallback_count\"");
  if (!falls_back && node.contains("fallback_count"))
    place.at("fallback_count").refused("has no effect unless on_missing is \"fallback_count\"");
  if (falls_back && place.at("fallback_count").clean() && place.at("max").clean() &&
      group.behaviour.fallback_count > group.max)
    place.at("fallback_count")
        .refused("must be <= max (" + std::to_string(group.max) + "), got " +
                 std::to_string(group.behaviour.fallback_count));
}

void check_size(const json& node, GroupSpec& group, const Place& place) {
  if (place.at("min").clean() && place.at("max").clean() && node.contains("min") &&
      node.contains("max") && group.min > group.max)
    place.at("min").refused("must be <= max (" + std::to_string(group.max) + "), got " +
                            std::to_string(group.min));
  if (node.contains("offers") && node.contains("price_usd_per_hour"))
    place.at("price_usd_per_hour").refused("has no effect beside offers, which have their prices");
  if (node.contains("offers") && !node.contains("machine"))
    place.at("machine").refused("is needed beside offers: the machine that per_machine speaks of");
}

void check_names(const GroupSpec& group, const Place& place) {
  std::map<std::size_t, std::string> in_order;
  for (const auto* list : {&group.signals, &group.watched})
    for (const auto& signal : *list) in_order[signal.place] = signal.name;
  std::set<std::string> names;
  for (const auto& [i, name] : in_order)
    if (!name.empty() && !names.insert(name).second)
      place.at("signals").at(i).at("name").refused("must be unique in the group, got \"" + name +
                                                   "\" again");
}

// The signal a rule watches: the only one where it names none.
void check_watched(std::string& signal, const GroupSpec& group, const Place& place) {
  std::vector<std::string> names;
  for (const auto& each : group.signals) names.push_back(each.name);
  const auto at = place.at("signal");
  if (!at.clean() || names.empty()) return;
  if (signal.empty() && names.size() > 1)
    return at.refused("is needed where a group has several signals");
  if (signal.empty()) signal = names[0];
  for (const auto& watched : group.watched)
    if (watched.name == signal)
      return at.refused(std::string("must be a signal that sizes the group, got one of role \"") +
                        to_string(watched.role) + "\"");
  if (std::find(names.begin(), names.end(), signal) == names.end())
    at.refused("must be a signal of the group, got \"" + signal + "\"" +
               did_you_mean(signal, names));
}

// Its lines are utilisations, or values of a signal that is only watched.
void check_line(ThresholdSpec& policy, const GroupSpec& group, const Place& place) {
  for (const auto& signal : group.watched)
    if (signal.name == policy.signal) {
      if (policy.shadow)
        place.at("shadow").refused("is of no use: the fleet of a shadow does not move \"" +
                                   signal.name + "\"");
      return;
    }
  check_watched(policy.signal, group, place);
  constexpr double kMost = 10;
  const auto check = [](const std::optional<double>& line, const Place& at) {
    if (line.value_or(0) > kMost)
      at.refused("must be in [0, 10], a utilisation, got " + json(*line).dump());
  };
  check(policy.scale_up_above, place.at("scale_up_above"));
  check(policy.scale_down_below, place.at("scale_down_below"));
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const auto at = place.at("steps").at(i);
    check(policy.steps[i].above, at.at("above"));
    check(policy.steps[i].below, at.at("below"));
  }
}

void check_tracking(TargetTrackingSpec& policy, const GroupSpec& group,
                    std::set<std::string>& watched, const Place& place) {
  check_watched(policy.signal, group, place);
  if (place.at("signal").clean() && !policy.signal.empty() && !watched.insert(policy.signal).second)
    place.at("signal").refused("is watched by another policy already, got \"" + policy.signal +
                               "\"");
}

void check_schedule(const ScheduleSpec& policy, const GroupSpec& group, bool promised,
                    const Place& place) {
  if (!place.clean()) return;
  if (policy.min && *policy.min > group.max)
    place.at("min").refused("must be <= max of the group (" + std::to_string(group.max) +
                            "), got " + std::to_string(*policy.min));
  if (policy.max && *policy.max < group.min)
    place.at("max").refused("must be >= min of the group (" + std::to_string(group.min) +
                            "), got " + std::to_string(*policy.max));
  if (policy.target && promised)
    place.at("target").refused("has no effect beside a promise, which sets the count");
}

void check_predictive(const PredictiveSpec& policy, const GroupSpec& group, const Place& place) {
  if (!place.clean()) return;
  constexpr Duration kLongest = std::chrono::hours(6);
  if (policy.promise && group.lead_time > kLongest)
    place.at("promise").refused("must not be made where lead_time is above " + to_string(kLongest) +
                                ", got " + to_string(group.lead_time));
  if (policy.prediction_horizon < group.lead_time)
    place.at("prediction_horizon")
        .refused("must be >= lead_time (" + to_string(group.lead_time) + "), got " +
                 to_string(policy.prediction_horizon));
  for (const auto& signal : group.signals) {
    if (signal.forecast_step.count() <= 0) continue;
    const auto points = static_cast<std::size_t>(policy.training_window / signal.forecast_step);
    if (policy.min_data_points > points)
      return place.at("min_data_points")
          .refused("must be <= " + std::to_string(points) + ", the forecast steps of signal \"" +
                   signal.name + "\" in training_window, got " +
                   std::to_string(policy.min_data_points));
  }
}

// A group's forecasts are made once, for all its policies.
void check_shadow(const PredictiveSpec& shadow, const PredictiveSpec& first, const Place& place) {
  if (!place.clean()) return;
  const auto same = [&](const char* key, const auto& mine, const auto& other) {
    if (mine != other)
      place.at(key).refused(
          "must be as in the group's first predictive policy: its forecasts serve the shadow, too");
  };
  same("models", shadow.models, first.models);
  same("training_window", shadow.training_window, first.training_window);
  same("prediction_horizon", shadow.prediction_horizon, first.prediction_horizon);
  same("min_data_points", shadow.min_data_points, first.min_data_points);
  same("seasonal_adjustment", shadow.seasonal_adjustment, first.seasonal_adjustment);
  same("update_frequency", shadow.update_frequency, first.update_frequency);
}

// From the latency that is promised to the utilisation at which it is reached.
void check_latency(PromiseSpec& promise, const GroupSpec& group, const Place& place) {
  if (!promise.latency || !place.clean()) return;
  if (group.signals.size() != 1 || group.signals[0].role != Role::demand)
    return place.refused(
        "needs a group with one signal, of role \"demand\": the requests a second that are "
        "answered");
  const double each = group.signals[0].per_machine;
  const Machine machine{static_cast<std::uint32_t>(std::max(1.0, std::round(group.machine.vcpus))),
                        each};
  constexpr double kSlow = 0.05;
  const double within = load_within(machine, seconds(*promise.latency), kSlow);
  if (within <= 0)
    return place.refused(
        "must be longer: of a machine without load one answer in twenty takes more "
        "than that at per_machine " +
        json(each).dump() + " and " + std::to_string(machine.servers) + " servers, got " +
        to_string(*promise.latency));
  promise.at_utilisation = within / each;
}

// The signal that tells what answers take is one, on the grid of the load they are answers to.
void check_measured(const PredictiveSpec& policy, const GroupSpec& group, const Place& place) {
  const auto& name = policy.promise->latency_signal;
  if (name.empty() || !place.clean()) return;
  if (policy.shadow) return place.refused("is of no use to a shadow, whose fleet answers nobody");
  std::vector<std::string> names;
  for (const auto& signal : group.watched)
    if (signal.role == Role::latency) names.push_back(signal.name);
  if (!std::count(names.begin(), names.end(), name))
    return place.refused("must be a signal of the group, of role \"latency\", got \"" + name +
                         "\"" + did_you_mean(name, names));
  for (const auto& signal : group.watched)
    if (signal.name == name && signal.forecast_step != group.signals[0].forecast_step)
      place.refused("must have the forecast_step of \"" + group.signals[0].name + "\" (" +
                    to_string(group.signals[0].forecast_step) + "), has " +
                    to_string(signal.forecast_step));
}

// What a promise leaves without effect.
void check_promised(const GroupSpec& group, const Place& place) {
  if (group.behaviour.headroom)
    place.at("headroom").refused("has no place beside a promise, which sets the count");
  const auto missing = group.behaviour.on_missing;
  if (missing == OnMissing::hold_or_up || missing == OnMissing::last_forecast)
    place.at("on_missing")
        .refused(
            "must be \"hold\" or \"fallback_count\" beside a promise, which uses no model's "
            "forecast");
}

void check_policies(GroupSpec& group, const Place& place) {
  // A signal that could not be read makes every word about it a guess.
  if (!place.at("signals").clean() || !place.at("lead_time").clean()) return;
  if (std::all_of(group.policies.begin(), group.policies.end(), is_shadow) &&
      !group.signals.empty())
    group.policies.emplace_back(TargetTrackingSpec{group.signals[0].name, {}});
  std::set<std::string> watched, watched_in_shadow, plugins;
  bool predictive = false;
  const bool promised =
      std::any_of(group.policies.begin(), group.policies.end(), [](const PolicySpec& p) {
        const auto* predict = std::get_if<PredictiveSpec>(&p);
        return predict && predict->promise && !predict->shadow;
      });
  check_learned(group, promised, place);
  if (promised) check_promised(group, place);
  for (std::size_t i = 0; i < group.policies.size(); ++i) {
    const auto at = place.at("policies").at(i);
    if (!at.at("type").clean()) continue;
    if (auto* tracking = std::get_if<TargetTrackingSpec>(&group.policies[i])) {
      check_tracking(*tracking, group, tracking->shadow ? watched_in_shadow : watched, at);
      continue;
    }
    if (auto* line = std::get_if<ThresholdSpec>(&group.policies[i])) {
      check_line(*line, group, at);
      continue;
    }
    if (const auto* schedule = std::get_if<ScheduleSpec>(&group.policies[i])) {
      check_schedule(*schedule, group, promised, at);
      continue;
    }
    if (const auto* asked = std::get_if<PluginSpec>(&group.policies[i])) {
      if (at.at("plugin").clean() && !plugins.insert(asked->plugin).second)
        at.at("plugin").refused("must not be asked twice of a group, got \"" + asked->plugin +
                                "\" again");
      continue;
    }
    auto& predict = std::get<PredictiveSpec>(group.policies[i]);
    if (predict.shadow) {
      check_shadow(predict, *forecasting_in(group), at);
    } else {
      if (predictive) at.at("type").refused("must not be \"predictive\" twice in a group");
      predictive = true;
    }
    if (predict.promise) {
      check_latency(*predict.promise, group, at.at("promise").at("latency"));
      check_measured(predict, group, at.at("promise").at("latency_signal"));
    }
    check_predictive(predict, group, at);
  }
}

}  // namespace

Value<SignalSpec> signal_value() {
  Table<SignalSpec> table("a signal");
  table.key("name", &SignalSpec::name, id(), "Unique in its group", Need::required)
      .key("source", &SignalSpec::source, text(), "Name of a metrics plugin", Need::required)
      .key("query", &SignalSpec::query, text(), "What it is called there", Need::required)
      .derived("labels", kItself, setting("labels", labels()), "Which of the query's series")
      .derived("aggregate", kItself,
               setting("aggregate",
                       choice<std::string>({{"sum", "sum"}, {"mean", "mean"}, {"max", "max"}})),
               "How several series become one; without it the query must select exactly one")
      .derived("within", kItself,
               setting("within", choice<std::string>({{"mean", "mean"},
                                                      {"max", "max"},
                                                      {"min", "min"},
                                                      {"sum", "sum"},
                                                      {"last", "last"},
                                                      {"rate", "rate"}})),
               "How the samples of one step become one value; mean by default")
      .key("role", &SignalSpec::role,
           choice<Role>({{"demand", Role::demand},
                         {"utilisation", Role::utilisation},
                         {"latency", Role::latency},
                         {"custom", Role::custom}}),
           "demand: load put upon the group; utilisation: 0..1 of its machines; latency (seconds) "
           "and custom are watched and told, and size nothing unless a threshold policy names them")
      .key("resource", &SignalSpec::resource, text(),
           "What it loads: cpu, memory, storage, network or any other name; plans name the binding "
           "one. Its own name by default")
      .key("unit", &SignalSpec::unit, text(),
           "For people; \"percent\" also divides what is no demand by 100; a latency is in \"s\" "
           "(default) or \"ms\"")
      .derived("per_machine", kItself, capacity(),
               "Demand that one reference machine serves when it is full, for a demand only; or "
               "\"learned\", from the group's utilisation")
      .derived("target_utilisation", &SignalSpec::target_utilisation, share(),
               "Where machines should run; planning.target_utilisation by default")
      .derived("max_utilisation", &SignalSpec::max_utilisation, share(),
               "Above it a machine counts as overloaded; planning.max_utilisation by default")
      .key("limit", &SignalSpec::limit, maybe(positive_number()),
           "Of a latency, in seconds, or a custom signal: where it counts as full. Plans say when "
           "that will be")
      .key("forecast_step", &SignalSpec::forecast_step, positive_duration(),
           "The grid on which models see the signal, a multiple of host.step")
      .later({"model"})
      .check(check_signal);
  auto value = object(table);
  value.show = [show = value.show](const SignalSpec& signal) {
    auto out = show(signal);
    if (signal.role != Role::demand) out.erase("per_machine");  // they would be refused
    if (!sizes(signal.role))
      for (const char* key : {"target_utilisation", "max_utilisation"}) out.erase(key);
    return out;
  };
  return value;
}

Value<GroupSpec> group_value() {
  Table<GroupSpec> table("a group");
  table.key("id", &GroupSpec::id, id(), "Unique in its tenant", Need::required)
      .key("tenant", &GroupSpec::tenant, id(), "Its owner")
      .key("controller", &GroupSpec::controller, text(),
           "Name of the controller plugin that holds its machines", Need::required)
      .key("controller_config", &GroupSpec::controller_config_json, json_object(),
           "What that controller must know of the group")
      .key("min", &GroupSpec::min, machines(), "Fewest machines", Need::required)
      .key("max", &GroupSpec::max, machines(), "Most machines", Need::required)
      .key("lead_time", &GroupSpec::lead_time, duration(), "From request to serving")
      .key("machine", &GroupSpec::machine, machine(), "The machine that per_machine speaks of")
      .derived("price_usd_per_hour", &GroupSpec::price, usd_per_hour(),
               "Of a machine where there are no offers; 0.1 by default")
      .key("signals", kItself, signals(), "What tells how many machines are needed", Need::required)
      .derived("offers", kItself, offers_value(), "Machines to choose from, with their prices")
      .derived("policies", &GroupSpec::policies, list_of(policy_value()),
               "Rules that propose a size; target_tracking on the first signal by default")
      .key(
          "cooldown_up", [](auto& g) -> auto& { return g.behaviour.cooldown_up; }, duration(),
          "Pause after a scale-out before the next")
      .key(
          "cooldown_down", [](auto& g) -> auto& { return g.behaviour.cooldown_down; }, duration(),
          "Pause after any change before a scale-in")
      .key(
          "stabilisation_window", [](auto& g) -> auto& { return g.behaviour.stabilisation_window; },
          maybe(duration()),
          "Look-back whose largest proposal wins over a scale-in; the longer of 5m and twice "
          "lead_time by default, 0s beside a promise")
      .key(
          "max_step_up", [](auto& g) -> auto& { return g.behaviour.max_step_up; }, step_limit(),
          "Most machines, or share of them, added by one decision")
      .key(
          "max_step_down", [](auto& g) -> auto& { return g.behaviour.max_step_down; }, step_limit(),
          "Most machines, or share of them, removed by one decision")
      .key("budgets", &GroupSpec::budgets, list_of(budget_value()), "What this group may spend")
      .key(
          "on_missing", [](auto& g) -> auto& { return g.behaviour.on_missing; },
          choice<OnMissing>({{"hold", OnMissing::hold},
                             {"hold_or_up", OnMissing::hold_or_up},
                             {"last_forecast", OnMissing::last_forecast},
                             {"fallback_count", OnMissing::fallback_count}}),
          "While a signal is lost: nothing; its newest forecast may add, for a while or as far as "
          "it reaches; or at least fallback_count machines")
      .derived(
          "fallback_count", [](auto& g) -> auto& { return g.behaviour.fallback_count; }, machines(),
          "Fewest machines while a signal is lost")
      .key(
          "headroom", [](auto& g) -> auto& { return g.behaviour.headroom; }, maybe(step_limit()),
          "Machines, or share of them, beyond what the policies ask for")
      .key(
          "pause", [](auto& g) -> auto& { return g.behaviour.pause; }, maybe(pause()),
          "Hands off, one way or both")
      .key(
          "dry_run", [](auto& g) -> auto& { return g.behaviour.dry_run; }, flag(),
          "Decide and record, never act")
      .key("preset", &GroupSpec::preset, preset(),
           "Kind of workload: sets the defaults of utilisation, step limits, cooldown_down and "
           "weights")
      .later({"placement"})
      .never("warm_pool",
             "no controller keeps machines stopped and ready; headroom keeps running ones spare")
      .check([](const json& node, GroupSpec& group, const Place& place) {
        if (const auto* preset = preset_named(group.preset); preset && place.at("policies").clean())
          apply(*preset, node, group);
        check_size(node, group, place);
        check_names(group, place);
        check_missing(node, group, place);
        check_policies(group, place);
      });
  auto value = object(table);
  value.show = [show = value.show](const GroupSpec& group) {
    auto out = show(group);
    if (!group.cost.empty()) out.erase("price_usd_per_hour");  // it would be refused
    if (group.behaviour.on_missing != OnMissing::fallback_count) out.erase("fallback_count");
    return out;
  };
  return value;
}

}  // namespace nova::reader
