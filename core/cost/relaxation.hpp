// The linear relaxation of a mix program: fractional counts, dual prices and a proven lower bound.
//
// A dual simplex for bounded variables with bound flipping, on a dense inverse of the basis (rows
// are few, columns many and sparse). Costs are never negative at the bound a variable starts from,
// so it starts dual feasible and needs no first phase; and it goes on from where it is when bounds
// are tightened, which is what dives towards integers do. Sources: Koberstein, "The Dual Simplex
// Method, Techniques for a Fast and Stable Implementation", thesis 2005, chapters 3 and 4; the
// bound is Lagrangian duality, valid for any non-negative dual prices, so rounding errors can make
// it weaker and never wrong beyond 1e-9 of itself.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/cost/program.hpp"

namespace nova {

class Relaxation {
 public:
  // Over all columns of the program, or over `columns` only. The program must outlive it.
  explicit Relaxation(const Program& program);
  // `prefer_small`: adds to each cost that share of it times the share of the demand one machine
  // bears; with it the bound is none.
  Relaxation(const Program& program, const std::vector<std::uint32_t>& columns,
             double prefer_small = 0);

  // To the optimum from wherever it is; false: proven that nothing is feasible within the bounds.
  bool solve();

  // The count of each variable is within [low, high] from now on; call solve() afterwards.
  void tighten(std::size_t variable, double low, double high);

  // A row must be passed by so much from now on.
  void raise(std::size_t row, double by) { tighten(n_ + row, by * scale_[row], kNoEnd); }

  // A column with held machines is two variables: kept ones, cheaper by what giving them up would
  // cost, and new ones, dearer by what starting them costs. Convex, so kept ones fill first.
  std::size_t size() const { return n_; }
  std::uint32_t column(std::size_t variable) const { return vars_[variable].column; }
  double low(std::size_t variable) const { return vars_[variable].low; }
  double high(std::size_t variable) const { return vars_[variable].high; }
  std::vector<double> values() const;  // of the variables

  std::vector<double> counts() const;  // of all columns, fractional
  std::vector<double> prices() const;  // of each row, nanos per unit, >= 0
  // Cost of each column (of a new machine) less what its entries are worth at `prices`.
  std::vector<double> reduced(const std::vector<double>& prices) const;
  // Nanos an hour that no mix of these columns can cost less than.
  double bound(const std::vector<double>& prices) const;

 private:
  static constexpr double kNoEnd = std::numeric_limits<double>::infinity();

  struct Variable {
    std::uint32_t column;
    double cost, low, high;
  };

  void scale_rows();
  void start();
  std::uint32_t begin(std::size_t v) const { return p_->start[vars_[v].column]; }
  std::uint32_t end(std::size_t v) const { return p_->start[vars_[v].column + 1]; }
  double at(std::size_t v) const { return at_high_[v] ? vars_[v].high : vars_[v].low; }
  std::size_t leaving() const;
  bool step(std::size_t row);
  std::size_t ratio_test(double slope);
  void shift(std::size_t v, double by);
  void settle();
  void pivot(std::size_t row, std::size_t entering, bool below);

  const Program* p_;
  std::size_t m_, n_ = 0;
  std::vector<double> scale_, coef_;
  std::vector<Variable> vars_;  // columns, then slacks
  std::vector<double> inverse_, x_, reduced_, alpha_, w_, moved_;
  std::vector<std::uint32_t> basis_;
  std::vector<std::uint8_t> in_basis_, at_high_;
  std::vector<std::pair<double, std::uint32_t>> candidates_;
  std::vector<std::uint32_t> flipped_;
};

}  // namespace nova
