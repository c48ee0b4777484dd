// Goal: mixes that are feasible, as cheap as an exhaustive search finds, and refused by name.
// Method: generated questions small enough to enumerate; the independent judge on larger ones.
#include "core/cost/optimise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "core/cost/verify_mix.hpp"

namespace nova {
namespace optimise_test {

using Mode = VolumeDiscount::Mode;

MixColumn column(const std::string& type, const std::string& zone, PayAs pay, double vcpus,
                 double gib, double usd) {
  MixColumn c;
  c.offer_id = type + '/' + zone + '/' + to_string(pay);
  c.machine_type = type;
  c.family = type.substr(0, type.find('.'));
  c.zone = zone;
  c.pay = pay;
  c.amount = amounts(vcpus, gib, 1);
  c.price = c.expected = UsdPerHour::from_dollars(usd);
  return c;
}

MixQuestion question(std::vector<MixColumn> columns, double vcpus, double gib) {
  MixQuestion q;
  q.columns = std::move(columns);
  q.demand = amounts(vcpus, gib);
  return q;
}

// All mixes with up to `most` machines of each column.
std::optional<UsdPerHour> brute_force(const MixQuestion& q, std::uint32_t most) {
  std::optional<UsdPerHour> best;
  std::vector<std::uint32_t> counts(q.columns.size(), 0);
  const std::function<void(std::size_t)> go = [&](std::size_t j) {
    if (j == counts.size()) {
      const auto total = price_of(q, counts).total;
      if ((!best || total < *best) && violations(q, counts).empty()) best = total;
      return;
    }
    for (counts[j] = 0; counts[j] <= most; ++counts[j]) go(j + 1);
    counts[j] = 0;
  };
  go(0);
  return best;
}

// A random question of up to `kinds` columns, with every constraint at times.
MixQuestion any_question(std::mt19937_64& random, std::size_t kinds, double largest) {
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  MixQuestion q;
  q.commitments = {static_cast<std::int64_t>(random() % 5)};
  for (std::size_t k = 0; k < kinds; ++k) {
    const auto size = 1u << (random() % 3);
    const std::string type =
        std::string(1, static_cast<char>('a' + random() % 3)) + '.' + std::to_string(size);
    const double ratio = 1 + static_cast<double>(type[0] - 'a');
    const auto pay = static_cast<PayAs>(random() % 3);
    auto c = column(type, one_in(2) ? "z1" : "z2", pay, size, ratio * size,
                    size * (0.05 + 0.01 * static_cast<double>(random() % 7)));
    if (pay == PayAs::spot) {
      c.price = {c.price.nanos * 2 / 5};
      c.expected = {c.price.nanos * 11 / 10};
      c.hazard = 1e-4 * static_cast<double>(1 + random() % 5);
    }
    if (pay == PayAs::covered) c.commitment = 0, c.units = size, c.price = c.expected = {};
    if (one_in(8)) c.available = static_cast<std::uint32_t>(random() % 3);
    if (one_in(3)) c.held = static_cast<std::uint32_t>(random() % 3);
    c.move_in = Usd::from_dollars(0.02 * static_cast<double>(random() % 20));
    c.move_out = Usd::from_dollars(0.02 * static_cast<double>(random() % 20));
    c.carbon_g_per_hour = size * static_cast<double>(random() % 30);
    q.columns.push_back(c);
  }
  // Two columns for the same machine would be one pool twice.
  std::sort(q.columns.begin(), q.columns.end(),
            [](auto& a, auto& b) { return a.offer_id < b.offer_id; });
  q.columns.erase(std::unique(q.columns.begin(), q.columns.end(),
                              [](auto& a, auto& b) { return a.offer_id == b.offer_id; }),
                  q.columns.end());
  std::uniform_real_distribution<double> u{0.5, largest};
  q.demand = amounts(u(random), one_in(4) ? 0 : 2 * u(random));
  auto& l = q.limits;
  const double caps[] = {0.4, 0.6, 0.8, 1.0};
  l.pool = caps[random() % 4], l.family = caps[random() % 4], l.zone = caps[random() % 4];
  if (one_in(3)) l.alive = 0.5;
  if (one_in(3)) l.base_on_demand = 0.3;
  if (one_in(4)) l.min_pools = 2;
  if (one_in(4)) l.max_types = 2;
  if (one_in(4)) l.budget = UsdPerHour::from_dollars(0.05 * u(random) + 0.1);
  if (one_in(4)) q.loss_of_all = Usd::from_dollars(50);
  if (one_in(4)) q.carbon_usd_per_kg = 0.1;
  if (one_in(4))
    q.volume =
        *VolumeDiscount::make(one_in(2) ? Mode::all_units : Mode::graduated, {{2, 0.1}, {4, 0.3}});
  if (one_in(3)) l.spot = caps[random() % 3];
  return q;
}

// Small questions are answered exactly: no feasible one is refused, none is dearer than the best;
// but for graduated tiers, whose price for each machine is known only when all are.
TEST(Optimise, SmallQuestionsAreAsGoodAsExhaustiveSearch) {
  int feasible = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random{seed};
    for (int round = 0; round < 45; ++round) {
      const auto q = any_question(random, 5, 5);
      const auto best = brute_force(q, 3);
      const auto got = optimise(q, {10'000, 0, 1, false});
      const auto where = testing::Message() << "seed " << seed << ", round " << round;
      ASSERT_TRUE(!best || got.ok()) << where << ": " << got.error().message;
      if (!got.ok()) continue;
      ASSERT_TRUE(violations(q, got->counts).empty()) << violations(q, got->counts).front();
      EXPECT_LE(got->bound, got->cost.total);
      if (!best) continue;
      ++feasible;
      EXPECT_GE(best->nanos + 100, got->bound.nanos) << where << ": a bound that is none";
      const bool graduated = q.volume.mode() == Mode::graduated;
      const auto most = graduated ? best->nanos * 102 / 100 : best->nanos;
      EXPECT_LE(got->cost.total.nanos, most + 100) << where;
    }
  }
  EXPECT_GT(feasible, 600);
}

TEST(Optimise, FillsWhatIsPaidFirst) {
  auto covered = column("m.large", "a", PayAs::covered, 2, 8, 0);
  covered.commitment = 0;
  covered.units = 4;
  auto q = question({column("m.large", "a", PayAs::on_demand, 2, 8, 0.1), covered,
                     column("m.large", "a", PayAs::spot, 2, 8, 0.03)},
                    20, 80);
  q.commitments = {14};  // three machines and a half
  q.limits.pool = 0.4;
  const auto mix = optimise(q);
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->counts, (std::vector<std::uint32_t>{3, 3, 4}));
  EXPECT_EQ(mix->cost.bill, UsdPerHour::from_dollars(0.42));
  EXPECT_LT(mix->gap, 1e-8);
  EXPECT_EQ(mix->worst_pool, "m.large/a");
  EXPECT_DOUBLE_EQ(mix->worst_pool_share, 0.4);
}

TEST(Optimise, TakesTheNextTierWhenItIsCheaper) {
  auto q = question({column("m.large", "a", PayAs::on_demand, 2, 8, 1)}, 48, 0);
  q.volume = *VolumeDiscount::make(Mode::all_units, {{5, 0.05}, {10, 0.10}, {25, 0.15}});
  const auto mix = optimise(q);
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->counts[0], 25u);  // 21.25, where the 24 that suffice cost 21.60
  EXPECT_EQ(mix->cost.bill, UsdPerHour::from_dollars(21.25));
  q.account_machines = 1;  // one beside them: 24 are enough for the tier
  EXPECT_EQ(optimise(q)->counts[0], 24u);
}

TEST(Optimise, SurvivesTheWorstPool) {
  std::vector<MixColumn> columns;
  for (const char* zone : {"a", "b", "c", "d"})
    columns.push_back(column("m.large", zone, PayAs::spot, 2, 8, 0.03));
  auto q = question(columns, 12, 0);
  q.limits = {1, 1, 1, 1.0, 0, 0, 0, {}};  // all of it, whichever pool is lost
  const auto mix = optimise(q);
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->machines, 8u);  // two in each: six are left
}

// A machine on demand is larger than what is missing, and yet spot may not pass its share.
TEST(Optimise, SpotStaysWithinItsShareHoweverMuchIsBought) {
  auto q = question({column("m.2xlarge", "a", PayAs::on_demand, 8, 32, 0.4),
                     column("m.large", "a", PayAs::spot, 2, 8, 0.03)},
                    20, 80);
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  for (const auto& [share, spot] : {std::pair{1.0, 10u}, {0.6, 6u}, {0.59, 2u}, {0.09, 0u}}) {
    q.limits.spot = share;
    const auto mix = optimise(q);
    ASSERT_TRUE(mix.ok()) << mix.error().message;
    EXPECT_EQ(mix->counts[1], spot) << share;
  }
  q.columns[0].available = 1;
  EXPECT_EQ(optimise(q).error().message, "no feasible mix: spot 0.09, or available");
}

TEST(Optimise, NamesTheConstraintThatBinds) {
  const auto spot = column("m.large", "a", PayAs::spot, 2, 8, 0.03);
  auto on_demand = column("m.large", "b", PayAs::on_demand, 2, 8, 0.1);
  const auto message = [](const MixQuestion& q) {
    const auto mix = optimise(q);
    return mix.ok() ? "feasible" : mix.error().message;
  };
  auto q = question({spot, on_demand}, 20, 0);
  q.limits.budget = UsdPerHour::from_dollars(0.5);
  EXPECT_EQ(message(q), "no feasible mix: budget 0.5 USD/h");
  q = question({spot}, 20, 0);
  EXPECT_EQ(message(q), "no feasible mix: demand vCPU: 1 offers cannot meet it");
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  q.limits.base_on_demand = 0.5;
  EXPECT_EQ(message(q), "no feasible mix: base_on_demand 0.5");
  on_demand.available = 3;
  q = question({on_demand}, 20, 0);
  EXPECT_EQ(message(q), "no feasible mix: available");
  on_demand.available.reset();
  q = question({spot, on_demand}, 20, 0);
  q.limits.min_pools = 3;
  EXPECT_EQ(message(q), "no feasible mix: min_pools 3");
  EXPECT_EQ(message(question({}, 1, 0)), "no feasible mix: demand vCPU: 0 offers cannot meet it");
}

TEST(Optimise, NothingAskedIsNothing) {
  const auto mix = optimise(question({column("a.1", "z", PayAs::on_demand, 1, 1, 1)}, 0, 0));
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->machines, 0u);
  EXPECT_TRUE(optimise(MixQuestion{}).ok());
}

TEST(Optimise, RefusesNonsense) {
  const auto good = column("a.1", "z", PayAs::on_demand, 1, 1, 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::pair<const char*, std::function<void(MixQuestion&)>> cases[] = {
      {"/columns/0", [](auto& q) { q.columns[0].price = UsdPerHour::from_dollars(-1); }},
      {"/columns/0", [](auto& q) { q.columns[0].expected.nanos = INT64_MAX; }},
      {"/columns/0/hazard", [&](auto& q) { q.columns[0].hazard = nan; }},
      {"/columns/0/amount", [](auto& q) { q.columns[0].amount[0] = INT64_MAX; }},
      {"/columns/0/commitment", [](auto& q) { q.columns[0].pay = PayAs::covered; }},
      {"/demand/memory", [](auto& q) { q.demand[1] = -1; }},
      {"/limits/pool", [&](auto& q) { q.limits.pool = nan; }},
      {"/limits/base_on_demand", [](auto& q) { q.limits.base_on_demand = 1.1; }},
      {"/life_hours", [](auto& q) { q.life_hours = 0; }},
      {"/carbon_usd_per_kg", [&](auto& q) { q.carbon_usd_per_kg = nan; }},
  };
  for (const auto& [where, spoil] : cases) {
    auto q = question({good}, 4, 0);
    spoil(q);
    const auto mix = optimise(q);
    ASSERT_FALSE(mix.ok()) << where;
    EXPECT_EQ(mix.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(mix.error().message.rfind(where, 0), 0u) << mix.error().message;
  }
}

TEST(Optimise, TheSameQuestionHasTheSameAnswer) {
  std::mt19937_64 random{4};
  for (int round = 0; round < 10; ++round) {
    const auto q = any_question(random, 40, 60);
    const auto a = optimise(q, {30'000, 0, 7}), b = optimise(q, {30'000, 0, 7});
    ASSERT_EQ(a.ok(), b.ok());
    if (!a.ok()) continue;
    EXPECT_EQ(a->counts, b->counts);
  }
}

TEST(Optimise, MoreStepsAreBetterOnTheWhole) {
  std::mt19937_64 random{8};
  double brief_total = 0, longer_total = 0;
  for (int round = 0; round < 10; ++round) {
    const auto q = any_question(random, 60, 100);
    const auto brief = optimise(q, {1'000, 0, 1}), longer = optimise(q, {40'000, 0, 1});
    if (!brief.ok()) continue;
    ASSERT_TRUE(longer.ok());
    brief_total += brief->cost.total.dollars();
    longer_total += longer->cost.total.dollars();
  }
  EXPECT_LT(longer_total, brief_total);
}

TEST(Alternatives, RunFromCheapestToSafest) {
  std::vector<MixColumn> columns;
  for (int k = 0; k < 8; ++k) {
    const std::string type = std::string(1, static_cast<char>('a' + k)) + ".large";
    auto spot = column(type, k % 2 ? "z1" : "z2", PayAs::spot, 2, 8, 0.03 + 0.002 * k);
    spot.hazard = 5e-4 / (k + 1);
    columns.push_back(spot);
    columns.push_back(column(type, "z1", PayAs::on_demand, 2, 8, 0.1));
  }
  const auto q = question(columns, 40, 160);
  const auto front = alternatives(q);
  ASSERT_TRUE(front.ok());
  ASSERT_GE(front->size(), 3u);
  for (std::size_t k = 0; k < front->size(); ++k) {
    EXPECT_TRUE(violations(q, (*front)[k].answer.counts).empty());
    if (k == 0) continue;
    EXPECT_GT((*front)[k].answer.cost.expected, (*front)[k - 1].answer.cost.expected);
    EXPECT_LT((*front)[k].risk, (*front)[k - 1].risk);
  }
  EXPECT_EQ(front->back().risk, 0);
  EXPECT_EQ(front->back().stated_for, "no spot");
}

}  // namespace optimise_test
}  // namespace nova
