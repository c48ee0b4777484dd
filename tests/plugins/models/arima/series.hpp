// Series for the tests of ARIMA: R's fixtures by name, and simulated processes.
#pragma once

#include <random>

#include "plugins/models/arima/estimate.hpp"
#include "tests/plugins/models/fixture.hpp"

namespace nova::arima {

inline Sample sample_of(std::vector<double> y) {
  Sample s;
  s.y = std::move(y);
  for (const double v : s.y) s.known += std::isfinite(v);
  return s;
}

inline std::vector<double> series(const std::string& name) {
  static const auto table = fixture::read("arima_series.csv");
  std::vector<double> y;
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (table.rows[i].at("series") == name) y.push_back(table.number(i, "value"));
  EXPECT_FALSE(y.empty()) << name;
  return y;
}

// A path of the process after a long run-in; coefficients as in order.hpp, differences undone.
inline std::vector<double> simulate(const Order& order, const std::vector<double>& coefficients,
                                    std::size_t n, std::uint64_t seed, double sd = 1) {
  const Sparse ar = ar_product(order, coefficients, true), ma = ma_product(order, coefficients);
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise(0, sd);
  const std::size_t run_in = 500 + ar.span() + ma.span();
  std::vector<double> y(run_in + n), e(run_in + n);
  for (std::size_t t = 0; t < y.size(); ++t) {
    y[t] = e[t] = noise(random);
    for (std::size_t i = 0; i < ar.lag.size() && ar.lag[i] <= t; ++i)
      y[t] -= ar.value[i] * y[t - ar.lag[i]];
    for (std::size_t i = 0; i < ma.lag.size() && ma.lag[i] <= t; ++i)
      y[t] += ma.value[i] * e[t - ma.lag[i]];
  }
  return {y.begin() + static_cast<std::ptrdiff_t>(run_in), y.end()};
}

}  // namespace nova::arima
