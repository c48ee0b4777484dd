#include "plugins/models/ar/fits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nova::ar {
namespace {

using numeric::LagGram;
using numeric::LinearFit;

// A row counts 1 + change; rows not listed count 1.
struct Reweighted {
  std::size_t row;
  double change;
};

// The autoregressions of one view: which members, on which lags of one LagGram.
struct Family {
  std::vector<std::uint32_t> lags;               // union, ascending
  std::vector<std::size_t> members;              // places in the pool
  std::vector<std::vector<std::uint16_t>> uses;  // places in `lags`, by member
};

Family family_of(std::span<const Member> pool, View view) {
  Family f;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    if (pool[i].kind != Member::Kind::autoregression || pool[i].view != view) continue;
    f.members.push_back(i);
    f.lags.insert(f.lags.end(), pool[i].lags.begin(), pool[i].lags.end());
  }
  std::sort(f.lags.begin(), f.lags.end());
  f.lags.erase(std::unique(f.lags.begin(), f.lags.end()), f.lags.end());
  for (const auto i : f.members) {
    auto& use = f.uses.emplace_back();
    for (const auto lag : pool[i].lags)
      use.push_back(static_cast<std::uint16_t>(std::lower_bound(f.lags.begin(), f.lags.end(), lag) -
                                               f.lags.begin()));
  }
  return f;
}

// Rows from `begin` on that hold a filled value. Where without them less than half of the rows with
// a known target would be left, filled lags are let in and only targets must be known.
std::vector<Reweighted> filled_rows(const std::vector<bool>& known, const Family& f,
                                    std::size_t begin) {
  std::vector<bool> filled(known.size(), false);
  std::size_t targets = 0, complete = 0;
  for (std::size_t t = 0; t < known.size(); ++t) {
    if (known[t]) continue;
    filled[t] = true;
    for (const auto lag : f.lags)
      if (t + lag < known.size()) filled[t + lag] = true;
  }
  for (std::size_t t = begin; t < known.size(); ++t) targets += known[t], complete += !filled[t];
  std::vector<Reweighted> rows;
  for (std::size_t t = begin; t < known.size(); ++t)
    if (2 * complete >= targets ? filled[t] : !known[t]) rows.push_back({t, -1});
  return rows;
}

constexpr double kMedianToSd = 1.4826;  // of a normal distribution

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// By how much each row must count less because one of its lags lies far out (the generalised
// M-estimates of Mallows, "On Some Topics in Robustness", 1975): (c / distance)^3, so that its
// leverage, which grows with the square, falls with the distance. Empty: none lies so far out.
std::vector<double> weights_of_lags(const std::vector<double>& z,
                                    std::span<const std::uint32_t> lags) {
  constexpr double kFar = 10;  // usual distances from the median
  const double median = median_of(z);
  std::vector<double> far(z.size());
  for (std::size_t t = 0; t < z.size(); ++t) far[t] = std::fabs(z[t] - median);
  const double most = kFar * kMedianToSd * median_of(far);
  std::vector<double> weights;
  if (!(most > 0)) return weights;
  for (std::size_t t = 0; t < z.size(); ++t) {
    if (far[t] <= most) continue;
    weights.resize(z.size(), 1);
    const double weight = std::pow(most / far[t], 3);
    for (const auto lag : lags)
      if (t + lag < z.size()) weights[t + lag] = std::min(weights[t + lag], weight);
  }
  return weights;
}

// Adds robust weights to rows that are left out already: those of the lags, and Huber's for the
// residuals of the largest member. gram: of all rows from `begin` on, each counted 1.
void reweight(const std::vector<double>& z, const Family& f, std::span<const Member> pool,
              std::size_t begin, LagGram gram, std::vector<Reweighted>& rows) {
  constexpr double kTuning = 2;
  std::vector<double> weights = weights_of_lags(z, f.lags);
  weights.resize(z.size(), 1);
  for (const auto& r : rows) weights[r.row] = 0;
  for (std::size_t t = begin; t < z.size(); ++t)
    if (weights[t] < 1) gram.add_row(z, t, weights[t] - 1);
  std::size_t reference = 0;
  for (std::size_t k = 1; k < f.members.size(); ++k)
    if (f.uses[k].size() > f.uses[reference].size()) reference = k;
  const auto& lags = pool[f.members[reference]].lags;
  LinearFit fit;
  double most = std::numeric_limits<double>::infinity();
  std::vector<double> sizes;  // of the residuals of rows that count
  if (gram.solve(f.uses[reference], pool[f.members[reference]].ridge, fit)) {
    using Map = Eigen::Map<const Eigen::ArrayXd>;
    const auto rest = static_cast<Eigen::Index>(z.size() - begin);
    Eigen::ArrayXd residual = Map(z.data() + begin, rest) - fit.intercept;
    for (std::size_t k = 0; k < lags.size(); ++k)
      residual -= fit.coefficients[k] * Map(z.data() + begin - lags[k], rest);
    for (std::size_t t = begin; t < z.size(); ++t)
      if (weights[t] != 0)
        sizes.push_back(std::fabs(residual[static_cast<Eigen::Index>(t - begin)]));
    if (const double usual = sizes.empty() ? 0 : median_of(sizes); usual > 0)
      most = kTuning * kMedianToSd * usual;
  }
  rows.clear();
  for (std::size_t t = begin, k = 0; t < z.size(); ++t) {
    if (weights[t] > 0 && k < sizes.size()) {
      if (sizes[k] > most) weights[t] *= most / sizes[k];
      ++k;
    }
    if (weights[t] < 1) rows.push_back({t, weights[t] - 1});
  }
}

}  // namespace

Fits fit_all(const Views& views, const std::vector<bool>& known, std::span<const Member> pool,
             std::span<const std::size_t> ends) {
  Fits fits(ends.size(), std::vector<LinearFit>(pool.size()));
  for (std::size_t v = 0; v < kViews; ++v) {
    const Family f = family_of(pool, static_cast<View>(v));
    if (f.members.empty()) continue;
    const auto& z = views.z[v];
    const std::size_t begin = f.lags.back() + views.apart(static_cast<View>(v));
    if (begin >= z.size()) continue;
    auto rows = filled_rows(known, f, begin);
    std::vector<LagGram> stretches(ends.size(), LagGram(f.lags));
    LagGram whole(f.lags);
    for (std::size_t k = 0, row = begin; k < ends.size(); ++k) {
      if (row >= ends[k]) continue;
      stretches[k].add(z, row, ends[k]);
      whole.add(stretches[k]);
      row = ends[k];
    }
    reweight(z, f, pool, begin, std::move(whole), rows);
    LagGram gram(f.lags);
    auto next = rows.begin();
    for (std::size_t k = 0, row = begin; k < ends.size(); ++k) {
      gram.add(stretches[k]);
      row = std::max(row, ends[k]);
      for (; next != rows.end() && next->row < row; ++next)
        gram.add_row(z, next->row, next->change);
      for (std::size_t i = 0; i < f.members.size(); ++i)
        gram.solve(f.uses[i], pool[f.members[i]].ridge, fits[k][f.members[i]]);
    }
  }
  return fits;
}

}  // namespace nova::ar
