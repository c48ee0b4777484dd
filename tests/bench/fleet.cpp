// What a fleet of series costs to keep forecast: fits, warm refits, observed points, forecasts.
//
//   fleet PLUGIN_DIR MODEL[,MODEL] [SERIES] [POINTS] [SEASON] [SETTINGS]
//
// 1000 series of 2016 points, m = 288; SETTINGS: of the models, JSON. Generated loads (a daily
// wave, a slow level, noise that fades), in batches of up to 250 through the contract, on one
// thread. Prints CPU microseconds a series for each operation, the size of a saved state, by how
// much the peak of memory grew (of a series by itself: SERIES 1), and what 10 000 series would take
// on two cores at that rate. Forecasts are of 36 steps and three quantiles.
#include <dlfcn.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <novascale/fake_host.hpp>
#include <random>
#include <sstream>
#include <stdexcept>

namespace {

using Matrix = nova::FakeComponent::Matrix;
constexpr std::size_t kBatch = 250;
constexpr std::size_t kNews = 12;  // points observed one by one

double peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

double cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return 1e6 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_nsec);
}

std::vector<double> load(std::uint64_t seed, std::size_t points, std::size_t season) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  const double level = 100 * std::exp(noise(random)), wave = 0.1 + 0.05 * std::fabs(noise(random));
  std::vector<double> y;
  double slow = 0, e = 0;
  for (std::size_t t = 0; t < points; ++t) {
    slow += 0.001 * noise(random);
    e = 0.8 * e + 0.02 * noise(random);
    const double angle = 2 * M_PI * static_cast<double>(t % season) / static_cast<double>(season);
    y.push_back(level * std::exp(slow + e + wave * std::sin(angle) + wave * std::cos(2 * angle)));
  }
  return y;
}

struct Times {
  double fit = 0, refit = 0, observe = 0, forecast = 0;
  double state = 0;  // bytes saved
  double grown = 0;  // MiB, by all but the saving
};

Times batch(const nova_component& component, const char* settings, std::uint64_t seed,
            std::size_t series, std::size_t points, std::uint32_t season) {
  Matrix first, later, none(series);
  Matrix news[kNews];
  for (std::size_t s = 0; s < series; ++s) {
    const auto y = load(seed + s, points + kNews, season);
    first.emplace_back(y.begin(), y.end() - kNews);
    later.emplace_back(y.begin() + kNews, y.end());
    for (std::size_t t = 0; t < kNews; ++t) news[t].push_back({y[points + t]});
  }
  nova::FakeHost host;
  nova::FakeComponent model(component, host, settings);
  if (model.status != NOVA_OK) throw std::runtime_error(model.error());
  Times out;
  const double peak = peak_mib();
  const auto timed = [](double& sum, double share, auto&& what) {
    const double before = cpu_us();
    what();
    sum += (cpu_us() - before) * share;
  };
  timed(out.fit, 1, [&] { model.fit(first, {season}); });
  for (const auto& points_of_a_step : news) {
    model.origin_ns += model.step_ns;
    timed(out.observe, 1.0 / kNews, [&] { model.observe(points_of_a_step); });
  }
  timed(out.forecast, 1, [&] { model.forecast(none, 36, {0.1, 0.5, 0.9}); });
  timed(out.refit, 1, [&] { model.fit(later, {season}, true); });
  out.grown = peak_mib() - peak;
  out.state = static_cast<double>(model.save().size());
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: fleet PLUGIN_DIR MODEL[,MODEL] [SERIES] [POINTS] [SEASON] [SETTINGS]\n",
               stderr);
    return 2;
  }
  const auto number = [&](int i, std::size_t otherwise) {
    return argc > i ? std::stoul(argv[i]) : otherwise;
  };
  const std::size_t series = number(3, 1000), points = number(4, 2016), season = number(5, 288);
  std::istringstream names(argv[2]);
  const char* const settings = argc > 6 ? argv[6] : "{}";
  std::printf("%-15s %10s %10s %10s %10s   us a series %10s %10s\n", "model", "fit", "refit",
              "observe", "forecast", "state KiB", "grown MiB");
  Times all;
  for (std::string name; std::getline(names, name, ',');) {
    void* library =
        dlopen((std::string(argv[1]) + "/" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto entry =
        library == nullptr
            ? nullptr
            : reinterpret_cast<nova_plugin_entry_fn>(dlsym(library, "nova_plugin_entry_v1"));
    if (entry == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
    Times sum;
    std::size_t done = 0;
    for (std::size_t some = 0; done < series; done += some) {
      some = std::min(kBatch, series - done);
      const auto t = batch(*entry()->components[0], settings, done, some, points,
                           static_cast<std::uint32_t>(season));
      sum.grown += t.grown;
      sum.state += t.state, sum.fit += t.fit, sum.refit += t.refit, sum.observe += t.observe,
          sum.forecast += t.forecast;
    }
    const auto n = static_cast<double>(done);
    std::printf("%-15s %10.1f %10.1f %10.2f %10.1f %22.1f %10.1f\n", name.c_str(), sum.fit / n,
                sum.refit / n, sum.observe / n, sum.forecast / n, sum.state / n / 1024, sum.grown);
    all.fit += sum.fit / n, all.refit += sum.refit / n;
    all.observe += sum.observe / n, all.forecast += sum.forecast / n;
  }
  std::printf("%-15s %10.1f %10.1f %10.2f %10.1f\n", "all", all.fit, all.refit, all.observe,
              all.forecast);
  const double seconds = 10'000 / 2e6;  // 10 000 series, two cores
  std::printf("10 000 series on two cores: fit %.1f s, refit %.1f s, observe + forecast %.2f s\n",
              all.fit * seconds, all.refit * seconds, (all.observe + all.forecast) * seconds);
  return 0;
}
