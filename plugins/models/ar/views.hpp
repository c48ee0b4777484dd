// A series on all the scales that members of the pool look at, side by side.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plugins/models/ar/transform.hpp"

namespace nova::ar {

// Values on a scale, or their steps from point to point (what an integrated series is fitted on).
enum class View : std::uint8_t { level, log, level_steps, log_steps, level_seasons, log_seasons };
inline constexpr std::size_t kViews = 6;
constexpr View scale_of(View v) {
  return static_cast<std::uint8_t>(v) % 2 == 0 ? View::level : View::log;
}
constexpr bool is_difference(View v) { return v > View::log; }

struct Scales {
  Transform level, log;
  bool has_log = false, non_negative = false;

  // plain: levels only, and no idea of values that cannot be negative.
  static Scales of(std::span<const double> values, bool plain);
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
  std::vector<double> x;     // the values themselves
  std::uint32_t season = 0;  // of the seasonal differences; 0 = there are none
  std::array<std::vector<double>, kViews> z;

  std::size_t size() const { return x.size(); }
  const std::vector<double>& operator[](View v) const { return z[static_cast<std::size_t>(v)]; }
  // How far apart the values lie whose difference v holds; 0: it holds values.
  std::uint32_t apart(View v) const {
    return !is_difference(v) ? 0 : v <= View::log_steps ? 1 : season;
  }
  void push(const Scales& scales, double x);
  void drop(std::size_t oldest);  // forgets the first `oldest` values
};

}  // namespace nova::ar
