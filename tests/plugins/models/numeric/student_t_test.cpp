// Goal: quantile and distribution function of Student's t are right to many digits. Method: R's qt
// and pt (fixtures/student_t.csv), and each as the inverse of the other.
#include "plugins/models/numeric/student_t.hpp"

#include "tests/plugins/models/fixture.hpp"

namespace numeric_student_t_test {

using namespace nova::numeric;

TEST(StudentT, MatchesR) {
  const auto r = nova::fixture::read("student_t.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const double dof = r.number(i, "dof"), p = r.number(i, "p"), t = r.number(i, "t");
    EXPECT_NEAR(student_t_quantile(p, dof), t, 1e-11 * std::fabs(t) + 1e-300)
        << p << " dof " << dof;
    EXPECT_NEAR(student_t_cdf(2, dof), r.number(i, "cdf_of_2"), 1e-13) << dof;
    EXPECT_NEAR(student_t_cdf(-6, dof) / r.number(i, "upper_of_6"), 1, 1e-10) << dof;
  }
}

TEST(StudentT, QuantileInvertsTheDistribution) {
  for (const double dof : {0.5, 1.0, 2.0, 2.5, 6.0, 50.0, 399.0, 401.0, 1e4, 1e7})
    for (double p = 1e-9; p < 0.5; p *= 2.3)
      EXPECT_NEAR(student_t_cdf(student_t_quantile(p, dof), dof) / p, 1, dof > 1e5 ? 1e-9 : 1e-10)
          << p << " dof " << dof;
}

TEST(StudentT, IsSymmetricAndRises) {
  for (const double dof : {1.0, 3.0, 17.0, 2000.0}) {
    double before = -HUGE_VAL;
    for (double p = 0.001; p < 1; p += 0.001) {
      const double t = student_t_quantile(p, dof);
      EXPECT_GT(t, before) << p;
      EXPECT_NEAR(t, -student_t_quantile(1 - p, dof), 1e-9 * (1 + std::fabs(t))) << p;
      before = t;
    }
  }
}

TEST(StudentT, EndsAndNonsense) {
  EXPECT_EQ(student_t_quantile(0, 5), -HUGE_VAL);
  EXPECT_EQ(student_t_quantile(1, 5), HUGE_VAL);
  EXPECT_EQ(student_t_quantile(0.5, 5), 0);
  for (const double p : {-0.1, 1.5, std::nan("")})
    EXPECT_TRUE(std::isnan(student_t_quantile(p, 5)));
  for (const double dof : {0.0, -1.0, std::nan("")})
    EXPECT_TRUE(std::isnan(student_t_quantile(0.9, dof)));
  EXPECT_NEAR(student_t_quantile(0.975, HUGE_VAL), 1.959963984540054, 1e-14);
}

TEST(StudentT, TheCacheAnswersTheSame) {
  for (int round = 0; round < 2; ++round)
    for (double dof = 1; dof < 300; ++dof)
      for (const double p : {0.05, 0.5, 0.9})
        EXPECT_EQ(student_t_quantile_cached(p, dof), student_t_quantile(p, dof));
}

}  // namespace numeric_student_t_test
