// Cron expressions: five fields that say at which minutes of the local clock something begins.
//
// "minute hour day-of-month month day-of-week", as in crontab(5): *, numbers, ranges, lists, steps
// (*/15, 8-18/2), names (jan, mon), 0 and 7 for Sunday. Where both days are restricted either one
// is enough. A minute that the clock skips begins when it has been skipped; one that comes twice
// begins once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/cost/period.hpp"

namespace nova {

class Cron {
 public:
  static constexpr Duration kLongest = std::chrono::hours(24 * 31);

  Cron() = default;  // never begins
  // Errors: invalid_argument, which names the field and the rule.
  static Result<Cron> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }

  // The newest beginning in (t - within, t]; none if there is none. `within` is at most kLongest.
  std::optional<TimePoint> newest(const TimeZone& zone, TimePoint t, Duration within) const;

 private:
  bool on(std::chrono::year_month_day day) const;
  std::optional<std::chrono::minutes> last_of_day(std::chrono::minutes at_most) const;

  std::string text_;
  std::array<std::uint64_t, 5> fields_{};  // a bit a value: minute, hour, day, month, weekday
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace nova
