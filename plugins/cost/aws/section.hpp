// A section: one list that AWS is asked for, what it last said in whole, and how far a new reading
// has come.
//
// The sections of an instance are made from its config (live_prices.hpp); what was read goes to
// disk and comes back by snapshot.hpp.
#pragma once

#include <novascale/cost.hpp>

#include "pages.hpp"

namespace nova::cloud {

struct Section {
  enum class Kind { types, on_demand, spot };
  Kind kind;
  std::string region;
  std::vector<std::string> systems;  // on demand: one; spot: all at once; types: none
  std::string types;                 // patterns sent along, "m5.*,c5.*"; "" = all
  std::string source;                // of its prices: which API, where
  std::int64_t period_ns = 0;        // read again after so long

  std::int64_t as_of_ns = NOVA_NONE;  // when the reading below began; NOVA_NONE = never read
  std::vector<LiveRow> prices;
  std::vector<Machine> machines;

  Page reading;  // the pages so far; its `next` is the page to ask for
  std::size_t pages = 0;
  std::int64_t began_ns = NOVA_NONE;  // NOVA_NONE = no reading is under way

  int failures = 0;  // in a row
  std::int64_t retry_ns = NOVA_NONE;
  std::string trouble;      // "" = none
  bool overloaded = false;  // the trouble is the service's own: throttled or away

  std::string name() const {  // "on-demand linux prices of us-east-1"
    if (kind == Kind::types) return "machine types of " + region;
    std::string text = kind == Kind::spot ? "spot" : "on-demand";
    for (const auto& os : systems) text += " " + os;
    return text + " prices of " + region;
  }
  bool due(std::int64_t now_ns) const {
    return (as_of_ns == NOVA_NONE || now_ns - as_of_ns >= period_ns) &&
           (retry_ns == NOVA_NONE || now_ns >= retry_ns);
  }
};

}  // namespace nova::cloud
