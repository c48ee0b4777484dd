// Goal: loess reproduces what a local line can, and leaves out what has no weight. Method: closed
// forms, and a slow twin that solves each local line by the textbook formula.
#include "plugins/models/numeric/loess.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace numeric_loess_test {

using nova::numeric::Loess;

std::vector<double> smooth(const std::vector<double>& y, nova::numeric::LoessOptions options,
                           const std::vector<double>& weights = {}) {
  std::vector<double> out(y.size());
  Loess(options).smooth(y, weights, out);
  return out;
}

// The weighted line through all points, at x.
double slow(const std::vector<double>& y, const std::vector<double>& w, double x, std::size_t from,
            std::size_t to, double reach) {
  double s0 = 0, s1 = 0, s2 = 0, t0 = 0, t1 = 0;
  for (std::size_t j = from; j < to; ++j) {
    const double d = static_cast<double>(j) - x, r = std::fabs(d) / reach;
    if (r > 0.999) continue;
    const double k = w[j] * (r <= 0.001 ? 1 : std::pow(1 - r * r * r, 3));
    s0 += k, s1 += k * d, s2 += k * d * d, t0 += k * y[j], t1 += k * d * y[j];
  }
  return (s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1);
}

TEST(Loess, IsALocalLine) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> noise;
  std::vector<double> y(40), w(40, 1.0);
  for (double& v : y) v = noise(random);
  for (const std::size_t gone : {3u, 17u, 18u, 39u}) w[gone] = 0;
  w[25] = 0.3;
  const auto got = smooth(y, {11, 1, 1}, w);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t from = std::min<std::size_t>(i > 5 ? i - 5 : 0, 29);
    const double x = static_cast<double>(i), first = static_cast<double>(from);
    EXPECT_NEAR(got[i], slow(y, w, x, from, from + 11, std::max(x - first, first + 10 - x)), 1e-11)
        << i;
  }
  Loess loess({11, 1, 1});
  EXPECT_NEAR(loess.before(y, w, 0), slow(y, w, -1, 0, 11, 11), 1e-11);
  EXPECT_NEAR(loess.after(y, w, 0), slow(y, w, 40, 29, 40, 11), 1e-11);
}

TEST(Loess, KeepsALineWhateverTheSpanAndJump) {
  std::vector<double> line(30);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = 3 - 0.5 * static_cast<double>(i);
  for (const std::size_t span : {3u, 7u, 29u, 31u, 1001u})
    for (const std::size_t jump : {1u, 4u, 100u}) {
      const auto got = smooth(line, {span, 1, jump});
      for (std::size_t i = 0; i < line.size(); ++i)
        EXPECT_NEAR(got[i], line[i], 1e-10) << span << " " << jump;
      EXPECT_NEAR(Loess({span, 1, jump}).after(line, {}, 0), 3 - 0.5 * 30, 1e-10);
    }
}

TEST(Loess, OfAVeryLongSpanAndDegreeZeroIsTheMean) {
  const auto got = smooth({1, 2, 3, 6}, {100'001, 0, 1});
  for (const double v : got) EXPECT_NEAR(v, 3, 1e-6);
}

TEST(Loess, JumpsAreJoinedByLines) {
  std::vector<double> y;
  for (int i = 0; i < 23; ++i) y.push_back((i * 7) % 5);
  const auto each = smooth(y, {7, 1, 1}), jumped = smooth(y, {7, 1, 5});
  for (const std::size_t i : {0u, 5u, 10u, 15u, 20u, 22u}) EXPECT_NEAR(jumped[i], each[i], 1e-12);
  EXPECT_NEAR(jumped[7], each[5] + (each[10] - each[5]) * 2 / 5, 1e-12);
  EXPECT_NEAR(jumped[21], (each[20] + each[22]) / 2, 1e-12);
}

TEST(Loess, AWindowWithoutWeightGivesThePointItself) {
  std::vector<double> y(20, 1.0), w(20, 1.0);
  for (std::size_t i = 5; i < 15; ++i) y[i] = 9, w[i] = 0;
  const auto got = smooth(y, {3, 1, 1}, w);
  EXPECT_EQ(got[10], 9);
  EXPECT_EQ(got[4], 1);
  EXPECT_EQ(smooth({4}, {7, 1, 1}), (std::vector<double>{4}));
}

}  // namespace numeric_loess_test
