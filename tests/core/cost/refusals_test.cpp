// Goal: a pool that was refused is left alone, longer each time, and tried again.
#include "core/cost/refusals.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace refusals_test {

using namespace std::chrono_literals;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);

TEST(Refusals, BlockForThreeMinutesThenTwiceAsLongUpToHalfAnHour) {
  Refusals refusals;
  auto now = kNow;
  for (const auto minutes : {3, 6, 12, 24, 30, 30}) {
    refusals.refuse("t", "a", now);
    ASSERT_EQ(refusals.of("t", now).size(), 1u);
    EXPECT_EQ(refusals.of("t", now)[0].until, now + std::chrono::minutes(minutes));
    now += std::chrono::minutes(minutes);
    EXPECT_TRUE(refusals.blocks("t", "a", now - 1s));
    EXPECT_FALSE(refusals.blocks("t", "a", now)) << "it is tried again";
    EXPECT_TRUE(refusals.of("t", now).empty());
    now += 1min;
  }
  EXPECT_EQ(refusals.table().at({"t", "a"}).times, 6u);
}

TEST(Refusals, AnswersThatWereOnTheirWayDoNotCountTwice) {
  Refusals refusals;
  refusals.refuse("t", "a", kNow);
  refusals.refuse("t", "a", kNow + 1min);
  EXPECT_EQ(refusals.of("t", kNow)[0].until, kNow + 3min);
  EXPECT_EQ(refusals.of("t", kNow)[0].times, 1u);
}

TEST(Refusals, WhatIsLongAgoIsForgotten) {
  Refusals refusals;
  refusals.refuse("t", "a", kNow);
  refusals.refuse("t", "a", kNow + 4min);  // for six minutes
  refusals.refuse("t", "a", kNow + 10min + 30min + 1s);
  EXPECT_EQ(refusals.table().at({"t", "a"}).ttl, 3min);
  refusals.refuse("t", "b", kNow + 5h);
  EXPECT_EQ(refusals.table().size(), 1u);
}

TEST(Refusals, SayWhoseFaultItWasTheLastTime) {
  Refusals refusals;
  refusals.refuse("t", "a", kNow);
  EXPECT_EQ(refusals.of("t", kNow)[0].why, RefusedFor::capacity);
  refusals.refuse("t", "a", kNow + 4min, RefusedFor::quota);
  EXPECT_EQ(refusals.of("t", kNow + 4min)[0].why, RefusedFor::quota);
  for (const auto why : {RefusedFor::capacity, RefusedFor::quota, RefusedFor::invalid})
    EXPECT_EQ(refused_for(to_string(why)), why);
  EXPECT_EQ(refused_for("whatever"), RefusedFor::capacity);
}

TEST(Refusals, AreOfOnePoolAndOneTenant) {
  Refusals refusals;
  refusals.refuse("t", "b", kNow);
  refusals.refuse("t", "a", kNow);
  EXPECT_FALSE(refusals.blocks("t", "c", kNow));
  EXPECT_FALSE(refusals.blocks("u", "a", kNow));
  ASSERT_EQ(refusals.of("t", kNow).size(), 2u);
  EXPECT_EQ(refusals.of("t", kNow)[0].offer, "a");
  EXPECT_TRUE(refusals.of("u", kNow).empty());
}

}  // namespace refusals_test
}  // namespace nova
