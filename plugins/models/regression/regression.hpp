// Harmonic regression of one series: least squares on a trend and Fourier terms of one or several
// seasons, residuals carried on by an autoregression, and prediction intervals of Student's t.
//
// Model: y(t) = x(t)' b + e(t), e(t) = phi_1 e(t-1) + ... + phi_p e(t-p) + a(t). Forecast h steps
// after the last point:
//   mean      x' b + the residual expected
//   variance  s^2 g (1 + psi_1^2 + ... + psi_(h-1)^2)  of e to come, s^2 = RSS / (n - k), g the
//   share
//             of a in the variance of e and psi_j the response j steps after a: 1 - phi^(2h), p = 1
//           + s^2 sum_i u_i^2 w_i,  u = L^-1 z        of b: z'(X'X)^-1 z where p = 0, and there
//             z = x less what the autoregression carries on of the columns themselves (the residual
//             known at the origin was taken with the same b: Goldberger, "Best Linear Unbiased
//             Prediction in the Generalized Linear Regression Model", 1962), and w_i = the spectrum
//             of e at the frequency of column i, white noise having 1: each column counts by how
//             much of the residuals lies at its frequency (Grenander and Rosenblatt, "Statistical
//             Analysis of Stationary Time Series", 1957, ch. 7: least squares in dependent errors)
// With p = 0 these are the textbook intervals, as R's predict.lm gives them. The number of
// harmonics and p are those with the least AICc (Hurvich and Tsai, Biometrika 76, 1989).
//
// Loss huber: three passes of weighted least squares, weights min(1, 1.345 s / |e|), s = the median
// of |e| / 0.6745 (Huber, "Robust Statistics", 1981, ch. 7), so that a spike hardly moves the fit.
// A half-life makes older points count less. Changepoints bend the trend (harmonics.hpp). Used by
// plugin.cpp.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "plugins/models/numeric/autoregression.hpp"
#include "plugins/models/numeric/harmonics.hpp"

namespace nova::regression {

struct Options {
  std::vector<std::uint32_t> season_lengths;  // none: those the host found
  static constexpr int kAuto = -1, kFull = -2;
  int pairs = kAuto;  // harmonics a season
  bool trend = true;
  std::uint32_t changepoints = 0;
  double half_life = 0;  // steps; 0 = all points count alike
  enum class Loss { squares, huber } loss = Loss::squares;
  // Highest order of the residuals' autoregression. Without it (0) a level that has moved is
  // forgotten at once.
  std::size_t ar = 30;
  enum class Transform { none, log, sqrt } transform = Transform::none;
};

// What one series needs to be forecast. Values are of the transformed series, less `centre`, in
// units of `scale`, so that squares of 1e300 do not overflow.
struct State {
  std::shared_ptr<const numeric::Basis> basis;
  std::shared_ptr<const numeric::Factor> factor;
  std::vector<double> coefficients;  // of the first size() columns
  double centre = 0, scale = 1;
  double sd = 0;                   // of a residual
  double dof = 0;                  // n - p; 0 = too few points to know the spread
  double clip = 0;                 // of a surprise, more is not carried on; 0 = none
  numeric::Autoregression errors;  // of residuals
  std::uint64_t age = 0;           // steps since the newest value, up to kAgeMost
  static constexpr std::uint64_t kAgeMost = 4096;  // long after all that was known has faded
  std::uint64_t next = 0;  // step after the last known point, counted from the first fitted one
};

// Mean and standard deviation of the transformed series, undone by `Answer` users; t with dof.
struct Moments {
  double mean, sd;
};

// Of n independent normal residuals whose squares sum to rss; as R's logLik of an lm.
double log_likelihood(double rss, double n);
// Of `rank` coefficients and the variance; +inf where n is too small for so many.
double aicc(double log_likelihood, double n, std::size_t rank);

// Designs are shared by all series of a window: only values differ. [any-thread]
class DesignCache {
 public:
  std::shared_ptr<const numeric::Design> get(const numeric::BasisSpec& spec, double half_life);

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
  // out[h] = h + 1 steps ahead.
  void ahead(const State& state, std::span<Moments> out) const;
  Moments ahead(const State& state, std::size_t steps) const;
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
