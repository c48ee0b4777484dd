#include "core/cost/commitment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "core/base/median.hpp"
#include "core/base/number.hpp"
#include "core/cost/exact.hpp"

namespace nova {
namespace {

constexpr double kMonth = 730.0;
constexpr double kMostMachines = 1e6;

// For how long the n-th machine is asked for, n = 1 .. the most any hour asks, in millionths of an
// hour: of 2.25 machines in an hour the third is asked for a quarter of it. And all known hours.
struct Exceedance {
  std::vector<std::int64_t> hours;  // [n - 1]
  std::int64_t known = 0;           // millionths of an hour, too
};

Exceedance exceedance(std::span<const double> demand) {
  Exceedance e;
  std::vector<std::int64_t> whole(1, 0);  // [n]: of hours that ask for n and less than n + 1
  for (const double d : demand) {
    if (std::isnan(d)) continue;
    e.known += kMillion;
    const auto asked = to_millionths(std::clamp(d, 0.0, kMostMachines));
    const auto n = static_cast<std::size_t>(asked / kMillion);
    const auto part = asked % kMillion;
    const auto most = n + (part > 0 ? 1 : 0);
    if (most >= whole.size()) whole.resize(most + 1, 0), e.hours.resize(most, 0);
    whole[n] += kMillion;
    if (part > 0) e.hours[n] += part;
  }
  std::int64_t above = 0;
  for (std::size_t n = e.hours.size(); n > 0; --n) e.hours[n - 1] += above += whole[n];
  return e;
}

std::uint32_t newsvendor(const Exceedance& e, UsdPerHour effective, UsdPerHour alternative) {
  std::uint32_t n = 0;
  while (n < e.hours.size() && static_cast<__int128>(e.hours[n]) * alternative.nanos >
                                   static_cast<__int128>(effective.nanos) * e.known)
    ++n;
  return n;
}

// Millionths of machine-hours asked above `committed`.
std::int64_t uncovered(const Exceedance& e, std::uint32_t committed) {
  std::int64_t sum = 0;
  for (std::size_t n = committed; n < e.hours.size(); ++n) sum += e.hours[n];
  return sum;
}

UsdPerHour cost_of_hour(const Exceedance& e, std::uint32_t committed, UsdPerHour effective,
                        UsdPerHour alternative) {
  const auto paid = effective * committed;
  if (e.known == 0) return paid;
  return paid + UsdPerHour{mul_div(uncovered(e, committed), alternative.nanos, e.known)};
}

double median(std::span<const double> values) {
  std::vector<double> x(values.begin(), values.end());
  x.erase(std::remove_if(x.begin(), x.end(), [](double v) { return std::isnan(v); }), x.end());
  return x.empty() ? 0 : median_of(std::move(x));
}

// What says that less is going to be asked than what was: the forecast, or the last quarter of the
// history against its first.
std::string falls(const AdviceQuestion& question) {
  const bool forecast = !question.forecast.empty();
  const auto quarter = question.history.size() / 4;
  const double before = median(forecast ? question.history : question.history.first(quarter));
  const double after = median(forecast ? question.forecast : question.history.last(quarter));
  if (!(after < 0.9 * before)) return {};
  char text[160];
  if (forecast)
    std::snprintf(text, sizeof text, "demand is forecast to fall: median %.4g machines, was %.4g",
                  after, before);
  else
    std::snprintf(text, sizeof text,
                  "demand falls: median %.4g machines in the last quarter of the hours, %.4g in "
                  "the first",
                  after, before);
  return text;
}

bool valid(std::span<const double> demand) {
  return std::all_of(demand.begin(), demand.end(),
                     [](double d) { return std::isnan(d) || (d >= 0 && d <= kMostMachines); });
}

// Positions of `rates`, highest discount first.
std::vector<std::size_t> by_discount(std::span<const PlanRate> rates) {
  std::vector<std::size_t> order(rates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return static_cast<__int128>(rates[a].on_demand.nanos) * rates[b].plan.nanos >
           static_cast<__int128>(rates[b].on_demand.nanos) * rates[a].plan.nanos;
  });
  return order;
}

}  // namespace

UsdPerHour effective_price(const CommitmentTerms& terms) {
  return terms.recurring + UsdPerHour{mul_div(terms.upfront.nanos, 1, terms.term_hours)};
}

double break_even_utilisation(const CommitmentTerms& terms, UsdPerHour on_demand) {
  if (on_demand.nanos <= 0) return kInfinity;
  return effective_price(terms).dollars() / on_demand.dollars();
}

double break_even_months(const CommitmentTerms& terms, UsdPerHour on_demand, double use) {
  const double saved = on_demand.dollars() * use - terms.recurring.dollars();
  return saved > 0 ? terms.upfront.dollars() / (saved * kMonth) : kInfinity;
}

double net_present_value(const CommitmentTerms& terms, UsdPerHour on_demand, double use,
                         double yearly_rate) {
  const double monthly = (on_demand.dollars() * use - terms.recurring.dollars()) * kMonth;
  const double factor = std::pow(1 + yearly_rate, -1.0 / 12);
  double sum = 0, worth = 1;
  for (std::int64_t month = 0; month < terms.term_hours * 12 / kOneYearHours; ++month)
    sum += worth *= factor;
  return monthly * sum - terms.upfront.dollars();
}

std::uint32_t newsvendor_count(std::span<const double> demand, UsdPerHour effective,
                               UsdPerHour alternative) {
  return newsvendor(exceedance(demand), effective, alternative);
}

UsdPerHour cost_with(std::span<const double> demand, std::uint32_t committed, UsdPerHour effective,
                     UsdPerHour alternative) {
  return cost_of_hour(exceedance(demand), committed, effective, alternative);
}

UsdPerHour savings_plan_cost(std::span<const PlanRate> rates, std::span<const double> usage,
                             UsdPerHour commitment) {
  if (rates.empty() || usage.empty()) return commitment;
  const auto order = by_discount(rates);
  const auto hours = static_cast<std::int64_t>(usage.size() / rates.size());
  double uncovered = 0;  // nanos
  for (std::int64_t h = 0; h < hours; ++h) {
    double left = static_cast<double>(commitment.nanos);
    for (const auto k : order) {
      const double machines = usage[static_cast<std::size_t>(h) * rates.size() + k];
      const double at_plan = machines * static_cast<double>(rates[k].plan.nanos);
      const double covered = at_plan > 0 ? std::clamp(left / at_plan, 0.0, 1.0) : 1.0;
      left -= covered * at_plan;
      uncovered += (1 - covered) * machines * static_cast<double>(rates[k].on_demand.nanos);
    }
  }
  return commitment + UsdPerHour{std::llround(uncovered / static_cast<double>(hours))};
}

PlanChoice savings_plan(std::span<const PlanRate> rates, std::span<const double> usage) {
  PlanChoice choice;
  if (rates.empty() || usage.empty()) return choice;
  const auto order = by_discount(rates);
  const std::size_t hours = usage.size() / rates.size();
  // Below its breakpoint a dollar committed saves `worth` dollars in that hour, above it the worth
  // of the next usage, and nothing when all is covered.
  struct Breakpoint {
    std::int64_t commitment;
    double less;  // by how much the saving per dollar falls here
  };
  std::vector<Breakpoint> breakpoints;
  breakpoints.reserve(usage.size());
  double saving = 0;  // per dollar, over all hours, at a commitment of 0
  const auto worth = [&](std::size_t k) {
    return rates[k].plan.nanos > 0 ? static_cast<double>(rates[k].on_demand.nanos) /
                                         static_cast<double>(rates[k].plan.nanos)
                                   : 0.0;
  };
  for (std::size_t h = 0; h < hours; ++h) {
    std::int64_t sum = 0;
    double at_hand = 0;
    for (const auto k : order) {
      const std::int64_t cost =
          std::llround(usage[h * rates.size() + k] * static_cast<double>(rates[k].plan.nanos));
      if (cost == 0) continue;
      if (sum == 0)
        saving += worth(k);
      else
        breakpoints.push_back({sum, at_hand - worth(k)});
      at_hand = worth(k);
      sum += cost;
    }
    if (sum > 0) breakpoints.push_back({sum, at_hand});
  }
  std::sort(breakpoints.begin(), breakpoints.end(),
            [](const auto& a, const auto& b) { return a.commitment < b.commitment; });
  // A little more is worth committing while it saves more than it costs in each of the hours.
  for (std::size_t i = 0;
       i < breakpoints.size() && saving > static_cast<double>(hours) * (1 + 1e-12); ++i) {
    choice.commitment = {breakpoints[i].commitment};
    saving -= breakpoints[i].less;
  }
  choice.cost = savings_plan_cost(rates, usage, choice.commitment);
  choice.without = savings_plan_cost(rates, usage, {});
  double used = 0;
  for (std::size_t h = 0; h < hours; ++h) {
    double asked = 0;
    for (std::size_t k = 0; k < rates.size(); ++k)
      asked += usage[h * rates.size() + k] * static_cast<double>(rates[k].plan.nanos);
    used += std::min(asked, static_cast<double>(choice.commitment.nanos));
  }
  if (choice.commitment.nanos > 0)
    choice.utilisation =
        used / (static_cast<double>(choice.commitment.nanos) * static_cast<double>(hours));
  return choice;
}

Result<Advice> advise(const AdviceQuestion& question) {
  if (!valid(question.history) || !valid(question.forecast))
    return Error{ErrorCode::invalid_argument,
                 "demand: machines in an hour must be in [0, 1e6] or missing"};
  const auto known = exceedance(question.history).known / kMillion;
  char text[160];
  if (static_cast<double>(known) < question.min_days * 24) {
    std::snprintf(text, sizeof text,
                  "commitments: need %.4g days of hourly demand, have %.4g (%zu hours, %lld known)",
                  question.min_days, static_cast<double>(known) / 24, question.history.size(),
                  static_cast<long long>(known));
    return Error{ErrorCode::failed_precondition, text};
  }
  const auto demand = exceedance(question.forecast.empty() ? question.history : question.forecast);
  if (demand.known == 0)
    return Error{ErrorCode::failed_precondition, "commitments: the forecast has no known hour"};
  Advice best;
  const auto now = uncovered(demand, question.owned);
  for (const auto& terms : question.terms) {
    if (terms.term_hours <= 0)
      return Error{ErrorCode::invalid_argument, terms.name + ": term_hours must be positive"};
    const auto effective = effective_price(terms);
    const auto n = newsvendor(demand, effective, question.on_demand);
    if (n <= question.owned) continue;
    const auto buy = n - question.owned;
    const auto covered = static_cast<double>(now - uncovered(demand, n));
    const double use = covered / (static_cast<double>(demand.known) * buy);
    const auto worth = Usd::from_dollars(std::clamp(
        buy * net_present_value(terms, question.on_demand, use, question.yearly_rate), -9e9, 9e9));
    if (worth <= best.worth) continue;
    // Owned machines cost the same before and after.
    const auto saving =
        mul_div(now - uncovered(demand, n), question.on_demand.nanos, demand.known) -
        (effective * buy).nanos;
    std::int64_t used = 0;
    for (std::size_t k = 0; k < n; ++k) used += demand.hours[k];
    best = {terms.name, buy, {saving}, 0, use, worth, {}};
    best.utilisation = static_cast<double>(used) / (static_cast<double>(demand.known) * n);
  }
  best.warning = falls(question);
  return best;
}

}  // namespace nova
