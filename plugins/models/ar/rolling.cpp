#include "plugins/models/ar/rolling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nova::ar {
namespace {

using numeric::LagGram;
constexpr double kNever = std::numeric_limits<double>::infinity();

// Rows that hold a filled value: those are taken out of the sums. Where that would leave less than
// half of the rows whose target is known, filled lags are let in, and only targets must be known.
std::vector<std::size_t> rows_to_leave_out(const std::vector<bool>& known,
                                           std::span<const std::uint32_t> lags) {
  std::vector<bool> out(known.size(), false);
  std::size_t missing = 0, touched = 0;
  for (std::size_t t = 0; t < known.size(); ++t) {
    if (known[t]) continue;
    ++missing;
    out[t] = true;
    for (const auto lag : lags)
      if (t + lag < known.size()) out[t + lag] = true;
  }
  for (const bool b : out) touched += b;
  std::vector<std::size_t> rows;
  if (missing == 0) return rows;
  const bool strict = 2 * (known.size() - touched) >= known.size() - missing;
  for (std::size_t t = 0; t < known.size(); ++t)
    if (strict ? out[t] : !known[t]) rows.push_back(t);
  return rows;
}

// fits[block][member]; block `blocks` is everything. A member without a fit has no coefficients.
std::vector<std::vector<numeric::LinearFit>> fit_all(const Views& views,
                                                     const std::vector<bool>& known,
                                                     std::span<const Member> pool,
                                                     const RollingPlan& plan,
                                                     const std::vector<std::size_t>& block_begin) {
  const auto lags = union_of_lags(pool);
  std::vector<std::vector<numeric::LinearFit>> fits(plan.blocks + 1,
                                                    std::vector<numeric::LinearFit>(pool.size()));
  if (lags.empty()) return fits;
  const auto excluded = rows_to_leave_out(known, lags);
  std::vector<std::vector<std::uint16_t>> chosen(pool.size());
  for (std::size_t i = 0; i < pool.size(); ++i)
    for (const auto lag : pool[i].lags)
      chosen[i].push_back(static_cast<std::uint16_t>(
          std::lower_bound(lags.begin(), lags.end(), lag) - lags.begin()));
  for (std::size_t v = 0; v < kViews; ++v) {
    const auto& z = views.z[v];
    if (z.empty()) continue;
    LagGram gram(lags);
    std::size_t row = lags.back() + 1;  // one later than possible: a step needs two values
    auto next_excluded = std::lower_bound(excluded.begin(), excluded.end(), row);
    for (std::size_t b = 0; b <= plan.blocks; ++b) {
      const std::size_t end = b == plan.blocks ? z.size() : plan.origins.at(block_begin[b]) + 1;
      if (row < end) {
        gram.add(z, row, end);
        row = end;
      }
      for (; next_excluded != excluded.end() && *next_excluded < end; ++next_excluded)
        gram.add_row(z, *next_excluded, -1);
      for (std::size_t i = 0; i < pool.size(); ++i)
        if (static_cast<std::size_t>(pool[i].view) == v && !pool[i].lags.empty())
          gram.solve(chosen[i], pool[i].ridge, fits[b][i]);
    }
  }
  return fits;
}

}  // namespace

double median_of(double* values, std::size_t n) {
  std::sort(values, values + n);
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

Verdict judge(const Views& views, const Scales& scales, const std::vector<bool>& known,
              std::vector<Member> pool, const RollingPlan& plan, double bound) {
  const Origins& o = plan.origins;
  const std::size_t n = views.size(), cells = plan.leads * o.count;
  std::vector<std::size_t> block_begin;
  for (std::size_t b = 0; b <= plan.blocks; ++b) block_begin.push_back(b * o.count / plan.blocks);
  const auto fits = fit_all(views, known, pool, plan, block_begin);
  std::vector<Dealt> dealt;
  for (const auto& z : views.z) dealt.emplace_back(z, o.stride);

  Verdict verdict;
  verdict.errors.assign(cells, std::numeric_limits<double>::quiet_NaN());
  const auto& truth = views[scales.work()];
  for (std::size_t h = 1; h <= plan.leads; ++h)
    for (std::size_t j = 0; j < o.count; ++j)
      if (const std::size_t t = o.at(j) + h; t < n && known[t])
        verdict.errors[(h - 1) * o.count + j] = truth[t];

  std::vector<double> all(pool.size() * cells), score(pool.size(), kNever);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    Member& m = pool[i];
    double* p = all.data() + i * cells;
    if (m.kind == Member::Kind::autoregression) {
      bool fitted = true;
      for (std::size_t b = 0; b < plan.blocks && fitted; ++b) {
        m.fit = fits[b][i];
        fitted = m.fit.coefficients.size() == m.lags.size();
        const std::size_t from = block_begin[b], count = block_begin[b + 1] - from;
        if (fitted && count > 0)
          paths(m, dealt, {o.at(from), o.stride, count}, plan.leads, bound, {p + from, o.count});
      }
      m.fit = fits[plan.blocks][i];
      if (!fitted || m.fit.coefficients.size() != m.lags.size()) continue;
    } else {
      paths(m, dealt, o, plan.leads, bound, {p, o.count});
    }
    if (scale_of(m.view) != scales.work())
      for (std::size_t c = 0; c < cells; ++c) p[c] = scales.to_work(m.view, p[c]);
    double sum = 0, count = 0;
    for (std::size_t c = 0; c < cells; ++c)
      if (const double e = verdict.errors[c] - p[c]; std::isfinite(e)) sum += std::fabs(e), ++count;
    score[i] = count > 0 ? sum / count : 0;
  }

  std::vector<std::size_t> order(pool.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return score[a] < score[b]; });
  while (order.size() > plan.best || (order.size() > 1 && score[order.back()] == kNever))
    order.pop_back();
  std::vector<double> votes(order.size());
  for (std::size_t c = 0; c < cells; ++c) {
    for (std::size_t k = 0; k < order.size(); ++k) votes[k] = all[order[k] * cells + c];
    verdict.errors[c] -= median_of(votes.data(), votes.size());
  }
  for (const auto i : order) verdict.members.push_back(std::move(pool[i]));
  return verdict;
}

}  // namespace nova::ar
