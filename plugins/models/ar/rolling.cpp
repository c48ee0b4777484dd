#include "plugins/models/ar/rolling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plugins/models/ar/fits.hpp"

namespace nova::ar {
namespace {

struct Score {
  double sum = 0, count = 0;
  double mean() const { return count > 0 ? sum / count : 0; }
};

// What was to be forecast on the working scale, by lead and origin; NaN = not known.
std::vector<double> truths(const Views& views, const Scales& scales, const std::vector<bool>& known,
                           const RollingPlan& plan) {
  const Origins& o = plan.origins;
  const auto& z = views[scales.work()];
  std::vector<double> out(plan.leads * o.count, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t h = 1; h <= plan.leads; ++h)
    for (std::size_t j = 0; j < o.count; ++j)
      if (const std::size_t t = o.at(j) + h; t < z.size() && known[t])
        out[(h - 1) * o.count + j] = z[t];
  return out;
}

// Forecasts of member i, with the fit of its time in each block, into p. False: it has no fit.
bool forecast_blocks(Member& m, std::size_t i, const Fits& fits, std::span<const Dealt> dealt,
                     const RollingPlan& plan, std::span<const std::size_t> block_begin,
                     double bound, double* p) {
  const Origins& o = plan.origins;
  if (m.kind != Member::Kind::autoregression) {
    paths(m, dealt, o, plan.leads, bound, {p, o.count});
    return true;
  }
  for (const auto& fit : fits)
    if (fit[i].coefficients.size() != m.lags.size()) return false;
  for (std::size_t b = 0; b < plan.blocks; ++b) {
    m.fit = fits[b][i];
    const std::size_t from = block_begin[b], count = block_begin[b + 1] - from;
    if (count > 0)
      paths(m, dealt, {o.at(from), o.stride, count}, plan.leads, bound, {p + from, o.count});
  }
  m.fit = fits.back()[i];
  return true;
}

// Of N columns at once: each vote sinks to its place by exchanges without a branch, and only the
// lower half is kept in order.
template <int N>
void medians_at(std::span<const double* const> votes, std::size_t c, double* out) {
  using Tile = Eigen::Array<double, N, 1>;
  const std::size_t n = votes.size(), kept = n / 2 + 1;
  Tile few[16];
  std::vector<Tile> many(kept > std::size(few) ? kept : 0);
  Tile* const low = many.empty() ? few : many.data();
  for (std::size_t k = 0; k < n; ++k) {
    Tile vote = Eigen::Map<const Tile>(votes[k] + c);
    for (std::size_t i = 0; i < std::min(k, kept); ++i) {
      const Tile less = low[i].min(vote);
      vote = low[i].max(vote);
      low[i] = less;
    }
    if (k < kept) low[k] = vote;
  }
  Eigen::Map<Tile> middle(out + c);
  if (n % 2 == 1)
    middle = low[n / 2];
  else
    middle = 0.5 * (low[n / 2 - 1] + low[n / 2]);
}

}  // namespace

std::size_t band_of(std::size_t lead, std::size_t leads) {
  return 8 * lead <= leads ? 0 : 3 * lead <= leads ? 1 : 2;
}

void medians_of_votes(std::span<const double* const> votes, std::size_t width, double* out) {
  std::size_t c = 0;
  for (; c + 4 <= width; c += 4) medians_at<4>(votes, c, out);
  for (; c < width; ++c) medians_at<1>(votes, c, out);
}

Verdict judge(const Views& views, const Scales& scales, const std::vector<bool>& known,
              std::vector<Member> pool, const RollingPlan& plan, double bound) {
  const Origins& o = plan.origins;
  const std::size_t cells = plan.leads * o.count;
  std::vector<std::size_t> block_begin, ends;
  for (std::size_t b = 0; b <= plan.blocks; ++b) {
    block_begin.push_back(b * o.count / plan.blocks);
    ends.push_back(b == plan.blocks ? views.size() : o.at(block_begin[b]) + 1);
  }
  const Fits fits = fit_all(views, known, pool, ends);
  std::vector<Dealt> dealt;
  for (const auto& z : views.z) dealt.emplace_back(z, o.stride);

  Verdict verdict;
  verdict.errors = truths(views, scales, known, plan);
  std::vector<double> forecasts(pool.size() * cells);
  std::vector<std::array<Score, kBands>> scores(pool.size());
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    double* p = forecasts.data() + i * cells;
    if (!forecast_blocks(pool[i], i, fits, dealt, plan, block_begin, bound, p)) continue;
    usable.push_back(i);
    for (std::size_t h = 1, c = 0; h <= plan.leads; ++h) {
      Score& score = scores[i][band_of(h, plan.leads)];
      for (const std::size_t end = h * o.count; c < end; ++c) {
        p[c] = scales.to_work(pool[i].view, p[c]);
        const double e = std::fabs(verdict.errors[c] - p[c]);
        if (std::isfinite(e)) score.sum += e, ++score.count;
      }
    }
  }

  std::vector<std::uint8_t> bands(pool.size(), 0);
  std::vector<const double*> votes;
  std::vector<double> middle(o.count);
  for (std::size_t band = 0; band < kBands; ++band) {
    auto order = usable;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return scores[a][band].mean() < scores[b][band].mean();
    });
    order.resize(std::min(order.size(), plan.best));
    for (const auto i : order) bands[i] |= static_cast<std::uint8_t>(1U << band);
    votes.resize(order.size());
    for (std::size_t h = 1; h <= plan.leads; ++h) {
      if (band_of(h, plan.leads) != band) continue;
      const std::size_t row = (h - 1) * o.count;
      for (std::size_t k = 0; k < order.size(); ++k)
        votes[k] = forecasts.data() + order[k] * cells + row;
      medians_of_votes(votes, o.count, middle.data());
      for (std::size_t j = 0; j < o.count; ++j) verdict.errors[row + j] -= middle[j];
    }
  }
  for (const auto i : usable) {
    if (bands[i] == 0) continue;
    pool[i].bands = bands[i];
    verdict.members.push_back(std::move(pool[i]));
  }
  return verdict;
}

}  // namespace nova::ar
