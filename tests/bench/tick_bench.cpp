// What a tick costs: the engine with 1000 groups, with and without new forecasts.
#include <benchmark/benchmark.h>

#include <cmath>

#include "core/forecast/panel.hpp"
#include "core/forecast/season.hpp"
#include "tests/bench/many.hpp"

namespace nova {
namespace {

// One tick of n groups: observe and decide in each, ask the regression plugin in every fifth.
void tick(benchmark::State& state) {
  const many::Shape shape{.groups = static_cast<std::size_t>(state.range(0))};
  many::Regression models(NOVA_BUILD_DIR "/plugins");
  Engine engine(many::specs(shape), many::kStep);
  const auto menus = many::menus(engine);
  const auto menu_of = [&](std::size_t g) -> const Menu& { return menus[g]; };
  auto now = from_unix_ns(1'000'000'200'000'000'000);
  std::chrono::steady_clock::duration warning{};
  const auto step = [&] {
    engine.observe(many::input(now, shape));
    models.answer(engine, engine.questions());
    benchmark::DoNotOptimize(engine.decide_all(menu_of));
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t g = 0; g < shape.groups; ++g)
      benchmark::DoNotOptimize(engine.group(g).conditions(menu_of(g), engine.market()));
    warning += std::chrono::steady_clock::now() - began;
    now += many::kStep;
  };
  for (int warm = 0; warm < 300; ++warm) step();  // 60 forecast steps: models are trusted
  warning = {};
  for (auto _ : state) step();
  state.counters["conditions_us"] =  // of a tick: what is to be warned of, alerts and all
      std::chrono::duration<double, std::micro>(warning).count() /
      static_cast<double>(state.iterations());
  state.counters["groups/s"] = benchmark::Counter(static_cast<double>(shape.groups),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(tick)
    ->Name("tick/groups")
    ->Arg(1000)
    ->Iterations(100)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

double load(std::int64_t t) {
  return 1000 + 700 * std::sin(static_cast<double>(t) / 45.8) +
         static_cast<double>(static_cast<std::uint64_t>(t) * 2654435761u % 97);
}

// The forecast room's own share of one series and forecast step, three models on its panel: scores
// what came, calibrates, weighs and blends. No plugin is asked.
void panel(benchmark::State& state) {
  constexpr std::int64_t kPoints = 2016;
  constexpr Duration kForecastStep = std::chrono::minutes(5);
  const auto shape =
      PanelShape::make(1, 4, 864, {96, 864}, {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99});
  Panel room(shape, {"a", "b", "c"});
  std::vector<double> history;
  for (std::int64_t t = 0; t < kPoints; ++t) history.push_back(load(t));
  const auto says = [&](std::int64_t t, double off) {
    Forecast::Parts p{
        from_unix_ns(0) + kForecastStep * t, kForecastStep, shape.leads, shape.levels, {}, {}};
    for (const auto lead : shape.leads) p.mean.push_back(load(t + lead) + off);
    for (const double level : shape.levels)
      for (const double m : p.mean) p.quantiles.push_back(m + 100 * (level - 0.5));
    return Forecast::make(std::move(p)).value();
  };
  std::int64_t t = kPoints;
  for (auto _ : state) {
    state.PauseTiming();
    history.erase(history.begin());
    history.push_back(load(t));
    const Forecast raw[] = {says(t, 3), says(t, -5), says(t, 9)};
    const auto now = from_unix_ns(0) + kForecastStep * t;
    state.ResumeTiming();
    room.arrive(now, history, 288);
    for (std::size_t m = 0; m < 3; ++m) room.take(m, raw[m], history, 288);
    room.conclude(now, kForecastStep, history, 288);
    ++t;
  }
}
BENCHMARK(panel)->Name("forecast/panel_3_models")->Unit(benchmark::kMicrosecond);

// Four weeks of 5-minute points.
void seasons(benchmark::State& state) {
  std::vector<double> history;
  for (std::int64_t t = 0; t < 4 * 2016; ++t) history.push_back(load(t));
  const SeasonRules rules{.hints = {12, 288, 2016}};
  for (auto _ : state) benchmark::DoNotOptimize(find_seasons(history, rules));
}
BENCHMARK(seasons)->Name("forecast/seasons_4_weeks")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nova
