// The order of a seasonal ARIMA model, and where its coefficients lie.
//
//   prod_b phi_b(B^m_b) (1 - B^m_b)^d_b  (y_t - x_t' beta)  =  prod_b theta_b(B^m_b) e_t
//
// One block a lag: the first has m = 1, the others are seasons. ARIMA(p,d,q)(P,D,Q)[m] has two; a
// week of hours with its days three. Signs are those of Box and Jenkins for phi and of R for theta:
// phi(z) = 1 - phi_1 z - ..., theta(z) = 1 + theta_1 z + ...
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nova::arima {

struct Block {
  std::uint32_t lag = 1, p = 0, d = 0, q = 0;
  bool operator==(const Block&) const = default;
};

// Coefficients, and the parameters they are made from, are flat: for each block its phi, then its
// theta; after all blocks beta, one a regressor.
struct Order {
  std::vector<Block> blocks{Block{}};
  // Mean where nothing is differenced, drift where one difference is, nothing above; as in R.
  bool constant = false;
  std::vector<std::uint32_t> seasons, pairs;  // harmonic regressors
  bool operator==(const Order&) const = default;

  std::size_t arma() const {  // number of phi and theta
    std::size_t k = 0;
    for (const Block& b : blocks) k += b.p + b.q;
    return k;
  }
  std::uint32_t differences() const {
    std::uint32_t d = 0;
    for (const Block& b : blocks) d += b.d;
    return d;
  }
  // Leading points that only serve as lags: of the differences; of these and the AR parts.
  std::size_t lost() const {
    std::size_t n = 0;
    for (const Block& b : blocks) n += std::size_t{b.lag} * b.d;
    return n;
  }
  std::size_t ar_span() const {
    std::size_t n = 0;
    for (const Block& b : blocks) n += std::size_t{b.lag} * b.p;
    return n;
  }
  std::size_t ma_span() const {
    std::size_t n = 0;
    for (const Block& b : blocks) n += std::size_t{b.lag} * b.q;
    return n;
  }
  std::string text() const {  // ARIMA(2,1,1)(0,1,1)[24] with drift
    std::string s = "ARIMA";
    for (const Block& b : blocks) {
      s += "(" + std::to_string(b.p) + "," + std::to_string(b.d) + "," + std::to_string(b.q) + ")";
      if (b.lag > 1) s += "[" + std::to_string(b.lag) + "]";
    }
    if (constant) s += differences() == 0 ? " with mean" : " with drift";
    for (std::size_t i = 0; i < seasons.size(); ++i)
      s += (i == 0 ? " and " : " + ") + std::to_string(pairs[i]) + " harmonics of " +
           std::to_string(seasons[i]);
    return s;
  }
};

}  // namespace nova::arima
