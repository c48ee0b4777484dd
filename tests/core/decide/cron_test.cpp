// Goal: a cron expression begins when crontab(5) says, on clocks that jump, too.
// Method: dates of the calendar of 2026 by hand; a slow twin that asks minute by minute.
#include "core/decide/cron.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/decide/world.hpp"

namespace nova {
namespace cron_test {

using decide_test::at;
using std::chrono::hours;
using std::chrono::minutes;

// Central Europe in 2026: +1 h, +2 h from 29 March 01:00 UTC to 25 October 01:00 UTC.
TimeZone berlin() {
  return TimeZone::make(
             "Europe/Berlin", hours(1),
             {{at("2026-03-29T01:00:00Z"), hours(2)}, {at("2026-10-25T01:00:00Z"), hours(1)}})
      .value();
}

std::string newest(const char* text, const char* t, Duration within,
                   const TimeZone& zone = TimeZone()) {
  const auto found = Cron::parse(text).value().newest(zone, at(t), within);
  return found ? to_iso8601(*found) : "none";
}

TEST(Cron, FindsTheNewestBeginning) {
  const struct {
    const char* text;
    const char* t;
    Duration within;
    const char* want;
  } cases[] = {
      {"0 8 * * mon-fri", "2026-06-05T12:00:00Z", hours(10), "2026-06-05T08:00:00Z"},  // a Friday
      {"0 8 * * mon-fri", "2026-06-06T12:00:00Z", hours(10), "none"},
      {"0 8 * * mon-fri", "2026-06-06T12:00:00Z", hours(48), "2026-06-05T08:00:00Z"},
      {"0 8 * * *", "2026-06-05T08:00:00Z", hours(1), "2026-06-05T08:00:00Z"},
      {"0 8 * * *", "2026-06-05T09:00:00Z", hours(1), "none"},  // an hour has passed
      {"*/15 * * * *", "2026-06-05T12:44:59Z", hours(1), "2026-06-05T12:30:00Z"},
      {"5/20 9-17/4 * * *", "2026-06-06T03:00:00Z", hours(24), "2026-06-05T17:45:00Z"},
      {"30 4 1,15 * fri", "2026-06-16T00:00:00Z", hours(24 * 2), "2026-06-15T04:30:00Z"},
      {"30 4 1,15 * fri", "2026-06-13T00:00:00Z", hours(24 * 2), "2026-06-12T04:30:00Z"},
      {"0 0 29 2 *", "2028-03-05T00:00:00Z", hours(24 * 7), "2028-02-29T00:00:00Z"},
      {"0 0 * * 7", "2026-06-08T00:00:00Z", hours(48), "2026-06-07T00:00:00Z"},  // a Sunday
      {"0 0 * JAN-feb *", "2026-06-08T00:00:00Z", hours(24 * 31), "none"},
  };
  for (const auto& c : cases) EXPECT_EQ(newest(c.text, c.t, c.within), c.want) << c.text;
}

TEST(Cron, FollowsTheClockOfTheZone) {
  EXPECT_EQ(newest("0 8 * * *", "2026-01-15T12:00:00Z", hours(24), berlin()),
            "2026-01-15T07:00:00Z");
  EXPECT_EQ(newest("0 8 * * *", "2026-07-15T12:00:00Z", hours(24), berlin()),
            "2026-07-15T06:00:00Z");
  // 02:30 is skipped on 29 March and begins with what follows it; it comes twice on 25 October.
  EXPECT_EQ(newest("30 2 * * *", "2026-03-29T12:00:00Z", hours(24), berlin()),
            "2026-03-29T01:00:00Z");
  EXPECT_EQ(newest("30 2 * * *", "2026-10-25T12:00:00Z", hours(24), berlin()),
            "2026-10-25T00:30:00Z");
}

TEST(Cron, RefusesWhatIsNone) {
  for (const char* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                           "* * * 13 *", "* * * * 8", "a * * * *", "5-1 * * * *", "*/0 * * * *",
                           "1,,2 * * * *", "1- * * * *", "-1 * * * *", "1/ * * * *"}) {
    const auto cron = Cron::parse(text);
    ASSERT_FALSE(cron.ok()) << text;
    EXPECT_EQ(cron.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(Cron::parse("0 25 * * *").error().message,
            "hour must be *, or of 0 to 23 with ranges a-b, lists a,b and steps /n, got \"25\"");
}

// Asks of every minute whether it is one.
std::optional<TimePoint> slow(unsigned minute, unsigned every_hours, TimePoint t, Duration within) {
  for (auto m = std::chrono::floor<minutes>(t); m > t - within; m -= minutes(1)) {
    const auto of_day =
        std::chrono::duration_cast<minutes>(m - std::chrono::floor<std::chrono::days>(m));
    if (of_day.count() % 60 == minute && of_day.count() / 60 % every_hours == 0) return m;
  }
  return std::nullopt;
}

TEST(Cron, EqualsTheSlowSearch) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto minute = static_cast<unsigned>(random() % 60);
    const unsigned every = std::array{1u, 2u, 3u, 4u, 6u, 8u, 12u}[random() % 7];
    const auto text = std::to_string(minute) + " */" + std::to_string(every) + " * * *";
    const auto t = at("2026-05-01T00:00:00Z") + std::chrono::seconds(random() % 4'000'000);
    const auto within = minutes(1 + random() % 2000);
    EXPECT_EQ(Cron::parse(text).value().newest(TimeZone(), t, within),
              slow(minute, every, t, within))
        << text << " at " << to_iso8601(t);
  }
}

}  // namespace cron_test
}  // namespace nova
