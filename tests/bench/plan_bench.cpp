// The plan room: one capacity analysis with its risks and recommendations, and a hundred resources.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "core/decide/recommend.hpp"
#include "core/plan/capacity_fit.hpp"

namespace nova {
namespace {

constexpr Duration kPlanStep = std::chrono::minutes(5);
const TimePoint kPlanned = from_unix_ns(1'711'929'600'000'000'000);

// A week of 5-minute points with a day, a week and noise; each resource its own.
std::vector<std::vector<double>> histories(std::size_t resources) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> noise(0, 20);
  std::vector<std::vector<double>> all(resources);
  for (std::size_t i = 0; i < resources; ++i)
    for (int t = 0; t < 2016; ++t)
      all[i].push_back(500 + 200 * std::sin(t * 2 * 3.14159265358979 / 288 + 0.1 * (i % 7)) +
                       60 * std::sin(t * 2 * 3.14159265358979 / 2016) + noise(random));
  return all;
}

// As the engine does it: outlooks, needs, bottlenecks, patterns, risks, alternatives.
void plan_resources(benchmark::State& state) {
  const auto resources = static_cast<std::size_t>(state.range(0));
  const auto group = static_cast<std::size_t>(state.range(1));
  const auto past = histories(resources);
  const Season seasons[] = {{288, 0.9}};
  PlanFor asked;
  asked.now = kPlanned;
  asked.lead_time = std::chrono::minutes(3);
  asked.fleet.serving = asked.fleet.current = 14;
  asked.fleet.max = 100;
  for (auto _ : state)
    for (std::size_t first = 0; first < resources; first += group) {
      std::vector<ResourceView> views(std::min(group, resources - first));
      for (std::size_t i = 0; i < views.size(); ++i) {
        auto& v = views[i];
        v.name = v.resource = "r" + std::to_string(i);
        v.capacity.per_machine = 71;
        v.history = past[first + i];
        v.load = v.history.back();
        v.end = kPlanned;
        v.step = kPlanStep;
        v.seasons = seasons;
        v.season = 288;
      }
      const auto outlooks = outlooks_of(views, {});
      const auto plan = make_capacity_plan(asked, views, outlooks, {});
      benchmark::DoNotOptimize(assess_risk(plan, outlooks, views, {}));
      RecommendQuestion q;
      q.plan = &plan;
      q.views = views;
      q.outlooks = outlooks;
      q.prices = {0.1, 0.9};
      q.price_of = [](std::uint32_t n) { return UsdPerHour::from_dollars(0.1 * n); };
      benchmark::DoNotOptimize(recommend(q));
    }
}
// One signal; a group of four; a hundred resources in groups of four, and all in one group.
BENCHMARK(plan_resources)
    ->Name("plan/resources/of_a_group")
    ->Args({1, 1})
    ->Args({4, 4})
    ->Args({100, 4})
    ->Args({100, 100})
    ->Unit(benchmark::kMillisecond);

void capacity_fit(benchmark::State& state) {
  std::mt19937_64 random{2};
  std::uniform_real_distribution<double> any(0, 1);
  std::vector<double> load, used;
  for (int i = 0; i < 2016; ++i) {
    load.push_back(10 + 40 * any(random));
    used.push_back(load.back() / 80 + 0.02 * any(random));
  }
  for (auto _ : state) benchmark::DoNotOptimize(fit_capacity(load, used));
}
BENCHMARK(capacity_fit)->Name("plan/capacity_fit/2016_pairs")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nova
