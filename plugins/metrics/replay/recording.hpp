// A recorded history: the series of one file, repaired, and what was known of them at any instant.
//
// Input: a Table. Output: points on any grid, the newest sample, catalogue data. Called by
// plugin.cpp.
//
// Time. A sample stamped t in a file of step s stands for [t, t + s), so it is complete, and can be
// known, only at t + s: that is the time it is reported under. A point of the contract's grid at g
// stands for (g - step, g]. Hence a file and a grid of the same step and phase match one to one,
// the sample stamped g - step being the point g; with another phase every sample is told at the
// next point it can match. Where a point would hold what is not complete at g (a part of a longer
// sample), all points are told later, by as little as makes each of them complete: who asks for the
// newest point finds it there, as in a service that answers with its newest reading.
//
// Repairs, counted: points out of order are sorted, of points with one timestamp the last in the
// file counts. Points off the step keep their time and stand until the next point, a step at most.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "csv_table.hpp"

namespace nova::replay {

struct Repairs {
  std::uint64_t unordered = 0;  // points that lay before an earlier line's
  std::uint64_t duplicate = 0;  // points dropped because a later line has the same timestamp
  std::uint64_t irregular =
      0;                   // points whose distance to the one before is no multiple of the step
  std::uint64_t gaps = 0;  // steps without a point
  bool any() const { return unordered + duplicate + irregular + gaps > 0; }
};

// How the samples of one series within one grid step become one value.
enum class Within { mean, max, min, sum, last, rate };

struct Labels {  // of `cpu{host="a",zone=b}`: cpu, and host = a, zone = b
  std::string base;
  std::vector<std::pair<std::string, std::string>> pairs;  // in the order of the name
};
Labels parse_labels(const std::string& name);

struct Sample {
  std::int64_t time_ns;  // when it was complete
  double value;
};

class Recording {
 public:
  // step: spacing of the samples in ns, 0 = find it. An index becomes a time by it (60 s when not
  // given).
  static Recording make(Table table, std::int64_t step_ns, const std::string& path);

  std::size_t size() const noexcept { return series_.size(); }
  const std::string& name(std::size_t s) const { return series_[s].name; }
  const Labels& labels(std::size_t s) const { return series_[s].labels; }

  // Start of the first sample, end of the last one, spacing (of the finest series).
  std::int64_t first_ns() const noexcept { return first_; }
  std::int64_t last_ns() const noexcept { return last_; }
  std::int64_t step_ns() const noexcept { return step_; }
  bool indexed() const noexcept { return indexed_; }
  const Repairs& repairs() const noexcept { return repairs_; }

  // Must precede the use of Within::rate on that series.
  void prepare_rate(std::size_t s);

  // Points t0, t0 + step, ... of one series up to `now`; NaN where nothing is known.
  void points(std::size_t s, Within within, std::int64_t now, std::int64_t t0, std::int64_t step,
              std::span<double> out) const;

  // The newest real sample complete at `now`.
  std::optional<Sample> newest(std::size_t s, bool rate, std::int64_t now) const;

 private:
  struct Times {
    std::vector<std::int64_t> at;  // ascending, no two alike
    std::int64_t step = 0;
    bool regular = true;  // all distances are multiples of the step
  };
  struct Series {
    std::string name;
    Labels labels;
    std::size_t times;
    std::vector<double> values, rates;
  };

  void repair(std::vector<std::vector<std::int64_t>>& raw);
  void find_steps(std::int64_t given, const std::string& path);
  void find_span();
  // End of what sample i stands for.
  static std::int64_t end_of(const Times& t, std::size_t i) {
    const std::int64_t end = t.at[i] + t.step;
    return i + 1 < t.at.size() && t.at[i + 1] < end ? t.at[i + 1] : end;
  }
  static std::int64_t late(const Times& t, std::int64_t t0, std::int64_t step);
  double cell(const Series& s, Within within, std::int64_t begin, std::int64_t end,
              std::size_t& from) const;

  std::vector<Times> times_;
  std::vector<Series> series_;
  Repairs repairs_;
  std::int64_t first_ = 0, last_ = 0, step_ = 0;
  bool indexed_ = false;
};

}  // namespace nova::replay
