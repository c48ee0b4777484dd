// Goal: cbc.so finds the cheapest whole numbers, keeps its deadline and refuses what is no program;
// with core's formulation its mixes pass the judge and are never dearer. Method: the built library
// against brute force on small programs, and against core on random questions with every limit.
#include <novascale/draft/solver.h>

#include <functional>

#include "core/cost/optimise.hpp"
#include "core/cost/solver.hpp"
#include "core/cost/verify_mix.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace {

using namespace nova_test;
using nova::FakeComponent, nova::FakeHost;

// Core's Error: the SDK has one of that name, too.
using Failure = std::remove_cvref_t<decltype(std::declval<nova::Result<int>>().error())>;

struct Rig {
  FakeHost host;
  FakeComponent plugin{component_of("cbc"), host, "{}"};

  nova::Result<std::vector<std::int64_t>> solve(const nova::IntegerProgram& p) {
    std::vector<std::int64_t> counts(p.columns(), NOVA_NONE);
    bound = NOVA_NONE;
    nova_program io{};
    io.struct_size = sizeof io;
    io.column_count = p.columns();
    io.row_count = p.row_least.size();
    io.cost = p.cost.data(), io.most = p.most.data(), io.whole = p.whole.data();
    io.column_start = p.column_start.data(), io.entry_row = p.entry_row.data();
    io.entry_value = p.entry_value.data(), io.row_least = p.row_least.data();
    io.cost_below = p.cost_below, io.gap = p.gap, io.seed = p.seed;
    io.counts = counts.data(), io.bound = &bound;
    const auto status = plugin.invoke(plugin.ops<nova_solver_ops>().solve, &io);
    if (status == NOVA_OK) return counts;
    return Failure{static_cast<nova::ErrorCode>(NOVA_CANONICAL(status)), plugin.error()};
  }
  std::int64_t bound = NOVA_NONE;
};

// A dense program: values[i][j] n[j] >= least[i].
nova::IntegerProgram dense(const std::vector<std::int64_t>& cost, std::int64_t most,
                           const std::vector<std::vector<std::int64_t>>& values,
                           const std::vector<std::int64_t>& least) {
  nova::IntegerProgram p;
  p.cost = cost;
  p.most.assign(cost.size(), most);
  p.whole.assign(cost.size(), 1);
  for (std::size_t j = 0; j < cost.size(); ++j) {
    p.column_start.push_back(p.entry_row.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      p.entry_row.push_back(static_cast<std::uint32_t>(i));
      p.entry_value.push_back(values[i][j]);
    }
  }
  p.column_start.push_back(p.entry_row.size());
  p.row_least = least;
  p.cost_below = NOVA_NONE;
  return p;
}

std::int64_t value_of(const std::vector<std::int64_t>& cost, const std::vector<std::int64_t>& n) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < n.size(); ++j) sum += cost[j] * n[j];
  return sum;
}

TEST(CbcSolver, FindsWhatBruteForceFinds) {
  Rig rig;
  ASSERT_EQ(rig.plugin.status, NOVA_OK) << rig.plugin.error();
  std::mt19937_64 random{5};
  int infeasible = 0;
  for (int round = 0; round < 40; ++round) {
    constexpr std::int64_t kMost = 6;
    std::vector<std::int64_t> cost(4), least(3);
    std::vector<std::vector<std::int64_t>> values(3, std::vector<std::int64_t>(4));
    for (auto& c : cost) c = 10'000'000 + std::int64_t(random() % 900'000'000);
    for (auto& row : values)
      for (auto& v : row) v = std::int64_t(random() % 9000) - (random() % 4 == 0 ? 6000 : 0);
    for (auto& l : least) l = std::int64_t(random() % 40'000);
    std::int64_t best = -1;
    std::vector<std::int64_t> n(4);
    for (int code = 0; code < 7 * 7 * 7 * 7; ++code) {
      for (int j = 0, c = code; j < 4; ++j, c /= 7) n[std::size_t(j)] = c % 7;
      bool feasible = true;
      for (std::size_t i = 0; i < 3; ++i) feasible = feasible && value_of(values[i], n) >= least[i];
      if (feasible && (best < 0 || value_of(cost, n) < best)) best = value_of(cost, n);
    }
    auto program = dense(cost, kMost, values, least);
    const auto found = rig.solve(program);
    infeasible += best < 0;
    if (best < 0) {
      ASSERT_FALSE(found.ok()) << round;
      EXPECT_EQ(found.error().code, nova::ErrorCode::not_found) << round;
      continue;
    }
    ASSERT_TRUE(found.ok()) << round << ": " << found.error().message;
    EXPECT_EQ(value_of(cost, *found), best) << round;
    EXPECT_LE(rig.bound, best);
    program.cost_below = best;  // nothing is cheaper than the cheapest
    const auto none = rig.solve(program);
    ASSERT_FALSE(none.ok()) << round;
    EXPECT_EQ(none.error().code, nova::ErrorCode::not_found) << round;
  }
  EXPECT_GT(infeasible, 0);
  EXPECT_LT(infeasible, 30);
}

TEST(CbcSolver, RefusesWhatIsNoProgramAndHonoursCancelAndDeadline) {
  Rig rig;
  auto good = dense({1000}, 5, {{1}}, {3});
  EXPECT_EQ((*rig.solve(good))[0], 3);
  auto bad = good;
  bad.entry_row[0] = 7;
  EXPECT_EQ(rig.solve(bad).error().code, nova::ErrorCode::invalid_argument);
  bad = good;
  bad.column_start[1] = 1ull << 60;
  EXPECT_EQ(rig.solve(bad).error().code, nova::ErrorCode::invalid_argument);
  bad = good;
  bad.most[0] = -1;
  EXPECT_EQ(rig.solve(bad).error().code, nova::ErrorCode::invalid_argument);
  rig.host.cancel_now = true;
  EXPECT_EQ(rig.solve(good).error().code, nova::ErrorCode::cancelled);
  rig.host.cancel_now = false;
  rig.host.deadline_passed = true;
  EXPECT_EQ(rig.solve(good).error().code, nova::ErrorCode::deadline_exceeded);
}

// A market of a few types in zones, with everything that a question can ask.
nova::MixQuestion question(std::mt19937_64& random) {
  const auto pick = [&](auto... values) {
    const double all[] = {static_cast<double>(values)...};
    return all[random() % std::size(all)];
  };
  nova::MixQuestion q;
  for (int type = 0; type < 6; ++type)
    for (const char* zone : {"a", "b", "c"})
      for (const auto pay : {nova::PayAs::on_demand, nova::PayAs::spot}) {
        nova::MixColumn c;
        const double vcpus = pick(2, 4, 8), gib = vcpus * pick(2, 4, 8);
        c.machine_type = "t" + std::to_string(type);
        c.family = type < 3 ? "x" : "y";
        c.zone = zone;
        c.pay = pay;
        c.amount = nova::amounts(vcpus, gib);
        const double price = (0.03 * vcpus + 0.004 * gib) * (0.8 + 0.4 * pick(0, 0.3, 1));
        const bool spot = pay == nova::PayAs::spot;
        c.price = nova::UsdPerHour::from_dollars(spot ? price * pick(0.3, 0.5) : price);
        c.expected = c.price;
        c.hazard = spot ? pick(1e-4, 5e-4) : 0;
        c.held = random() % 5 == 0 ? std::uint32_t(random() % 4) : 0;
        c.move_in = nova::Usd::from_dollars(0.01);
        c.move_out = nova::Usd::from_dollars(0.02);
        c.offer_id = c.machine_type + zone + (spot ? "s" : "d");
        q.columns.push_back(c);
      }
  q.demand = nova::amounts(pick(20, 60, 150), pick(60, 200, 500));
  q.limits.alive = pick(0, 0.7);
  q.limits.base_on_demand = pick(0, 0.2);
  q.limits.min_pools = std::uint32_t(pick(0, 4));
  q.limits.max_types = std::uint32_t(pick(0, 4));
  q.loss_of_all = nova::Usd::from_dollars(pick(0, 50));
  return q;
}

TEST(CbcSolver, MakesMixesCheaperAndNeverUnsafe) {
  Rig rig;
  std::mt19937_64 random{11};
  int better = 0, solved = 0;
  for (int round = 0; round < 20; ++round) {
    const auto q = question(random);
    const auto core = nova::optimise(q, {200, 0.5, 1});  // hurried, so that something is left
    if (!core.ok()) continue;
    ++solved;
    const auto after = nova::improve_with(
        q, *core, [&](const nova::IntegerProgram& p) { return rig.solve(p); }, 0);
    EXPECT_EQ(after.remark, "") << round;
    EXPECT_TRUE(nova::violations(q, after.answer.counts).empty()) << round;
    EXPECT_LE(after.answer.cost.total, core->cost.total) << round;
    EXPECT_GE(after.answer.cost.total, after.answer.bound) << round;
    better += after.better;
    const auto patient = nova::optimise(q);
    EXPECT_LE(after.answer.cost.total.nanos, patient->cost.total.nanos + 1000)
        << round << ": solved to the end, it is at least as good as core with all its steps";
  }
  EXPECT_GT(solved, 10);
  EXPECT_GT(better, 3);
}

}  // namespace
