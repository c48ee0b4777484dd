// Recorded loads for the benchmarks of decisions: CSV files, perhaps compressed, of
// `timestamp_unix_s,value`, as a folder with traces.json lists them.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/backtest/trace.hpp"

namespace nova::traces {

constexpr Duration kSlot = std::chrono::seconds(60);

struct Recorded {
  double start_s = 0, step_s = 0;
  std::vector<double> values;
};

inline Recorded read(const std::string& path) {
  Recorded r;
  std::vector<double> times;
  const gzFile file = gzopen(path.c_str(), "rb");
  char line[256];
  while (file && gzgets(file, line, sizeof line)) {
    char* end = nullptr;
    const double t = std::strtod(line, &end);
    if (end == line || *end != ',') continue;
    times.push_back(t);
    r.values.push_back(std::strtod(end + 1, nullptr));
  }
  if (file) gzclose(file);
  if (times.size() < 2) return r;
  r.start_s = times[0];
  r.step_s = times[1] - times[0];
  return r;
}

// The load of each minute in machines that it keeps busy.
inline std::vector<double> machines(const Recorded& recorded, double capacity, Interpolation how) {
  const auto step = Duration(static_cast<std::int64_t>(recorded.step_s * 1e9));
  auto load = to_slots(recorded.values, step, kSlot, how).value();
  for (auto& x : load) x /= capacity;
  return load;
}

}  // namespace nova::traces
