#include "plugins/models/ar/paths.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nova::ar {
namespace {

constexpr std::size_t kSeasonsOfMedian = 5;
constexpr std::size_t kThetaReach = 128;

void autoregression(const Member& m, const Dealt& z, const Origins& o, std::size_t leads,
                    double bound, Grid out) {
  for (std::size_t h = 1; h <= leads; ++h) {
    double* row = out.row(h);
    std::fill(row, row + o.count, m.fit.intercept);
    for (std::size_t k = 0; k < m.lags.size(); ++k) {
      const std::size_t lag = m.lags[k];
      const double b = m.fit.coefficients[k];
      const double* from = lag >= h ? z.from(o.first + h - lag) : out.row(h - lag);
      for (std::size_t j = 0; j < o.count; ++j) row[j] += b * from[j];
    }
    for (std::size_t j = 0; j < o.count; ++j) row[j] = std::clamp(row[j], -bound, bound);
  }
}

// Medians of the last `window` values at each origin, from one sorted window moved along.
void medians(std::span<const double> z, std::size_t window, const Origins& o, double* out) {
  std::vector<double> sorted;
  sorted.reserve(window + 1);
  const auto insert = [&](double v) {
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), v), v);
  };
  std::size_t next = o.first + 1 >= window ? o.first + 1 - window : 0;
  for (std::size_t j = 0; j < o.count; ++j) {
    for (; next <= o.at(j); ++next) {
      insert(z[next]);
      if (sorted.size() > window)
        sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), z[next - window]));
    }
    const std::size_t half = sorted.size() / 2;
    out[j] = sorted.size() % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
  }
}

double seasonal_median(std::span<const double> z, std::size_t season, std::size_t target,
                       std::size_t origin) {
  double values[kSeasonsOfMedian];
  std::size_t count = 0;
  const std::size_t back = season * ((target - origin + season - 1) / season);
  for (std::size_t at = back; at <= target && count < kSeasonsOfMedian; at += season)
    values[count++] = z[target - at];
  if (count == 0) return z[origin];
  std::sort(values, values + count);
  return count % 2 == 1 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

}  // namespace

Dealt::Dealt(std::span<const double> z, std::size_t stride) : stride_(stride), plain_(z) {
  length_ = (z.size() + stride - 1) / stride;
  values_.resize(length_ * stride);
  for (std::size_t r = 0; r < stride; ++r)
    for (std::size_t i = r, k = r * length_; i < z.size(); i += stride) values_[k++] = z[i];
}

std::size_t reach(const Member& m) {
  switch (m.kind) {
    case Member::Kind::autoregression:
      return m.lags.empty() ? 1 : m.lags.back() + 1;
    case Member::Kind::seasonal_median:
      return m.span * kSeasonsOfMedian;
    case Member::Kind::drift:
      return m.span + 1;
    case Member::Kind::theta:
      return kThetaReach;
    default:
      return m.span;
  }
}

void paths(const Member& m, std::span<const Dealt> views, const Origins& o, std::size_t leads,
           double bound, Grid out) {
  const Dealt& dealt = views[static_cast<std::size_t>(m.view)];
  const auto z = dealt.plain();
  const auto place = [&](std::size_t h, std::size_t j) -> double& { return out.row(h)[j]; };
  switch (m.kind) {
    case Member::Kind::autoregression: {
      autoregression(m, dealt, o, leads, bound, out);
      if (!has_steps(m.view)) return;
      const auto level = views[static_cast<std::size_t>(scale_of(m.view))].plain();
      for (std::size_t j = 0; j < o.count; ++j) {
        double sum = level[o.at(j)];
        for (std::size_t h = 1; h <= leads; ++h)
          place(h, j) = sum = std::clamp(sum + place(h, j), -bound, bound);
      }
      return;
    }
    case Member::Kind::seasonal:
      for (std::size_t h = 1; h <= leads; ++h) {
        const std::size_t back = m.span * ((h + m.span - 1) / m.span);
        for (std::size_t j = 0; j < o.count; ++j) place(h, j) = z[o.at(j) + h - back];
      }
      return;
    case Member::Kind::seasonal_median:
      for (std::size_t h = 1; h <= leads; ++h)
        for (std::size_t j = 0; j < o.count; ++j)
          place(h, j) = seasonal_median(z, m.span, o.at(j) + h, o.at(j));
      return;
    case Member::Kind::median:
      medians(z, m.span, o, out.row(1));
      for (std::size_t h = 2; h <= leads; ++h) std::copy_n(out.row(1), o.count, out.row(h));
      return;
    case Member::Kind::drift:
      for (std::size_t j = 0; j < o.count; ++j) {
        const std::size_t now = o.at(j), span = std::min<std::size_t>(m.span, now);
        const double slope = span > 0 ? (z[now] - z[now - span]) / static_cast<double>(span) : 0;
        for (std::size_t h = 1; h <= leads; ++h)
          place(h, j) = std::clamp(z[now] + slope * static_cast<double>(h), -bound, bound);
      }
      return;
    case Member::Kind::theta:
      for (std::size_t j = 0; j < o.count; ++j) {
        const std::size_t now = o.at(j), begin = now + 1 > kThetaReach ? now + 1 - kThetaReach : 0;
        double level = z[begin];
        for (std::size_t t = begin + 1; t <= now; ++t) level += m.factor * (z[t] - level);
        for (std::size_t h = 1; h <= leads; ++h)
          place(h, j) = std::clamp(level + m.slope * static_cast<double>(h), -bound, bound);
      }
      return;
  }
}

}  // namespace nova::ar
