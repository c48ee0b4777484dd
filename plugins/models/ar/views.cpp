#include "plugins/models/ar/views.hpp"

namespace nova::ar {

Scales Scales::of(std::span<const double> values, bool plain) {
  Scales s;
  s.level = level_scale(values);
  if (plain) return s;
  if (const auto log = log_scale(values)) s.log = *log, s.has_log = true;
  s.non_negative = std::all_of(values.begin(), values.end(), [](double x) { return x >= 0; });
  return s;
}

void Views::push(const Scales& scales, double value) {
  x.push_back(value);
  for (const View v : {View::level, View::log}) {
    if (!scales.has(v)) continue;
    auto& values = z[static_cast<std::size_t>(v)];
    values.push_back((v == View::level ? scales.level : scales.log).forward(value));
    const std::size_t n = values.size();
    for (const std::size_t difference : {2, 4}) {
      const auto d = static_cast<View>(static_cast<std::size_t>(v) + difference);
      const std::size_t back = apart(d);
      if (back > 0)
        z[static_cast<std::size_t>(d)].push_back(n > back ? values[n - 1] - values[n - 1 - back]
                                                          : 0);
    }
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
