// Whole numbers kept as arithmetic runs: timestamps of a regular series, or its line numbers, take
// no room, however long it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nova::cli {

class Progression {
 public:
  void push_back(std::int64_t value) {
    if (runs_.empty() || (count_ - runs_.back().begin > 1 && value != next())) {
      runs_.push_back({count_, value, 0});
    } else if (count_ - runs_.back().begin == 1) {
      runs_.back().step = value - runs_.back().first;
    }
    ++count_;
  }
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  bool regular() const { return runs_.size() == 1; }
  std::int64_t front() const { return runs_.front().first; }
  std::int64_t step() const { return runs_.front().step; }  // of the first run

  std::int64_t operator[](std::size_t i) const {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), i,
                         [](std::size_t index, const Run& r) { return index < r.begin; });
    const auto& run = *std::prev(after);
    return at(run, i);
  }
  std::int64_t back() const { return (*this)[count_ - 1]; }

  std::vector<std::int64_t> expand() const {
    std::vector<std::int64_t> all;
    all.reserve(count_);
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const auto end = r + 1 < runs_.size() ? runs_[r + 1].begin : count_;
      for (std::size_t i = runs_[r].begin; i < end; ++i) all.push_back(at(runs_[r], i));
    }
    return all;
  }

 private:
  struct Run {
    std::size_t begin;
    std::int64_t first, step;
  };
  // Unsigned, since what would come next may be more than can be counted.
  static std::int64_t at(const Run& run, std::size_t i) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(run.first) +
                                     (i - run.begin) * static_cast<std::uint64_t>(run.step));
  }
  std::int64_t next() const { return at(runs_.back(), count_); }
  std::vector<Run> runs_;
  std::size_t count_ = 0;
};

}  // namespace nova::cli
