#include "host/http/status.hpp"

#include <algorithm>
#include <cmath>

#include "core/decide/text.hpp"

namespace nova::web {
namespace {

using nlohmann::ordered_json;

ordered_json number_or_null(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json group_json(const GroupReport& r) {
  const auto& spec = r.group->spec();
  const auto& d = *r.decision;
  ordered_json j;
  j["tenant"] = spec.tenant;
  j["group"] = spec.id;
  j["min"] = spec.min;
  j["max"] = spec.max;
  // Of a fleet that its controller does not tell of, nobody knows how many there are.
  const auto known = [&](std::uint32_t machines) {
    return r.group->fleet().known ? ordered_json(machines) : ordered_json();
  };
  j["serving"] = known(d.serving);
  j["booting"] = known(r.booting);
  j["current"] = known(d.current);
  j["desired"] = known(d.desired);
  j["dry_run"] = r.dry_run;
  j["action"] = to_string(d.action);
  j["cause"] = d.cause;
  j["reason"] = d.reason;
  j["learning"] = r.group->learning();
  const auto pause = pause_of(*r.group);
  j["paused"] = pause ? ordered_json(to_text(*pause)) : ordered_json();
  auto& signals = j["signals"] = ordered_json::array();
  for (std::size_t s = 0; s < spec.signals.size(); ++s) {
    const auto forecast = r.group->forecast_at_lead(s);
    signals.push_back({{"name", spec.signals[s].name},
                       {"load", number_or_null(r.group->load(s))},
                       {"forecast", forecast ? number_or_null(*forecast) : ordered_json()}});
  }
  for (std::size_t s = 0; s < spec.watched.size(); ++s) {
    const auto& watched = spec.watched[s];
    j["watched"].push_back(
        {{"name", watched.name},
         {"value", number_or_null(r.group->watched(s))},
         {"limit", watched.limit ? ordered_json(*watched.limit) : ordered_json()},
         {"text", d.watched.at(s)}});
  }
  j["usd_per_hour"] = r.price.dollars();
  j["default_price"] = spec.at_default_price();
  j["cost_usd"] = r.cost.dollars();
  j["steps"] = r.steps;
  j["violations"] = r.violations;
  return j;
}

std::string label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

// The samples of one metric after the other: the format wants them together.
class Exposition {
 public:
  void metric(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
  }
  void sample(const std::string& labels, double value) {
    if (std::isnan(value)) return;  // unknown is absent
    text_ += name_ + labels + " " + nlohmann::json(value).dump() + "\n";
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string name_, text_;
};

std::string labels_of(const GroupReport& r) {
  const auto& spec = r.group->spec();
  return "tenant=\"" + label(spec.tenant) + "\",group=\"" + label(spec.id) + "\"";
}

}  // namespace

std::optional<Pause> pause_of(const GroupEngine& group) {
  const auto& said = group.pause();
  const auto& pause = said ? said : group.spec().behaviour.pause;
  return pause && pause->any(group.now()) ? pause : std::nullopt;
}

ordered_json groups_json(const TickReport& report) {
  ordered_json j{{"now", to_iso8601(report.now)},
                 {"ticks", report.so_far.ticks},
                 {"skipped", report.so_far.skipped},
                 {"groups", ordered_json::array()}};
  for (const auto& group : report.groups) j["groups"].push_back(group_json(group));
  return j;
}

std::string metrics_text(const TickReport& report) {
  Exposition out;
  const auto total = [&](const char* name, const char* help, std::uint64_t value) {
    out.metric(name, "counter", help);
    out.sample("", static_cast<double>(value));
  };
  total("novascale_ticks_total", "Ticks since the start.", report.so_far.ticks);
  total("novascale_ticks_skipped_total", "Ticks that came too late.", report.so_far.skipped);
  total("novascale_decisions_total", "Decisions on record.", report.so_far.decisions);
  total("novascale_operation_changes_total", "Changes of operations.", report.so_far.operations);
  total("novascale_policy_errors_total", "Answers of policy plugins that were none.",
        report.so_far.policy_errors);
  out.metric("novascale_time_seconds", "gauge", "The loop's clock at its last tick.");
  out.sample("", seconds(report.now.time_since_epoch()));
  out.metric("novascale_tick_seconds", "gauge", "Real time the last tick took.");
  out.sample("", seconds(report.took));
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    out.metric(name, type, help);
    for (const auto& r : report.groups)
      out.sample("{" + labels_of(r) + "}", static_cast<double>(value(r)));
  };
  const auto machines = [&](const char* name, const char* help, auto value) {
    out.metric(name, "gauge", help);
    for (const auto& r : report.groups)  // none of a fleet that its controller does not tell of
      if (r.group->fleet().known)
        out.sample("{" + labels_of(r) + "}", static_cast<double>(value(r)));
  };
  machines("novascale_machines_desired", "Machines decided for.",
           [](const GroupReport& r) { return r.decision->desired; });
  machines("novascale_machines_serving", "Machines that serve.",
           [](const GroupReport& r) { return r.decision->serving; });
  machines("novascale_machines_booting", "Machines on their way.",
           [](const GroupReport& r) { return r.booting; });
  each("novascale_paused", "gauge", "1 while an operator's pause holds.",
       [](const GroupReport& r) { return pause_of(*r.group) ? 1 : 0; });
  each("novascale_dry_run", "gauge", "1 where decisions are not carried out.",
       [](const GroupReport& r) { return r.dry_run ? 1 : 0; });
  each("novascale_default_price", "gauge", "1 where nobody stated what a machine costs.",
       [](const GroupReport& r) { return r.group->spec().at_default_price() ? 1 : 0; });
  each("novascale_price_usd_per_hour", "gauge", "Price of what the group holds.",
       [](const GroupReport& r) { return r.price.dollars(); });
  each("novascale_cost_usd_total", "counter", "Spent since the start.",
       [](const GroupReport& r) { return r.cost.dollars(); });
  each("novascale_steps_total", "counter", "Steps since the start.",
       [](const GroupReport& r) { return r.steps; });
  each("novascale_violations_total", "counter", "Steps with load above serving capacity.",
       [](const GroupReport& r) { return r.violations; });
  const auto each_signal = [&](const char* name, const char* help, auto value) {
    out.metric(name, "gauge", help);
    for (const auto& r : report.groups)
      for (std::size_t s = 0; s < r.group->spec().signals.size(); ++s)
        out.sample(
            "{" + labels_of(r) + ",signal=\"" + label(r.group->spec().signals[s].name) + "\"}",
            value(r, s));
  };
  each_signal("novascale_load", "Demand in the newest step.",
              [](const GroupReport& r, std::size_t s) { return r.group->load(s); });
  each_signal("novascale_forecast", "Median forecast of demand at the lead time.",
              [](const GroupReport& r, std::size_t s) {
                return r.group->forecast_at_lead(s).value_or(std::nan(""));
              });
  const auto each_watched = [&](const char* name, const char* help, auto value) {
    out.metric(name, "gauge", help);
    for (const auto& r : report.groups)
      for (std::size_t s = 0; s < r.group->spec().watched.size(); ++s)
        out.sample(
            "{" + labels_of(r) + ",signal=\"" + label(r.group->spec().watched[s].name) + "\"}",
            value(r, s));
  };
  each_watched("novascale_watched", "Newest value of a signal that sizes nothing.",
               [](const GroupReport& r, std::size_t s) { return r.group->watched(s); });
  each_watched("novascale_watched_limit", "Where a signal that sizes nothing counts as full.",
               [](const GroupReport& r, std::size_t s) {
                 return r.group->spec().watched[s].limit.value_or(std::nan(""));
               });
  return std::move(out).text();
}

void Status::update(const TickReport& report) {
  auto groups = groups_json(report);
  auto metrics = metrics_text(report);
  decltype(plans_) plans;
  for (const auto& r : report.groups)
    if (r.plan) plans.push_back({{r.group->spec().tenant, r.group->spec().id}, r.plan});
  const std::scoped_lock lock(mutex_);
  groups_ = std::move(groups);
  metrics_ = std::move(metrics);
  plans_ = std::move(plans);
  updated_ = std::chrono::steady_clock::now();
}

std::string Status::why_not_ready() const {
  const std::scoped_lock lock(mutex_);
  if (!updated_) return "the first tick has not ended";
  const Duration age = std::chrono::steady_clock::now() - *updated_;
  if (age <= step_ * 3) return "";
  return "the last tick ended " + to_string(std::chrono::floor<std::chrono::seconds>(age)) + " ago";
}

ordered_json Status::groups() const {
  const std::scoped_lock lock(mutex_);
  return groups_;
}

ordered_json Status::recommendations() const {
  const std::scoped_lock lock(mutex_);
  ordered_json all = ordered_json::array();
  for (const auto& [who, plan] : plans_) {
    ordered_json one{{"tenant", who.first}, {"group", who.second}};
    for (const auto& [key, value] : plan->items()) one[key] = value;
    all.push_back(std::move(one));
  }
  return {{"plans", std::move(all)}};
}

std::string Status::metrics() const {
  const std::scoped_lock lock(mutex_);
  return metrics_;
}

std::optional<std::string> Status::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  std::optional<std::string> found;
  for (const auto& group : groups_.value("groups", ordered_json::array())) {
    const auto id = group.at("group").get<std::string>();
    const auto full = group.at("tenant").get<std::string>() + "/" + id;
    if (full == name) return full;
    if (id != name) continue;
    if (found) return std::nullopt;  // of several tenants
    found = full;
  }
  return found;
}

}  // namespace nova::web
