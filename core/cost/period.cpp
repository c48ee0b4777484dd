#include "core/cost/period.hpp"

#include <algorithm>

namespace nova {
namespace {

using std::chrono::days;
using Hours = std::chrono::hours;  // nova::hours counts them

// The period of local readings from `first` to before `next`.
Period between(const TimeZone& zone, TimePoint first, TimePoint next) {
  return {zone.first_reading(first), zone.first_reading(next)};
}

}  // namespace

Result<TimeZone> TimeZone::make(std::string name, std::chrono::seconds before,
                                std::vector<OffsetChange> changes) {
  constexpr std::chrono::seconds kEnd = Hours(26);
  const auto sane = [&](std::chrono::seconds offset) { return offset > -kEnd && offset < kEnd; };
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (!sane(changes[i].offset) || (i > 0 && changes[i].at <= changes[i - 1].at))
      return Error{ErrorCode::invalid_argument,
                   "time zone " + name + ": change " + std::to_string(i) +
                       " must come after the one before and keep within 26 h of UTC"};
  if (!sane(before))
    return Error{ErrorCode::invalid_argument, "time zone " + name + ": offset beyond 26 h"};
  TimeZone zone;
  zone.name_ = std::move(name);
  zone.before_ = before;
  zone.changes_ = std::move(changes);
  return zone;
}

std::size_t TimeZone::segment(TimePoint t) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), t,
                                      [](TimePoint x, const auto& c) { return x < c.at; });
  return static_cast<std::size_t>(after - changes_.begin());
}

std::chrono::seconds TimeZone::offset_at(TimePoint t) const { return offset(segment(t)); }

TimePoint TimeZone::furthest_local(TimePoint t) const {
  const auto here = segment(t);
  auto furthest = t + offset(here);
  for (std::size_t s = 0; s < here; ++s)
    furthest = std::max(furthest, changes_[s].at - Duration{1} + offset(s));
  return furthest;
}

TimePoint TimeZone::first_reading(TimePoint local) const {
  for (std::size_t s = 0; s <= changes_.size(); ++s) {
    const auto at = s == 0 ? local - offset(0) : std::max(changes_[s - 1].at, local - offset(s));
    if (s == changes_.size() || at < changes_[s].at) return at;
  }
  return local - offset(changes_.size());
}

Period hour_of(const TimeZone& zone, TimePoint t) {
  const TimePoint first = std::chrono::floor<Hours>(zone.furthest_local(t));
  return between(zone, first, first + Hours(1));
}

Period day_of(const TimeZone& zone, TimePoint t) {
  const TimePoint first = std::chrono::floor<days>(zone.furthest_local(t));
  return between(zone, first, first + days(1));
}

Period month_of(const TimeZone& zone, TimePoint t) {
  using std::chrono::sys_days;
  const std::chrono::year_month_day date{std::chrono::floor<days>(zone.furthest_local(t))};
  const auto month = date.year() / date.month();
  return between(zone, sys_days{month / 1}, sys_days{(month + std::chrono::months(1)) / 1});
}

}  // namespace nova
