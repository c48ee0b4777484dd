// Goal: a signal that sizes nothing says what it stands at, warns when it is silent or over its
// limit, and goes on after a stop.
// Method: values by rule; lines and conditions as an operator reads them.
#include "core/engine/watched.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace nova {
namespace watched_signal_test {

using ::testing::HasSubstr;

constexpr Duration kStep = std::chrono::seconds(60);
constexpr std::size_t kPoints = 100;
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

SignalSpec p95() {
  SignalSpec spec;
  spec.name = "p95";
  spec.role = Role::latency;
  spec.scale = 0.001;  // milliseconds
  spec.limit = 0.5;
  return spec;
}

std::vector<Condition> conditions(const WatchedSignal& signal) {
  std::vector<Condition> all;
  signal.add_conditions("default", "web", all);
  return all;
}

TEST(WatchedSignal, SaysWhatItStandsAt) {
  const auto spec = p95();
  WatchedSignal signal(spec, kStep, kPoints);
  const std::vector<double> values{100, 310};
  signal.take(kStart, 2, values);
  EXPECT_EQ(signal.line(), "p95: 0.31 s, 62 % of its limit 0.5");
  EXPECT_TRUE(conditions(signal).empty());
  auto endless = spec;
  endless.role = Role::custom;
  endless.limit.reset();
  WatchedSignal other(endless, kStep, kPoints);
  other.take(kStart, 2, values);
  EXPECT_EQ(other.line(), "p95: 0.31");
}

TEST(WatchedSignal, WarnsOverItsLimitAndWhenItIsSilent) {
  const auto spec = p95();
  WatchedSignal signal(spec, kStep, kPoints);
  signal.take(kStart, 1, std::vector<double>{500});
  EXPECT_TRUE(conditions(signal).empty()) << "at its limit is not over it";
  signal.take(kStart + kStep, 1, std::vector<double>{501});
  ASSERT_EQ(conditions(signal).size(), 1u);
  EXPECT_EQ(conditions(signal)[0].alert, "over_limit");
  EXPECT_EQ(conditions(signal)[0].severity, "warning");
  EXPECT_THAT(conditions(signal)[0].text, HasSubstr("at 0.501, above its limit 0.5"));
  // Neither an infinity nor a column that is not there is a value.
  signal.take(kStart + 2 * kStep, 1, std::vector<double>{INFINITY});
  signal.take(kStart + 3 * kStep, 1, {});
  EXPECT_TRUE(conditions(signal).empty());
  EXPECT_EQ(signal.line(), "p95: no value for 2 steps");
  signal.take(kStart + 4 * kStep, 1, {});
  ASSERT_EQ(conditions(signal).size(), 1u);
  EXPECT_EQ(conditions(signal)[0].alert, "signal_lost");
  EXPECT_EQ(conditions(signal)[0].group, "web");
}

TEST(WatchedSignal, GoesOnAfterAStopUnlessItIsAnotherNow) {
  const auto spec = p95();
  WatchedSignal whole(spec, kStep, kPoints), resumed(spec, kStep, kPoints);
  std::vector<double> values;
  for (int i = 0; i < 333; ++i)
    values.push_back(i % 41 == 0 ? std::nan("") : 200 + 100 * std::sin(i));
  whole.take(kStart, values.size(), values);
  const auto state = Json::parse(whole.state().dump());
  resumed.restore(state);
  EXPECT_EQ(resumed.state(), whole.state());
  for (auto* signal : {&whole, &resumed}) signal->take(kStart + 333 * kStep, 60, values);
  EXPECT_EQ(resumed.state(), whole.state());

  auto other = spec;
  other.forecast_step = 2 * spec.forecast_step;
  WatchedSignal anew(other, kStep, kPoints);
  anew.restore(state);
  EXPECT_TRUE(anew.window().empty());
}

}  // namespace watched_signal_test
}  // namespace nova
