// Goal: M/M/c against published tables and closed forms; the load found is the load at the border.
#include "core/plan/queueing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

namespace nova {
namespace queueing_test {

// Erlang B: the usual traffic tables; Erlang C: Gross and Harris, "Fundamentals of Queueing
// Theory".
TEST(Erlang, AsInTheTables) {
  const std::tuple<std::uint32_t, double, double> blocked[] = {
      {1, 1, 0.5},        {2, 1, 0.2},     {10, 4.461, 0.01}, {20, 12.03, 0.01},
      {100, 84.06, 0.01}, {5, 2.881, 0.1}, {10, 10, 0.2146}};
  for (const auto& [servers, load, want] : blocked)
    EXPECT_NEAR(erlang_b(servers, load), want, 1e-4) << servers;
  const std::tuple<std::uint32_t, double, double> waiting[] = {
      {1, 0.5, 0.5}, {2, 1, 1.0 / 3}, {3, 2, 4.0 / 9}, {5, 4, 0.5541}, {10, 8, 0.4092}};
  for (const auto& [servers, load, want] : waiting)
    EXPECT_NEAR(erlang_c(servers, load), want, 1e-4) << servers;
  EXPECT_EQ(erlang_c(3, 3), 1);
}

TEST(Response, OfOneServerInClosedForm) {
  const Machine one{1, 10};
  for (const double load : {0.0, 2.0, 5.0, 9.0}) {
    EXPECT_NEAR(mean_response_s(one, load), 1 / (10 - load), 1e-12);
    EXPECT_NEAR(slower_than(one, load, 0.3), std::exp(-(10 - load) * 0.3), 1e-9);
  }
  EXPECT_TRUE(std::isinf(mean_response_s(one, 10)));
  EXPECT_EQ(slower_than(one, 10, 1), 1);
}

// The mean is the integral of the tail.
TEST(Response, TailAndMeanAgree) {
  for (const std::uint32_t servers : {1u, 2u, 4u, 16u})
    for (const double share : {0.1, 0.5, 0.75, 0.9}) {
      const Machine m{servers, 10.0 * servers};
      const double load = share * m.per_machine;
      double sum = 0;
      for (double t = 5e-5; t < 20; t += 1e-4) sum += 1e-4 * slower_than(m, load, t);
      EXPECT_NEAR(sum, mean_response_s(m, load), 1e-3) << servers << " at " << share;
    }
}

TEST(LoadWithin, IsTheLoadAtTheBorder) {
  const Machine one{1, 10};
  // exp(-(10 - load) * 0.5) = 0.05
  EXPECT_NEAR(load_within(one, 0.5, 0.05), 10 + std::log(0.05) / 0.5, 1e-6);
  EXPECT_EQ(load_within(one, 0.1, 0.05), 0) << "too slow without any load";
  for (const std::uint32_t servers : {1u, 4u, 32u}) {
    const Machine m{servers, 10.0 * servers};
    double last = 0;
    for (const double slow : {0.01, 0.05, 0.2}) {
      const double load = load_within(m, 0.6, slow);
      EXPECT_NEAR(slower_than(m, load, 0.6), slow, 1e-6);
      EXPECT_GT(load, last);
      EXPECT_LT(load, m.per_machine);
      last = load;
    }
  }
}

}  // namespace queueing_test
}  // namespace nova
