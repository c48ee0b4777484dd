// Goal: branching finds the best mix by itself, whatever is not linear, and never claims more than
// is proven. That all questions are answered as an exhaustive search does stands in optimise_test.
#include "core/cost/branch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/cost/program.hpp"

namespace nova {
namespace branch_test {

MixColumn column(const std::string& type, std::int64_t vcpus, std::int64_t nanos) {
  MixColumn c;
  c.machine_type = c.family = type;
  c.zone = "z";
  c.pay = PayAs::spot;
  c.amount = amounts(static_cast<double>(vcpus), 0);
  c.price = c.expected = {nanos};
  return c;
}

struct Answer {
  double bound = 0;
  std::optional<std::vector<std::uint32_t>> counts;
  std::int64_t cost = 0;
};

// Without a step for the search: what is found is found by branching.
Answer branched(const MixQuestion& q, std::int64_t nodes) {
  const auto p = make_program(q, 0);
  Relaxation root(p);
  if (!root.solve()) return {};
  Search search(p, root.prices(), {}, 0, 1);
  Answer answer;
  answer.bound = branch(p, root, search, 0, nodes);
  if (search.found()) answer.counts = search.best(), answer.cost = search.value().cost;
  return answer;
}

TEST(Branch, FindsTheBestMixUnderEachCondition) {
  // 7 vCPU of machines with 2 at 31, 5 at 70 and 3 at 50 nanos.
  MixQuestion q;
  q.columns = {column("a", 2, 31), column("b", 5, 70), column("c", 3, 50)};
  q.demand = amounts(7, 0);
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  using Counts = std::vector<std::uint32_t>;
  const std::tuple<const char*, MixLimits, std::optional<Counts>> cases[] = {
      {"none", {1, 1, 1, 0, 0, 0, 0, {}}, Counts{1, 1, 0}},
      {"one type", {1, 1, 1, 0, 0, 0, 1, {}}, Counts{4, 0, 0}},
      {"three pools", {1, 1, 1, 0, 0, 3, 0, {}}, Counts{1, 1, 1}},
      {"four pools of three", {1, 1, 1, 0, 0, 4, 0, {}}, std::nullopt},
      {"two pools of one type", {1, 1, 1, 0, 0, 2, 1, {}}, std::nullopt},
      {"half of it is left", {1, 1, 1, 0.5, 0, 0, 0, {}}, Counts{2, 1, 0}},
      {"all of it is left", {1, 1, 1, 1.0, 0, 0, 0, {}}, Counts{2, 1, 1}},
  };
  for (const auto& [name, limits, best] : cases) {
    q.limits = limits;
    const auto got = branched(q, 10'000);
    EXPECT_EQ(got.counts, best) << name;
    if (best) {
      EXPECT_NEAR(got.bound, static_cast<double>(got.cost), 1) << name;
    } else {
      EXPECT_TRUE(std::isinf(got.bound)) << name;
    }
  }
}

// With fewer parts looked at less is proven, and never too much.
TEST(Branch, ClaimsNoMoreThanIsProven) {
  std::mt19937_64 random{9};
  int proven_early = 0;
  for (int round = 0; round < 200; ++round) {
    MixQuestion q;
    for (int k = 0; k < 8; ++k)
      q.columns.push_back(column(std::string(1, static_cast<char>('a' + k)),
                                 1 + static_cast<std::int64_t>(random() % 9),
                                 1000 + static_cast<std::int64_t>(random() % 9000)));
    q.demand = amounts(static_cast<double>(5 + random() % 40), 0);
    q.limits = {0.6, 1, 1, random() % 2 ? 0.5 : 0, 0, 2, 4, {}};
    const auto best = branched(q, 1'000'000);
    if (!best.counts) continue;
    EXPECT_NEAR(best.bound, static_cast<double>(best.cost), 1e-6 * best.bound);
    double before = 0;
    for (const std::int64_t nodes : {0, 1, 4, 16, 64}) {
      const auto got = branched(q, nodes);
      EXPECT_LE(got.bound, static_cast<double>(best.cost) + 1) << "round " << round;
      EXPECT_GE(got.bound, before) << "round " << round;
      if (got.counts) {
        EXPECT_GE(got.cost, best.cost);
      }
      before = got.bound;
    }
    proven_early += before >= best.bound - 1;
  }
  EXPECT_GT(proven_early, 20);
}

}  // namespace branch_test
}  // namespace nova
