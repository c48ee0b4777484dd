// Pattern: when a demand has its peaks and valleys, how high they are, and where it is heading.
//
// In: a history and the seasons found in it. Out: for each season the mean course of what shorter
// seasons leave, its peaks and valleys with the times they come next; and the trend of what all
// seasons leave. For people and for the planner; nothing decides by it. Pure.
#pragma once

#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/forecast/season.hpp"

namespace nova {

struct Extreme {
  Duration offset{};   // from the start of the season: of the UTC day or week (from Monday), else
                       // of a whole number of seasons since 1970
  double level = 0;    // demand there, shorter seasons and trend at their mean
  double ratio = 1;    // to the mean demand
  Duration lasting{};  // for how long it stays in the outer half of the swing around it
  TimePoint next{};    // when it comes next
};

struct Pattern {
  Duration length{};
  double strength = 0;                  // as of Season
  double low = 0, high = 0;             // of the course: demand
  std::vector<Extreme> peaks, valleys;  // the most extreme first; at most three
};

enum class Heading { steady, rising, falling };
const char* to_string(Heading heading) noexcept;

struct Trend {
  Heading heading = Heading::steady;
  double per_day = 0;   // demand added a day
  double strength = 0;  // 0 = none, 1 = nothing but trend, of what seasons leave
};

struct Course {
  std::vector<Pattern> patterns;  // as the seasons, shortest first
  Trend trend;
};

// `end` is that of the newest value. Without a known value: no pattern, a steady trend.
Course find_course(std::span<const double> history, TimePoint end, Duration step,
                   std::span<const Season> seasons);

}  // namespace nova
