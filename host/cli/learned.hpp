// Learned: what the journal says decisions and forecasts were worth, group by group.
//
// In: its entries, in order. Out: how many decisions proved right; what was spent and violated
// beside what a fleet that only reacts, and each policy in the shadow, would have; how good
// forecasts were, by model and lead. All fleets at the price of one reference machine, so that they
// compare; the bill itself is spending.hpp.
#pragma once

#include <iosfwd>
#include <map>
#include <string>

#include "core/engine/trial_fleet.hpp"
#include "core/record/entry.hpp"

namespace nova::cli {

class Learned {
 public:
  // Errors: Json::exception for what is no such entry.
  void take(const Entry& entry);

  // Lines for people, nothing for a group of which nothing is known; and for programs.
  void print(std::ostream& out, const std::string& group) const;
  Json json(const std::string& group) const;

 private:
  struct Accounts {
    FleetAccount own, reactive;
    std::map<std::string, FleetAccount> shadows;
  };
  struct Group {
    std::uint64_t judged = 0, right = 0;
    std::map<std::int64_t, Accounts>
        since;  // by when they were opened: a restart may open new ones
    Json forecasts = Json::array();
  };
  std::map<std::string, Group> groups_;

  static Accounts total(const Group& group);
};

}  // namespace nova::cli
