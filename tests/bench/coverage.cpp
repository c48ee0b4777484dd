// Coverage of a model plugin that is fitted once and then only observes: rolling origins over the
// last part of each series, one point at a time, through the contract.
//
//   coverage PLUGIN.so FIT SEASON[,SEASON] < series        a series a line: name,value,value,...
//
// Fits on the first FIT points (on three quarters of a shorter series), then for every later point
// observes it and forecasts leads 1, 3, 12 and 48. Prints how often the central 80 % and 95 % held
// what came, and the CPU time of a fit, an observation and a forecast. Driven by coverage.py.
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <novascale/fake_host.hpp>
#include <sstream>

namespace {

constexpr std::size_t kLeads[] = {1, 3, 12, 48};

double cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e6 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_nsec);
}

std::vector<double> numbers(std::istream& in) {
  std::vector<double> out;
  for (std::string cell; std::getline(in, cell, ',');)
    out.push_back(cell.empty() ? nova::kNaN : std::stod(cell));
  return out;
}

struct Held {
  double in80 = 0, in95 = 0, count = 0, below = 0;
};

void roll(const nova_component& component, const std::string& name, const std::vector<double>& y,
          std::size_t fit_points, const std::vector<std::uint32_t>& seasons) {
  nova::FakeHost host;
  nova::FakeComponent model(component, host);
  const std::size_t fit = std::min(fit_points, y.size() * 3 / 4);
  double before = cpu_us();
  model.fit({{y.begin(), y.begin() + static_cast<std::ptrdiff_t>(fit)}}, seasons);
  const double fit_us = cpu_us() - before;
  double observe_us = 0, forecast_us = 0, steps = 0;
  Held held[std::size(kLeads)];
  for (std::size_t now = fit; now < y.size(); ++now, ++steps) {
    before = cpu_us();
    const auto a = model.forecast({{}}, 48, {0.025, 0.1, 0.5, 0.9, 0.975});
    forecast_us += cpu_us() - before;
    for (std::size_t i = 0; i < std::size(kLeads); ++i) {
      const std::size_t h = kLeads[i] - 1;
      if (now + h >= y.size() || std::isnan(y[now + h]) || a.item_status[0] != NOVA_OK) continue;
      const auto& q = a.quantiles[0];
      const double v = y[now + h];
      held[i].in95 += q[0][h] <= v && v <= q[4][h];
      held[i].in80 += q[1][h] <= v && v <= q[3][h];
      held[i].below += v < q[2][h];
      ++held[i].count;
    }
    model.origin_ns += model.step_ns;
    before = cpu_us();
    model.observe({{y[now]}});
    observe_us += cpu_us() - before;
  }
  std::printf("%-32s", name.c_str());
  for (std::size_t i = 0; i < std::size(kLeads); ++i)
    std::printf("  %2zu: %.3f %.3f", kLeads[i], held[i].in80 / held[i].count,
                held[i].in95 / held[i].count);
  std::printf("  fit %.0f us, observe %.1f us, forecast %.1f us\n", fit_us, observe_us / steps,
              forecast_us / steps);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: coverage PLUGIN.so FIT SEASON[,SEASON] < series\n", stderr);
    return 2;
  }
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  const auto entry =
      library == nullptr
          ? nullptr
          : reinterpret_cast<nova_plugin_entry_fn>(dlsym(library, "nova_plugin_entry_v1"));
  if (entry == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 3;
  }
  std::istringstream list(argv[3]);
  std::vector<std::uint32_t> seasons;
  for (const double s : numbers(list)) seasons.push_back(static_cast<std::uint32_t>(s));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream cells(line);
    std::string name;
    std::getline(cells, name, ',');
    roll(*entry()->components[0], name, numbers(cells), std::stoul(argv[2]), seasons);
  }
  return 0;
}
