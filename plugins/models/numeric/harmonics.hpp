// The columns of a harmonic regression, and least squares on them by the normal equations.
//
// Columns: 1, a trend, then cosine and sine of each harmonic of each season, lowest harmonics first
// and the seasons in turn, so that a smaller model is always a prefix of a larger one. All
// harmonics of a season (m / 2 of them) span the same space as one dummy a phase. Every column lies
// in [-1, 1] over the fitted points and most are orthogonal, so the Gram matrix is well
// conditioned.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace nova::numeric {

struct BasisSpec {
  std::uint64_t points = 0;  // fitted points, which fix the scale of the trend
  bool trend = true;
  std::vector<std::uint32_t> seasons;  // lengths in steps, >= 2
  std::vector<std::uint32_t> pairs;    // harmonics of each, <= season / 2
  bool operator==(const BasisSpec&) const = default;
};

class Basis {
 public:
  explicit Basis(BasisSpec spec);

  const BasisSpec& spec() const { return spec_; }
  std::size_t size() const { return columns_.size(); }
  std::size_t fixed() const { return spec_.trend ? 2 : 1; }  // columns before the first harmonic
  // Sizes at which a prefix ends with a whole pair: where a model may be cut.
  const std::vector<std::size_t>& cuts() const { return cuts_; }
  double frequency(std::size_t column) const {
    return columns_[column].frequency;
  }  // radians a step

  // The first x.size() columns at step t, 0 = the first fitted point. No trigonometry: table
  // look-ups.
  void fill(std::int64_t t, std::span<double> x) const;

 private:
  struct Column {
    std::uint32_t season = 0, harmonic = 0;  // index into tables_
    bool sine = false;
    double frequency = 0;
  };
  BasisSpec spec_;
  std::vector<Column> columns_;
  std::vector<std::size_t> cuts_;
  std::vector<std::vector<double>> cosine_, sine_;  // per season, one turn
};

// Lower Cholesky factor of a Gram matrix. A column that depends on those before it gets no say (its
// row is zero and its coefficient 0), as R's lm drops it; `rank` counts the others.
struct Factor {
  Eigen::MatrixXd lower;
  std::vector<std::size_t> rank;  // [p]: of the first p columns
  static Factor of(const Eigen::MatrixXd& gram);

  // b = L^-1 r, over the first r.size() columns, in place.
  void forward(std::span<double> r) const;
  // L^-T b: the coefficients.
  void backward(std::span<double> b) const;
};

// Everything about a fit that does not depend on the values.
struct Design {
  std::shared_ptr<const Basis> basis;
  Eigen::MatrixXd columns;  // [points][p], each column together
  Eigen::MatrixXd gram;
  std::shared_ptr<const Factor> factor;  // of all points; missing ones need their own
  static Design of(std::shared_ptr<const Basis> basis);
  // The Gram matrix of the points that are there.
  Eigen::MatrixXd gram_without(std::span<const std::size_t> missing) const;
};

}  // namespace nova::numeric
