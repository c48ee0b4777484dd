#include "core/backtest/trace.hpp"

#include <algorithm>
#include <cmath>

namespace nova {
namespace {

void bridge_gaps(std::vector<double>& values) {
  std::size_t known = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const bool first = known == values.size();
    for (std::size_t gap = first ? 0 : known + 1; gap < i; ++gap)
      values[gap] = first ? values[i]
                          : values[known] + (values[i] - values[known]) *
                                                static_cast<double>(gap - known) /
                                                static_cast<double>(i - known);
    known = i;
  }
  for (std::size_t gap = known + 1; gap < values.size(); ++gap) values[gap] = values[known];
}

}  // namespace

Result<std::vector<double>> to_slots(std::span<const double> samples, Duration step, Duration slot,
                                     Interpolation interpolation) {
  std::vector<double> values(samples.begin(), samples.end());
  if (values.size() < 2)
    return Error{ErrorCode::invalid_argument,
                 "trace: must have at least two samples, got " + std::to_string(values.size())};
  if (std::all_of(values.begin(), values.end(), [](double x) { return std::isnan(x); }))
    return Error{ErrorCode::invalid_argument, "trace: must have a known value, got none"};
  bridge_gaps(values);
  if (step == slot) return values;

  std::vector<double> slots;
  if (step < slot) {
    const auto each = static_cast<std::size_t>(std::llround(seconds(slot) / seconds(step)));
    for (std::size_t i = 0; i + each <= values.size(); i += each) {
      double sum = 0;
      for (std::size_t k = 0; k < each; ++k) sum += values[i + k];
      slots.push_back(sum / static_cast<double>(each));
    }
    return slots;
  }
  const auto count = static_cast<std::size_t>(
      std::llround(static_cast<double>(values.size()) * seconds(step) / seconds(slot)));
  for (std::size_t k = 0; k < count; ++k) {
    const double at = static_cast<double>(k) * seconds(slot) / seconds(step);
    const auto i = std::min(static_cast<std::size_t>(at), values.size() - 1);
    const auto next = std::min(i + 1, values.size() - 1);
    const double share = interpolation == Interpolation::linear ? at - static_cast<double>(i) : 0;
    slots.push_back(values[i] + (values[next] - values[i]) * share);
  }
  return slots;
}

}  // namespace nova
