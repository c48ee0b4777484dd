#include "plugins/models/arima/polynomial.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace nova::arima {
namespace {

// Partial autocorrelations of phi, by Durbin and Levinson backwards; false where one is not inside
// (-1, 1), that is where a root is not outside the unit circle.
bool step_down(std::vector<double> phi, std::span<double> partial) {
  std::vector<double> next(phi.size());
  bool inside = true;
  for (std::size_t k = phi.size(); k > 0; --k) {
    const double r = partial[k - 1] = phi[k - 1];
    if (!(std::fabs(r) < 1)) {
      std::fill_n(partial.begin(), k - 1, 0.0);
      return false;
    }
    for (std::size_t i = 0; i + 1 < k; ++i) next[i] = (phi[i] + r * phi[k - 2 - i]) / (1 - r * r);
    phi.swap(next);
  }
  return inside;
}

using Terms = std::map<std::uint32_t, double>;  // lag -> value

Terms times(const Terms& a, const Terms& b) {
  Terms out;
  for (const auto& [i, x] : a)
    for (const auto& [j, y] : b) out[i + j] += x * y;
  return out;
}

Sparse sparse(const Terms& terms) {
  Sparse out;
  for (const auto& [lag, value] : terms)
    if (lag > 0 && value != 0) out.lag.push_back(lag), out.value.push_back(value);
  return out;
}

}  // namespace

void stationary(std::span<const double> u, double* phi, double* jacobian) {
  const std::size_t k = u.size();
  std::vector<double> before(k);
  // With jacobian[i][j] = d phi_i / d r_j kept along the recursion; the chain rule of tanh at last.
  if (jacobian != nullptr) std::fill_n(jacobian, k * k, 0.0);
  std::vector<double> old(k * k);
  for (std::size_t n = 0; n < k; ++n) {
    const double r = std::tanh(u[n]);
    std::copy_n(phi, n, before.begin());
    if (jacobian != nullptr) {
      std::copy_n(jacobian, k * k, old.begin());
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j)
          jacobian[i * k + j] = old[i * k + j] - r * old[(n - 1 - i) * k + j];
        jacobian[i * k + n] = -before[n - 1 - i];
      }
      jacobian[n * k + n] = 1;
    }
    for (std::size_t i = 0; i < n; ++i) phi[i] = before[i] - r * before[n - 1 - i];
    phi[n] = r;
  }
  if (jacobian == nullptr) return;
  for (std::size_t j = 0; j < k; ++j) {
    const double r = std::tanh(u[j]);
    for (std::size_t i = 0; i < k; ++i) jacobian[i * k + j] *= 1 - r * r;
  }
}

void unconstrained(std::span<const double> phi, double* u, double most) {
  std::vector<double> partial(phi.size());
  step_down({phi.begin(), phi.end()}, partial);
  for (std::size_t i = 0; i < phi.size(); ++i)
    u[i] = std::atanh(std::clamp(std::isfinite(partial[i]) ? partial[i] : 0.0, -most, most));
}

bool roots_outside(std::span<const double> phi, double radius) {
  std::vector<double> scaled(phi.begin(), phi.end()), partial(phi.size());
  double power = 1;
  for (double& c : scaled) c *= power *= radius;
  return step_down(std::move(scaled), partial);
}

std::vector<double> coefficients_of(const Order& order, std::span<const double> u) {
  std::vector<double> c(u.begin(), u.end());
  std::size_t at = 0;
  for (const Block& b : order.blocks) {
    stationary(u.subspan(at, b.p), c.data() + at);
    at += b.p;
    stationary(u.subspan(at, b.q), c.data() + at);
    for (std::size_t j = 0; j < b.q; ++j) c[at + j] = -c[at + j];
    at += b.q;
  }
  return c;
}

std::vector<double> parameters_of(const Order& order, std::span<const double> coefficients) {
  std::vector<double> u(coefficients.begin(), coefficients.end());
  std::size_t at = 0;
  for (const Block& b : order.blocks) {
    unconstrained(coefficients.subspan(at, b.p), u.data() + at);
    at += b.p;
    std::vector<double> negative(coefficients.begin() + static_cast<std::ptrdiff_t>(at),
                                 coefficients.begin() + static_cast<std::ptrdiff_t>(at + b.q));
    for (double& c : negative) c = -c;
    unconstrained(negative, u.data() + at);
    at += b.q;
  }
  return u;
}

Sparse ar_product(const Order& order, std::span<const double> coefficients, bool differences) {
  Terms product{{0, 1.0}};
  std::size_t at = 0;
  for (const Block& b : order.blocks) {
    Terms phi{{0, 1.0}};
    for (std::uint32_t i = 1; i <= b.p; ++i) phi[i * b.lag] = -coefficients[at + i - 1];
    product = times(product, phi);
    for (std::uint32_t i = 0; differences && i < b.d; ++i)
      product = times(product, {{0, 1.0}, {b.lag, -1.0}});
    at += b.p + b.q;
  }
  return sparse(product);
}

Sparse ma_product(const Order& order, std::span<const double> coefficients) {
  Terms product{{0, 1.0}};
  std::size_t at = 0;
  for (const Block& b : order.blocks) {
    Terms theta{{0, 1.0}};
    for (std::uint32_t i = 1; i <= b.q; ++i) theta[i * b.lag] = coefficients[at + b.p + i - 1];
    product = times(product, theta);
    at += b.p + b.q;
  }
  return sparse(product);
}

}  // namespace nova::arima
