#include "host/loop/alerts.hpp"

namespace nova {

AlertEvent AlertBook::event_of(const Entry& entry, bool firing) {
  const auto& c = entry.condition;
  Json body{{"text", firing ? c.text : "resolved: " + c.text},
            {"alert", c.alert},
            {"firing", firing},
            {"about", c.about},
            {"severity", c.severity},
            {"since_unix_ns", unix_ns(entry.since)}};
  if (firing) body.update(c.more);
  return {c.tenant, c.group, std::move(body)};
}

std::vector<AlertEvent> AlertBook::observe(TimePoint now, std::vector<Condition> conditions) {
  std::vector<AlertEvent> events;
  for (auto& [key, entry] : entries_) entry.seen = false;
  for (auto& condition : conditions) {
    const auto key = key_of(condition);
    auto at = entries_.find(key);
    if (at == entries_.end()) {
      if (!condition.raises) continue;
      at = entries_.try_emplace(key).first;
      at->second.since = now;
    }
    auto& entry = at->second;
    if (!condition.raises && !entry.firing) continue;  // it was about to begin, and does not
    entry.seen = true;
    ++entry.ticks;
    const bool worse = entry.firing && condition.severity != entry.condition.severity;
    const bool other = entry.firing &&
                       condition.more.value("level", "") != entry.condition.more.value("level", "");
    // What it was told with stays its text while nothing new is told.
    if (condition.raises && (!entry.firing || worse || other || !entry.told))
      entry.condition = std::move(condition);
    const bool begins = !entry.firing && entry.ticks >= entry.condition.ticks;
    if (!begins && !worse && !other && (!entry.firing || entry.told)) continue;
    entry.firing = entry.told = true;
    events.push_back(event_of(entry, true));
  }
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.seen) {
      ++at;
      continue;
    }
    if (at->second.firing) events.push_back(event_of(at->second, false));
    at = entries_.erase(at);
  }
  return events;
}

Json AlertBook::state() const {
  Json all = Json::array();
  for (const auto& [key, entry] : entries_) {
    if (!entry.firing) continue;
    auto body = event_of(entry, true).body;
    body["tenant"] = entry.condition.tenant;
    body["group"] = entry.condition.group;
    all.push_back(std::move(body));
  }
  return all;
}

void AlertBook::restore(const std::string& tenant, const std::string& group, const Json& body) {
  if (!body.contains("alert")) return;
  Entry entry;
  auto& c = entry.condition;
  c.tenant = tenant;
  c.group = group;
  c.alert = body.value("alert", "");
  c.about = body.value("about", "");
  c.severity = body.value("severity", "");
  c.text = body.value("text", "");
  if (body.contains("level")) c.more["level"] = body.at("level");
  entry.since = from_unix_ns(body.value("since_unix_ns", std::int64_t{0}));
  entry.firing = true;
  entries_.erase(key_of(c));
  if (body.value("firing", false)) entries_.emplace(key_of(c), std::move(entry));
}

}  // namespace nova
