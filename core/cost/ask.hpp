// Ask: from offers, as cost plugins list them, to a question for the optimiser.
//
// What `cost optimize` and a group's tick call before optimise(). In: offers, what is wanted, what
// runs, what is committed. Out: a MixQuestion, which offer each of its columns is, and what was
// left out and why, so that nothing is missing without a word. Only prices in USD become columns:
// another currency is never added to it. Spot is judged against the effective on-demand price of
// the same machine, never against a price that is not known.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/cost/coverage.hpp"
#include "core/cost/mix.hpp"
#include "core/cost/offer.hpp"
#include "core/cost/question.hpp"
#include "core/cost/spot.hpp"

namespace nova {

// A commitment and the units of it that this group may use.
struct FreeCover {
  Commitment commitment;
  std::int64_t units = 0;  // or nanos an hour of a savings plan
};

struct MixWish {
  double vcpus = 0, memory_gib = 0;  // capacity that is needed; 0 = not asked
  // Equal units of work, asked instead of or beside it: how many, and the size of each.
  std::int64_t slots = 0;
  double slot_vcpus = 0, slot_memory_gib = 0;
  OfferFilter filter;
  bool spot = true;
  SpotRules spot_rules;
  MixLimits limits;
  std::vector<MixRow> held;
  std::vector<FreeCover> cover;
  VolumeDiscount volume;  // of all machines on demand; none: that of the first offer that has one
  std::uint32_t account_machines = 0;
  double on_demand_discount = 0;  // share taken off list prices by a private agreement
  Duration max_price_age{};       // older prices are left out; zero = any age
  Usd move_in, move_out;          // of one machine
  Usd loss_of_all;                // price of risk, see MixQuestion
  double carbon_usd_per_kg = 0, life_hours = 24;  // see MixQuestion
  TimePoint now;
};

struct Asked {
  MixQuestion question;
  std::vector<std::size_t> offer;               // of each column, its place among the offers
  std::map<std::string, std::size_t> left_out;  // why -> how many offers
};

// Errors: invalid_argument for a wish without demand or with a negative or endless number;
// failed_precondition when no offer is left, naming the reasons.
Result<Asked> ask(std::span<const Offer> offers, const MixWish& wish);

}  // namespace nova
