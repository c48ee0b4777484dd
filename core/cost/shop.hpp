// Shop: which machines a group asks for, given how many it needs.
//
// In: machines needed (reference machines), the menu, the group's rules of buying, what it holds,
// what commitments still cover, how risky its spot pools have proved. Out: the cheapest safe mix
// and what else could be bought, each with its cost and risk; or the constraint that binds, by
// name. Called by a group's engine when its size changes, and now and then to see whether a
// cheaper mix is worth moving to. The mix comes from optimise(), so verify_mix has judged it.
//
// Capacity is the one resource here, in millionths of a reference machine ("slots" of the
// question): an offer counts as the least of its resource ratios, which does not add up otherwise.
// Pure; deterministic.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/cost/ask.hpp"
#include "core/cost/buying.hpp"
#include "core/cost/mix.hpp"
#include "core/cost/optimise.hpp"

namespace nova {

// Capacities are rounded to millionths, so sums may miss by a hair.
inline double capacity_hair(double machines) { return std::min(machines * 5e-5, 0.5); }

// What may happen to machines that run.
enum class Freedom {
  keep,     // all stay (as far as the limits allow), others join
  release,  // some go, none join
  any,      // both, where it pays for itself
};

struct ShopView {
  std::span<const MixRow> held;
  std::span<const FreeCover> cover;  // what this group may use, its own included
  // The hazard of a spot pool per hour, learned, from its prior; empty = the prior.
  std::function<double(const PricedOffer&, double)> hazard;
  // Of so many held machines of an offer, how many may go without giving up time that is paid;
  // empty = all.
  std::function<std::uint32_t(const PricedOffer&, std::uint32_t)> releasable;
  // Offers of which there is none to be had at present beside what is held; empty = there are.
  std::function<bool(const PricedOffer&)> refused;
  TimePoint now;
  Duration lead_time{};      // both the old and the new machine are paid while a move boots
  std::uint32_t others = 0;  // machines beside these in the volume account
  // Capacity that may not be passed for the sake of a volume tier.
  double most = std::numeric_limits<double>::infinity();
};

// A mix with what it costs and risks.
struct MixOption {
  std::string stated_for;       // "as asked", "no spot", ...
  Mix mix;                      // price: the bill; every held offer has a row
  UsdPerHour expected;          // with interruptions, without what commitments pay anyway
  double lost_per_hour = 0;     // share of the capacity wanted that is expected to be lost an hour
  double worst_pool_share = 0;  // of it, lost with the largest spot pool
  std::string worst_pool;       // "type/zone"
};

class Shop {
 public:
  // All three must outlive it.
  Shop(const Menu& menu, const BuyRules& rules, const ShopView& view);

  // Errors: failed_precondition where no mix is feasible: "no feasible mix: <constraint>", which is
  // found out only if `explain`.
  Result<MixOption> buy(double machines, Freedom freedom,
                        std::optional<UsdPerHour> budget = std::nullopt, bool explain = true) const;

  // From cheapest to safest, none dearer and riskier than another.
  std::vector<MixOption> options(double machines, Freedom freedom) const;

  // What the machines held cost and risk as they are, at the size wanted.
  MixOption present(double machines) const;

  MixQuestion question(double machines, Freedom freedom, std::optional<UsdPerHour> budget) const;

 private:
  void add_offer(const PricedOffer& offer, std::uint32_t held);
  bool add_spot(const PricedOffer& offer, std::uint32_t held);
  bool refused(const PricedOffer& offer) const;
  void push(MixColumn column, std::uint32_t paid);
  MixOption option(const MixQuestion& question, const std::vector<std::uint32_t>& counts) const;

  const Menu& menu_;
  const BuyRules& rules_;
  const ShopView& view_;
  std::vector<MixColumn> columns_;
  std::vector<std::uint32_t> paid_;         // of what a column holds: paid for a while yet
  std::vector<std::int64_t> units_, used_;  // of each commitment: free, taken by what is held
};

}  // namespace nova
