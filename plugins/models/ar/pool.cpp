#include "plugins/models/ar/pool.hpp"

#include <algorithm>

namespace nova::ar {
namespace {

using Lags = std::vector<std::uint32_t>;

void add(Lags& lags, std::size_t from, std::size_t to) {
  for (std::size_t l = std::max<std::size_t>(from, 1); l <= to; ++l)
    lags.push_back(static_cast<std::uint32_t>(l));
}
void around(Lags& lags, std::size_t lag, std::size_t width) { add(lags, lag - width, lag + width); }

void tidy(Lags& lags) {
  std::sort(lags.begin(), lags.end());
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
}

std::vector<Lags> lag_sets(std::span<const std::uint32_t> seasons, std::size_t n, const double* x) {
  std::vector<Lags> sets;
  const auto set = [&](auto&& fill) { fill(sets.emplace_back()); };
  if (seasons.empty()) {
    for (const std::size_t p : {3, 8, 26}) set([&](Lags& l) { add(l, 1, p); });
  } else {
    const std::size_t a = seasons[0], b = seasons.size() > 1 ? seasons[1] : 7 * a;
    const bool weeks = n >= 2 * b + b / 2;
    set([&](Lags& l) { add(l, 1, 8), around(l, a, 1); });
    set([&](Lags& l) {  // the middle
      add(l, 1, 26), around(l, a, 1);
      if (weeks) around(l, b, 1);
    });
    set([&](Lags& l) {  // the long
      add(l, 1, 26), add(l, a - 1, a + 3);
      if (n > 6 * a) around(l, 2 * a, 1);
      if (weeks) around(l, b, 3);
      if (n > 4 * b) around(l, 2 * b, 2);
      if (n > 5 * b) around(l, 3 * b, 1);
    });
    set([&](Lags& l) {  // many seasons back
      add(l, 1, 3);
      for (std::size_t k = 1; k <= 7 && n > (k + 2) * a; ++k) around(l, k * a, 1);
      if (weeks) around(l, b, 1);
      if (n > 4 * b) around(l, 2 * b, 1);
    });
    if (x[0] != 0)
      set([&](Lags& l) {
        add(l, 1, std::min<std::size_t>(2 * a + 2, 60));
        if (weeks) around(l, b, 2);
      });
    if (a > 26) set([&](Lags& l) { add(l, 1, 8); });
  }
  for (auto& l : sets) tidy(l);
  std::erase_if(sets, [&](const Lags& l) { return 4 * (l.back() + 3 * l.size() + 10) > 3 * n; });
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  return sets;
}

// Half the slope of a least squares line: the drift of the Theta method (Hyndman and Billah,
// "Unmasking the Theta method", 2003).
}  // namespace

std::vector<Member> make_pool(const Scales& scales, std::span<const std::uint32_t> seasons,
                              std::size_t points, std::size_t known, const double* x) {
  std::vector<Member> pool;
  for (const View v : {View::level, View::log, View::level_steps, View::log_steps}) {
    if (!scales.has(v)) continue;
    for (const auto& lags : lag_sets(seasons, std::min(points, 2 * known), x))
      for (const double ridge : {1e-4}) {
        Member m;
        m.view = v;
        m.lags = lags;
        m.ridge = ridge;
        pool.push_back(std::move(m));
      }
  }
  const auto add_rule = [&](Member::Kind kind, std::size_t span) -> Member& {
    Member m;
    m.kind = kind;
    m.view = scales.work();
    m.span = static_cast<std::uint32_t>(span);
    return pool.emplace_back(std::move(m));
  };
  using Kind = Member::Kind;
  add_rule(Kind::seasonal, 1);
  for (const auto s : seasons) add_rule(Kind::seasonal, s), add_rule(Kind::seasonal_median, s);
  if (seasons.size() == 1 && points > 21 * std::size_t{seasons[0]})
    add_rule(Kind::seasonal, 7 * std::size_t{seasons[0]});
  for (const std::size_t w : {4, 12, 72, 288})
    if (points > 3 * w) add_rule(Kind::median, w);
  for (const std::size_t w : {std::size_t{24}, points / 2})
    if (points > 50 && 2 * w <= points) add_rule(Kind::drift, w);
  if (points > 12 && (seasons.empty() || seasons[0] > 26))
    for (const double a : {0.2, 0.5, 0.9}) add_rule(Kind::theta, 1).factor = a;
  return pool;
}

std::vector<std::uint32_t> union_of_lags(std::span<const Member> pool) {
  Lags all;
  for (const auto& m : pool) all.insert(all.end(), m.lags.begin(), m.lags.end());
  tidy(all);
  return all;
}

}  // namespace nova::ar
