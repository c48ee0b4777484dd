// The promise: keeps a share of violated slots at the least machine-hours.
//
// In: one slot after the other, the load of every demand signal in machines it keeps busy and the
// machines that served. Out: the machines wanted from the next slot on, and why. A violated slot is
// one in which some load was above the machines that served. Every slot each of 48 shadow fleets
// decides by n* = argmin n + price * Q(n), Q the chance that n is too few while the decision rules
// (outlook.hpp); the fleet follows the shadow whose price keeps the promise (price.hpp). Pure; a
// snapshot continues bit for bit. About 0.3 MB.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide/promise/hpa.hpp"
#include "core/decide/promise/odds.hpp"
#include "core/decide/promise/outlook.hpp"
#include "core/decide/promise/price.hpp"
#include "core/decide/promise/shadows.hpp"

namespace nova::promise {

struct Rules {
  std::size_t signals = 1;
  std::size_t day = 1440;  // slots a day
  std::size_t boot = 3;    // slots from request to serving
  std::uint32_t min = 1, max = 200;
  double first_utilisation = 0.65;  // sizes the fleet until something is learned
  PriceRules price;
  // Instead of a share of violations: the fewest at the bill the HPA rule would run up at this
  // target utilisation; 0 = no.
  double bill_of_hpa_at = 0;
  double slot_s = 60;
  // For measuring what each idea is worth; production runs as it stands.
  double floor = 0.5;
  double tie = 0.6;
  bool calm = true;  // scale-in by regret; else at once
  bool calendar = true;
  std::optional<std::size_t> shadow;  // always this one
};

class Promise {
 public:
  explicit Promise(const Rules& rules);

  // Loads of the slot that passed, NaN where unknown; `serving` is nothing for history before the
  // group was under our care.
  void observe(std::span<const double> loads, std::optional<double> serving);

  // From the next slot on. Before `learned()` a plain rule of thumb.
  std::uint32_t wanted() const { return shadows_.desired(chosen_); }
  static constexpr std::uint64_t kLearning = 30;
  bool learned() const;

  double price() const { return Shadows::price(chosen_); }
  bool price_chosen() const { return slots_ >= rules_.day / 4; }
  const Spent& spent() const { return spent_; }
  const Bill& bill() const { return bill_; }  // where a bill is matched
  double permitted() const { return permitted_rate(rules_.price, spent_, rules_.day); }
  // Chance that so many are too few while a decision made now rules.
  double overload(std::uint32_t machines) const;
  const Rules& rules() const { return rules_; }
  const Shadows& shadows() const { return shadows_; }
  const Outlook& outlook(std::size_t signal) const { return outlooks_[signal]; }

  // All that was learned, and back; false if `bytes` are not of these rules, then nothing changes.
  std::string snapshot() const;
  bool restore(std::string_view bytes);

 private:
  template <class Archive>
  void state(Archive& archive) {
    for (auto& outlook : outlooks_) outlook.state(archive);
    shadows_.state(archive);
    if (hpa_) hpa_->state(archive);
    archive(slots_, spent_, bill_);
    archive.index(chosen_, kShadows);
  }
  void choose();
  void account(std::span<const double> loads, std::optional<double> serving);

  Rules rules_;
  std::vector<Outlook> outlooks_;
  Odds odds_;
  Shadows shadows_;
  std::uint64_t slots_ = 0;
  Spent spent_;
  std::optional<HpaShadow> hpa_;
  Bill bill_;
  std::size_t chosen_;
};

}  // namespace nova::promise
