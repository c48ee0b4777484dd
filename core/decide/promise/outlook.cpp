#include "core/decide/promise/outlook.hpp"

#include <algorithm>
#include <cmath>

namespace nova::promise {
namespace {

constexpr double kForgetDays = 7;     // half-life of all regressions
constexpr std::size_t kTailDays = 7;  // errors that make the tail
constexpr double kRelativeRidge = 0.003;
constexpr double kYoungRidge = 5;  // more of it, over the slots known: 16 columns fit anything
constexpr std::uint64_t kYoungLoads = 30;  // errors of what was said before say nothing of the tail
constexpr double kFarthest = 2;            // on the square-root scale
constexpr double kTinyLevel = 1e-3;        // a level no relative error is divided by less than

}  // namespace

std::vector<std::size_t> leads_of(std::size_t boot) {
  std::vector<std::size_t> leads;
  for (std::size_t i = 0; i <= 3; ++i) {
    const auto lead = 1 + (i * boot + 1) / 3;  // rounded to nearest
    if (leads.empty() || lead > leads.back()) leads.push_back(lead);
  }
  return leads;
}

Outlook::Lead::Lead(const OutlookShape& shape, std::size_t slots_ahead)
    : ahead(slots_ahead),
      ridge(kForgetDays * static_cast<double>(shape.day)),
      spread(shape.day, slots_ahead, kForgetDays * static_cast<double>(shape.day)),
      tail(kTailDays * shape.day),
      calendar(shape.calendar ? shape.day : 1),
      said(slots_ahead) {}

Outlook::Outlook(const OutlookShape& shape) : shape_(shape), lags_(shape.day) {
  for (const auto lead : leads_of(shape.boot)) leads_.emplace_back(shape, lead);
}

void Outlook::push(std::optional<double> load) {
  std::optional<double> y;
  if (load) y = std::sqrt(std::max(0.0, *load));
  for (auto& lead : leads_) learn(lead, y);
  if (y) ++known_;
  if (y || known_ > 0) lags_.push(y ? *y : stand_in());
  ++slot_;
  if (known_ == 0) return;
  if (refit_due()) {
    const double penalty = kRelativeRidge + kYoungRidge / static_cast<double>(known_);
    for (auto& lead : leads_) {
      lead.coefficients = lead.ridge.solve(penalty);
      lead.spread.refit(penalty);
      lead.tail.refresh();
      lead.calendar.choose();
    }
  }
  const auto common = lags_.common();
  for (auto& lead : leads_) say(lead, common);
}

// What is taken for a slot that is not known. Forecasts of forecasts run away where many are
// missing, so none leaves what was lived through.
double Outlook::stand_in() const {
  const auto [least, most] = lags_.range();
  return std::clamp(leads_.front().now().expected, least, most);
}

// Half-hourly in the first 4 hours, hourly in the first 3 days, then every 6 hours.
bool Outlook::refit_due() const {
  const auto half_hour = std::max<std::size_t>(1, shape_.day / 48);
  const auto every = slot_ < 8 * half_hour ? 1 : slot_ < 3 * 48 * half_hour ? 2 : 12;
  return slot_ % (every * half_hour) == 0;
}

void Outlook::learn(Lead& lead, std::optional<double> y) {
  if (lead.count < lead.ahead) return;
  const auto& said = lead.said[lead.newest + 1 == lead.ahead ? 0 : lead.newest + 1];  // the oldest
  lead.ridge.pass();
  if (!y) {
    lead.spread.skip();
    lead.calendar.skip(slot_);
    return;
  }
  const double error = *y - said.expected;
  lead.ridge.add(said.row, *y - said.level);
  lead.spread.learn(said.spread_row, std::abs(error));
  const double level = std::max(said.level, kTinyLevel);
  lead.calendar.learn(slot_, error / level, said.scale / level, lead.tail);
  // The first errors, and one after none at all, have no scale to be measured by: a week of tails
  // would hold that for a burst of hundreds of times the usual.
  const bool measured = lead.spread.is_measured(said.spread_row) || error == 0;
  if (known_ >= kYoungLoads && measured) lead.tail.push(error / said.scale);
}

// A regression on few known slots may say anything: no more than four times the greatest load of
// the past week is believed.
double Outlook::plausible(double expected, double level) const {
  if (std::abs(expected) <= kFarthest * std::max(level, kTinyLevel)) return expected;
  if (std::isnan(expected)) return level;
  const double most = kFarthest * lags_.range().second;
  return std::clamp(expected, -most, most);
}

void Outlook::say(Lead& lead, const LagRow& common) {
  lead.newest = lead.newest + 1 == lead.ahead ? 0 : lead.newest + 1;
  auto& said = lead.said[lead.newest];
  said.row = common;
  lags_.seasonal(lead.ahead, said.row);
  said.level = lags_.level();
  said.expected = plausible(said.level + dot(lead.coefficients, said.row), said.level);
  said.spread_row = lead.spread.row(said.level);
  said.scale = lead.spread.scale(said.spread_row);
  lead.calendar.open(slot_ + lead.ahead - 1, lead.page);
  ++lead.count;
}

void Outlook::derive() {
  for (auto& lead : leads_) lead.calendar.open(slot_ + lead.ahead - 1, lead.page);
}

double Outlook::overload(double machines) const {
  if (known_ == 0) return 1;
  const double y = std::sqrt(machines);
  double most = 0;
  for (const auto& lead : leads_) {
    const auto& now = lead.now();
    const double error = y - now.expected;
    const double pooled = lead.tail.survival(error / now.scale);
    most = std::max(most, lead.page.chance(error / std::max(now.level, kTinyLevel), pooled));
  }
  return most;
}

double Outlook::load_at(double chance) const {
  double most = 0;
  for (const auto& lead : leads_) {
    const auto& now = lead.now();
    const double y = now.expected + now.scale * lead.tail.bound(chance);
    most = std::max(most, y > 0 ? y * y : 0);
  }
  return most;
}

double Outlook::next() const {
  const double y = std::max(0.0, leads_.front().now().expected);
  return y * y;
}

}  // namespace nova::promise
