// Goal: the best forecaster is named, the weights are as stated, and neither flutters.
// Method: closed forms of weights, laws of combining.
#include "core/forecast/blend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace nova {
namespace forecast_blend_test {

using Values = std::vector<double>;
using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(BlendByLoss, WeighsByInverseLoss) {
  const auto b = blend_by_loss(Values{2, 1, 9, kNaN, 1.2}, {}, {.power = 2, .enter = 3});
  EXPECT_EQ(b.best, 1u);
  const double sum = 1 + 1 / 4.0 + 1 / 1.44;
  EXPECT_THAT(b.weights, ElementsAre(DoubleNear(0.25 / sum, 1e-12), DoubleNear(1 / sum, 1e-12), 0.0,
                                     0.0, DoubleNear(1 / 1.44 / sum, 1e-12)));
}

TEST(BlendByLoss, TakesAsManyAsAreGoodAndAllowed) {
  const std::tuple<const char*, Values, BlendRules, Values> cases[] = {
      {"nobody", {}, {}, {}},
      {"nothing known", {kNaN, kNaN}, {}, {}},
      {"one", {5}, {}, {1}},
      {"equal weights", {1, 1.2}, {.power = 0}, {0.5, 0.5}},
      {"the worse one is left out", {1, 1.3}, {}, {1, 0}},
      {"no more than most", {1, 1, 1}, {.most = 2}, {0.5, 0.5, 0}},
      {"perfect ones share", {0, 3, 0}, {}, {0.5, 0, 0.5}},
      {"huge", {1e300, 1e300}, {}, {0.5, 0.5}},
      {"tiny", {1e-300, 1e-300}, {}, {0.5, 0.5}},
      {"infinite", {INFINITY, 1}, {}, {0, 1}},
      {"all infinite", {INFINITY, INFINITY}, {}, {}},
  };
  for (const auto& [name, losses, rules, want] : cases)
    EXPECT_EQ(blend_by_loss(losses, {}, rules).weights, want) << name;
}

TEST(BlendByLoss, DoesNotFlutter) {
  auto b = blend_by_loss(Values{1.0, 1.2}, {});
  EXPECT_GT(b.weights[1], 0);
  b = blend_by_loss(Values{1.0, 1.4}, b);  // above `enter`, below `leave`: it stays
  EXPECT_GT(b.weights[1], 0);
  b = blend_by_loss(Values{1.0, 1.6}, b);
  EXPECT_EQ(b.weights[1], 0);
  b = blend_by_loss(Values{1.0, 1.4}, b);  // and does not come back for the same
  EXPECT_EQ(b.weights[1], 0);

  EXPECT_EQ(blend_by_loss(Values{1.0, 0.97}, b).best, 0u);  // not 5 % better
  EXPECT_EQ(blend_by_loss(Values{1.0, 0.94}, b).best, 1u);
  EXPECT_EQ(blend_by_loss(Values{kNaN, 0.97}, b).best, 1u);  // the best one fails
}

TEST(Combine, KeepsOrderAndStaysWithinItsParts) {
  std::mt19937_64 random{20240229};
  std::normal_distribution<double> normal(0, 1e3);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 1000; ++round) {
    constexpr std::size_t kLevels = 7;
    std::vector<Values> rows(3, Values(kLevels));
    Values weights(3), out(kLevels);
    for (auto& w : weights) w = uniform(random);
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (auto& w : weights) w /= sum;
    for (auto& row : rows) {
      for (auto& x : row) x = normal(random);
      std::sort(row.begin(), row.end());
    }
    const std::vector<std::span<const double>> spans(rows.begin(), rows.end());
    combine(spans, weights, out);
    EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
    for (std::size_t l = 0; l < kLevels; ++l) {
      EXPECT_GE(out[l], std::min({rows[0][l], rows[1][l], rows[2][l]}) - 1e-9);
      EXPECT_LE(out[l], std::max({rows[0][l], rows[1][l], rows[2][l]}) + 1e-9);
    }
  }
}

// Vincent's law: the average of two normal distributions is normal, with averaged mean and spread.
TEST(Combine, AveragesQuantileFunctions) {
  const Values z{-1.2816, 0, 1.2816};
  Values a, b, out(3);
  for (const double x : z) {
    a.push_back(10 + 2 * x);
    b.push_back(20 + 4 * x);
  }
  combine(std::vector<std::span<const double>>{a, b}, Values{0.25, 0.75}, out);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(out[i], 17.5 + 3.5 * z[i], 1e-12);
}

}  // namespace forecast_blend_test
}  // namespace nova
