// A series on all the scales that members of the pool look at, side by side.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plugins/models/ar/transform.hpp"

namespace nova::ar {

// Values on a scale, or their steps from point to point (what an integrated series is fitted on).
enum class View : std::uint8_t { level, log, level_steps, log_steps };
inline constexpr std::size_t kViews = 4;
constexpr bool has_steps(View v) { return v == View::level_steps || v == View::log_steps; }
constexpr View scale_of(View v) {
  return v == View::level || v == View::level_steps ? View::level : View::log;
}

struct Scales {
  Transform level, log;
  bool has_log = false, non_negative = false;

  static Scales of(std::span<const double> values);
  // Where forecasts are combined and errors counted: logarithms where there are any.
  View work() const { return has_log ? View::log : View::level; }
  const Transform& work_scale() const { return has_log ? log : level; }
  bool has(View v) const { return has_log || scale_of(v) == View::level; }
  // A value of the scale of v on the working scale.
  double to_work(View v, double z) const {
    return scale_of(v) == work() ? z : log.forward(level.back(z));
  }
};

struct Views {
  std::vector<double> x;  // the values themselves
  std::array<std::vector<double>, kViews> z;

  std::size_t size() const { return x.size(); }
  const std::vector<double>& operator[](View v) const { return z[static_cast<std::size_t>(v)]; }
  void push(const Scales& scales, double x);
  void drop(std::size_t oldest);  // forgets the first `oldest` values
};

}  // namespace nova::ar
