// Goal: which machines may go, and what is lost with them, as they were started.
#include "core/cost/runs.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace runs_test {

using namespace std::chrono_literals;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
const ChargeRule kHourly{1h, 0s};
const UsdPerHour kPrice = UsdPerHour::from_dollars(0.36);

TEST(Runs, BeginAtTheLookBeforeAndEndWithTheNewest) {
  Runs runs;
  runs.see({{"a", 2}}, kNow);  // seen at once: nobody knows since when
  runs.see({{"a", 5}, {"b", 1}}, kNow + 20min);
  ASSERT_EQ(runs.table().at("a").size(), 2u);
  EXPECT_EQ(runs.table().at("a")[1].since, kNow);
  runs.see({{"a", 6}, {"b", 1}}, kNow + 30min);
  runs.see({{"a", 4}}, kNow + 40min);
  EXPECT_EQ(runs.known("a"), 4u);
  EXPECT_EQ(runs.known("b"), 0u);
  EXPECT_EQ(runs.table().at("a").back().machines, 2u);
  EXPECT_EQ(runs.table().at("a").back().since, kNow);
}

TEST(Runs, AMachineThatIsPaidForShieldsOlderOnes) {
  Runs runs;
  runs.see({{"a", 0}}, kNow);
  runs.see({{"a", 2}}, kNow + 1min);   // from kNow on
  runs.see({{"a", 5}}, kNow + 31min);  // three from kNow + 1min on
  EXPECT_EQ(runs.releasable("a", kHourly, kNow + 40min, 1min), 0u);
  EXPECT_EQ(runs.releasable("a", kHourly, kNow + 59min, 1min), 0u);  // the older two are shielded
  EXPECT_EQ(runs.releasable("a", kHourly, kNow + 60min, 1min), 5u);
  EXPECT_EQ(runs.releasable("a", kHourly, kNow + 61min, 1min), 3u);  // the older two began anew
  EXPECT_EQ(runs.releasable("a", {1s, 0s}, kNow + 40min, 1min), 5u);
  EXPECT_EQ(runs.releasable("none", kHourly, kNow, 1min), 0u);
}

TEST(Runs, RestIsWhatIsPaidAndNotUsed) {
  Runs runs;
  runs.see({{"a", 0}}, kNow);
  runs.see({{"a", 2}}, kNow + 10min);  // from kNow on
  runs.see({{"a", 3}}, kNow + 20min);  // one from kNow + 10min on
  // At 30 minutes: 40 are left of the newest, 30 of the others; 0.006 a minute.
  EXPECT_EQ(runs.rest("a", 1, kHourly, kPrice, kNow + 30min), Usd::from_dollars(40 * 0.006));
  EXPECT_EQ(runs.rest("a", 2, kHourly, kPrice, kNow + 30min), Usd::from_dollars(70 * 0.006));
  EXPECT_EQ(runs.rest("a", 9, kHourly, kPrice, kNow + 30min), Usd::from_dollars(100 * 0.006));
  EXPECT_EQ(runs.rest("a", 9, {1s, 0s}, kPrice, kNow + 30min), Usd{});
  EXPECT_EQ(runs.rest("a", 9, {1s, 60s}, kPrice, kNow + 30min), Usd{});
}

}  // namespace runs_test
}  // namespace nova
