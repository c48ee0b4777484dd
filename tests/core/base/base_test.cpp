// Goal: durations, instants, money and ids read and write as documented, and refuse the rest.
#include <gtest/gtest.h>

#include <random>

#include "core/base/boxed.hpp"
#include "core/base/ids.hpp"
#include "core/base/money.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

namespace nova {
namespace base_test {

TEST(Duration, ReadsWhatPeopleWrite) {
  const std::tuple<const char*, double> cases[] = {
      {"90s", 90},    {"4h", 14400}, {"7d", 604800}, {"500ms", 0.5}, {"1h30m", 5400},
      {"1.5h", 5400}, {"0s", 0},     {"1w", 604800}, {"10us", 1e-5}, {"1ns", 1e-9}};
  for (const auto& [text, want] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_DOUBLE_EQ(seconds(*parsed), want) << text;
  }
}

TEST(Duration, RefusesTheRestAndSaysWhatWasFound) {
  for (const auto* text : {"", "90", "s", "-5s", "5 s", "5x", "30m1h", "1h1h", "inf", "1e3s", "5s ",
                           "400y", "99999999999w", "nan"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(parsed.error().message.find(std::string("got \"") + text + "\""), std::string::npos);
  }
}

TEST(Duration, WritesWhatItReadsBack) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 1000; ++round) {
    const Duration d{static_cast<std::int64_t>(random() >> (1 + random() % 60))};
    // A double carries 53 bits: beyond that the text is exact and reading it is not.
    if (d.count() > (1ll << 52)) continue;
    EXPECT_EQ(parse_duration(to_string(d)).value(), d) << to_string(d);
  }
  EXPECT_EQ(to_string(Duration{std::chrono::minutes(90)}), "1h30m");
  EXPECT_EQ(to_string(Duration{std::chrono::seconds(-30)}), "-30s");
}

TEST(Time, IsoAndGrid) {
  EXPECT_EQ(to_iso8601(from_unix_ns(897480000'000'000'000)), "1998-06-10T12:00:00Z");
  EXPECT_EQ(to_iso8601(from_unix_ns(1'500'000'000)), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(to_iso8601(from_unix_ns(-1'000'000'000)), "1969-12-31T23:59:59Z");
  const Duration step = std::chrono::seconds(60);
  EXPECT_EQ(unix_ns(floor_to(from_unix_ns(119'000'000'000), step)), 60'000'000'000);
  EXPECT_EQ(unix_ns(floor_to(from_unix_ns(-1), step)), -60'000'000'000);
  EXPECT_EQ(unix_ns(floor_to(from_unix_ns(120'000'000'000), step)), 120'000'000'000);
}

TEST(Money, CostOfRoundsToTheNano) {
  const auto rate = UsdPerHour::from_dollars(0.096);
  EXPECT_EQ(cost_of(rate, std::chrono::hours(1)).nanos, 96'000'000);
  EXPECT_EQ(cost_of(rate, std::chrono::seconds(3601)).nanos, 96'026'667);  // 96026666.67
  EXPECT_EQ(cost_of(UsdPerHour{1}, std::chrono::minutes(30)).nanos, 1);    // half away from zero
  EXPECT_EQ(cost_of(UsdPerHour{-1}, std::chrono::minutes(30)).nanos, -1);
  EXPECT_EQ(cost_of(UsdPerHour::from_dollars(1e6), std::chrono::hours(8760)).dollars(), 8.76e9);
  EXPECT_EQ(to_string(Usd::from_dollars(12.3)), "12.30");
  EXPECT_EQ(to_string(Usd::from_dollars(0.12345), 4), "0.1235");
}

TEST(Ids, SyntaxAndKeys) {
  for (const auto* good : {"a", "web-tier", "0_x", "acme"}) EXPECT_TRUE(is_valid_id(good)) << good;
  for (const auto* bad : {"", "-a", "_a", "Web", "a.b", "a/b", "a b"})
    EXPECT_FALSE(is_valid_id(bad)) << bad;
  EXPECT_TRUE(is_valid_id(std::string(63, 'a')));
  EXPECT_FALSE(is_valid_id(std::string(64, 'a')));
  // FNV-1a of "a/b/c", so saved state is found by every later build.
  EXPECT_EQ(series_key("a", "b", "c"), 0x9ef3e9bc4337feebULL);
  EXPECT_NE(series_key("a", "b", "c"), series_key("a", "bc", ""));
}

TEST(Text, NumbersAndDurationsForPeople) {
  EXPECT_EQ(short_number(1250), "1250");
  EXPECT_EQ(short_number(0.8333, 2), "0.83");
  EXPECT_EQ(short_number(123456), "123456");
  EXPECT_EQ(in_words(std::chrono::seconds(90)), "90 s");
  EXPECT_EQ(in_words(std::chrono::minutes(25)), "25 min");
  EXPECT_EQ(in_words(std::chrono::minutes(210)), "3.5 h");
  EXPECT_EQ(in_words(std::chrono::hours(101)), "4.21 d");
}

TEST(Boxed, IsAnOptionalWhoseCopiesAreItsOwn) {
  Boxed<std::string> none, text;
  text.emplace("abc");
  EXPECT_FALSE(none.has_value());
  auto copy = text;
  copy->push_back('d');
  EXPECT_EQ(*text, "abc");
  EXPECT_EQ(*copy, "abcd");
  text = copy;
  EXPECT_EQ(*text, "abcd");
  text = none;
  EXPECT_FALSE(text);
}

}  // namespace base_test
}  // namespace nova
