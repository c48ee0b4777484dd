#include "host/cli/forecast_seasons.hpp"

#include <algorithm>

#include "core/forecast/season.hpp"

namespace nova::cli {

constexpr std::size_t kUnusualCycles = 3;  // of a season that no calendar knows

std::vector<std::uint32_t> usual_seasons(const TimeGrid& grid, std::size_t points) {
  std::vector<std::uint32_t> seasons;
  const auto offer = [&](std::int64_t whole, std::int64_t step) {
    if (step <= 0 || whole % step != 0 || whole / step < 2) return;
    if (static_cast<std::size_t>(whole / step) * 2 <= points)
      seasons.push_back(static_cast<std::uint32_t>(whole / step));
  };
  if (grid.kind == TimeKind::index) return seasons;
  if (grid.months) {
    offer(12, grid.step);
    return seasons;
  }
  constexpr std::int64_t kDay = 86'400'000'000'000;
  offer(kDay, grid.step_duration().count());
  offer(7 * kDay, grid.step_duration().count());
  return seasons;
}

std::vector<SeriesSeason> detected_seasons(const InputSeries& series) {
  const auto usual = usual_seasons(series.grid, series.values.size());
  SeasonRules rules;
  rules.hints.assign(usual.begin(), usual.end());
  auto found = find_seasons(series.values, rules);
  std::stable_sort(found.begin(), found.end(),
                   [](const Season& a, const Season& b) { return a.strength > b.strength; });
  std::vector<SeriesSeason> seasons;
  for (const auto length : usual) seasons.push_back({length, SeasonFrom::step});
  for (const auto& season : found) {
    const auto same = [&](const SeriesSeason& one) { return one.length == season.length; };
    const auto at = std::find_if(seasons.begin(), seasons.end(), same);
    if (at != seasons.end())
      at->from = SeasonFrom::values;
    else if (kUnusualCycles * season.length <= series.values.size())
      seasons.push_back({static_cast<std::uint32_t>(season.length), SeasonFrom::values});
  }
  return seasons;
}

}  // namespace nova::cli
