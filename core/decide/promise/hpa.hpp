// The rule of the Kubernetes HorizontalPodAutoscaler, and the fleet it would have run.
//
// Ratio with a tolerance of 10 %; machines that do not serve yet damp a scale-out; the largest
// recommendation of 300 s holds a scale-in; at most doubling or +4 each 15 s (documented algorithm
// and autoscaling/v2 defaults). The rule is a rival of the backtest, its shadow fleet the bill that
// a promise may be asked to match.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/decide/promise/decay.hpp"
#include "core/decide/promise/past.hpp"

namespace nova::promise {

class HpaRule {
 public:
  struct Limits {
    double target_utilisation = 0.7;
    std::uint32_t min = 1, max = 200;
    double slot_s = 60;
  };
  explicit HpaRule(const Limits& limits) : limits_(limits) {}

  // What it looks at when it decides at the start of a slot.
  struct Look {
    double load = 0;                         // of the slot before, in machines it keeps busy
    std::uint32_t serving_before = 0;        // in that slot
    std::uint32_t serving = 0, booting = 0;  // now
  };
  std::uint32_t decide(const Look& now);

  template <class Archive>
  void state(Archive& archive) {
    archive(slot_, recent_.slots, recent_.machines);
    archive.index(count_, kMost + 1);
  }

 private:
  // Recommendations of the window, oldest first, each larger than all that came later: only those
  // can still be the largest.
  static constexpr std::size_t kMost = 32;
  struct Recent {
    std::array<std::uint64_t, kMost> slots;
    std::array<std::uint32_t, kMost> machines;
  };
  void remember(std::uint32_t machines);

  Limits limits_;
  std::uint64_t slot_ = 0;
  Recent recent_{};
  std::size_t count_ = 0;
};

// The fleet that this rule would have run, from the load alone: what serves is the least that was
// desired during the last boot + 1 slots.
class HpaShadow {
 public:
  HpaShadow(const HpaRule::Limits& limits, std::size_t boot, std::size_t day);

  void set(std::uint32_t machines) { desired_ = machines; }
  // The slot that passed.
  void observe(double load);
  std::uint32_t desired() const { return desired_; }
  double recent_bill() const { return recent_bill_; }  // machine-slots, half-life 7 days
  double slots() const { return slots_; }              // discounted alike

  template <class Archive>
  void state(Archive& archive) {
    rule_.state(archive);
    past_.state(archive);
    archive(desired_, recent_bill_, slots_);
  }

 private:
  std::uint32_t least(std::size_t from, std::size_t to) const;

  HpaRule rule_;
  std::size_t boot_;
  double keep_;
  Past<std::uint32_t> past_;  // desired, boot + 1 slots
  std::uint32_t desired_ = 1;
  double recent_bill_ = 0, slots_ = 0;
};

}  // namespace nova::promise
