// Goal: quantiles of a symmetric sample of errors. Method: hand-counted samples, the normal law for
// small ones, and the thinned sample against the whole one.
#include "plugins/models/numeric/sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace numeric_sample_test {

using nova::numeric::ErrorSample;

TEST(ErrorSample, InterpolatesBetweenOrderStatistics) {
  std::vector<double> errors;
  for (int i = 0; i <= 40; ++i)
    errors.push_back(i % 2 == 0 ? i : -i);  // sizes 0 .. 40, mixed signs
  const ErrorSample s(errors);
  EXPECT_EQ(s.count(), 41);
  EXPECT_EQ(s.quantile(0.5), 0);
  EXPECT_DOUBLE_EQ(s.quantile(0.75), 20);  // half of the sizes lie below 20
  EXPECT_DOUBLE_EQ(s.quantile(0.25), -20);
  EXPECT_NEAR(s.quantile(0.95), 36, 1e-9);
  EXPECT_NEAR(s.quantile(0.95 + 0.5 / 80), 36.5, 1e-9);
}

TEST(ErrorSample, FewErrorsAreTakenAsNormal) {
  const ErrorSample s(std::vector<double>{3, -4});
  EXPECT_DOUBLE_EQ(s.rms(), std::sqrt(12.5));
  EXPECT_NEAR(s.quantile(0.975), 1.959963984540054 * std::sqrt(12.5), 1e-12);
  EXPECT_EQ(ErrorSample(std::vector<double>{0, 0}).quantile(0.99), 0);
  EXPECT_EQ(ErrorSample(std::vector<double>{}).count(), 0);
}

TEST(ErrorSample, LeavesOutWhatIsMissingAndSurvivesTheHuge) {
  const ErrorSample s({1, std::nan(""), HUGE_VAL, -1, -HUGE_VAL});
  EXPECT_EQ(s.count(), 2);
  EXPECT_EQ(s.rms(), 1);
  EXPECT_DOUBLE_EQ(ErrorSample(std::vector<double>{1e300, -1e300}).rms(), 1e300);
}

TEST(ErrorSample, ThinnedKeepsTheTails) {
  std::mt19937_64 random{20240229};
  std::normal_distribution<double> normal;
  std::vector<double> errors(20'000);
  for (double& e : errors) e = normal(random);
  const ErrorSample thin(errors);
  EXPECT_EQ(thin.sorted().size(), ErrorSample::kKept);
  for (double& e : errors) e = std::fabs(e);
  std::sort(errors.begin(), errors.end());
  EXPECT_EQ(thin.count(), 20'000);
  // Sizes of kSorted of them: the tail is that of so many.
  const std::pair<double, double> tolerances[] = {{0.6, 0.1},   {0.75, 0.05}, {0.9, 0.05},
                                                  {0.99, 0.05}, {0.999, 0.1}, {0.9999, 0.25}};
  for (const auto& [p, tolerance] : tolerances) {
    const double exact = errors[static_cast<std::size_t>((2 * p - 1) * 19'999)];
    EXPECT_NEAR(thin.quantile(p), exact, tolerance * exact) << p;
  }
}

TEST(ErrorSample, KeepsTheOrderStatisticsOfAnyDistribution) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> flat{-1, 1};
  const std::pair<const char*, std::function<double(int)>> kinds[] = {
      {"normal", [&](int) { return normal(random); }},
      {"mostly zero", [&](int i) { return i % 9 == 0 ? normal(random) : 0; }},
      {"one size", [&](int) { return -2.5; }},
      {"few sizes", [&](int i) { return i % 5; }},
      {"one far out", [&](int i) { return i == 77 ? 1e300 : normal(random); }},
      {"of every magnitude", [&](int) { return std::exp(600 * flat(random)); }},
      {"tiny", [&](int) { return 1e-310 * normal(random); }}};
  for (const auto& [name, draw] : kinds)
    for (const int count : {200, 257, 3000}) {
      std::vector<double> errors(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) errors[static_cast<std::size_t>(i)] = draw(i);
      const ErrorSample sample(errors);
      for (double& e : errors) e = std::fabs(e);
      std::sort(errors.begin(), errors.end());
      const auto kept = sample.sorted().size();
      const double last = count - 1;
      for (std::size_t i = 0; i < kept; ++i) {
        const double place =
            sample.places().empty() ? static_cast<double>(i) / last : sample.places()[i];
        EXPECT_EQ(sample.sorted()[i], errors[static_cast<std::size_t>(std::llround(place * last))])
            << name << " " << count << " " << i;
      }
    }
}

TEST(ErrorSample, RefusesPartsThatAreNoSample) {
  EXPECT_THROW(ErrorSample({2, 1}, {}, 1, 2), std::invalid_argument);
  EXPECT_THROW(ErrorSample({1, 2}, {0.5}, 1, 2), std::invalid_argument);
  EXPECT_THROW(ErrorSample({1, std::nan("")}, {}, 1, 2), std::invalid_argument);
  EXPECT_THROW(ErrorSample({1, 2}, {}, std::nan(""), 2), std::invalid_argument);
  EXPECT_THROW(ErrorSample({1, 2}, {}, 1, 1), std::invalid_argument);
  EXPECT_EQ(ErrorSample({1, 2}, {0, 1}, 1.6, 300).count(), 300);
}

}  // namespace numeric_sample_test
