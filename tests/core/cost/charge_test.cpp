// Goal: the golden charges of the providers, and machines given up when what is paid ends.
#include "core/cost/charge.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace charge_test {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ChargeRule kHourly{hours(1), hours(1)};
constexpr ChargeRule kPerSecond{seconds(1), seconds(60)};
const auto kRate = UsdPerHour::from_dollars(0.096);
const TimePoint kStart = from_unix_ns(1'700'000'000'000'000'000);

TEST(Charge, Goldens) {
  const std::tuple<const char*, ChargeRule, Duration, std::int64_t> cases[] = {
      {"hourly, 3601 s", kHourly, seconds(3601), 192'000'000},
      {"per second, 3601 s", kPerSecond, seconds(3601), 96'026'667},  // 0.096027
      {"minimum, 10 s", kPerSecond, seconds(10), 1'600'000},
      {"minimum, 60 s", kPerSecond, seconds(60), 1'600'000},
      {"61 s", kPerSecond, seconds(61), 1'626'667},
      {"a full hour is one unit", kHourly, hours(1), 96'000'000},
      {"nothing used, minimum due", kHourly, seconds(0), 96'000'000},
      {"a nanosecond over", kHourly, hours(1) + Duration{1}, 192'000'000},
      {"Mac host, 24 h", {seconds(1), hours(24)}, hours(2), 24 * 96'000'000LL},
  };
  for (const auto& [name, rule, used, nanos] : cases) {
    const auto got = charge(rule, kRate, used);
    ASSERT_TRUE(got.ok()) << name;
    EXPECT_EQ(got->nanos, nanos) << name;
  }
}

TEST(Charge, RefusesNonsense) {
  const std::tuple<ChargeRule, Duration, const char*> cases[] = {
      {{seconds(0), seconds(0)}, seconds(1), "charge unit: must be positive, got 0s"},
      {{seconds(1), seconds(-1)}, seconds(1), "charge minimum: must not be negative, got -1s"},
      {kHourly, seconds(-5), "time used: must not be negative, got -5s"},
  };
  for (const auto& [rule, used, message] : cases) {
    const auto got = charge(rule, kRate, used);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().message, message);
  }
  EXPECT_EQ(charge(kHourly, kRate, Duration::max()).error().code, ErrorCode::out_of_range);
}

TEST(Charge, FirstHourIsFreeWhenTheProviderInterrupts) {
  EXPECT_EQ(charge_interrupted(kPerSecond, kRate, minutes(59))->nanos, 0);
  EXPECT_EQ(charge_interrupted(kPerSecond, kRate, minutes(60))->nanos, 96'000'000);
  EXPECT_FALSE(charge_interrupted(kPerSecond, kRate, seconds(-1)).ok());
}

// Laws: what is charged covers what is used, grows with it, and is never a whole unit more unless
// the minimum says so.
TEST(Charge, CoversUseAndNeverFalls) {
  std::mt19937_64 random{5};
  for (int round = 0; round < 3000; ++round) {
    const ChargeRule rule{seconds(1 + random() % 5000), seconds(random() % 9000)};
    const Duration used{static_cast<std::int64_t>(random() % 40'000'000'000'000)};
    const auto time = *charged_time(rule, used);
    EXPECT_GE(time, used);
    EXPECT_LE(time, std::max(rule.minimum, used + rule.unit));
    EXPECT_LE(*charge(rule, kRate, used), *charge(rule, kRate, used + seconds(7)));
    const auto rest = paid_rest(rule, kStart, kStart + used);
    EXPECT_EQ(rest, time - used);
    EXPECT_GE(rest.count(), 0);
  }
}

TEST(Release, WaitsForTheEndOfThePaidHour) {
  const PaidMachine machine{"a", kRate, kStart, kHourly};
  // 25 minutes in: 35 are paid; with decisions every minute and a drain of 2 it goes at minute 58.
  EXPECT_EQ(release_at(machine, kStart + minutes(25), minutes(1), minutes(2)),
            kStart + minutes(58));
  EXPECT_EQ(release_at(machine, kStart + minutes(57), minutes(1), minutes(2)),
            kStart + minutes(57));
  // Per second it is inert after the minimum.
  const PaidMachine fine{"b", kRate, kStart, kPerSecond};
  EXPECT_EQ(release_at(fine, kStart + minutes(25), minutes(1), minutes(2)), kStart + minutes(25));
  EXPECT_EQ(release_at(fine, kStart + seconds(10), seconds(10), seconds(5)), kStart + seconds(55));
}

TEST(Release, OrderIsLeastRestThenDearestThenId) {
  const auto dear = UsdPerHour::from_dollars(1);
  const PaidMachine machines[] = {
      {"c", kRate, kStart, kHourly},
      {"b", kRate, kStart - minutes(30), kHourly},
      {"d", dear, kStart - minutes(30), kHourly},
      {"a", kRate, kStart - minutes(30), kHourly},
      {"future", dear, kStart + hours(9), kHourly},
  };
  EXPECT_EQ(release_order(machines, kStart + minutes(10)),
            (std::vector<std::size_t>{2, 3, 1, 0, 4}));
}

}  // namespace charge_test
}  // namespace nova
