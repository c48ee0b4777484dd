// What a tick costs: the engine with 1000 groups, with and without new forecasts.
#include <benchmark/benchmark.h>

#include <cmath>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"

namespace nova {
namespace {

constexpr Duration kStep = std::chrono::seconds(60);

std::vector<GroupSpec> groups(std::size_t n) {
  std::vector<GroupSpec> all(n);
  for (std::size_t g = 0; g < n; ++g) {
    all[g].id = "g" + std::to_string(g);
    all[g].max = 200;
    SignalSpec signal;
    signal.name = "requests";
    signal.per_machine = 100;
    signal.key = g + 1;
    all[g].signals.push_back(signal);
    PredictiveSpec predictive;
    predictive.models = {"regression"};
    all[g].policies = {predictive, TargetTrackingSpec{"requests", {}}};
  }
  return all;
}

TickInput input(TimePoint now, std::size_t n) {
  TickInput tick{now, std::vector<GroupInput>(n)};
  const double hour = hours(now.time_since_epoch());
  for (std::size_t g = 0; g < n; ++g) {
    auto& group = tick.groups[g];
    group.first_end = now;
    group.samples = {{1000 + 700 * std::sin(hour / 3.8 + static_cast<double>(g)) +
                      static_cast<double>(unix_ns(now) / 60'000'000'000 * 31 % 97)}};
    group.fleet.known = true;
    group.fleet.rows.push_back({"", 16, 0, 16, 0, 0});
  }
  return tick;
}

// One tick of n groups: observe and decide in each, ask the regression plugin in every fifth.
void tick(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  loader::PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  const auto found = catalogue.open("org.novacron.model.regression").value();
  auto instance =
      loader::Instance::create(loader::HostContext::make({}), found.library, *found.component, {})
          .value();
  loader::ModelClient client(*instance);
  ModelService models([&](const auto&, const auto&) { return &client; },
                      [](const auto&) { return Duration(std::chrono::minutes(5)); });
  Engine engine(groups(n), kStep);
  auto now = from_unix_ns(1'000'000'200'000'000'000);
  const auto step = [&] {
    engine.observe(input(now, n));
    const auto questions = engine.questions();
    if (!questions.empty())
      for (const auto& answer : models.ask(questions)) engine.answer(answer);
    for (std::size_t g = 0; g < n; ++g)
      benchmark::DoNotOptimize(engine.decide(g, default_offers(engine.specs()[g])));
    now += kStep;
  };
  for (int warm = 0; warm < 300; ++warm) step();  // 60 forecast steps: models are trusted
  for (auto _ : state) step();
  state.counters["groups/s"] =
      benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(tick)
    ->Name("tick/groups")
    ->Arg(1000)
    ->Iterations(100)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace nova
