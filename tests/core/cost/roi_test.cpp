// Goal: ROI against an explicit counterfactual; free is infinite, never 0; nothing moves for
// pennies.
#include "core/cost/roi.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nova {
namespace roi_test {

using std::chrono::hours;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
Usd usd(double x) { return Usd::from_dollars(x); }

TEST(RoiOf, BuysAvoidedPenalty) {
  // Two machines at 0.50 for 4 h and 1 of boot, against a penalty of 20.
  const auto r = roi({usd(8), usd(20)}, {usd(12), usd(0)}, {usd(1), {}, {}, {}, {}}, hours(4));
  EXPECT_EQ(r.benefit(), usd(20));
  EXPECT_EQ(r.cost(), usd(5));
  EXPECT_DOUBLE_EQ(r.ratio(), 3.0);
  EXPECT_DOUBLE_EQ(r.payback_hours(), 1.0 / ((20.0 - 4.0) / 4));
  EXPECT_EQ(to_string(r), "ROI 3.00 (20.00 for 5.00)");
}

TEST(RoiOf, AFreeActionIsInfiniteNeverZero) {
  const auto saves = roi({usd(8), {}}, {usd(6), {}}, {}, hours(1));
  EXPECT_TRUE(saves.free());
  EXPECT_EQ(saves.ratio(), kInfinity);
  EXPECT_EQ(saves.payback_hours(), 0);
  EXPECT_EQ(to_string(saves), "free, saves 2.00");
  EXPECT_EQ(roi({}, {}, {}, hours(1)).ratio(), kInfinity);
}

TEST(RoiOf, ALossIsMinusOneAtWorst) {
  const auto r = roi({usd(8), {}}, {usd(9), {}}, {}, hours(1));
  EXPECT_DOUBLE_EQ(r.ratio(), -1);
  EXPECT_EQ(roi({usd(8), {}}, {usd(9), {}}, {usd(1), {}, {}, {}, {}}, hours(1)).payback_hours(),
            kInfinity);
}

TEST(RoiOf, CountsEveryPartOfTheMove) {
  const TransitionCost t{usd(1), usd(2), usd(4), usd(8), usd(16)};
  EXPECT_EQ(roi({}, {}, t, hours(1)).cost(), usd(31));
}

TEST(WhyNot, NamesTheRule) {
  const MoveRule rule;
  const auto move = [&](double saved, double transition) {
    return why_not(
        roi({usd(100), {}}, {usd(100 - saved), {}}, {usd(transition), {}, {}, {}, {}}, hours(1)),
        rule);
  };
  EXPECT_EQ(move(0.02, 0), "saves 0.02 USD/h, needs 0.1");
  EXPECT_EQ(move(0.50, 1), "pays back in 2 h, expected to live 1 h");
  EXPECT_EQ(move(1.00, 0.99), "ROI 0.0101, needs 0.05");
  EXPECT_EQ(move(1.00, 0.5), "");
  EXPECT_EQ(move(1.00, 0), "");
}

// Laws: net is the whole difference between the two courses; swapping them turns benefit into cost.
TEST(RoiOf, LosesNoMoney) {
  std::mt19937_64 random{17};
  const auto any = [&] { return Usd{static_cast<std::int64_t>(random() % 1'000'000'000'000)}; };
  for (int round = 0; round < 2000; ++round) {
    const Outlook a{any(), any()}, b{any(), any()};
    const TransitionCost t{any(), any(), any(), any(), any()};
    const auto r = roi(a, b, t, hours(3)), back = roi(b, a, {}, hours(3));
    EXPECT_EQ(r.net(), a.spend + a.penalty - b.spend - b.penalty - t.total());
    EXPECT_EQ(back.benefit(), r.cost() - t.total());
    EXPECT_FALSE(std::isnan(r.ratio()));
    EXPECT_FALSE(std::isnan(r.payback_hours()));
  }
}

TEST(Score, NormalisesOverTheSetAndPublishesItsTerms) {
  const std::vector<double> values[] = {{10, 0.0, 5}, {20, 0.5, 5}, {30, 1.0, 5}};
  const double weights[] = {0.4, 0.4, 0.2};
  const auto scored = score(values, weights);
  EXPECT_DOUBLE_EQ(scored[0].score, 0);
  EXPECT_DOUBLE_EQ(scored[1].score, 0.4);
  EXPECT_DOUBLE_EQ(scored[2].score, 0.8);
  EXPECT_EQ(scored[2].terms, (std::vector<double>{0.4, 0.4, 0}));
  const std::vector<double> wild[] = {{-1e308, 0, 0}, {1e308, kInfinity, 0}, {0, 0, 0}};
  for (const auto& s : score(wild, weights)) EXPECT_TRUE(std::isfinite(s.score));
  EXPECT_DOUBLE_EQ(score(wild, weights)[2].score, 0.2);
}

}  // namespace roi_test
}  // namespace nova
