// Goal: simulated futures are those of the form. Method: R's closed-form variances, the linear
// forms' own, and one seed, one answer.
#include "plugins/models/ets/simulate.hpp"

#include <novascale/normal.hpp>

#include "tests/plugins/models/ets/reference.hpp"

namespace ets_simulate_test {

using namespace nova::ets;

TEST(EtsSimulate, SpreadsAreThoseOfR) {
  const auto ahead = nova::fixture::read("smoothing_ahead.csv");
  int compared = 0;
  for (const auto& r : nova::reference::r_fits()) {
    Paths paths(r.spec, r.parameters, r.end, std::sqrt(r.sigma2), 24, 1);
    for (std::size_t i = 0; i < ahead.rows.size(); ++i) {
      if (ahead.rows[i].at("series") != r.series || ahead.rows[i].at("form") != r.form) continue;
      const auto h = static_cast<std::size_t>(ahead.number(i, "step"));
      if (r.spec.linear() && r.spec.seasons[0] != 0 && h % r.spec.seasons[0] == 0)
        continue;  // see smoother_test.cpp
      // 2048 paths know a standard deviation to 1.6 %, a skewed one to somewhat less.
      EXPECT_NEAR(paths.standard_deviation(h - 1) / ahead.number(i, "sd"), 1, 0.08)
          << r.series << r.form << " " << h;
      ++compared;
    }
  }
  EXPECT_GT(compared, 450);
}

TEST(EtsSimulate, QuantilesOfALinearFormAreNormal) {
  Spec spec;
  Parameters p;
  p.alpha = 0.5;
  State s;
  s.level = 10;
  Paths paths(spec, p, s, 2, 5, 3);
  for (const double level : {0.025, 0.1, 0.5, 0.9, 0.975})
    EXPECT_NEAR(paths.quantile(level, 4), 10 + 2 * std::sqrt(2) * nova::normal_quantile(level),
                0.3);
}

TEST(EtsSimulate, OneSeedOneAnswer) {
  const auto r = nova::reference::r_fits()[4];  // MAM
  const auto median = [&](std::uint64_t seed) {
    return Paths(r.spec, r.parameters, r.end, 0.05, 13, seed).quantile(0.5, 12);
  };
  EXPECT_EQ(median(1), median(1));
  EXPECT_NE(median(1), median(2));
}

}  // namespace ets_simulate_test
