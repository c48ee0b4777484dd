// A condition: something an operator should know of, as it stands at the end of one tick.
//
// Made by the engine from what it knows (conditions.cpp) and by the host from what its plugins do;
// host/loop/alerts.hpp makes alerts of those that begin, change and end. Conditions decide nothing,
// so a replay is the same with and without them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/cost/budget.hpp"
#include "core/record/entry.hpp"

namespace nova {

struct Condition {
  std::string tenant, group;   // empty where it speaks of all
  std::string alert;           // "signal_lost"
  std::string about;           // "signal requests"; with the three above it tells conditions apart
  std::string severity;        // "warning" or "critical"
  std::string text;            // a sentence for people
  std::size_t ticks = 1;       // in a row that it must be seen before anybody is told
  bool raises = true;          // false: it keeps an alert that stands, and begins none
  Json more = Json::object();  // what else the event says
};

class SignalWindow;
// A value of that signal that is doubted, if its newest one is.
void add_doubt(const SignalWindow& window, const std::string& tenant, const std::string& group,
               const std::string& about, std::vector<Condition>& out);

// Of every budget that is at its warning or beyond it.
std::vector<Condition> budget_conditions(const BudgetBook& book, TimePoint now);

}  // namespace nova
