// Commitments: what paying ahead is worth, and how much of it to buy.
//
// In: terms (reserved instances, committed use, savings plans), an on-demand price, demand hour by
// hour. Out: effective price, break-even points, net present value, the count or the hourly
// commitment to buy, and advice with its reasons. Sizing is the newsvendor rule over the demand
// distribution, never over its mean (Arrow, Harris and Marschak, "Optimal Inventory Policy",
// Econometrica 1951). What is bought already is sunk: see coverage.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"

namespace nova {

inline constexpr std::int64_t kOneYearHours = 8'760, kThreeYearsHours = 26'280;

struct CommitmentTerms {
  std::string name;      // "1y all upfront"
  Usd upfront;           // once
  UsdPerHour recurring;  // each hour, used or not
  std::int64_t term_hours = kOneYearHours;
};

// upfront / term + recurring, rounded once.
UsdPerHour effective_price(const CommitmentTerms& terms);

// The share of its hours a committed machine must be used to cost no more than on demand; above 1:
// never worth it. Infinite for an on-demand price of 0.
double break_even_utilisation(const CommitmentTerms& terms, UsdPerHour on_demand);

// Months of 730 h until what was paid upfront is saved, at a share `use` of the hours; infinite
// when an hour saves nothing.
double break_even_months(const CommitmentTerms& terms, UsdPerHour on_demand, double use = 1.0);

// What committing is worth today: monthly savings (on-demand price x use - recurring) over the
// term, discounted at `yearly_rate`, less the upfront sum. Rate > -1.
double net_present_value(const CommitmentTerms& terms, UsdPerHour on_demand, double use,
                         double yearly_rate);

// How many machines to commit to: buy the n-th while P(demand >= n) > effective / alternative.
// `demand`: machines in each hour (a quarter: one for a quarter of it), NaN = not known (left out);
// P is the share of all time. `alternative`: the next best price,
// spot's expected cost where those hours may run on spot.
std::uint32_t newsvendor_count(std::span<const double> demand, UsdPerHour effective,
                               UsdPerHour alternative);

// What an average hour costs with `committed` machines, the rest at `alternative`; exact.
UsdPerHour cost_with(std::span<const double> demand, std::uint32_t committed, UsdPerHour effective,
                     UsdPerHour alternative);

// One kind of usage a savings plan covers.
struct PlanRate {
  UsdPerHour on_demand, plan;  // plan <= on_demand
};

struct PlanChoice {
  UsdPerHour commitment;   // the money to commit to each hour
  UsdPerHour cost;         // of an average hour with it
  UsdPerHour without;      // and on demand alone
  double utilisation = 0;  // of the commitment
};

// The hourly commitment whose bill is smallest. `usage` is hour-major: machines of each rate in
// each hour, usage.size() a multiple of rates.size(). An hour is covered in the order of the
// highest discount; unused commitment is lost. cost(C) = C + mean of what is not covered is convex
// and piecewise linear, so its minimum lies on a breakpoint: they are scanned, nothing is solved.
PlanChoice savings_plan(std::span<const PlanRate> rates, std::span<const double> usage);

// The bill of an average hour with a given commitment; the slow twin of the above.
UsdPerHour savings_plan_cost(std::span<const PlanRate> rates, std::span<const double> usage,
                             UsdPerHour commitment);

struct AdviceQuestion {
  std::span<const double> history;   // machines in each hour up to now, NaN = missing
  std::span<const double> forecast;  // upper quantile for the hours ahead; empty = as history
  UsdPerHour on_demand;              // effective alternative
  std::span<const CommitmentTerms> terms;
  std::uint32_t owned = 0;  // committed machines that serve this demand already
  double min_days = 30;     // of known history
  double yearly_rate = 0.05;
};

struct Advice {
  std::string terms;       // the name of those chosen; empty: buy nothing
  std::uint32_t buy = 0;   // on top of what is owned
  UsdPerHour saving;       // of an average hour against what is owned now
  double utilisation = 0;  // of all that is committed then
  double use = 0;          // of what is bought: the share of its hours that are asked for
  Usd worth;               // net present value of the purchase
  std::string warning;     // what speaks against it: demand falls, or is forecast to
};

// The best purchase over all terms by net present value. Errors: failed_precondition for less than
// `min_days` of known history, invalid_argument for values that are negative or not finite.
Result<Advice> advise(const AdviceQuestion& question);

}  // namespace nova
