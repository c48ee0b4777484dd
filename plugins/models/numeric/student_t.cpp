#include "plugins/models/numeric/student_t.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <novascale/normal.hpp>
#include <numbers>

namespace nova::numeric {
namespace {

// Continued fraction of I_x(a, b), DLMF 8.17.22, by the modified Lentz method
// (Thompson and Barnett, Journal of Computational Physics 64, 1986).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
  double f = d;
  for (int m = 1; m <= 10'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 + term * d;
      d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
      c = 1 + term / c;
      if (std::fabs(c) < kTiny) c = kTiny;
      change *= c * d;
      f *= c * d;
    }
    if (std::fabs(change - 1) < 1e-16) break;
  }
  return f;
}

// ln(Gamma((v+1)/2) / (sqrt(v pi) Gamma(v/2))). The difference of two lgamma loses digits when v is
// large, so there Stirling's series of the ratio is used: Gamma(z+1/2)/Gamma(z) (DLMF 5.11.13).
double log_density_constant(double v) {
  // lgamma itself writes the sign to a global; threads must not share one.
  int sign = 0;
  if (v < 400)
    return lgamma_r((v + 1) / 2, &sign) - lgamma_r(v / 2, &sign) -
           0.5 * std::log(v * std::numbers::pi);
  const double z = v / 2, r = 1 / z;
  const double ratio = 1 - r / 8 + r * r / 128 + 5 * r * r * r / 1024 - 21 * r * r * r * r / 32768;
  return 0.5 * std::log(z) + std::log(ratio) - 0.5 * std::log(v * std::numbers::pi);
}

double density(double t, double v) {
  return std::exp(log_density_constant(v) - (v + 1) / 2 * std::log1p(t * t / v));
}

// P(T > t) for t >= 0, with full relative accuracy far out.
double upper_tail(double t, double v) {
  const double x = v / (v + t * t),
               rest = t * t / (v + t * t);  // rest = 1 - x, without cancellation
  // ln of x^(v/2) (1-x)^(1/2) / B(v/2, 1/2)
  const double front =
      std::exp(-v / 2 * std::log1p(t * t / v) + std::log(t / std::sqrt(v + t * t)) +
               log_density_constant(v) + 0.5 * std::log(v));
  if (x < (v / 2 + 1) / (v / 2 + 2.5)) return 0.5 * front * beta_fraction(v / 2, 0.5, x) / (v / 2);
  return 0.5 - 0.5 * front * beta_fraction(0.5, v / 2, rest) / 0.5;
}

// Hill's start for the upper tail area `tail` <= 0.5.
double hill(double tail, double n) {
  const double p = 2 * tail;
  const double a = 1 / (n - 0.5), b = 48 / (a * a);
  double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
  const double d = ((94.5 / (b + c) - 3) / b + 1) * std::sqrt(a * std::numbers::pi / 2) * n;
  double x = d * p, y = std::pow(x, 2 / n);
  if (y > 0.05 + a) {
    x = -normal_quantile(p / 2);
    y = x * x;
    if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = std::expm1(a * y * y);
  } else {
    y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) *
            (n + 1) / (n + 2) +
        1 / y;
  }
  return std::sqrt(n * y);
}

}  // namespace

double student_t_cdf(double t, double dof) {
  if (std::isnan(t) || !(dof > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(dof)) return normal_cdf(t);
  if (t == 0) return 0.5;
  const double tail = std::isinf(t) ? 0 : upper_tail(std::fabs(t), dof);
  return t > 0 ? 1 - tail : tail;
}

double student_t_quantile(double p, double dof) {
  if (!(p > 0 && p < 1) || std::isinf(dof)) return normal_quantile(p);
  if (!(dof > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0.5) return 0;
  const double tail = p < 0.5 ? p : 1 - p, sign = p < 0.5 ? -1 : 1;
  if (dof == 1) return sign / std::tan(std::numbers::pi * tail);
  if (dof == 2) return sign * (1 - 2 * tail) * std::sqrt(0.5 / (tail * (1 - tail)));
  double t = dof > 2 ? hill(tail, dof) : std::sqrt(0.5 / tail);
  // Newton on ln of the tail, which is nearly straight far out, so that no step overshoots.
  for (int i = 0; i < 60; ++i) {
    const double area = upper_tail(t, dof);
    const double step = area * std::log(area / tail) / density(t, dof);
    t = std::fmax(t + step, t / 8);
    if (std::fabs(step) <= 1e-14 * t) break;
  }
  return sign * t;
}

double student_t_quantile_cached(double p, double dof) {
  struct Slot {
    double p, dof, t;
  };
  static thread_local Slot slots[64];  // zero: p = 0 is never stored, so an empty slot never hits
  std::uint64_t a, b;
  std::memcpy(&a, &p, sizeof a);
  std::memcpy(&b, &dof, sizeof b);
  Slot& slot = slots[((a ^ (b * 31)) * 0x9E3779B97F4A7C15u) >> 58];
  if (slot.p != p || slot.dof != dof || p == 0) slot = {p, dof, student_t_quantile(p, dof)};
  return slot.t;
}

}  // namespace nova::numeric
