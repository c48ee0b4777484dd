#include "plugins/models/ar/pool.hpp"

#include <algorithm>

namespace nova::ar {
namespace {

using Lags = std::vector<std::uint32_t>;
using Kind = Member::Kind;
constexpr double kRidge = 1e-4;  // of standardised columns; 1e-5 to 1e-3 did as well on M4

void add(Lags& lags, std::size_t from, std::size_t to) {
  for (std::size_t l = std::max<std::size_t>(from, 1); l <= to; ++l)
    lags.push_back(static_cast<std::uint32_t>(l));
}
void around(Lags& lags, std::size_t lag, std::size_t width) { add(lags, lag - width, lag + width); }

// Lags of values and of steps: few, some, many; the first season a, the longer one b (seven of the
// first where there is none), and their multiples as far as the history lets them be learned.
std::vector<Lags> lag_sets(std::span<const std::uint32_t> seasons, std::size_t n) {
  if (seasons.empty()) {
    std::vector<Lags> sets(3);
    add(sets[0], 1, 3), add(sets[1], 1, 8), add(sets[2], 1, 26);
    return sets;
  }
  const std::size_t a = seasons[0], b = seasons.size() > 1 ? seasons[1] : 7 * a;
  const bool weeks = 2 * n >= 5 * b;
  std::vector<Lags> sets(4);
  add(sets[0], 1, 8), around(sets[0], a, 1);
  add(sets[1], 1, 26), around(sets[1], a, 1);
  if (weeks) around(sets[1], b, 1);
  add(sets[2], 1, 26), add(sets[2], a - 1, a + 3);
  if (n > 6 * a) around(sets[2], 2 * a, 1);
  if (weeks) around(sets[2], b, std::min<std::size_t>(3, b - 1));
  if (n > 4 * b) around(sets[2], 2 * b, 2);
  if (n > 5 * b) around(sets[2], 3 * b, 1);
  add(sets[3], 1, 3);
  for (std::size_t k = 1; k <= 7 && n > (k + 2) * a; ++k) around(sets[3], k * a, 1);
  if (weeks) around(sets[3], b, 1);
  if (n > 4 * b) around(sets[3], 2 * b, 1);
  if (a > 26) add(sets.emplace_back(), 1, 8);
  return sets;
}

void add_autoregressions(std::vector<Member>& pool, const Views& views, View view,
                         std::vector<Lags> sets, std::size_t n) {
  for (auto& lags : sets) {
    std::sort(lags.begin(), lags.end());
    lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  }
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  for (auto& lags : sets) {
    // Three rows a coefficient and some more, before the stretch of rolling origins begins.
    if (4 * (lags.back() + views.apart(view) + 3 * lags.size() + 10) > 3 * n) continue;
    Member m;
    m.view = view;
    m.span = views.apart(view);
    m.ridge = kRidge;
    m.lags = std::move(lags);
    pool.push_back(std::move(m));
  }
}

}  // namespace

std::vector<Member> make_pool(const Scales& scales, const Views& views,
                              std::span<const std::uint32_t> seasons, std::size_t known) {
  const std::size_t points = views.size(), n = std::min(points, 2 * known);
  std::vector<Member> pool;
  for (std::size_t i = 0; i < kViews; ++i) {
    const auto view = static_cast<View>(i);
    if (!scales.has(view) || (is_difference(view) && views.apart(view) == 0)) continue;
    if (view < View::level_seasons) {
      add_autoregressions(pool, views, view, lag_sets(seasons, n), n);
    } else {
      std::vector<Lags> set(1);
      add(set[0], 1, 26), around(set[0], views.season, 1);
      add_autoregressions(pool, views, view, std::move(set), n);
    }
  }
  const auto rule = [&](Kind kind, std::size_t span) -> Member& {
    Member m;
    m.kind = kind;
    m.view = scales.work();
    m.span = static_cast<std::uint32_t>(span);
    return pool.emplace_back(std::move(m));
  };
  rule(Kind::seasonal, 1);  // the last value
  for (const auto s : seasons) rule(Kind::seasonal, s), rule(Kind::seasonal_median, s);
  if (seasons.size() == 1 && points > 21 * std::size_t{seasons[0]})
    rule(Kind::seasonal, 7 * std::size_t{seasons[0]});
  for (const std::size_t window : {4, 12, 72, 288})
    if (points > 3 * window) rule(Kind::median, window);
  if (points > 50)
    for (const std::size_t span : {std::size_t{24}, points / 2}) rule(Kind::drift, span);
  if (points > 12 && (seasons.empty() || seasons[0] > 26))
    for (const double weight : {0.2, 0.5, 0.9}) rule(Kind::theta, 1).factor = weight;
  return pool;
}

}  // namespace nova::ar
