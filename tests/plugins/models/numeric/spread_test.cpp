// Goal: intervals become as wide as held-out errors ask for. Method: errors of known distributions.
#include "plugins/models/numeric/spread.hpp"

#include <cmath>
#include <novascale/normal.hpp>
#include <random>

#include <gtest/gtest.h>

namespace numeric_spread_test {

using namespace nova::numeric;
using Errors = std::array<std::vector<double>, Spread::kBands>;

TEST(NormalScale, IsThatOfTheTwoQuantilesMostAskedFor) {
  EXPECT_EQ(normal_scale({}), 0);
  EXPECT_DOUBLE_EQ(normal_scale({-3, std::nan(""), HUGE_VAL}),
                   1.5 / nova::normal_quantile(0.9) + 1.5 / nova::normal_quantile(0.975));
  std::vector<double> errors;  // sizes 0 .. 100 in no order: 80 and 95 of them lie below
  for (int i = 0; i <= 100; ++i) errors.push_back((i * 37) % 101 * (i % 2 ? 1 : -1));
  EXPECT_DOUBLE_EQ(normal_scale(errors),
                   40 / nova::normal_quantile(0.9) + 47.5 / nova::normal_quantile(0.975));
  errors.resize(7);  // 0 37 74 10 47 84 20: between 47 and 74, between 74 and 84
  EXPECT_DOUBLE_EQ(normal_scale(errors), 0.5 * ((47 + 0.8 * 27) / nova::normal_quantile(0.9) +
                                                (74 + 0.7 * 10) / nova::normal_quantile(0.975)));
}

TEST(Spread, BandsDouble) {
  const std::pair<std::size_t, std::size_t> cases[] = {
      {1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {8, 3}, {33, 6}, {64, 6}, {65, 7}, {5000, 7}};
  for (const auto& [lead, band] : cases) EXPECT_EQ(Spread::band(lead), band) << lead;
}

TEST(Spread, SaysWhatTheModelSaysUntilItKnowsBetter) {
  for (const double p : {0.025, 0.3, 0.5, 0.99}) {
    EXPECT_DOUBLE_EQ(Spread().quantile(p, 7), nova::normal_quantile(p));
    EXPECT_DOUBLE_EQ(Spread(Errors{}, 50).quantile(p, 7), nova::normal_quantile(p));
  }
}

TEST(Spread, FollowsErrorsOfEachBandAndTheirShape) {
  std::mt19937_64 random{11};
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> heavy;
  Errors errors;
  for (int i = 0; i < 4000; ++i) {
    errors[0].push_back(normal(random));
    errors[3].push_back(3 * normal(random));
  }
  const Spread s(errors, 1e9);
  EXPECT_NEAR(s.quantile(0.95, 1), 1.645, 0.1);
  EXPECT_NEAR(s.quantile(0.05, 6), -3 * 1.645, 0.3);
  EXPECT_NEAR(s.quantile(0.95, 500), 3 * 1.645, 0.3);  // like the last band that was seen
  Errors tailed;
  for (int i = 0; i < 4000; ++i) tailed[0].push_back(heavy(random));
  const Spread t(tailed, 1e9);
  EXPECT_NEAR(t.quantile(0.995, 1) / t.quantile(0.75, 1), std::log(100) / std::log(2), 0.7);
}

TEST(Spread, FewOriginsMoveItLittle) {
  Errors errors;
  errors[0].assign(10, 4.0);
  const double few = Spread(errors, 0.1).factor()[0], many = Spread(errors, 100).factor()[0];
  EXPECT_GT(few, 1);
  EXPECT_LT(few, many);
  EXPECT_LT(many, 3.2);  // 4 / 1.28 at the most
}

TEST(UpdatedSigma, FollowsTheErrorsAndForgetsOldOnes) {
  std::mt19937_64 random{5};
  std::normal_distribution<double> normal;
  double sigma = 1, known = 1000;
  for (int i = 0; i < 3000; ++i) sigma = updated_sigma(sigma, known, 3 * normal(random));
  EXPECT_NEAR(sigma, 3, 0.3);
  const double before = sigma;
  sigma = updated_sigma(sigma, known, 1e300);
  EXPECT_LT(sigma, 1.2 * before);
  EXPECT_EQ(updated_sigma(sigma, known, std::nan("")), sigma);
}

TEST(UpdatedSigma, StartsFromNothing) {
  double known = 1;
  EXPECT_EQ(updated_sigma(std::nan(""), known, -2), 2);
  EXPECT_EQ(known, 2);
  known = 99;
  EXPECT_DOUBLE_EQ(updated_sigma(0, known, 5), 0.5);
}

TEST(HeldOutSigma, TrustsManyErrorsMoreThanTheModel) {
  const std::vector<double> many(2000, 2.0), few(5, 2.0);
  const double scale = normal_scale(many);
  EXPECT_NEAR(held_out_sigma(10 * scale, many), scale, 0.05 * scale);
  EXPECT_GT(held_out_sigma(10 * scale, few), 5 * scale);
  EXPECT_EQ(held_out_sigma(3, {}), 3);
  EXPECT_EQ(held_out_sigma(0, many), scale);
  EXPECT_EQ(normal_scale({}), 0);
}

}  // namespace numeric_spread_test
