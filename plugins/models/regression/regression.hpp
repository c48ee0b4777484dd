// Harmonic regression of one series: least squares on a trend and Fourier terms of one or several
// seasons, residuals carried on by an AR(1), and prediction intervals of Student's t.
//
// Model: y(t) = x(t)' b + e(t), e(t) = phi e(t-1) + a(t). Forecast h steps after the last point:
//   mean      x' b + phi^h e
//   variance  s^2 (1 - phi^(2h))                      of e to come, s^2 = RSS / (n - p)
//           + s^2 sum_i u_i^2 w_i,  u = L^-1 x        of b: x'(X'X)^-1 x where phi = 0, and there
//             w_i = (1 - phi^2) / (1 - 2 phi cos f_i + phi^2)   each column counts by how much of
//             the residuals' spectrum lies at its frequency f_i (Grenander and Rosenblatt,
//             "Statistical Analysis of Stationary Time Series", 1957, ch. 7: least squares in
//             dependent errors)
// With phi = 0 these are the textbook intervals, as R's predict.lm gives them. The number of
// harmonics is the one with the least AICc (Hurvich and Tsai, Biometrika 76, 1989). Used by
// plugin.cpp.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "plugins/models/numeric/harmonics.hpp"

namespace nova::regression {

struct Options {
  std::vector<std::uint32_t> season_lengths;  // none: those the host found
  static constexpr int kAuto = -1, kFull = -2;
  int pairs = kAuto;  // harmonics a season
  bool trend = true;
  bool ar1 = true;  // carry residuals over: without it a level that has moved is forgotten at once
  enum class Transform { none, log, sqrt } transform = Transform::none;
};

// What one series needs to be forecast. Values are of the transformed series, less `centre`, in
// units of `scale`, so that squares of 1e300 do not overflow.
struct State {
  std::shared_ptr<const numeric::Basis> basis;
  std::shared_ptr<const numeric::Factor> factor;
  std::vector<double> coefficients;  // of the first size() columns
  double centre = 0, scale = 1;
  double sd = 0;           // of a residual
  double phi = 0;          // residual's autocorrelation at lag 1
  double dof = 0;          // n - p; 0 = too few points to know the spread
  double residual = 0;     // newest one seen
  std::uint64_t age = 0;   // steps since then
  std::uint64_t next = 0;  // step after the last known point, counted from the first fitted one
};

// Mean and standard deviation of the transformed series, undone by `Answer` users; t with dof.
struct Moments {
  double mean, sd;
};

// Designs are shared by all series of a window: only values differ. [any-thread]
class DesignCache {
 public:
  std::shared_ptr<const numeric::Design> get(const numeric::BasisSpec& spec);

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<const numeric::Design>> kept_;  // newest last
};

class Regression {
 public:
  explicit Regression(Options options) : options_(std::move(options)) {}

  // values: oldest first, non-finite = missing. remark gets what was dropped and why.
  // Throws nova::Error(NOVA_FAILED_PRECONDITION) when nothing can be said.
  State fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
            std::string& remark) const;
  void observe(State& state, std::span<const double> values) const;
  Moments ahead(const State& state, std::uint64_t steps) const;
  // The transform and its inverse; a mean on the original scale needs the variance, too.
  double transformed(double y) const;
  double untransformed(double z) const;
  double untransformed_mean(const Moments& m) const;
  const Options& options() const { return options_; }

 private:
  numeric::BasisSpec plan(std::size_t span, std::size_t known,
                          std::span<const std::uint32_t> host_seasons, std::string& remark) const;
  Options options_;
  mutable DesignCache designs_;
};

}  // namespace nova::regression
