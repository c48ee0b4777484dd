#include "plugins/models/theta/theta.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "plugins/models/numeric/minimise.hpp"

namespace nova::theta {
namespace {

constexpr double kAlphaLeast = 1e-4, kAlphaMost = 0.9999;
constexpr double kWeightMost = 1 - 1e-10;  // theta from 1 to 10^10

// The least squares line so far, after y came as point t (from 1); y missing = a point on the line.
void extend(double y, double t, double& mean, double& intercept, double& slope) {
  if (std::isnan(y)) y = intercept + slope * t;
  if (t > 1) slope = ((t - 2) * slope + 6 / t * (y - mean)) / (t + 1);
  mean += (y - mean) / t;
  intercept = mean - 0.5 * (t + 1) * slope;
}

// What the errors of one alpha need besides the values: the line before each point.
struct Lines {
  std::vector<double> intercept, slope;  // one entry: the same for all points
  explicit Lines(std::span<const double> z, Variant variant) {
    const bool dynamic = variant == Variant::dynamic;
    double mean = 0, a = 0, b = 0;
    if (dynamic) intercept.resize(z.size()), slope.resize(z.size());
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (dynamic) intercept[i] = a, slope[i] = b;
      extend(z[i], static_cast<double>(i + 1), mean, a, b);
    }
    if (!dynamic) intercept = {a}, slope = {b};
  }
};

struct Solution {
  double squares, level, weight;
};

// Sum of squares at this alpha with the best first level and weight. The level after each point is
// fixed + from_level * first level + from_weight * weight.
template <bool Dynamic>
Solution solve(std::span<const double> z, const Lines& lines, Variant variant, double alpha) {
  const double keep = 1 - alpha;
  double fixed = 0, from_level = 1, from_weight = 0, power = 1;
  double yy = 0, yl = 0, yw = 0, ll = 0, lw = 0, ww = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double a = lines.intercept[Dynamic ? i : 0], b = lines.slope[Dynamic ? i : 0];
    const double g = power * a + (1 - power * keep) / alpha * b;
    power *= keep;
    if (std::isnan(z[i])) {
      from_weight += alpha * g;
      continue;
    }
    const double e = z[i] - fixed, u = from_level, v = from_weight + g;
    yy += e * e, yl += e * u, yw += e * v, ll += u * u, lw += u * v, ww += v * v;
    fixed += alpha * e;
    from_level *= keep;
    from_weight *= keep;
  }
  double weight = 0;
  if (variant != Variant::standard) {
    const double determinant = ll * ww - lw * lw;
    if (determinant > 1e-12 * ll * ww) weight = (ll * yw - lw * yl) / determinant;
    weight = std::clamp(weight, 0.0, kWeightMost);
  }
  const double level = ll > 0 ? (yl - weight * lw) / ll : 0;
  const double squares = yy - 2 * level * yl - 2 * weight * yw + level * level * ll +
                         2 * level * weight * lw + weight * weight * ww;
  return {std::max(squares, 0.0), level, weight};
}

}  // namespace

double Line::expected() const {
  // Hyndman and Billah count the drift of the points before, Fiorucci et al. that of this one, too.
  if (variant == Variant::standard) return level + weight * slope * (1 - power) / alpha;
  return level + weight * (power * intercept + (1 - power * (1 - alpha)) / alpha * slope);
}

void Line::advance(double y) {
  const double mu = expected();
  t += 1;
  power *= 1 - alpha;
  if (variant == Variant::dynamic) extend(y, t, mean, intercept, slope);
  level += alpha * ((std::isnan(y) ? mu : y) - level);
}

void project(const Line& line, std::span<double> out) {
  if (line.variant != Variant::dynamic) {
    const double next = line.expected();
    for (std::size_t h = 0; h < out.size(); ++h)
      out[h] = next + line.weight * line.slope * static_cast<double>(h);
    return;
  }
  Line ahead = line;
  for (double& value : out) {
    value = ahead.expected();
    ahead.advance(value);
  }
}

double spread(const Line& line, double sigma, double lead) {
  return sigma * std::sqrt(1 + (lead - 1) * line.alpha * line.alpha);
}

Fit fit(std::span<const double> z, Variant variant, std::optional<double> alpha, double tolerance) {
  const Lines lines(z, variant);
  const auto at = [&](double a) {
    return variant == Variant::dynamic ? solve<true>(z, lines, variant, a)
                                       : solve<false>(z, lines, variant, a);
  };
  double known = 0;
  for (const double v : z) known += std::isnan(v) ? 0 : 1;
  Fit out;
  Line& line = out.line;
  line.variant = variant;
  line.alpha = alpha.value_or(kAlphaMost);
  if (!alpha && known > 2)
    line.alpha = numeric::brent_minimum([&](double a) { return at(a).squares; }, kAlphaLeast,
                                        kAlphaMost, tolerance)
                     .x;
  const Solution best = at(line.alpha);
  line.weight = 0;
  line.level = best.level;
  if (variant != Variant::dynamic) line.intercept = lines.intercept[0], line.slope = lines.slope[0];
  if (variant != Variant::standard) line.weight = best.weight;
  double worth = 0;
  for (const double v : z) {
    const double e = v - line.expected();
    if (!std::isnan(e)) out.squares += e * e, ++worth;
    line.advance(v);
  }
  if (variant == Variant::standard) line.weight = 0.5;
  out.sigma = known > 1 ? std::sqrt(out.squares / std::max(known - 2, 1.0))
                        : std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace nova::theta
