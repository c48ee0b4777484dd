// Lag polynomials: stationarity by construction, products, and a test for roots near 1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/models/arima/order.hpp"

namespace nova::arima {

// 1 + sum of value * B^lag, lags ascending from 1, zeros left out.
struct Sparse {
  std::vector<std::uint32_t> lag;
  std::vector<double> value;
  std::size_t span() const { return lag.empty() ? 0 : lag.back(); }
};

// phi of an AR part whose partial autocorrelations are tanh(u): stationary for every finite u
// (Jones, "Maximum likelihood fitting of ARMA models to time series with missing observations",
// 1980; Monahan, "A note on enforcing stationarity in ARMA models", Biometrika 71, 1984).
// jacobian: k x k, d phi_i / d u_j at [i * k + j]; null = not wanted.
void stationary(std::span<const double> u, double* phi, double* jacobian = nullptr);

// The way back. What is not stationary, or nearly so, is drawn inside: partials up to `most`.
void unconstrained(std::span<const double> phi, double* u, double most = 0.98);

// Have all roots of 1 - phi_1 z - ... a modulus above `radius`? By the step-down recursion.
bool roots_outside(std::span<const double> phi, double radius);

// All coefficients from all parameters, see order.hpp; beta is its own parameter.
std::vector<double> coefficients_of(const Order& order, std::span<const double> u);
std::vector<double> parameters_of(const Order& order, std::span<const double> coefficients);

// The products over all blocks, written as 1 + ...; `differences` takes those in, too.
Sparse ar_product(const Order& order, std::span<const double> coefficients, bool differences);
Sparse ma_product(const Order& order, std::span<const double> coefficients);

}  // namespace nova::arima
