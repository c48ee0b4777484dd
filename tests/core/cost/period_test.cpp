// Goal: months, days and hours of a zone are those of an independent calendar, through every
// change. Method: zones.csv, written by zones.py from Python's zoneinfo; laws on random instants.
#include "core/cost/period.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace nova {
namespace period_test {

using Hours = std::chrono::hours;
using std::chrono::seconds;

TimePoint at(std::int64_t unix_s) { return from_unix_ns(unix_s * 1'000'000'000); }

struct Known {
  seconds before{0};
  std::vector<OffsetChange> changes;
  std::vector<TimePoint> months, days;
  TimeZone zone(const std::string& name) const { return *TimeZone::make(name, before, changes); }
};

std::map<std::string, Known> zones() {
  std::ifstream file(NOVA_SOURCE_DIR "/tests/core/cost/zones.csv");
  std::map<std::string, Known> all;
  std::string line, what, name, unix_s, offset;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream in(line);
    std::getline(in, what, ',');
    std::getline(in, name, ',');
    std::getline(in, unix_s, ',');
    std::getline(in, offset, ',');
    auto& known = all[name];
    if (what == "before") known.before = seconds(std::stoll(offset));
    if (what == "change")
      known.changes.push_back({at(std::stoll(unix_s)), seconds(std::stoll(offset))});
    if (what == "month") known.months.push_back(at(std::stoll(unix_s)));
    if (what == "day") known.days.push_back(at(std::stoll(unix_s)));
  }
  return all;
}

TEST(Period, BeginsWhenTheCalendarSays) {
  const auto all = zones();
  ASSERT_EQ(all.size(), 8u);
  for (const auto& [name, known] : all) {
    const auto zone = known.zone(name);
    for (std::size_t k = 0; k + 1 < known.months.size(); ++k) {
      const Period month{known.months[k], known.months[k + 1]};
      EXPECT_EQ(month_of(zone, month.start), month) << name << " month " << k;
      EXPECT_EQ(month_of(zone, month.end - Duration{1}), month) << name << " month " << k;
    }
    for (const auto day : known.days) {
      EXPECT_EQ(day_of(zone, day).start, day) << name << ' ' << to_iso8601(day);
      EXPECT_LE(day_of(zone, day - Duration{1}).end, day) << name << ' ' << to_iso8601(day);
    }
  }
}

TEST(Period, DaysOfAChangeHave23Or25Hours) {
  const auto zone = zones().at("America/New_York").zone("America/New_York");
  EXPECT_EQ(day_of(zone, at(1331442000)).length(), Hours(23));  // 2012-03-11
  EXPECT_EQ(day_of(zone, at(1352048400)).length(), Hours(25));  // 2012-11-04
  EXPECT_EQ(month_of(zone, at(1331442000)).length(), Hours(31 * 24 - 1));
  EXPECT_EQ(month_of(zone, at(1352048400)).length(), Hours(30 * 24 + 1));
}

TEST(Period, UtcIsPlain) {
  const TimeZone utc;
  const auto t = at(1709209800);  // 2024-02-29 12:30
  EXPECT_EQ(to_iso8601(hour_of(utc, t).start), "2024-02-29T12:00:00Z");
  EXPECT_EQ(to_iso8601(day_of(utc, t).end), "2024-03-01T00:00:00Z");
  EXPECT_EQ(month_of(utc, t).length(), Hours(29 * 24));
  EXPECT_EQ(to_iso8601(month_of(utc, at(-1)).start), "1969-12-01T00:00:00Z");
}

// Laws: a period contains what it is the period of, and the next begins where it ends.
TEST(Period, FollowOneAnotherWithoutGapOrOverlap) {
  std::mt19937_64 random{31};
  for (const auto& [name, known] : zones()) {
    const auto zone = known.zone(name);
    for (int round = 0; round < 400; ++round) {
      auto t = at(1262300000 + static_cast<std::int64_t>(random() % 94'000'000));
      if (round % 2)
        t = known.changes.empty()
                ? t
                : known.changes[random() % known.changes.size()].at +
                      seconds(static_cast<std::int64_t>(random() % 200'000) - 100'000);
      for (const auto period : {hour_of, day_of, month_of}) {
        const auto p = period(zone, t);
        ASSERT_TRUE(p.contains(t)) << name << ' ' << to_iso8601(t);
        EXPECT_EQ(period(zone, p.start), p) << name << ' ' << to_iso8601(t);
        EXPECT_EQ(period(zone, p.end - Duration{1}), p) << name << ' ' << to_iso8601(t);
        EXPECT_EQ(period(zone, p.end).start, p.end) << name << ' ' << to_iso8601(t);
      }
    }
  }
}

TEST(TimeZone, RefusesChangesThatAreNone) {
  EXPECT_FALSE(TimeZone::make("x", seconds(0), {{at(5), seconds(0)}, {at(5), seconds(60)}}).ok());
  EXPECT_FALSE(TimeZone::make("x", Hours(26), {}).ok());
  EXPECT_FALSE(TimeZone::make("x", seconds(0), {{at(5), Hours(-30)}}).ok());
}

}  // namespace period_test
}  // namespace nova
