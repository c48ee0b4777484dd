// Goal: the relaxation finds known optima, its bound is never above what is feasible, and it tells
// what is infeasible. The mixes made of it are judged in optimise_test.
#include "core/cost/relaxation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/cost/dive.hpp"
#include "core/cost/program.hpp"
#include "core/cost/search.hpp"

namespace nova {
namespace relaxation_test {

MixColumn column(int k, PayAs pay, std::int64_t vcpu, std::int64_t mib, std::int64_t nanos) {
  MixColumn c;
  c.machine_type = "t" + std::to_string(k);
  c.family = "f" + std::to_string(k % 3);
  c.zone = "z" + std::to_string(k % 2);
  c.pay = pay;
  c.amount = {vcpu, mib, 0};
  c.price = c.expected = {nanos};
  return c;
}

MixQuestion question(std::int64_t vcpu, std::int64_t mib) {
  MixQuestion q;
  q.demand = {vcpu, mib, 0};
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  return q;
}

TEST(Relaxation, FindsTheCrossingOfTwoRows) {
  // min 3a + 2b with 2a + b >= 10, a + 3b >= 15: a = 3, b = 4, cost 17; duals 7/5 and 1/5.
  auto q = question(10'000, 15'000);
  q.columns = {column(0, PayAs::on_demand, 2000, 1000, 3000),
               column(1, PayAs::on_demand, 1000, 3000, 2000)};
  const auto p = make_program(q, 0);
  Relaxation r(p);
  ASSERT_TRUE(r.solve());
  EXPECT_NEAR(r.counts()[0], 3, 1e-9);
  EXPECT_NEAR(r.counts()[1], 4, 1e-9);
  const auto price = r.prices();
  EXPECT_NEAR(price[0], 1.4, 1e-9);
  EXPECT_NEAR(price[1], 0.2, 1e-9);
  EXPECT_NEAR(r.bound(price), 17'000, 1e-3);
  for (const double d : r.reduced(price)) EXPECT_NEAR(d, 0, 1e-9);
}

TEST(Relaxation, GoesOnWhenBoundsAreTightened) {
  auto q = question(10'000, 0);
  q.columns = {column(0, PayAs::on_demand, 1000, 1, 100),
               column(1, PayAs::on_demand, 1000, 1, 200)};
  q.columns[0].available = 100;  // else nobody would look at the other
  const auto p = make_program(q, 0);
  Relaxation r(p);
  ASSERT_TRUE(r.solve());
  EXPECT_NEAR(r.counts()[0], 10, 1e-9);
  r.tighten(0, 0, 4);
  ASSERT_TRUE(r.solve());
  EXPECT_NEAR(r.counts()[0], 4, 1e-9);
  EXPECT_NEAR(r.counts()[1], 6, 1e-9);
  r.raise(p.demand_row[0], 2000);
  ASSERT_TRUE(r.solve());
  EXPECT_NEAR(r.counts()[1], 8, 1e-9);
  r.tighten(1, 0, 7);
  EXPECT_FALSE(r.solve());
}

// What is as large and no dearer takes the place of any machine but a held one, one of which there
// is enough, or where kinds are counted.
TEST(MakeProgram, LeavesOutWhatAnotherReplaces) {
  auto q = question(5000, 5000);
  q.columns = {column(0, PayAs::on_demand, 1000, 1000, 100),
               column(1, PayAs::on_demand, 1000, 900, 100), column(2, PayAs::spot, 900, 1000, 101),
               column(3, PayAs::spot, 1000, 1000, 99),
               column(4, PayAs::on_demand, 1001, 1000, 150)};
  const auto kept = [&] { return make_program(q, 0).column; };
  EXPECT_EQ(kept(), (std::vector<std::size_t>{0, 3, 4}));
  q.columns[1].held = 1;
  EXPECT_EQ(kept(), (std::vector<std::size_t>{0, 1, 3, 4}));
  q.columns[0].available = 9;
  EXPECT_EQ(kept(), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  q.columns[0].available.reset();
  q.columns[0].move_in = Usd{48};  // 2 an hour: 102
  EXPECT_EQ(kept(), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  q.columns[0].move_in = {};
  q.limits.max_types = 3;
  EXPECT_EQ(kept().size(), 5u);
}

TEST(Relaxation, AllThatThereIsMayBeJustEnough) {
  auto q = question(5000, 0);
  q.columns = {column(0, PayAs::on_demand, 1000, 1, 100),
               column(1, PayAs::on_demand, 1000, 1, 200)};
  q.columns[0].available = 2;
  q.columns[1].available = 3;
  const auto enough = make_program(q, 0);
  Relaxation r(enough);
  EXPECT_TRUE(r.solve());
  q.columns[1].available = 2;
  const auto short_by_one = make_program(q, 0);
  EXPECT_FALSE(Relaxation(short_by_one).solve());
}

// Laws on random programs: values lie within their bounds and satisfy the rows, primal and dual
// meet, and no integer mix that a search finds costs less than the bound. Dives give whole counts.
TEST(Relaxation, PrimalAndDualMeet) {
  std::mt19937_64 random{71};
  int solved = 0;
  for (int round = 0; round < 150; ++round) {
    auto q = question(static_cast<std::int64_t>(1 + random() % 100'000),
                      static_cast<std::int64_t>(1 + random() % 400'000));
    const auto kinds = 2 + random() % 40;
    for (std::size_t k = 0; k < kinds; ++k) {
      const auto vcpu = static_cast<std::int64_t>(1000 * (1 + random() % 16));
      auto c = column(static_cast<int>(k), random() % 2 ? PayAs::spot : PayAs::on_demand, vcpu,
                      vcpu * static_cast<std::int64_t>(1 + random() % 8),
                      vcpu * static_cast<std::int64_t>(20 + random() % 100));
      if (random() % 4 == 0) c.held = static_cast<std::uint32_t>(random() % 4);
      c.move_in = c.move_out = {static_cast<std::int64_t>(random() % 5'000'000)};
      q.columns.push_back(c);
    }
    q.limits.pool = 0.3, q.limits.family = 0.5, q.limits.zone = 0.6;
    q.limits.base_on_demand = 0.1 * static_cast<double>(random() % 4);
    const auto p = make_program(q, 0);
    if (p.size() == 0) continue;
    Relaxation r(p);
    if (!r.solve()) continue;
    ++solved;
    const auto x = r.counts();
    std::vector<double> left(p.rhs.size(), 0);
    double cost = static_cast<double>(p.gone);
    for (std::size_t j = 0; j < p.size(); ++j) {
      EXPECT_GE(x[j], -1e-6);
      EXPECT_LE(x[j], p.most[j] + 1e-6);
      const double held = p.held[j];
      cost += static_cast<double>(p.cost[j]) * x[j] +
              static_cast<double>(p.up[j]) * std::max(0.0, x[j] - held) +
              static_cast<double>(p.down[j]) * std::max(0.0, held - x[j]);
      for (auto e = p.start[j]; e < p.start[j + 1]; ++e)
        left[p.entries[e].row] += static_cast<double>(p.entries[e].coef) * x[j];
    }
    for (std::size_t i = 0; i < left.size(); ++i)
      EXPECT_GE(left[i] - static_cast<double>(p.rhs[i]),
                -1e-5 * (1 + std::fabs(static_cast<double>(p.rhs[i]))));
    const auto bound = r.bound(r.prices());
    EXPECT_NEAR(bound, cost, 1e-6 * cost + 1e-3) << "round " << round;
    std::vector<std::uint32_t> core(p.size());
    for (std::uint32_t j = 0; j < core.size(); ++j) core[j] = j;
    Search search(p, r.prices(), core, 2'000, 1);
    if (search.improve(dive(p, r, true, random))) {
      EXPECT_GE(static_cast<double>(search.value().cost), bound - 1e-6 * bound)
          << "round " << round;
    }
  }
  EXPECT_GT(solved, 100);
}

}  // namespace relaxation_test
}  // namespace nova
