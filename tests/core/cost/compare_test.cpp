// Goal: a mix is compared honestly: risk has a price that never falls as the limit gets tighter,
// simple rules buy what they say, and what they break is named. Method: markets small enough to
// know the answer; laws on generated ones.
#include "core/cost/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/cost/spot.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace compare_test {

MixColumn column(const std::string& type, const std::string& zone, PayAs pay, double vcpus,
                 double usd, double month_risk = 0) {
  MixColumn c;
  c.offer_id = type + '/' + zone + '/' + to_string(pay);
  c.machine_type = type;
  c.family = type.substr(0, type.find('.'));
  c.zone = zone;
  c.pay = pay;
  c.amount = amounts(vcpus, 4 * vcpus);
  c.price = c.expected = UsdPerHour::from_dollars(usd);
  c.hazard = hazard_of_month_share(month_risk).value();
  return c;
}

MixQuestion market(std::uint64_t seed) {
  std::mt19937_64 random{seed};
  MixQuestion q;
  for (int k = 0; k < 12; ++k) {
    const double size = 2 << (random() % 4);
    const auto type = std::string(1, static_cast<char>('a' + k)) + ".x";
    const double usd = size * (0.04 + 0.001 * static_cast<double>(random() % 20));
    q.columns.push_back(column(type, "r", PayAs::on_demand, size, usd));
    for (const char* zone : {"z1", "z2", "z3"})
      q.columns.push_back(column(type, zone, PayAs::spot, size,
                                 usd * (0.25 + 0.01 * static_cast<double>(random() % 30)),
                                 month_share_of_band(static_cast<int>(random() % 5))));
  }
  q.demand = amounts(20 + static_cast<double>(random() % 200), 100);
  return q;
}

TEST(WithinRisk, LeavesOutWhatTheLimitDoesNotAdmit) {
  MixQuestion q;
  q.columns = {column("a.x", "z", PayAs::spot, 2, 0.03, 0.30),
               column("a.x", "r", PayAs::on_demand, 2, 0.1),
               column("b.x", "z", PayAs::spot, 2, 0.04, 0.025)};
  EXPECT_EQ(within_risk(q, 1).column, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(within_risk(q, 0.2).column, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(within_risk(q, 0.02).column, (std::vector<std::size_t>{1}));
  EXPECT_EQ(within_risk(q, 0).column, (std::vector<std::size_t>{1}));
  q.demand = amounts(4, 0);
  q.columns[0].held = 2;
  q.columns[0].move_out = Usd::from_dollars(1);
  q.life_hours = 10;
  const auto within = within_risk(q, 0.02);
  const auto whole = in_all(q, within, *optimise(within.question));
  EXPECT_EQ(whole.counts, (std::vector<std::uint32_t>{0, 2, 0}));
  EXPECT_EQ(whole.cost.moves, UsdPerHour::from_dollars(0.2)) << "two are given up";
}

TEST(PriceOfRisk, NeverFallsAsTheLimitGetsTighter) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto q = market(seed);
    const auto rows = price_of_risk(q, {1, 0, 0.2, 0.05, 0.1}, {2'000, 0.002, 1});
    ASSERT_EQ(rows.size(), 5u);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      ASSERT_TRUE(rows[k].answer) << rows[k].why;
      const auto& mix = *rows[k].answer;
      EXPECT_TRUE(violations(q, mix.counts).empty());
      for (std::size_t j = 0; j < mix.counts.size(); ++j)
        if (mix.counts[j] > 0 && q.columns[j].pay == PayAs::spot) {
          EXPECT_TRUE(rows[k].max_risk > 0 && admits(rows[k].max_risk, q.columns[j].hazard));
        }
      if (k > 0) {
        EXPECT_GT(rows[k].max_risk, rows[k - 1].max_risk);
        EXPECT_LE(mix.cost.total, rows[k - 1].answer->cost.total) << "seed " << seed;
      }
    }
    EXPECT_EQ(rows[0].answer->interruptions_per_hour, 0);
  }
}

TEST(PriceOfRisk, SaysWhyALimitCannotBeKept) {
  MixQuestion q;
  q.columns = {column("a.x", "z", PayAs::spot, 2, 0.03, 0.025)};
  q.demand = amounts(4, 0);
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  const auto rows = price_of_risk(q, {0, 0.2}, {});
  EXPECT_FALSE(rows[0].answer);
  EXPECT_EQ(rows[0].why, "no feasible mix: demand vCPU: 0 offers cannot meet it");
  EXPECT_TRUE(rows[1].answer);
}

TEST(Rivals, BuyWhatTheirRulesSay) {
  MixQuestion q;
  q.columns = {column("s.x", "r", PayAs::on_demand, 2, 0.08),   // 10 for 20: 0.80
               column("l.x", "r", PayAs::on_demand, 16, 0.70),  // 2 for 20: 1.40
               column("l.x", "z", PayAs::spot, 16, 0.30, 0.175),
               column("m.x", "z", PayAs::spot, 4, 0.06, 0.025)};  // 5 for 20: 0.30
  q.demand = amounts(20, 80);
  const auto all = rivals(q);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].name, "cheapest type on demand");
  EXPECT_EQ(all[0].answer.counts, (std::vector<std::uint32_t>{10, 0, 0, 0}));
  EXPECT_TRUE(all[0].breaks.empty());
  EXPECT_EQ(all[1].name, "cheapest spot pool");
  EXPECT_EQ(all[1].answer.counts, (std::vector<std::uint32_t>{0, 0, 0, 5}));
  EXPECT_THAT(all[1].breaks, testing::Contains("pool m.x/z: spot vCPU 20, at most 25 % of 20"));
  EXPECT_EQ(all[2].name, "Karpenter-like");
  EXPECT_EQ(all[2].answer.counts, (std::vector<std::uint32_t>{0, 0, 1, 1}));
  EXPECT_EQ(all[2].answer.worst_pool, "l.x/z");
  // Within the caps: one m.x (a quarter at most), and the largest that the rest fills on demand.
  EXPECT_EQ(all[3].answer.counts, (std::vector<std::uint32_t>{0, 1, 0, 1}));
  EXPECT_TRUE(all[3].breaks.empty());
  q.limits.base_on_demand = 0.5;  // the base first: five small ones fill ten
  q.columns[0].available = 9;
  const auto based = rivals(q);
  EXPECT_EQ(based[0].answer.counts, (std::vector<std::uint32_t>{0, 2, 0, 0}));
  EXPECT_EQ(based[3].answer.counts, (std::vector<std::uint32_t>{8, 0, 0, 1}));
}

TEST(Rivals, AreFeasibleOrNamedAndNeverBeatAProvenBound) {
  for (std::uint64_t seed = 20; seed < 28; ++seed) {
    const auto q = market(seed);
    const auto mix = optimise(q, {20'000, 0.002, 1});
    ASSERT_TRUE(mix.ok());
    for (const auto& rival : rivals(q)) {
      EXPECT_EQ(rival.breaks, violations(q, rival.answer.counts)) << rival.name;
      if (rival.breaks.empty()) {
        EXPECT_GE(rival.answer.cost.total, mix->bound) << rival.name;
      }
    }
  }
  EXPECT_TRUE(rivals(MixQuestion{}).empty());
}

TEST(Weigh, SaysWhatSpeaksForAndAgainst) {
  MixQuestion q;
  q.columns = {column("a.x", "z", PayAs::spot, 2, 0.04, 0.175),
               column("b.x", "z", PayAs::spot, 2, 0.05, 0.025),
               column("c.x", "r", PayAs::on_demand, 4, 0.2)};
  q.demand = amounts(8, 0);
  const auto cheap = describe(q, {4, 0, 0}), spread = describe(q, {2, 2, 0}),
             steady = describe(q, {0, 0, 2});
  const auto said = weigh(q, cheap, spread);
  EXPECT_THAT(said.pros, testing::ElementsAre("loses 43.4 % less of the demand to interruptions",
                                              "the worst pool holds 50 %, not 100 %",
                                              "an interruption every 1677 h, not every 949 h"));
  EXPECT_THAT(said.cons, testing::ElementsAre("+0.02 USD/h (+12.5 %)"));
  const auto none = weigh(q, cheap, steady);
  EXPECT_THAT(none.pros, testing::ElementsAre("no machine can be taken away", "2 machines, not 4"));
  EXPECT_THAT(none.cons, testing::ElementsAre("+0.24 USD/h (+150 %)"));
  EXPECT_TRUE(weigh(q, cheap, cheap).pros.empty());
}

}  // namespace compare_test
}  // namespace nova
