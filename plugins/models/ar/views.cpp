#include "plugins/models/ar/views.hpp"

namespace nova::ar {

Scales Scales::of(std::span<const double> values) {
  Scales s;
  s.level = level_scale(values);
  if (const auto log = log_scale(values)) s.log = *log, s.has_log = true;
  s.non_negative = std::all_of(values.begin(), values.end(), [](double x) { return x >= 0; });
  return s;
}

void Views::push(const Scales& scales, double value) {
  x.push_back(value);
  for (const View v : {View::level, View::log}) {
    if (!scales.has(v)) continue;
    auto& values = z[static_cast<std::size_t>(v)];
    auto& steps = z[static_cast<std::size_t>(v) + 2];
    values.push_back((v == View::level ? scales.level : scales.log).forward(value));
    const std::size_t n = values.size();
    steps.push_back(n > 1 ? values[n - 1] - values[n - 2] : 0);
  }
}

void Views::drop(std::size_t oldest) {
  const auto forget = [&](std::vector<double>& v) {
    if (!v.empty()) v.erase(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(oldest));
  };
  forget(x);
  for (auto& v : z) forget(v);
}

}  // namespace nova::ar
