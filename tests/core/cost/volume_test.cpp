// Goal: golden totals of both modes, and the trap of `all_units` seen from every side.
#include "core/cost/volume.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/cost/exact.hpp"

namespace nova {
namespace volume_test {

using Mode = VolumeDiscount::Mode;

VolumeDiscount tiers(Mode mode) {
  return *VolumeDiscount::make(mode, {{5, 0.05}, {10, 0.10}, {25, 0.15}});
}

const UsdPerHour kOne = UsdPerHour::from_dollars(1);

TEST(Volume, Goldens) {
  const std::tuple<std::uint32_t, double, double> cases[] = {
      {4, 4.00, 4.00},    {5, 4.75, 4.95},    {9, 8.55, 8.75},    {10, 9.00, 9.65},
      {24, 21.60, 22.25}, {25, 21.25, 23.10}, {26, 22.10, 23.95}, {100, 85.00, 86.85},
  };
  const auto all = tiers(Mode::all_units), graduated = tiers(Mode::graduated);
  for (const auto& [n, all_units, by_tier] : cases) {
    EXPECT_EQ(all.total(kOne, n), UsdPerHour::from_dollars(all_units)) << n;
    EXPECT_EQ(graduated.total(kOne, n), UsdPerHour::from_dollars(by_tier)) << n;
  }
  EXPECT_EQ(all.total(kOne, 0).nanos, 0);
  EXPECT_EQ(VolumeDiscount{}.total(kOne, 24), kOne * 24);
  // 4 vCPU, 16 GB, 100 GB at 0.216, ten of them at the multiplier 1.1.
  EXPECT_EQ(all.total(UsdPerHour::from_dollars(0.2376), 10), UsdPerHour::from_dollars(2.1384));
}

TEST(Volume, TheTrap) {
  const auto all = tiers(Mode::all_units);
  EXPECT_EQ(all.marginal(kOne, 25), UsdPerHour::from_dollars(-0.35));
  EXPECT_TRUE(all.scale_in_raises_bill(kOne, 25, 24));
  EXPECT_FALSE(all.scale_in_raises_bill(kOne, 25, 23));  // 20.70
  EXPECT_FALSE(all.scale_in_raises_bill(kOne, 24, 25));
  EXPECT_DOUBLE_EQ(all.least_share(), 0.85);
  EXPECT_EQ(VolumeDiscount{}.least_share(), 1);
  EXPECT_EQ(all.cheapest_from(kOne, 24), 25u);
  EXPECT_EQ(all.cheapest_from(kOne, 23), 23u);
  EXPECT_EQ(all.cheapest_from(kOne, 9), 9u);  // 8.55 < 9.00
}

TEST(Volume, GraduatedNeverTraps) {
  const auto graduated = tiers(Mode::graduated);
  for (std::uint32_t n = 1; n < 200; ++n) {
    EXPECT_GT(graduated.marginal(kOne, n).nanos, 0) << n;
    EXPECT_FALSE(graduated.scale_in_raises_bill(kOne, n, n - 1)) << n;
    EXPECT_EQ(graduated.cheapest_from(kOne, n), n);
  }
}

TEST(Volume, RefusesTiersThatAreNone) {
  EXPECT_EQ(VolumeDiscount::make(Mode::all_units, {{5, 0.1}, {5, 0.2}}).error().message,
            "/tiers/1/from: must be above 5, got 5");
  for (const double d : {1.0, -0.1, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_FALSE(VolumeDiscount::make(Mode::all_units, {{5, d}}).ok()) << d;
}

// Laws: cheapest_from is the brute-force minimum; marginals add up to the total; what the users of
// an account are told adds up to its bill.
TEST(Volume, AgreesWithBruteForce) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 300; ++round) {
    std::vector<VolumeTier> t;
    std::uint32_t from = 0;
    for (int k = 0; k < 4; ++k)
      t.push_back({from += 1 + static_cast<std::uint32_t>(random() % 30),
                   0.001 * static_cast<double>(random() % 600)});
    const auto volume = *VolumeDiscount::make(random() % 2 ? Mode::all_units : Mode::graduated, t);
    const UsdPerHour each{static_cast<std::int64_t>(random() % 5'000'000'000)};
    const auto n = static_cast<std::uint32_t>(random() % 120);
    auto best = n;
    std::int64_t sum = 0;
    for (std::uint32_t m = n; m < 300; ++m)
      if (volume.total(each, m) < volume.total(each, best)) best = m;
    EXPECT_EQ(volume.total(each, volume.cheapest_from(each, n)), volume.total(each, best));
    for (std::uint32_t m = 1; m <= n; ++m) sum += volume.marginal(each, m).nanos;
    EXPECT_EQ(sum, volume.total(each, n).nanos);
    const std::uint64_t heads[] = {n / 3, n - n / 3};
    const auto shares = split({volume.total(each, n).nanos}, heads);
    EXPECT_EQ((shares[0] + shares[1]).nanos, volume.total(each, n).nanos);
  }
}

}  // namespace volume_test
}  // namespace nova
