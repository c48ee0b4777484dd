#include "plugins/models/ar/fits.hpp"

#include <algorithm>
#include <cmath>

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

// Adds Huber's weights for the residuals of the largest member to rows that are left out already.
void reweight_residuals(const std::vector<double>& z, const Family& f, std::span<const Member> pool,
                        std::size_t begin, std::vector<Reweighted>& rows) {
  constexpr double kTuning = 2, kMedianToSd = 1.4826;
  LagGram gram(f.lags);
  gram.add(z, begin, z.size());
  for (const auto& r : rows) gram.add_row(z, r.row, r.change);
  std::size_t reference = 0;
  for (std::size_t k = 1; k < f.members.size(); ++k)
    if (f.uses[k].size() > f.uses[reference].size()) reference = k;
  LinearFit fit;
  if (!gram.solve(f.uses[reference], pool[f.members[reference]].ridge, fit)) return;
  const auto& lags = pool[f.members[reference]].lags;
  std::vector<double> size(z.size() - begin, -1);  // of the residual; -1: left out
  auto left_out = rows.begin();
  std::vector<double> sorted;
  for (std::size_t t = begin; t < z.size(); ++t) {
    if (left_out != rows.end() && left_out->row == t) {
      ++left_out;
      continue;
    }
    double fitted = fit.intercept;
    for (std::size_t k = 0; k < lags.size(); ++k) fitted += fit.coefficients[k] * z[t - lags[k]];
    size[t - begin] = std::fabs(z[t] - fitted);
    sorted.push_back(size[t - begin]);
  }
  if (sorted.empty()) return;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double most = kTuning * kMedianToSd * *middle;
  if (!(most > 0)) return;
  for (std::size_t t = begin; t < z.size(); ++t)
    if (size[t - begin] > most) rows.push_back({t, most / size[t - begin] - 1});
  std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.row < b.row; });
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
    reweight_residuals(z, f, pool, begin, rows);
    LagGram gram(f.lags);
    auto next = rows.begin();
    for (std::size_t k = 0, row = begin; k < ends.size(); ++k) {
      if (row < ends[k]) {
        gram.add(z, row, ends[k]);
        row = ends[k];
      }
      for (; next != rows.end() && next->row < row; ++next)
        gram.add_row(z, next->row, next->change);
      for (std::size_t i = 0; i < f.members.size(); ++i)
        gram.solve(f.uses[i], pool[f.members[i]].ridge, fits[k][f.members[i]]);
    }
  }
  return fits;
}

}  // namespace nova::ar
