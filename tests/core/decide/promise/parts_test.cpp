// Goal: the parts of the promise engine compute what their headers say.
// Method: slow twins that are plainly right, closed forms, brute force.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <random>

#include "core/decide/promise/calendar.hpp"
#include "core/decide/promise/lags.hpp"
#include "core/decide/promise/odds.hpp"
#include "core/decide/promise/outlook.hpp"
#include "core/decide/promise/price.hpp"
#include "core/decide/promise/ridge.hpp"
#include "core/decide/promise/shadows.hpp"
#include "core/decide/promise/snapshot.hpp"
#include "core/decide/promise/spread.hpp"
#include "core/decide/promise/tail.hpp"

namespace nova::promise {
namespace promise_parts_test {

TEST(PromiseRidge, AgreesWithTheWholeWeightedProblem) {
  constexpr std::size_t kN = 4;
  constexpr double kHalfLife = 30, kPenalty = 0.01;
  constexpr int kRows = 500;  // far enough that the weights are scaled back on the way
  std::mt19937_64 random{1};
  std::normal_distribution<double> noise;
  Ridge<kN> ridge(kHalfLife);
  Eigen::MatrixXd x(kRows, kN);
  Eigen::VectorXd y(kRows), w(kRows);
  for (int i = 0; i < kRows; ++i) {
    Ridge<kN>::Row row{1, noise(random), 0, 5 * noise(random)};  // column 2 never is anything
    for (std::size_t j = 0; j < kN; ++j) x(i, static_cast<long>(j)) = row[j];
    y(i) = 2 + 3 * row[1] - row[3] + noise(random);
    w(i) = std::exp2((i - kRows + 1) / kHalfLife);
    ridge.pass();
    ridge.add(row, y(i));
  }
  Eigen::MatrixXd gram = x.transpose() * w.asDiagonal() * x;
  const Eigen::VectorXd diagonal = gram.diagonal() * (1 + kPenalty);
  gram.diagonal() = diagonal;
  gram(2, 2) = 1;
  const Eigen::VectorXd want = gram.ldlt().solve(x.transpose() * w.asDiagonal() * y);
  const auto got = ridge.solve(kPenalty);
  for (std::size_t j = 0; j < kN; ++j) EXPECT_NEAR(got[j], want(static_cast<long>(j)), 1e-9) << j;
}

TEST(PromiseLags, AreThoseOfTheSeriesAndOfTheSeasonBefore) {
  constexpr std::size_t kDay = 96, kLead = 4;
  const auto value = [](std::size_t t) {
    return 10 + 3 * std::sin(2 * M_PI * static_cast<double>(t % kDay) / kDay);
  };
  Lags lags(kDay);
  std::size_t t = 0;
  for (; t < 60; ++t) lags.push(value(t));
  auto row = lags.common();
  lags.seasonal(kLead, row);
  EXPECT_EQ(row[0], 1);
  EXPECT_NEAR(row[5], value(t - 1) - lags.level(), 1e-5);
  EXPECT_NEAR(row[8], value(t - 5) - lags.level(), 1e-5);
  for (std::size_t column = 10; column < kColumns; ++column) EXPECT_EQ(row[column], 0) << column;
  for (; t < 10 * kDay; ++t) lags.push(value(t));
  row = lags.common();
  lags.seasonal(kLead, row);
  double before = 0, wide = 0;
  for (std::size_t k = 1; k <= 8; ++k) before += value(t - k) / 8;
  for (std::size_t k = 0; k < 15; ++k) wide += value(t + kLead - 1 + k - 7) / 15;
  EXPECT_NEAR(row[11], wide - before, 1e-5);
  EXPECT_NEAR(row[13], row[11], 1e-5);  // last week was like yesterday
  EXPECT_NEAR(row[12], value(t + kLead - 1) - before, 0.02);
  EXPECT_NEAR(row[15], value(t + kLead - 1) - value(t), 0.02);
}

TEST(PromiseBins, KeepTheOrderAndAreNarrow) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> wide(0, 20);
  for (int i = 0; i < 10000; ++i) {
    const double a = wide(random), b = wide(random);
    if (a < b) {
      EXPECT_LE(bin_of(a), bin_of(b)) << a << " " << b;
    }
    const int bin = bin_of(a);
    EXPECT_LE(bin_floor(bin), a + 1e-6);
    EXPECT_GE(bin_floor(bin + 1), a - 1e-6);
    EXPECT_LT(bin_floor(bin + 1) - bin_floor(bin), 0.0165 * (1 + std::abs(a)));
  }
  EXPECT_EQ(bin_of(-1e30), 0);
  EXPECT_EQ(bin_of(std::nan("")), bin_of(1e30));
  EXPECT_LT(bin_of(1e30), kBins);
}

TEST(PromiseTail, AgreesWithSortingAndEndsExponentially) {
  constexpr std::size_t kWindow = 2000;
  std::mt19937_64 random{3};
  std::exponential_distribution<double> size(1.0);
  Tail tail(kWindow);
  std::vector<double> all;
  for (int i = 0; i < 3000; ++i) {
    all.push_back(size(random) - 0.5);
    tail.push(all.back());
  }
  tail.refresh();
  std::vector<double> kept(all.end() - kWindow, all.end());
  std::sort(kept.begin(), kept.end());
  const auto share_above = [&](double z) {
    return static_cast<double>(kept.end() - std::upper_bound(kept.begin(), kept.end(), z)) /
           kWindow;
  };
  const double fifteenth = kept[kWindow - 15];
  for (double z = -0.6; z < fifteenth; z += 0.01) {
    EXPECT_LE(tail.survival(z), share_above(z - 0.02 * (1 + std::abs(z))) + 1e-12) << z;
    EXPECT_GE(tail.survival(z), share_above(z + 0.02 * (1 + std::abs(z))) - 1e-12) << z;
  }
  double excess = 0;
  for (std::size_t i = kWindow - 15; i < kWindow; ++i) excess += (kept[i] - fifteenth) / 15;
  for (double z = fifteenth + 0.2; z < 20; z += 1)
    EXPECT_NEAR(std::log(tail.survival(z)), std::log(15.0 / kWindow) - (z - fifteenth) / excess,
                0.15 * (1 + z))
        << z;
  for (double z = -1; z < 20; z += 0.01) EXPECT_GE(tail.survival(z), tail.survival(z + 0.01));
  for (const double share : {0.3, 0.05, 0.01, 0.001})
    EXPECT_NEAR(tail.survival(tail.bound(share)), share, 0.1 * share) << share;
}

// Of 19 errors the "far" ones would be most: a tail as long as the numbers go.
TEST(PromiseTail, FewErrorsMakeNone) {
  Tail tail(100);
  for (int i = 0; i < 19; ++i) tail.push(i - 9);
  tail.refresh();
  EXPECT_FALSE(tail.ready());
  for (const double share : {0.5, 0.1, 0.001}) {
    EXPECT_NEAR(tail.bound(share), std::log(0.5 / share), 1e-12);
    EXPECT_NEAR(tail.survival(tail.bound(share)), share, 1e-12);
  }
  tail.push(10);
  tail.refresh();
  EXPECT_TRUE(tail.ready());
  EXPECT_LT(tail.survival(11), 0.2);
}

TEST(PromiseTail, KnowsNothingBeforeItsFirstRefresh) {
  Tail tail(10);
  EXPECT_FALSE(tail.ready());
  EXPECT_EQ(tail.survival(0), 0.5);
  EXPECT_EQ(tail.survival(-1), 1);
}

TEST(PromiseSpread, FollowsAScaleThatChangesByTheHour) {
  constexpr std::size_t kDay = 480;
  std::mt19937_64 random{4};
  std::normal_distribution<double> noise;
  Spread spread(kDay, 1, 7 * kDay);
  double wrong = 0, plain = 0;
  for (std::size_t t = 0; t < 8 * kDay; ++t) {
    const double scale = t % kDay < kDay / 8 ? 8 : 1;
    const auto row = spread.row(1);
    if (t > 4 * kDay) {
      wrong += std::abs(std::log(spread.scale(row) / (0.8 * scale)));
      plain += std::abs(std::log(row[2] / (0.8 * scale)));
    }
    spread.learn(row, std::abs(scale * noise(random)));
    if (t % 20 == 0) spread.refit(0.003);
  }
  EXPECT_LT(wrong, 0.6 * plain);  // than the slow average alone
  EXPECT_LE(spread.scale({100, 100, 1, 100, 1}), 6);
  EXPECT_GE(spread.scale({0, 0, 1, 0, 1}), 0.25);
}

TEST(PromiseCalendar, SeesBurstsThatComeByTheClockAndNoOthers) {
  constexpr std::size_t kDay = 1440;
  for (const bool by_clock : {true, false}) {
    std::mt19937_64 random{5};
    std::normal_distribution<double> noise(0, 0.05);
    std::uniform_int_distribution<int> any(0, 29);
    Tail tail(7 * kDay);
    Calendar calendar(kDay);
    for (std::uint64_t t = 0; t < 4 * kDay; ++t) {
      const bool burst = by_clock ? t % 30 == 7 : any(random) == 7;
      const double error = (burst ? 1.0 : 0.0) + noise(random);
      calendar.learn(t, error, 0.1, tail);
      tail.push(error / 0.1);
      if (t % 30 == 0) {
        tail.refresh();
        calendar.choose();
      }
    }
    EXPECT_EQ(calendar.active(), by_clock);
    if (!by_clock) continue;
    Calendar::Page burst, calm;
    calendar.open(4 * kDay + 7, burst);
    calendar.open(4 * kDay + 8, calm);
    const double pooled = tail.survival(0.5 / 0.1);
    EXPECT_NEAR(pooled, 1.0 / 30, 0.01);
    EXPECT_GT(burst.chance(0.5, pooled), 0.8);
    EXPECT_LT(calm.chance(0.5, pooled), 0.01);
  }
}

// An outlook that has seen `slots` of a noisy load around `mean` machines.
Outlook taught(double mean, int slots, std::uint64_t seed, std::size_t boot = 3) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise(0, 0.1);
  Outlook outlook({480, boot, true});
  for (int i = 0; i < slots; ++i) outlook.push(mean * std::exp(noise(random)));
  return outlook;
}

TEST(PromiseOutlook, AChanceIsOneHoweverFewSlotsAreKnown) {
  for (const int every : {2, 3, 5, 9, 20, 60}) {
    Outlook outlook({1440, 2, true});
    double most = 0;
    const auto pass = [&](int slot, bool known) {
      const double load = 200 + 120 * std::sin(2 * M_PI * slot / 1440) + slot * 7919 % 13 - 6;
      most = std::max(most, load);
      outlook.push(known ? std::optional(load) : std::nullopt);
      if (outlook.known() == 0) return;
      ASSERT_GE(outlook.overload(20), 0) << every << " at " << slot;
      ASSERT_LE(outlook.overload(20), 1) << every << " at " << slot;
      ASSERT_LE(outlook.next(), 4.001 * most) << every << " at " << slot;
    };
    for (int slot = 0; slot < 2880; ++slot) pass(slot, slot % every == 0);
    for (int slot = 2880; slot < 4320; ++slot) pass(slot, true);
    EXPECT_NEAR(outlook.next(), 200, 30) << "it finds back, of one in " << every;
  }
}

TEST(PromiseOutlook, LeadsReachFromTheNextSlotToWhenAMachineServes) {
  using Leads = std::vector<std::size_t>;
  EXPECT_EQ(leads_of(0), (Leads{1}));
  EXPECT_EQ(leads_of(1), (Leads{1, 2}));
  EXPECT_EQ(leads_of(3), (Leads{1, 2, 3, 4}));
  EXPECT_EQ(leads_of(10), (Leads{1, 4, 8, 11}));
}

TEST(PromiseOutlook, ChancesAreThoseOfTheLoad) {
  const auto outlook = taught(50, 2000, 6);
  // Noise of 10 %: above 50 half the time, above 50 * exp(0.1 z) as the normal tail says, and the
  // largest of four leads a little more.
  EXPECT_NEAR(outlook.overload(50), 0.5, 0.1);
  EXPECT_NEAR(outlook.overload(50 * std::exp(0.1645)), 0.05, 0.02);
  EXPECT_NEAR(outlook.load_at(0.05), 50 * std::exp(0.1645), 1.5);
  for (double n = 1; n < 100; ++n) EXPECT_GE(outlook.overload(n), outlook.overload(n + 1));
  EXPECT_EQ(Outlook({480, 3, true}).overload(10), 1);
}

TEST(PromiseOdds, HullHoldsTheCheapestSizeOfEveryPrice) {
  for (const double mean : {0.2, 3.0, 40.0, 900.0}) {
    std::vector<Outlook> outlooks{taught(mean, 1000, 7)};
    Odds odds;
    odds.weigh(outlooks, {1, 2000, 0.5, 40000});
    const auto sizes = odds.sizes();
    EXPECT_LE(sizes.front().chance, 0.5);
    EXPECT_TRUE(sizes.front().machines == 1 ||
                outlooks[0].overload(sizes.front().machines - 1.0) > 0.5);
    EXPECT_TRUE(sizes.back().machines == 2000 || sizes.back().chance * 40000 < 1);
    for (double price = 4; price < 40000; price *= 1.7) {
      double best = 1e18, on_hull = 1e18;
      for (const auto& size : sizes) best = std::min(best, size.cost(price));
      for (const auto i : odds.hull()) on_hull = std::min(on_hull, sizes[i].cost(price));
      EXPECT_EQ(best, on_hull) << mean << " " << price;
    }
    EXPECT_EQ(odds.chance(sizes.front().machines - 1), 1);
    EXPECT_EQ(odds.chance(4000), sizes.back().chance);
  }
}

TEST(PromiseOdds, StaysWithinTheBounds) {
  std::vector<Outlook> outlooks{taught(50, 300, 8)};
  Odds odds;
  odds.weigh(outlooks, {1, 20, 0.5, 40000});
  ASSERT_EQ(odds.sizes().size(), 1u);
  EXPECT_EQ(odds.smallest(), 20u);
  odds.weigh(outlooks, {300, 400, 0.5, 40000});
  EXPECT_EQ(odds.smallest(), 300u);
}

TEST(PromiseShadows, ServeTheLeastThatWasDesiredWhileAMachineBoots) {
  constexpr std::size_t kBoot = 4, kDay = 480;
  std::mt19937_64 random{9};
  std::normal_distribution<double> noise(0, 0.4);
  std::vector<Outlook> outlooks{Outlook({kDay, kBoot, true})};
  ShadowRules rules;
  rules.boot = kBoot;
  rules.day = kDay;
  Shadows shadows(rules);
  shadows.set(10);
  Odds odds;
  std::vector<std::vector<std::uint32_t>> desired(kShadows);
  std::vector<double> violations(kShadows), bills(kShadows);
  const double keep = std::exp2(-1.0 / (30.0 * kDay));
  double slots = 0;
  for (int t = 0; t < 600; ++t) {
    const double load = 10 * std::exp(noise(random));
    shadows.account(load, 200, true);
    slots = slots * keep + 1;
    for (std::size_t j = 0; j < kShadows; ++j) {
      desired[j].push_back(shadows.desired(j));
      const auto window = std::min<std::size_t>(desired[j].size(), kBoot + 1);
      const auto least =
          *std::min_element(desired[j].end() - static_cast<long>(window), desired[j].end());
      ASSERT_EQ(shadows.serving(j), least) << "slot " << t << ", shadow " << j;
      violations[j] = violations[j] * keep + (load > least ? 1 : 0);
      bills[j] = bills[j] * keep + desired[j].back();
      if (j > 0) {
        EXPECT_GE(Shadows::price(j), Shadows::price(j - 1));
      }
    }
    outlooks[0].push(load);
    odds.weigh(outlooks, {1, 200, 0.5, 40000});
    shadows.decide(odds);
  }
  for (std::size_t j = 0; j < kShadows; ++j) {
    EXPECT_NEAR(shadows.bill(j), bills[j], 1e-9 * bills[j]);
    EXPECT_NEAR(shadows.violation_rate(j, 2),
                (violations[j] + 2 * kDay * 0.6 / Shadows::price(j)) / (slots + 2 * kDay), 1e-12);
  }
  EXPECT_LT(shadows.violation_rate(kShadows - 1, 0), shadows.violation_rate(0, 0));
  EXPECT_GT(shadows.bill(kShadows - 1), shadows.bill(0));
}

TEST(PromiseShadows, ALoadAboveTheLargestFleetIsNobodysFault) {
  Shadows shadows({3, 480, 0.6, 8, 0.5});
  shadows.set(20);
  shadows.account(30, 20, true);
  EXPECT_EQ(shadows.violation_rate(0, 0), 0);
  shadows.account(30, 40, true);
  EXPECT_NEAR(shadows.violation_rate(0, 0), 0.5, 1e-4);
}

TEST(PromisePrice, PermitsLessAfterOverspendingAndMoreAfterThrift) {
  PriceRules rules;
  rules.share = 0.01;
  EXPECT_DOUBLE_EQ(permitted_rate(rules, {0, 0}, 1440), 0.008);
  EXPECT_DOUBLE_EQ(permitted_rate(rules, {1000, 8}, 1440), 0.008);
  EXPECT_NEAR(permitted_rate(rules, {1000, 10}, 1440), 0.008 - 2.0 / 1440, 1e-15);
  EXPECT_NEAR(permitted_rate(rules, {10000, 77}, 1440), 0.008 + 3.0 / 3000, 1e-15);
  EXPECT_DOUBLE_EQ(permitted_rate(rules, {10000, 500}, 1440), 0.0035);
  EXPECT_DOUBLE_EQ(permitted_rate(rules, {10000, 0}, 1440), 0.01);
}

TEST(PromisePrice, BelievesThePriorUntilSomethingWasSeen) {
  Shadows shadows({3, 1440, 0.6, 8, 0.5});
  const PriceRules rules;
  const auto chosen = choose_shadow(rules, shadows, 0.008);
  // 0.6 / price <= 0.008 from price 75 on; nothing was billed, so nothing dearer is "free".
  EXPECT_GE(Shadows::price(chosen), 75);
  EXPECT_LT(Shadows::price(chosen - 1), 75);
}

TEST(PromisePrice, PaysBackWhatTheBillWasOver) {
  const double aim = 1.05 * 0.99 * 10;
  EXPECT_NEAR(permitted_bill({}, 10, 1440), aim, 1e-12);
  EXPECT_NEAR(permitted_bill({1440, aim * 1440 + 432, 10 * 1440}, 10, 1440), aim - 0.1, 1e-9);
  EXPECT_NEAR(permitted_bill({14400, aim * 14400 - 14400, 10 * 14400}, 10, 1440), aim + 1, 1e-9);
  EXPECT_NEAR(permitted_bill({1440, 1e9, 1}, 10, 1440), 0.85 * aim, 1e-9);
}

TEST(PromiseSnapshot, RefusesWhatIsDamagedOrOfAnotherShape) {
  SnapshotWriter writer;
  const std::vector<float> column{1, 2, 3};
  writer(column, 4.0);
  writer.index(2, 3);
  const auto bytes = std::move(writer).finish();
  const auto read = [](std::string_view from, std::size_t length, std::size_t limit) {
    std::vector<float> into(length);
    double x = 0;
    std::size_t i = 0;
    SnapshotReader reader(from);
    reader(into, x);
    reader.index(i, limit);
    return reader.complete() && into == std::vector<float>{1, 2, 3} && x == 4 && i == 2;
  };
  EXPECT_TRUE(read(bytes, 3, 3));
  EXPECT_FALSE(read(bytes, 4, 3));
  EXPECT_FALSE(read(bytes, 3, 2));
  EXPECT_FALSE(read(bytes + "x", 3, 3));
  EXPECT_FALSE(read(std::string_view(bytes).substr(0, bytes.size() - 1), 3, 3));
  EXPECT_FALSE(read("", 3, 3));
  auto damaged = bytes;
  damaged[10] ^= 1;
  EXPECT_FALSE(read(damaged, 3, 3));
}

}  // namespace promise_parts_test
}  // namespace nova::promise
