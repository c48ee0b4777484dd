// Lags: what the recent past, yesterday and last week say about the next minutes.
//
// In: one value a slot on the square-root scale, which makes the noise of counts even. Out: the
// columns from which the change against the present level is regressed, one row a lead.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/decide/promise/decay.hpp"
#include "core/decide/promise/past.hpp"

namespace nova::promise {

inline constexpr std::size_t kColumns = 16;
using LagRow = std::array<double, kColumns>;

class Lags {
 public:
  explicit Lags(std::size_t day);  // slots a day

  void push(double y);

  // The least and the greatest value of the past week; wants a slot that has passed. O(week).
  std::pair<double, double> range() const;

  // The 5-slot average: what rows and targets are relative to.
  double level() const { return level_.value(); }
  // Columns that are the same for every lead; seasonal() fills the others. A season that was not
  // lived through yet gives 0, so the first days need no other model.
  LagRow common() const;
  // Of the slot `lead` slots ahead; 1 is the first slot that is not known.
  void seasonal(std::size_t lead, LagRow& row) const;

  template <class Archive>
  void state(Archive& archive) {
    for (auto& average : averages_) average.state(archive);
    level_.state(archive);
    past_.state(archive);
    archive(profile_, days_);
    archive.index(at_, day_);
  }

 private:
  double change(std::size_t season, std::size_t lead, std::size_t radius) const;
  double profile(std::size_t slots_ahead) const;

  std::size_t day_;
  std::array<Average, 4> averages_;
  Average level_;
  Past<float> past_;            // a week and what is needed around it
  std::vector<float> profile_;  // of the day: average over days
  std::size_t at_ = 0;          // slot of the day that comes next
  std::size_t days_ = 0;        // whole days seen
};

}  // namespace nova::promise
