// Goal: the normal quantile is right to the last digits. Method: published values (Abramowitz and
// Stegun, table 26.5, and R's qnorm), and the distribution function as its inverse.
#include <gtest/gtest.h>

#include <novascale/normal.hpp>

TEST(NormalQuantile, MatchesPublishedValues) {
  const std::pair<double, double> cases[] = {{0.5, 0},
                                             {0.9, 1.2815515655446004},
                                             {0.975, 1.9599639845400545},
                                             {0.99, 2.3263478740408408},
                                             {0.999, 3.0902323061678132},
                                             {1e-10, -6.3613409024040557},
                                             {1e-300, -37.047096299361201},
                                             {0.25, -0.6744897501960817}};
  for (const auto& [p, z] : cases)
    EXPECT_NEAR(nova::normal_quantile(p), z, std::fabs(z) * 2e-15) << p;
}
TEST(NormalQuantile, InvertsTheDistribution) {
  for (double p = 1e-12; p < 0.5; p *= 1.7) {
    EXPECT_NEAR(nova::normal_cdf(nova::normal_quantile(p)) / p, 1, 1e-13) << p;
    EXPECT_NEAR(nova::normal_quantile(1 - p), -nova::normal_quantile(p), 1e-3) << p;
  }
}
TEST(NormalQuantile, EndsAndNonsense) {
  EXPECT_EQ(nova::normal_quantile(0), -HUGE_VAL);
  EXPECT_EQ(nova::normal_quantile(1), HUGE_VAL);
  for (const double p : {-0.1, 1.1, std::nan("")})
    EXPECT_TRUE(std::isnan(nova::normal_quantile(p)));
}
