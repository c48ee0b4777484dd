#include "core/plan/outlook.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/median.hpp"
#include "core/forecast/baseline.hpp"

namespace nova {
namespace {

// Dense for two hours of 5-minute steps, then 4 % apart.
constexpr std::uint32_t kDenseLeads = 24;
// A drift must make errors smaller by this share to be believed.
constexpr double kDriftEarns = 0.1;
constexpr std::size_t kFewestPairs = 12;

std::vector<std::uint32_t> leads_to(std::uint32_t reach) {
  std::vector<std::uint32_t> leads;
  for (std::uint32_t lead = 1; lead < reach; lead += std::max(1u, lead / kDenseLeads))
    leads.push_back(lead);
  leads.push_back(std::max(1u, reach));
  return leads;
}

// The history as it would be without the drift, at the level of its end.
std::vector<double> levelled(std::span<const double> history, double slope) {
  std::vector<double> level(history.begin(), history.end());
  const auto n = static_cast<double>(level.size());
  for (std::size_t t = 0; t < level.size(); ++t)
    level[t] += slope * (n - 1 - static_cast<double>(t));
  return level;
}

double believed_drift(std::span<const double> history, std::size_t season, std::uint32_t reach) {
  const double slope = drift_a_step(history, season);
  if (slope == 0) return 0;
  const auto lead = std::max<std::size_t>(1, std::min<std::size_t>(reach, history.size() / 4));
  const double without = naive_error(history, season, lead);
  const double with = naive_error(levelled(history, slope), season, lead);
  return with < (1 - kDriftEarns) * without ? slope : 0;
}

Result<Forecast> drifting_baseline(const OutlookQuestion& q, std::vector<std::uint32_t> leads,
                                   const std::vector<double>& levels) {
  const double slope = believed_drift(q.history, q.season, leads.back());
  const auto level = levelled(q.history, slope);
  const std::uint32_t measured[] = {1, leads[leads.size() / 2], leads.back()};
  auto base = baseline_forecast(level, q.end, q.step, q.season, leads, levels, measured);
  if (!base || slope == 0) return base;
  auto parts = base->parts();
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const double rise = slope * leads[i];
    const bool positive = parts.mean[i] >= 0;
    const auto moved = [&](double x) { return positive ? std::max(0.0, x + rise) : x + rise; };
    parts.mean[i] = moved(parts.mean[i]);
    for (std::size_t l = 0; l < levels.size(); ++l) {
      auto& x = parts.quantiles[l * leads.size() + i];
      x = moved(x);
    }
  }
  return Forecast::make(std::move(parts));
}

// What `trusted` says above `base` at one level, where both are known; between its leads in
// proportion, before the first and beyond the last as there.
double offset_at(const std::vector<std::pair<double, double>>& known, double lead) {
  const auto above = std::lower_bound(known.begin(), known.end(), std::pair{lead, -1e308});
  if (above == known.begin()) return known.front().second;
  if (above == known.end()) return known.back().second;
  const auto below = above - 1;
  const double share = (lead - below->first) / (above->first - below->first);
  return below->second + share * (above->second - below->second);
}

// Index of the lead of `base` that stands for `lead`, or base's size.
std::size_t place_of(const Forecast& base, std::uint32_t lead) {
  const auto leads = base.leads();
  return static_cast<std::size_t>(std::lower_bound(leads.begin(), leads.end(), lead) -
                                  leads.begin());
}

Result<Forecast> through(const Forecast& trusted, const Forecast& base) {
  auto parts = base.parts();
  const auto late = (base.origin() - trusted.origin()) / base.step();  // steps since it was made
  const auto bend = [&](double* values, const auto& said) {
    std::vector<std::pair<double, double>> known;
    for (std::size_t i = 0; i < trusted.leads().size(); ++i) {
      const auto lead = static_cast<std::int64_t>(trusted.leads()[i]) - late;
      if (lead < 1) continue;
      const auto at = place_of(base, static_cast<std::uint32_t>(lead));
      if (at == base.leads().size() || base.leads()[at] != static_cast<std::uint32_t>(lead))
        continue;
      known.emplace_back(static_cast<double>(lead), said(i) - values[at]);
    }
    if (known.empty()) return;
    for (std::size_t i = 0; i < base.leads().size(); ++i)
      values[i] += offset_at(known, base.leads()[i]);
  };
  const auto n = base.leads().size();
  bend(parts.mean.data(), [&](std::size_t i) { return trusted.mean(i); });
  for (std::size_t l = 0; l < parts.levels.size(); ++l)
    bend(parts.quantiles.data() + l * n,
         [&](std::size_t i) { return trusted.quantile(parts.levels[l], i); });
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t l = 0; l < parts.levels.size(); ++l) {
      auto& x = parts.quantiles[l * n + i];
      if (base.quantile(0.5, i) >= 0) x = std::max(0.0, x);
      if (l > 0) x = std::max(x, parts.quantiles[(l - 1) * n + i]);
    }
  return Forecast::make(std::move(parts));
}

}  // namespace

double drift_a_step(std::span<const double> history, std::size_t season) {
  const auto half = history.size() / 2;
  const auto lag = season > 0 ? half / season * season : half;
  if (lag == 0) return 0;
  std::vector<double> rises;
  for (std::size_t t = lag; t < history.size(); ++t)
    if (const double rise = history[t] - history[t - lag]; std::isfinite(rise))
      rises.push_back(rise);
  if (rises.size() < kFewestPairs) return 0;
  return median_of(std::move(rises)) / static_cast<double>(lag);
}

Result<Forecast> make_outlook(const OutlookQuestion& q) {
  const auto reach = static_cast<std::uint32_t>(
      std::max<std::int64_t>(1, (q.reach + q.step - Duration{1}) / q.step));
  auto leads = leads_to(reach);
  std::vector<double> levels{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99};
  if (q.trusted) {
    levels = q.trusted->parts().levels;
    const auto late = (q.end - q.trusted->origin()) / q.step;
    for (const auto lead : q.trusted->leads())
      if (lead > late && lead - late <= reach)
        leads.push_back(static_cast<std::uint32_t>(lead - late));
    std::sort(leads.begin(), leads.end());
    leads.erase(std::unique(leads.begin(), leads.end()), leads.end());
  }
  auto base = drifting_baseline(q, std::move(leads), levels);
  if (!base || !q.trusted) return base;
  return through(*q.trusted, *base);
}

}  // namespace nova
