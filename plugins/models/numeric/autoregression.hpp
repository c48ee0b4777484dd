// An autoregression of small order, fitted by Burg's method and carried on.
//
// Sources: Burg, "Maximum Entropy Spectral Analysis" (1975): reflection coefficients from forward
// and backward errors, always stationary; over gaps as in de Waele and Broersen, "The Burg
// Algorithm for Segments", IEEE Transactions on Signal Processing 48 (2000): only errors whose
// points are all known count. Order by AICc, Hurvich and Tsai, Biometrika 76 (1989).
#pragma once

#include <span>
#include <vector>

namespace nova::numeric {

// y(t) = intercept + sum lags[i] y(t - 1 - i) + a(t).
struct Autoregression {
  double intercept = 0;
  std::vector<double> lags, recent;  // recent: as many values, newest first
  double innovation = 1;             // variance of a(t) as a share of that of y(t)

  double next() const;
  void push(double y);  // not finite = missing: as if what was expected had come
  // out[h] = value h + 1 steps ahead.
  void path(std::span<double> out) const;
  // Variance of the error h + 1 steps ahead, where that of one step is 1.
  void variances(std::span<double> out) const;
  // Spectral density at a frequency in radians a step, where white noise of y's variance has 1.
  double spectrum(double frequency) const;
};

// Of x around 0, with the order up to `most` that has the least AICc; x not finite = missing.
// `recent` is empty: the caller knows what stands at the end. Nothing known or nothing varying: no
// lags.
Autoregression fit_autoregression(std::span<const double> x, std::size_t most);

}  // namespace nova::numeric
