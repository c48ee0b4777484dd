// What the plugin boundary costs: one call, and a forecast of 10 000 series x 12 steps through it.
#include <benchmark/benchmark.h>

#include <cmath>

#include "host/loader/catalogue.hpp"
#include "host/loader/model_client.hpp"

namespace nova::loader {
namespace {

std::unique_ptr<Instance> make(const char* component, bool direct) {
  PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  const auto found = catalogue.open(component).value();
  InstanceSpec spec;
  spec.name = "bench";
  spec.direct = direct;
  return Instance::create(HostContext::make({}), found.library, *found.component, spec).value();
}

// A call of the ops table with nothing to do: the price of the boundary itself.
void bare_call(benchmark::State& state) {
  const auto instance = make("org.novacron.model.seasonal_naive", true);
  const auto ops = instance->ops<nova_model_ops>();
  nova_series_view history{};
  history.struct_size = sizeof history;
  history.step_ns = 1;
  const double level = 0.5;
  nova_forecast io{};
  io.struct_size = sizeof io;
  io.history = &history;
  io.levels = &level;
  nova_call call{};
  call.struct_size = sizeof call;
  nova_error error{};
  error.struct_size = sizeof error;
  for (auto _ : state) benchmark::DoNotOptimize(ops.forecast(instance->raw(), &call, &io, &error));
}
BENCHMARK(bare_call)->Name("abi/bare_call");

// The same as the host makes it: with a deadline, on a worker thread (1) or on the caller's (0).
void guarded_call(benchmark::State& state) {
  const auto instance = make("org.novacron.model.seasonal_naive", state.range(0) == 0);
  for (auto _ : state) {
    const auto done =
        instance->call("nothing", Overlap::serial, std::chrono::seconds(5),
                       [](nova_instance*, const nova_call*, nova_error*) { return NOVA_OK; });
    if (!done.ok()) state.SkipWithError("call failed");
  }
}
BENCHMARK(guarded_call)->Name("abi/guarded_call")->Arg(0)->Arg(1)->UseRealTime();

void forecast_many(benchmark::State& state, const char* component) {
  constexpr std::size_t kSeries = 10'000, kPoints = 288, kSteps = 12;
  const auto instance = make(component, false);
  ModelClient client(*instance);
  std::vector<double> values(kSeries * kPoints);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 100 + 50 * std::sin(static_cast<double>(i % kPoints) / 3.8) +
                static_cast<double>(i * 2654435761u % 17);
  FitRequest fit;
  for (std::uint64_t s = 0; s < kSeries; ++s) fit.history.keys.push_back(s + 1);
  fit.history.points = kPoints;
  fit.history.values = values.data();
  fit.seasons.assign(kSeries, 24);
  fit.season_count = 1;
  if (client.can_fit() && !client.fit(fit, std::chrono::minutes(5)))
    state.SkipWithError("fit failed");
  ForecastRequest request;
  request.history = fit.history;
  if (client.can_fit()) request.history.values = nullptr;
  request.origin = fit.history.t0 + fit.history.step * static_cast<std::int64_t>(kPoints - 1);
  for (std::uint32_t h = 1; h <= kSteps; ++h) request.leads.push_back(h);
  request.levels = {0.1, 0.5, 0.9};
  for (auto _ : state) {
    const auto answer = client.forecast(request, std::chrono::minutes(1));
    if (!answer || !answer->items.front().ok()) state.SkipWithError("forecast failed");
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK_CAPTURE(forecast_many, seasonal_naive, "org.novacron.model.seasonal_naive")
    ->Name("abi/forecast_10000x12/seasonal_naive")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(forecast_many, regression, "org.novacron.model.regression")
    ->Name("abi/forecast_10000x12/regression")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace nova::loader
