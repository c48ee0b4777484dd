// Spread: the scale of the next error of one lead.
//
// A ridge of the absolute error on its own recent averages, on its size around the same time
// yesterday, and on level times slow average; kept within 0.25 and 6 times the slow average.
#pragma once

#include <array>
#include <cstddef>

#include "core/decide/promise/decay.hpp"
#include "core/decide/promise/past.hpp"
#include "core/decide/promise/ridge.hpp"

namespace nova::promise {

class Spread {
 public:
  using Row = std::array<double, 5>;

  Spread(std::size_t day, std::size_t lead, double half_life);

  // What the errors known now say of the one `lead` slots ahead.
  Row row(double level) const;
  double scale(const Row& row) const;
  // Whether an error was known by then: the scale is the least there is otherwise.
  static bool is_measured(const Row& row) { return row[2] > 0; }

  // The error of the slot that passed, and the row that spoke of it; without an error the slot only
  // passes.
  void learn(const Row& row, double absolute_error);
  void skip();
  void refit(double relative_ridge);

  template <class Archive>
  void state(Archive& archive) {
    for (auto& average : averages_) average.state(archive);
    past_.state(archive);
    ridge_.state(archive);
    archive(coefficients_, fitted_);
  }

 private:
  std::size_t day_, lead_;
  std::array<Average, 3> averages_;
  Past<float> past_;  // absolute errors of a day
  Ridge<5> ridge_;
  Row coefficients_{};
  bool fitted_ = false;
};

}  // namespace nova::promise
