// Calendar: bursts that come by the clock, as jobs started by cron do.
//
// In: relative errors (error / level) of one lead. Out: the chance that the next one exceeds a
// bound, from how often that happened at the same phase of the half hour (last 96) and at the same
// time of day (one slot around, last 10 days), each shrunk towards the chance before it. How far to
// go is chosen by log loss over past rare events, half-life 5 days; unless that beats the pooled
// tail clearly, the pooled tail is all there is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/decide/promise/decay.hpp"
#include "core/decide/promise/tail.hpp"

namespace nova::promise {

class Calendar {
 public:
  // `day` slots; a calendar needs a day of 48 equal half hours, else it is never active.
  explicit Calendar(std::size_t day);

  // An error came, in slot `slot` counted from the start; `scale` / `level` turns the bounds of
  // `tail` into relative ones. Slots come in order; one that is passed over is unknown.
  void learn(std::uint64_t slot, double relative, double relative_scale, const Tail& tail);
  void skip(std::uint64_t slot);
  // Chooses anew by what was learned.
  void choose();
  bool active() const { return chosen_ > 0; }

  // What the calendar knows of one slot, to be asked for many bounds.
  class Page {
   public:
    // Chance of a relative error above `relative`, where the pooled tail says `pooled`.
    double chance(double relative, double pooled) const;

   private:
    friend class Calendar;
    std::array<std::int16_t, 96> phase_{};
    std::array<std::int16_t, 30> daily_{};
    std::size_t phases_ = 0, dailies_ = 0;  // known ones
    std::size_t variant_ = 0;
  };
  // `ahead` of the slots learned: nothing at or after `known` is looked at.
  void open(std::uint64_t slot, Page& page) const;

  template <class Archive>
  void state(Archive& archive) {
    archive(errors_, losses_);
    archive.index(chosen_, kVariants);
  }

 private:
  static constexpr std::size_t kVariants = 4;  // pooled; half hour; and day with 2 or 8 pseudo-days
  static double chance_of(std::size_t variant, double pooled, double phase_hits, double phases,
                          double day_hits, double dailies);
  void fill(std::uint64_t slot, Page& page, bool daily) const;
  std::int16_t& cell(std::uint64_t slot);

  std::size_t half_hour_, rows_;  // slots a half hour (0 = no calendar); half hours kept
  double keep_;
  std::vector<std::int16_t> errors_;  // [phase of the half hour][half hour]
  std::array<double, kVariants> losses_{};
  std::size_t chosen_ = 0;
};

}  // namespace nova::promise
