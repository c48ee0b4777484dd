#include "core/forecast/season_watch.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "core/forecast/baseline.hpp"

namespace nova {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kDay = kHour * 24;
constexpr Duration kWeek = kDay * 7;

}  // namespace

// Once an hour until the first time, then once a day.
bool SeasonWatch::due(TimePoint end) const {
  const auto every = std::max<std::int64_t>(1, (s_.looked ? kDay : kHour) / step_);
  const auto index = unix_ns(end) / step_.count();
  return (index + static_cast<std::int64_t>(key_ % static_cast<std::uint64_t>(every))) % every == 0;
}

SeasonRules SeasonWatch::rules(Duration step) {
  SeasonRules rules;
  for (const auto hint : {kHour, kDay, kWeek})
    if (hint % step == Duration{0} && hint / step > 1)
      rules.hints.push_back(static_cast<std::size_t>(hint / step));
  return rules;
}

bool SeasonWatch::update(std::span<const double> history, TimePoint end) {
  const auto points = history.size();
  if (step_ * static_cast<std::int64_t>(points) < kDay * 2) {
    if (!s_.looked) assume(points);
    return false;
  }
  if (!due(end)) {
    if (!s_.looked) assume(points);
    return false;
  }
  s_.found = find_seasons(history, rules(step_));
  s_.looked = true;
  // The one that repeats best; with equal errors the shorter.
  s_.judge = 0;
  double least = 0;
  for (const auto& season : s_.found) {
    const double error = naive_error(history, season.length, 1, points);
    if (std::isnan(error) || (s_.judge != 0 && error >= least)) continue;
    s_.judge = season.length;
    least = error;
  }
  return true;
}

void SeasonWatch::assume(std::size_t points) {
  s_.found.clear();
  s_.judge = 0;
  for (const auto& [season, cycles] : {std::pair{kDay, 1}, std::pair{kWeek, 2}}) {
    const auto length = static_cast<std::size_t>(season / step_);
    if (season % step_ != Duration{0} || length < 2 ||
        points < length * static_cast<std::size_t>(cycles))
      continue;
    s_.found.push_back({length, 0});
    if (s_.judge == 0) s_.judge = length;
  }
}

std::vector<std::uint32_t> SeasonWatch::lengths() const {
  std::vector<std::uint32_t> all;
  for (const auto& season : s_.found) all.push_back(static_cast<std::uint32_t>(season.length));
  return all;
}

std::string SeasonWatch::describe() const {
  if (s_.found.empty()) return s_.looked ? "no season" : "too short for a season";
  std::string text = s_.found.size() > 1 ? "seasons" : "season";
  for (std::size_t i = 0; i < s_.found.size(); ++i) {
    const auto& season = s_.found[i];
    std::array<char, 32> strength{};
    std::snprintf(strength.data(), strength.size(), "%.2f", season.strength);
    text += (i ? ", " : " ") + to_string(step_ * static_cast<std::int64_t>(season.length)) + " (" +
            (s_.looked ? strength.data() : "assumed") + ")";
  }
  return text;
}

}  // namespace nova
