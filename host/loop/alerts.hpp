// AlertBook: conditions in, edges out: an alert begins, changes its severity, ends; each once.
//
// A condition begins an alert when it was seen in as many ticks in a row as it asks for; the alert
// ends with the first tick that does not show it. What stood when the host stopped is taken from
// its journal and, if it still stands, told once more, since sinks may have forgotten it.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/time.hpp"
#include "core/engine/condition.hpp"

namespace nova {

// An edge, as an event of the journal.
struct AlertEvent {
  std::string tenant, group;
  Json body;  // text, alert, firing, about, severity, since_unix_ns, and what the condition adds
};

class AlertBook {
 public:
  // All conditions of one tick; at most one of each tenant, group, alert and about.
  std::vector<AlertEvent> observe(TimePoint now, std::vector<Condition> conditions);

  // What stands, for a snapshot: a list of bodies with tenant and group.
  Json state() const;
  // An event of the past, or an element of a state. Ignored if it is no alert's.
  void restore(const std::string& tenant, const std::string& group, const Json& body);

 private:
  struct Entry {
    Condition condition;
    TimePoint since;
    std::size_t ticks = 0;  // in a row
    bool firing = false, told = false, seen = false;
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static Key key_of(const Condition& c) { return {c.tenant, c.group, c.alert, c.about}; }
  static AlertEvent event_of(const Entry& entry, bool firing);

  std::map<Key, Entry> entries_;
};

}  // namespace nova
