// A fitted ARIMA as it is kept: its polynomials, the last values and errors they reach back to, and
// what its forecasts have been worth.
//
// Values are transformed, less `centre`, in units of `scale`, so that squares of 1e300 do not
// overflow. A point costs as much as the polynomials have terms, whatever the seasons are.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "plugins/models/arima/estimate.hpp"
#include "plugins/models/numeric/sample.hpp"

namespace nova::arima {

enum class Transform : std::uint8_t { none = 0, log = 1 };

// Errors of past forecasts in units of the model's own standard deviation: a factor for each octave
// of leads (1, 2-3, 4-7, ...) and the shape of what is left. A quantile is the mean of the one they
// show and the model's normal one: the former alone is too narrow, being of few errors of a model
// that was chosen for them, the latter of too light tails. Empty = as the model says.
struct Calibration {
  std::vector<double> factor;
  numeric::ErrorSample shape;
  double quantile(double level, std::uint64_t lead) const;  // in standard deviations
};

// Mean and standard deviation of a step ahead, scaled and transformed.
struct Moments {
  double mean, sd;
};

struct State {
  Order order;
  std::vector<double> coefficients;
  double variance = 0;  // of a one-step error
  double centre = 0, scale = 1;
  Transform transform = Transform::none;
  std::uint64_t points = 0;  // steps fitted, which fix the scale of a drift
  std::uint64_t known = 0;   // of them not missing
  // Rings: the value at step t lies at t % size, values less their regression.
  std::vector<double> values, errors;
  std::uint64_t next = 0;     // step after the last one known, counted from the first fitted one
  std::uint64_t missing = 0;  // steps since the last point that was not missing
  Calibration calibration;

  // Made of the above by prepare().
  std::shared_ptr<const numeric::Basis> basis;
  Sparse ar, ma;

  // From an estimate of a sample of `points` points.
  static State of(const Estimate& estimate, std::size_t points);
  void prepare();
  // One point, transformed but not yet scaled; NaN = missing: taken as its prediction.
  void observe(double y);
  // Steps 1 .. out.size() after the last point.
  void ahead(std::span<Moments> out) const;

  double transformed(double y) const;  // NaN where it cannot be
  double untransformed(double z) const { return transform == Transform::log ? std::exp(z) : z; }
  double original(double scaled) const { return untransformed(centre + scale * scaled); }

 private:
  double regression(std::int64_t t) const;
  double expected() const;
};

// psi_0 .. psi_(n-1) of theta(B) / phi(B), 1 + ... both.
std::vector<double> psi_weights(const Sparse& ar, const Sparse& ma, std::size_t n);

}  // namespace nova::arima
