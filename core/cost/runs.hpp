// Runs: since when the machines of each offer run, as far as looks at a fleet tell.
//
// In: how many there are of each offer, look by look. Out: how many may go without giving up time
// that is paid, and what it costs to let more go. What is new was asked for at the look before;
// controllers give up the newest machines of an offer first, so one that is paid for shields those
// older than it. Kept by core/cost/ledger.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/charge.hpp"

namespace nova {

class Runs {
 public:
  struct Run {
    TimePoint since;
    std::uint32_t machines = 0;
  };
  using Counts = std::map<std::string, std::uint32_t>;  // by offer
  using Table = std::map<std::string, std::vector<Run>>;

  // So many there are of each offer at `now`, none of any other.
  void see(const Counts& counts, TimePoint now);

  std::uint32_t known(const std::string& offer) const;

  // How many of the newest machines of an offer may go at `now`: those whose paid time is over
  // before `step` has passed.
  std::uint32_t releasable(const std::string& offer, const ChargeRule& rule, TimePoint now,
                           Duration step) const;

  // What is paid and not used yet of the newest so many.
  Usd rest(const std::string& offer, std::uint32_t machines, const ChargeRule& rule,
           UsdPerHour price, TimePoint now) const;

  // For a snapshot; runs oldest first.
  const Table& table() const { return runs_; }
  std::optional<TimePoint> last() const { return last_; }
  void restore(Table runs, std::optional<TimePoint> last) {
    runs_ = std::move(runs);
    last_ = last;
  }

 private:
  Table runs_;
  std::optional<TimePoint> last_;  // look
};

}  // namespace nova
