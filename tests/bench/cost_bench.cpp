// The cost room: expected costs of a whole spot market, a budget check beside ten thousand groups,
// advice over a year of hours.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "core/cost/budget.hpp"
#include "core/cost/commitment.hpp"
#include "core/cost/roi.hpp"
#include "core/cost/shop.hpp"
#include "core/cost/spot.hpp"

namespace nova {
namespace {

const TimePoint kNow = from_unix_ns(1'711'929'600'000'000'000);

void spot_expected_cost(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  std::mt19937_64 random{1};
  std::vector<UsdPerHour> spot(n), on_demand(n), out(n);
  std::vector<double> share(n), hazard(n);
  for (std::size_t i = 0; i < n; ++i) {
    on_demand[i] = {static_cast<std::int64_t>(10'000'000 + random() % 9'000'000'000)};
    spot[i] = {on_demand[i].nanos / 3};
    share[i] = month_share_of_band(static_cast<int>(random() % 5));
  }
  InterruptionCost cost;
  cost.money = Usd::from_dollars(1);
  for (auto _ : state) {
    for (std::size_t i = 0; i < n; ++i) hazard[i] = hazard_of_month_share(share[i]).value();
    expected_costs(spot, on_demand, hazard, cost, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(spot_expected_cost)
    ->Name("cost/spot_expected_cost/rows")
    ->Arg(40'000)
    ->Unit(benchmark::kMillisecond);

BudgetBook book_of(std::int64_t groups) {
  std::vector<BudgetSpec> specs(3);
  specs[0].name = "all", specs[1].name = "tenant", specs[2].name = "group";
  specs[1].tenant = specs[2].tenant = "acme";
  specs[2].group = "g7";
  // Twelve years of a zone with daylight saving.
  std::vector<OffsetChange> changes;
  for (int k = 0; k < 24; ++k)
    changes.push_back(
        {kNow + std::chrono::hours(4380 * (k - 4)), std::chrono::hours(k % 2 ? -4 : -5)});
  for (auto& spec : specs) {
    spec.max_hourly = UsdPerHour::from_dollars(1e5);
    spec.max_monthly = Usd::from_dollars(1e8);
    spec.zone = TimeZone::make("somewhere", std::chrono::hours(-5), changes).value();
  }
  auto book = BudgetBook::make(specs).value();
  for (std::int64_t g = 0; g < groups; ++g)
    book.set_rate("acme", "g" + std::to_string(g), UsdPerHour::from_dollars(1), kNow);
  return book;
}

void budget_check(benchmark::State& state) {
  const auto book = book_of(state.range(0));
  const SpendRequest request{
      "acme", "g7", kNow + std::chrono::hours(40), UsdPerHour::from_dollars(2), {}};
  for (auto _ : state) benchmark::DoNotOptimize(book.check(request));
}
BENCHMARK(budget_check)
    ->Name("cost/budget_check/groups")
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);

void budget_reserve(benchmark::State& state) {
  auto book = book_of(state.range(0));
  const SpendRequest request{
      "acme", "g7", kNow + std::chrono::hours(40), UsdPerHour::from_dollars(2), {}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(book.reserve("token", request));
    book.release("token");
  }
}
BENCHMARK(budget_reserve)
    ->Name("cost/budget_reserve/groups")
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);

std::vector<double> year() {
  std::vector<double> demand(8760);
  std::mt19937_64 random{2};
  for (std::size_t h = 0; h < demand.size(); ++h)
    demand[h] = std::floor(60 + 40 * std::sin(static_cast<double>(h) * 0.2618) +
                           static_cast<double>(random() % 20));
  return demand;
}

void commitment_advice(benchmark::State& state) {
  const auto demand = year();
  const CommitmentTerms terms[] = {
      {"1y all", Usd::from_dollars(494), {}, kOneYearHours},
      {"1y none", {}, UsdPerHour::from_dollars(0.06042), kOneYearHours},
      {"3y all", Usd::from_dollars(949), {}, kThreeYearsHours}};
  for (auto _ : state)
    benchmark::DoNotOptimize(advise({demand, demand, UsdPerHour::from_dollars(0.096), terms}));
}
BENCHMARK(commitment_advice)->Name("cost/commitment_advice/year")->Unit(benchmark::kMillisecond);

void savings_plan_year(benchmark::State& state) {
  const auto demand = year();
  const PlanRate rates[] = {{UsdPerHour::from_dollars(0.096), UsdPerHour::from_dollars(0.06)},
                            {UsdPerHour::from_dollars(0.17), UsdPerHour::from_dollars(0.12)},
                            {UsdPerHour::from_dollars(0.126), UsdPerHour::from_dollars(0.09)}};
  std::vector<double> usage;
  for (const double d : demand)
    for (const int part : {2, 3, 5}) usage.push_back(d / part);
  for (auto _ : state) benchmark::DoNotOptimize(savings_plan(rates, usage));
}
BENCHMARK(savings_plan_year)
    ->Name("cost/savings_plan/year_of_3_kinds")
    ->Unit(benchmark::kMillisecond);

// A group's tick where its size changes: which machines, out of 1200 offers of a region, and what
// else could be bought.
void decision(benchmark::State& state) {
  std::mt19937_64 random{3};
  std::vector<PricedOffer> offers;
  for (int type = 0; type < 300; ++type) {
    const double capacity = 0.5 * (1 << (type % 6));
    PricedOffer o{std::to_string(type), UsdPerHour::from_dollars(0.04 * capacity), capacity};
    o.price.nanos += static_cast<std::int64_t>(random() % 20'000'000);
    o.machine_type = o.id;
    o.family = std::to_string(type / 6);
    offers.push_back(o);
    for (const auto* zone : {"a", "b", "c"}) {
      auto spot = o;
      spot.id += zone;
      spot.zone = zone;
      spot.purchase = Purchase::spot;
      spot.price.nanos = o.price.nanos * static_cast<std::int64_t>(25 + random() % 50) / 100;
      spot.interruption_month = month_share_of_band(static_cast<int>(random() % 5));
      offers.push_back(spot);
    }
  }
  const Menu menu(std::move(offers));
  BuyRules rules;
  rules.spot = true;
  const std::vector<MixRow> held{{"5", 2}, {"11a", 3}};
  ShopView view;
  view.held = held;
  view.now = kNow;
  for (auto _ : state) {
    const Shop shop(menu, rules, view);
    benchmark::DoNotOptimize(shop.buy(60, Freedom::keep));
    if (state.range(0) > 0) benchmark::DoNotOptimize(shop.options(60, Freedom::keep));
  }
}
BENCHMARK(decision)
    ->Name("cost/decision_of_1200_offers/with_options")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond);

void roi_of_a_move(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(roi({Usd::from_dollars(8), Usd::from_dollars(20)},
                                 {Usd::from_dollars(12), {}},
                                 {Usd::from_dollars(1), {}, {}, {}, {}}, std::chrono::hours(4))
                                 .ratio());
}
BENCHMARK(roi_of_a_move)->Name("cost/roi")->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace nova
