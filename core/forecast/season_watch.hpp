// SeasonWatch: the seasons of one series as they are known now, looked for anew once a day.
//
// Input: the history at each forecast step; output: season lengths for models, and the one that
// seasonal naive should use. While there is too little history to find any (less than two days), a
// day and a week are assumed as soon as one day, or two weeks, are there. Kept by the engine, one a
// signal. Deterministic: when it looks is a matter of the time of the step and the series' key.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/forecast/season.hpp"

namespace nova {

class SeasonWatch {
 public:
  // `key` spreads the work: series of other keys look at other steps of the day.
  SeasonWatch(Duration step, std::uint64_t key) : step_(step), key_(key) {}

  // A step has ended at `end`, the newest point of `history`. True when the seasons were looked
  // for.
  bool update(std::span<const double> history, TimePoint end);

  const std::vector<Season>& found() const { return s_.found; }  // strength 0 = assumed
  std::vector<std::uint32_t> lengths() const;
  std::size_t judge() const { return s_.judge; }  // for seasonal naive; 0 = there is no season
  std::string describe() const;  // "seasons 1d (0.83), 7d (0.21)", "no season", "1d (assumed)"

  struct State {
    bool looked = false;
    std::vector<Season> found;
    std::size_t judge = 0;
  };
  const State& state() const { return s_; }
  // An hour, a day and a week are tried first.
  static SeasonRules rules(Duration step);
  void restore(State state) { s_ = std::move(state); }

 private:
  bool due(TimePoint end) const;
  void assume(std::size_t points);

  Duration step_;
  std::uint64_t key_;
  State s_;
};

}  // namespace nova
