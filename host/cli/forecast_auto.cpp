#include "host/cli/forecast_auto.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/forecast/evaluate.hpp"
#include "core/forecast/reach.hpp"

namespace nova::cli {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostVotes = 4;
constexpr double kFarBehind = 1.5;  // times the error of the best
constexpr double kFarAhead = 0.8;   // of the blend's error: then the best needs no help

// Mean scaled error over the origins; NaN when at one there is no answer, or nowhere a truth.
double error_of(std::span<const HeldOut> origins, std::span<const std::size_t> members) {
  double sum = 0, count = 0;
  for (const auto& origin : origins) {
    const auto forecast = blend(members, origin.said, origin.truth.size(), 0);
    if (forecast.mean.empty()) return kNoValue;
    const double error = mase(origin.truth, forecast.mean, origin.scale);
    if (std::isnan(error)) continue;
    sum += error;
    ++count;
  }
  return count > 0 ? sum / count : kNoValue;
}

// The middle one, or the mean of the two middle ones.
double median(std::span<double> values) {
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  if (values.size() % 2 == 1) return values[half];
  return values[half - 1] / 2 + values[half] / 2;
}

}  // namespace

Choice choose(std::span<const HeldOut> origins, std::size_t candidates) {
  Choice choice;
  std::vector<std::size_t> ranked;
  for (std::size_t m = 0; m < candidates; ++m) {
    choice.errors.push_back(error_of(origins, {&m, 1}));
    if (!std::isnan(choice.errors[m])) ranked.push_back(m);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [&](std::size_t a, std::size_t b) {
    return choice.errors[a] < choice.errors[b];
  });
  if (ranked.empty()) return choice;
  for (const auto m : ranked)
    if (choice.members.size() < kMostVotes &&
        choice.errors[m] <= kFarBehind * choice.errors[ranked[0]])
      choice.members.push_back(m);
  choice.error = error_of(origins, choice.members);
  if (choice.errors[ranked[0]] < kFarAhead * choice.error) {
    choice.members = {ranked[0]};
    choice.error = choice.errors[ranked[0]];
  }
  return choice;
}

Distribution blend(std::span<const std::size_t> members, std::span<const Opinion> said,
                   std::size_t leads, std::size_t levels) {
  std::vector<Opinion> views;
  for (const auto m : members)
    if (said[m].mean != nullptr) views.push_back(said[m]);
  if (views.empty()) return {};
  std::vector<double> values(views.size());
  const auto middle = [&](const double* Opinion::*row, std::size_t i) {
    for (std::size_t v = 0; v < views.size(); ++v) values[v] = (views[v].*row)[i];
    return median(values);
  };
  Distribution out;
  for (std::size_t h = 0; h < leads; ++h) out.mean.push_back(middle(&Opinion::mean, h));
  for (std::size_t i = 0; i < leads * levels; ++i)
    out.quantiles.push_back(middle(&Opinion::quantiles, i));
  return out;
}

void keep_plausible(std::span<const double> history, Distribution& forecast) {
  std::vector<std::uint32_t> leads(forecast.mean.size());
  std::iota(leads.begin(), leads.end(), 1u);
  if (!leads.empty()) keep_within(Reach::of(history), leads, forecast.mean, forecast.quantiles);
  if (std::any_of(history.begin(), history.end(), [](double y) { return y < 0; })) return;
  for (auto* values : {&forecast.mean, &forecast.quantiles})
    for (double& x : *values) x = std::max(x, 0.0);
}

}  // namespace nova::cli
