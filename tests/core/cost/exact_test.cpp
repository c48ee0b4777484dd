// Goal: money is rounded once and conserved in every split.
#include "core/cost/exact.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace nova {
namespace exact_test {

constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

TEST(MulDiv, RoundsHalfAwayFromZeroAndClamps) {
  EXPECT_EQ(mul_div(5, 1, 2), 3);
  EXPECT_EQ(mul_div(-5, 1, 2), -3);
  EXPECT_EQ(mul_div(7, 1, 3), 2);
  EXPECT_EQ(mul_div(kMax, 2, 1), kMax);
  EXPECT_EQ(mul_div(kMax, -2, 1), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(mul_div(kMax, kMillion, kMillion), kMax);
}

TEST(ToMillionths, TakesAnything) {
  EXPECT_EQ(to_millionths(0.12), 120'000);
  EXPECT_EQ(to_millionths(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(to_millionths(1e300), 9'000'000'000'000'000'000);
}

TEST(Split, GivesTheRestToTheLargestRemainder) {
  const std::uint64_t thirds[] = {1, 1, 1}, uneven[] = {3, 0, 1}, none[] = {0, 0};
  EXPECT_EQ(split({100}, thirds), (std::vector<Usd>{{34}, {33}, {33}}));
  EXPECT_EQ(split({10}, uneven), (std::vector<Usd>{{8}, {0}, {2}}));
  EXPECT_EQ(split({3}, none), (std::vector<Usd>{{2}, {1}}));
  EXPECT_TRUE(split({3}, {}).empty());
}

TEST(Split, ConservesMoneyAndIsWithinANanoOfFair) {
  std::mt19937_64 random{3};
  for (int round = 0; round < 5000; ++round) {
    const std::int64_t total =
        static_cast<std::int64_t>(random()) >> (random() % 60);  // either sign, any size
    std::vector<std::uint64_t> weights(1 + random() % 12);
    for (auto& w : weights) w = random() >> (random() % 64);
    const auto shares = split({total}, weights);
    __int128 sum = 0, all = 0;
    for (const auto share : shares) sum += share.nanos;
    for (const auto w : weights) all += w;
    ASSERT_TRUE(sum == total) << "round " << round;
    if (all == 0) continue;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const __int128 fair = static_cast<__int128>(total) * weights[i];
      const __int128 off = static_cast<__int128>(shares[i].nanos) * all - fair;
      ASSERT_TRUE(off < all && off > -all) << "round " << round << ", share " << i;
    }
  }
}

}  // namespace exact_test
}  // namespace nova
