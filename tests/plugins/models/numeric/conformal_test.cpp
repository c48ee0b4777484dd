// Goal: the table says what the errors say, and learns until it covers what it claims. Method:
// known distributions, small samples, drifting ones, and saved parts.
#include "plugins/models/numeric/conformal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <novascale/normal.hpp>
#include <random>

namespace numeric_conformal_test {

using nova::normal_quantile;
using nova::numeric::Conformal;

std::vector<double> errors(std::size_t count, std::size_t leads, double growth,
                           std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  std::vector<double> e(count * leads);
  for (std::size_t l = 0; l < leads; ++l)
    for (std::size_t j = 0; j < count; ++j)
      e[l * count + j] = normal(random) * std::pow(static_cast<double>(l + 1), growth);
  return e;
}

TEST(Conformal, FindsTheQuantilesOfTheErrors) {
  const Conformal c(errors(4000, 6, 0.5, 1), 4000, 6);
  for (const double p : {0.6, 0.75, 0.9, 0.975, 0.99})
    for (const std::size_t lead : {3, 4}) {
      const double z = normal_quantile(p), want = z * std::sqrt(static_cast<double>(lead));
      EXPECT_NEAR(c.quantile(z, lead), want, 0.1 * want) << p;
      EXPECT_EQ(c.quantile(-z, lead), -c.quantile(z, lead));
    }
  EXPECT_EQ(c.quantile(0, 3), 0);
}

TEST(Conformal, QuantilesNeverCrossAndNeverNarrowWithTheLead) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Conformal c(errors(1 + seed, 12, 0.1, seed), 1 + seed, 12);
    for (std::size_t lead = 1; lead <= 60; ++lead) {
      double before = -std::numeric_limits<double>::infinity();
      for (double p = 0.005; p < 0.9951; p += 0.01) {
        const double q = c.quantile(normal_quantile(p), lead);
        EXPECT_TRUE(std::isfinite(q));
        EXPECT_GE(q, before - 1e-12) << seed << " lead " << lead << " p " << p;
        before = q;
      }
      if (lead > 1) {
        EXPECT_GE(c.quantile(1.96, lead), c.quantile(1.96, lead - 1)) << seed;
      }
    }
  }
}

TEST(Conformal, QuantilesDoNotCrossHoweverItLearns) {
  std::mt19937_64 random{6};
  std::normal_distribution<double> normal;
  Conformal c(errors(60, 4, 0.1, 7), 60, 4);
  for (int t = 0; t < 3000; ++t) {
    // Long quiet with rare huge errors, then the other way round: core and tail part company.
    const double e = t < 1500 ? (t % 11 == 0 ? 50 : 0.01) * normal(random) : 2.0;
    c.learn(1 + static_cast<std::size_t>(t % 4), e, c.bounds(1 + static_cast<std::size_t>(t % 4)),
            3);
    double before = 0;
    for (double z = 0.1; z < 3; z += 0.1) {
      const double q = c.quantile(z, 2);
      EXPECT_GE(q, before * (1 - 1e-12)) << t << " score " << z;
      before = q;
    }
  }
}

TEST(Conformal, GoesOnGrowingBeyondTheTableAsItGrew) {
  const Conformal flat(errors(3000, 24, 0, 2), 3000, 24), walk(errors(3000, 24, 0.5, 2), 3000, 24);
  EXPECT_NEAR(flat.quantile(1, 240) / flat.quantile(1, 24), 1, 0.25);
  EXPECT_NEAR(walk.quantile(1, 240) / walk.quantile(1, 24), std::sqrt(10), 0.35);
  const Conformal wild(errors(3000, 24, 2, 2), 3000, 24);  // not more than a random walk
  EXPECT_NEAR(wild.quantile(1, 96) / wild.quantile(1, 24), 2, 1e-12);
}

TEST(Conformal, FewErrorsAreWideAndFinite) {
  const Conformal one(std::vector<double>{2.0}, 1, 1);
  EXPECT_GT(one.quantile(normal_quantile(0.975), 1), 10);  // Student's t with one degree of freedom
  EXPECT_TRUE(std::isfinite(one.quantile(normal_quantile(0.995), 1)));
  const double nan = std::nan("");
  const Conformal none(std::vector<double>{nan, nan}, 1, 2),
      zero(std::vector<double>(20, 0.0), 20, 1);
  EXPECT_EQ(none.quantile(1, 1), 0);
  EXPECT_EQ(zero.quantile(3, 1), 0);
  const Conformal huge(std::vector<double>{1e300, -1e300}, 2, 1);
  EXPECT_TRUE(std::isfinite(huge.quantile(1, 1)));
}

TEST(Conformal, LearnsToCoverWhatHasChanged) {
  // The spread becomes three times as wide, then a third: after a while 80 % and 95 % hold again.
  for (const double factor : {3.0, 1.0 / 3, 1.0}) {
    Conformal c(errors(400, 8, 0, 3), 400, 8);
    std::mt19937_64 random{4};
    std::normal_distribution<double> normal;
    double in80 = 0, in95 = 0, count = 0;
    for (int t = 0; t < 6000; ++t)
      for (const std::size_t lead : {1, 5}) {
        const auto said = c.bounds(lead);
        const double e = factor * normal(random);
        c.learn(lead, e, said, 1);
        if (t < 2000 || lead != 5) continue;
        in80 += std::fabs(e) <= said.core, in95 += std::fabs(e) <= said.tail, ++count;
      }
    EXPECT_NEAR(in80 / count, 0.80, 0.01) << factor;
    EXPECT_NEAR(in95 / count, 0.95, 0.01) << factor;
  }
}

TEST(Conformal, ASpreadOfNothingCanGrow) {
  Conformal c(std::vector<double>(20, 0.0), 20, 1);
  for (int t = 0; t < 2000; ++t) c.learn(1, t % 2 == 0 ? 1 : -1, c.bounds(1), 1);
  EXPECT_NEAR(c.quantile(normal_quantile(0.9), 1), 1, 0.5);
}

TEST(Conformal, PartsMakeTheSameTableOrAreRefused) {
  Conformal c(errors(50, 4, 0.5, 5), 50, 4);
  c.learn(2, 10, c.bounds(2), 1);
  const Conformal again(c.table(), c.corrections());
  EXPECT_EQ(again.leads(), 4u);
  for (std::size_t lead = 1; lead < 7; ++lead)
    EXPECT_EQ(again.quantile(1.3, lead), c.quantile(1.3, lead));
  auto broken = c.table();
  broken[0] = -1;
  EXPECT_THROW(Conformal(broken, c.corrections()), std::invalid_argument);
  EXPECT_THROW(Conformal(c.table(), {0, 0}), std::invalid_argument);
  EXPECT_THROW(Conformal(c.table(), std::vector<double>(8, std::nan(""))), std::invalid_argument);
}

}  // namespace numeric_conformal_test
