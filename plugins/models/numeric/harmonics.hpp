// The columns of a harmonic regression, and least squares on them by the normal equations.
//
// Columns: 1, a trend, its changepoints, then cosine and sine of each harmonic of each season,
// lowest harmonics first and the seasons in turn, so that a smaller model is always a prefix of a
// larger one. All harmonics of a season (m / 2 of them) span the same space as one dummy a phase.
// Every column lies in [-1, 1] over the fitted points and most are orthogonal, so the Gram matrix
// is well conditioned.
//
// A changepoint c is the column max(0, c - t): the slope before it differs from that after it by
// its coefficient, and after the last one the trend's own slope holds. A ridge keeps these
// coefficients small. With changepoints the trend beyond the fitted points is damped: it runs on by
// the length of one segment at most.
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
  std::uint32_t changepoints = 0;      // of the trend, evenly spaced
  std::vector<std::uint32_t> seasons;  // lengths in steps, >= 2
  std::vector<std::uint32_t> pairs;    // harmonics of each, <= season / 2
  bool operator==(const BasisSpec&) const = default;
};

class Basis {
 public:
  explicit Basis(BasisSpec spec);

  const BasisSpec& spec() const { return spec_; }
  std::size_t size() const { return columns_.size(); }
  // Columns before the first harmonic, and of these the ones before the first changepoint.
  std::size_t fixed() const { return smooth() + spec_.changepoints; }
  std::size_t smooth() const { return spec_.trend ? 2 : 1; }
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
  Eigen::MatrixXd columns;               // [points][p], each column together
  Eigen::VectorXd weights;               // of points by age; they sum to the points they are worth
  Eigen::MatrixXd gram;                  // X'WX
  std::shared_ptr<const Factor> factor;  // of all points; missing ones need their own
  // half_life: steps after which a point counts half; 0 = all count alike.
  static Design of(std::shared_ptr<const Basis> basis, double half_life = 0);
  // The Gram matrix where each point's weight is taken times its share in [0, 1]; 0 = missing.
  Eigen::MatrixXd gram_of(const Eigen::VectorXd& share) const;

 private:
  Eigen::MatrixXd summed(const Eigen::VectorXd& w) const;
};

}  // namespace nova::numeric
