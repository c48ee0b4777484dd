// What a cloud's price list costs: opening it, asking for the offers of one region, quoting 1000.
#include <benchmark/benchmark.h>

#include "host/loader/catalogue.hpp"
#include "host/loader/cost_client.hpp"

namespace nova::loader {
namespace {

constexpr const char* kOneRegion = R"({"regions": ["us-east-1"]})";

std::unique_ptr<Instance> make(PluginCatalogue& catalogue, const std::string& cloud) {
  const auto found = catalogue.open("org.novacron.cost." + cloud).value();
  InstanceSpec spec;
  spec.name = cloud;
  return Instance::create(HostContext::make({}), found.library, *found.component, spec).value();
}

// All of a cloud, from a config to an instance that can be asked.
void load(benchmark::State& state, const char* cloud) {
  PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  for (auto _ : state) benchmark::DoNotOptimize(make(catalogue, cloud));
}
BENCHMARK_CAPTURE(load, aws, "aws")
    ->Name("offers/load/aws")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(load, gce, "gce")
    ->Name("offers/load/gce")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(load, azure, "azure")
    ->Name("offers/load/azure")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void list(benchmark::State& state, const char* filter) {
  PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  const auto instance = make(catalogue, "aws");
  CostClient client(*instance);
  std::size_t offers = 0;
  for (auto _ : state) {
    const auto listed = client.list_offers(filter, std::chrono::minutes(5));
    if (!listed) return state.SkipWithError("listing failed");
    offers = listed->offers.size();
    benchmark::DoNotOptimize(listed);
  }
  state.counters["offers"] = static_cast<double>(offers);
}
BENCHMARK_CAPTURE(list, one_region, kOneRegion)
    ->Name("offers/list/us-east-1")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(list, group,
                  R"({"region": "us-east-1", "vcpus": [4, 16], "arch": "x86_64", "os": "linux"})")
    ->Name("offers/list/us-east-1/group")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(list, everything, "{}")
    ->Name("offers/list/all_of_aws")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void quote(benchmark::State& state) {
  PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  const auto instance = make(catalogue, "aws");
  CostClient client(*instance);
  const auto listed = client.list_offers(kOneRegion, std::chrono::minutes(5)).value();
  std::vector<QuoteRow> rows;
  for (const auto& offer : listed.offers)
    if (rows.size() < 1000) rows.emplace_back().offer_id = offer.id;
  for (auto _ : state) benchmark::DoNotOptimize(client.quote(rows, std::chrono::minutes(5)));
  state.counters["offers"] = static_cast<double>(rows.size());
}
BENCHMARK(quote)->Name("offers/quote")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace nova::loader
