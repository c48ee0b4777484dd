// Shadow fleets: what the fleet would have been had a violation had another price.
//
// Two identities make them free: what is billed in a slot is what was desired, and what serves is
// the least that was desired during the last boot + 1 slots. So bills and violations of any number
// of decision sequences follow from the load alone. Each shadow follows one price of a violation
// (machine-slots a violated slot may cost), out at once, in when the accumulated regret of being
// too large exceeds what a relaunch would cost (ski rental: Karlin, Manasse, Rudolph and Sleator,
// "Competitive snoopy caching", 1988).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/decide/promise/odds.hpp"

namespace nova::promise {

inline constexpr std::size_t kShadows = 48;

struct ShadowRules {
  std::size_t boot = 3;    // slots
  std::size_t day = 1440;  // slots
  double tie = 0.6;        // costs this near to the best are as good
  double patience = 8;     // regret that is forgiven before a scale-in, plus ...
  double relaunch = 0.5;   // ... this share of the boot of every machine that would go
};

class Shadows {
 public:
  explicit Shadows(const ShadowRules& rules);

  static double price(std::size_t shadow);  // 4 ... 40000, geometric
  // At which shadows are believed to be violated at this rate before they were seen.
  static double prior_price(double rate);

  // All shadows are this large from now on.
  void set(std::uint32_t machines);
  // The slot that passed had this load; one above `max` is nobody's fault. Counts only `known`.
  void account(double load, std::uint32_t max, bool known);
  // Decides for the slot that comes, for every shadow.
  void decide(const Odds& odds);

  std::uint32_t desired(std::size_t shadow) const { return desired_[shadow]; }
  // Least desired during the last boot + 1 slots: what serves in the slot that account() took last.
  std::uint32_t serving(std::size_t shadow) const { return serving_[shadow]; }

  // Share of violated slots, half-life 30 days, with a prior of 0.6 / price worth 12 days.
  double violation_rate(std::size_t shadow, double prior_days) const;
  double bill(std::size_t shadow) const { return bills_[shadow]; }  // machine-slots, half-life 30 d
  // Machine-slots a slot, half-life 7 days.
  double recent_bill(std::size_t shadow) const { return recent_bills_[shadow] / recent_slots_; }

  template <class Archive>
  void state(Archive& archive) {
    archive(desired_, serving_, regret_, violations_, bills_, recent_bills_, slots_, recent_slots_,
            block_, suffix_, prefix_);
    archive.index(at_, block_.size());
  }

 private:
  using Counts = std::array<std::uint32_t, kShadows>;
  using Sums = std::array<double, kShadows>;

  void find_serving();

  ShadowRules rules_;
  double keep_long_, keep_week_;
  Counts desired_{}, serving_{};
  Sums regret_{}, violations_{}, bills_{}, recent_bills_{};
  double slots_ = 0, recent_slots_ = 0;  // discounted, known ones
  // Sliding minimum over boot + 1 slots by blocks of that length: suffix minima of the block
  // before, prefix minimum of this one (van Herk 1992).
  std::vector<Counts> block_, suffix_;
  Counts prefix_{};
  std::size_t at_ = 0;
};

}  // namespace nova::promise
