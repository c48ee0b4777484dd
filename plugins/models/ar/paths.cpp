#include "plugins/models/ar/paths.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nova::ar {
namespace {

constexpr std::size_t kSeasonsOfMedian = 5;
constexpr std::size_t kThetaReach = 128;

// One lead from `N` origins side by side, whose sums stay in registers.
template <int N>
void lead_of(const Member& m, const std::vector<const double*>& from, std::size_t j, double bound,
             double* row) {
  using Tile = Eigen::Array<double, N, 1>;
  Tile sum = Tile::Constant(m.fit.intercept);
  for (std::size_t k = 0; k < from.size(); ++k)
    sum += m.fit.coefficients[k] * Eigen::Map<const Tile>(from[k] + j);
  Eigen::Map<Tile>(row + j) = sum.max(-bound).min(bound);
}

void autoregression(const Member& m, const Dealt& z, const Origins& o, std::size_t leads,
                    double bound, Grid out) {
  const std::size_t lags = m.lags.size();
  std::vector<const double*> from(lags);
  for (std::size_t h = 1; h <= leads; ++h) {
    for (std::size_t k = 0; k < lags; ++k)
      from[k] = m.lags[k] >= h ? z.from(o.first + h - m.lags[k]) : out.row(h - m.lags[k]);
    double* row = out.row(h);
    std::size_t j = 0;
    for (; j + 12 <= o.count; j += 12) lead_of<12>(m, from, j, bound, row);
    for (; j + 4 <= o.count; j += 4) lead_of<4>(m, from, j, bound, row);
    for (; j < o.count; ++j) lead_of<1>(m, from, j, bound, row);
  }
}

// The next value alone.
double next_of(const Member& m, std::span<const double> z, std::size_t origin, double bound) {
  double sum = m.fit.intercept;
  for (std::size_t k = 0; k < m.lags.size(); ++k)
    sum += m.fit.coefficients[k] * z[origin + 1 - m.lags[k]];
  return std::clamp(sum, -bound, bound);
}

// The same from one origin: there is no loop over origins to be fast in, so lags in a row are
// summed as one product of vectors.
void autoregression_once(const Member& m, std::span<const double> z, std::size_t origin,
                         std::size_t leads, double bound, Grid out) {
  struct Run {
    std::size_t length, longest;  // lags longest - length + 1 .. longest
    const double* weights;
  };
  const std::size_t lags = m.lags.size(), back = m.lags.back();
  std::vector<double> weights(lags), path(back + leads);
  std::vector<Run> runs;
  for (std::size_t k = 0; k < lags; ++k) weights[lags - 1 - k] = m.fit.coefficients[k];
  for (std::size_t end = lags; end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && m.lags[begin - 1] + 1 == m.lags[begin]) --begin;
    runs.push_back({end - begin, m.lags[end - 1], weights.data() + (lags - end)});
    end = begin;
  }
  std::copy_n(z.data() + origin + 1 - back, back, path.begin());
  for (std::size_t h = 1; h <= leads; ++h) {
    const double* next = path.data() + back + h - 1;
    double sum = m.fit.intercept;
    for (const Run& r : runs) {
      using Map = Eigen::Map<const Eigen::VectorXd>;
      const auto n = static_cast<Eigen::Index>(r.length);
      sum += Map(r.weights, n).dot(Map(next - r.longest, n));
    }
    path[back + h - 1] = out.row(h)[0] = std::clamp(sum, -bound, bound);
  }
}

// Medians of the last `window` values at each origin, from one sorted window moved along.
void medians(std::span<const double> z, std::size_t window, const Origins& o, double* out) {
  std::size_t next = o.first + 1 >= window ? o.first + 1 - window : 0;
  if (o.count == 1) {
    std::vector<double> values(z.begin() + static_cast<std::ptrdiff_t>(next),
                               z.begin() + static_cast<std::ptrdiff_t>(o.first + 1));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    out[0] = values.size() % 2 == 1 ? *middle
                                    : 0.5 * (*middle + *std::max_element(values.begin(), middle));
    return;
  }
  std::vector<double> sorted;
  sorted.reserve(window + 1);
  const auto insert = [&](double v) {
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), v), v);
  };
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

Dealt::Dealt(std::span<const double> z, std::size_t stride) : plain_(z) {
  if (stride == 1) return;
  values_.reserve(z.size());
  places_.resize(z.size());
  for (std::size_t r = 0; r < stride; ++r)
    for (std::size_t i = r; i < z.size(); i += stride) {
      places_[i] = static_cast<std::uint32_t>(values_.size());
      values_.push_back(z[i]);
    }
}

std::size_t reach(const Member& m) {
  switch (m.kind) {
    case Member::Kind::autoregression:
      return m.lags.empty() ? 1 : m.lags.back() + 1 + (is_difference(m.view) ? m.span : 0);
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
      if (o.count == 1 && leads == 1)
        place(1, 0) = next_of(m, z, o.first, bound);
      else if (o.count == 1)
        autoregression_once(m, z, o.first, leads, bound, out);
      else
        autoregression(m, dealt, o, leads, bound, out);
      if (!is_difference(m.view)) return;
      const Dealt& values = views[static_cast<std::size_t>(scale_of(m.view))];
      for (std::size_t h = 1; h <= leads; ++h) {
        const double* before =
            m.span >= h ? values.from(o.first + h - m.span) : out.row(h - m.span);
        double* row = out.row(h);
        for (std::size_t j = 0; j < o.count; ++j)
          row[j] = std::clamp(row[j] + before[j], -bound, bound);
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
