#include "plugins/models/ar/ar.hpp"

#include <cmath>
#include <novascale/error.hpp>

#include "plugins/models/ar/fits.hpp"
#include "plugins/models/ar/pool.hpp"

namespace nova::ar {
namespace {

// Points from one promise of all leads to the next. No divisor of usual seasons: what recurs every
// two hours must not meet the same lead each time.
std::size_t spacing(std::size_t leads) { return leads < 12 ? 1 : leads < 24 ? 5 : 11; }

constexpr double kBound = 1.5;  // forecasts may leave the range seen by half

struct History {
  std::vector<double> x;  // from the first to the last known value, gaps filled
  std::vector<bool> known;
  std::size_t count = 0;  // of known values
  std::size_t missing_at_end = 0;
};

History history_of(std::span<const double> values) {
  History h;
  const auto finite = [](double v) { return std::isfinite(v); };
  h.x.assign(std::find_if(values.begin(), values.end(), finite), values.end());
  for (; !h.x.empty() && !finite(h.x.back()); h.x.pop_back()) ++h.missing_at_end;
  h.known.resize(h.x.size());
  std::size_t last = 0;
  for (std::size_t t = 0; t < h.x.size(); ++t) {
    h.known[t] = finite(h.x[t]);
    if (!h.known[t]) continue;
    ++h.count;
    h.x[t] = std::clamp(h.x[t], -kLargest, kLargest);
    for (std::size_t g = last + 1; g < t; ++g) {
      const double share = static_cast<double>(g - last) / static_cast<double>(t - last);
      h.x[g] = (1 - share) * h.x[last] + share * h.x[t];
    }
    last = t;
  }
  return h;
}

// Half the slope of the least squares line: the drift of the Theta method (Hyndman and Billah,
// "Unmasking the Theta method", 2003).
double half_slope(std::span<const double> z) {
  double mean = 0, count = 0, xx = 0, xy = 0;
  for (const double v : z) mean += (v - mean) / ++count;
  for (std::size_t t = 0; t < z.size(); ++t) {
    const double d = static_cast<double>(t) - 0.5 * (count - 1);
    xx += d * d;
    xy += d * (z[t] - mean);
  }
  return xx > 0 ? 0.5 * xy / xx : 0;
}

}  // namespace

State Forecaster::fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
                      std::string& remark) const {
  const auto say = [&](const std::string& what) { remark += (remark.empty() ? "" : "; ") + what; };
  const History data = history_of(values);
  if (data.count == 0)
    throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
  const std::size_t n = data.x.size();
  State state;
  state.scales = Scales::of(data.x, options_.plain);
  state.count = n;

  const auto asked = options_.season_lengths.empty()
                         ? host_seasons
                         : std::span<const std::uint32_t>(options_.season_lengths);
  std::vector<std::uint32_t> seasons(asked.begin(), asked.end());
  std::sort(seasons.begin(), seasons.end());
  seasons.erase(std::unique(seasons.begin(), seasons.end()), seasons.end());
  std::erase_if(seasons, [&](std::uint32_t s) {
    const bool seen = 2 * n >= 5 * std::size_t{s};
    if (s >= 2 && !seen)
      say("season " + std::to_string(s) + " dropped: " + std::to_string(n) + " points");
    return s < 2 || !seen;
  });

  if (!seasons.empty()) state.views.season = seasons.back();
  for (const double x : data.x) state.views.push(state.scales, x);
  auto pool = make_pool(state.scales, state.views, seasons, data.count);
  for (auto& m : pool)
    if (m.kind == Member::Kind::theta) m.slope = half_slope(state.views[m.view]);
  if (pool.front().kind != Member::Kind::autoregression)
    say("no autoregression: " + std::to_string(data.count) + " points");

  RollingPlan plan;
  plan.best = options_.best;
  const std::size_t stretch =
      n < 2 ? 0 : std::min<std::size_t>(std::max({n / 4, std::min<std::size_t>(n / 2, 12)}), 504);
  const std::size_t wanted = options_.horizon > 0 ? options_.horizon
                             : seasons.empty()
                                 ? 48
                                 : std::clamp<std::size_t>(2 * std::size_t{seasons[0]}, 24, 72);
  plan.leads = std::min(wanted, std::max<std::size_t>(1, stretch / 2));
  plan.origins.stride = std::max<std::size_t>(1, stretch / options_.origins);
  plan.origins.count = stretch / plan.origins.stride;
  plan.origins.first = n - 1 - plan.origins.stride * plan.origins.count;
  Verdict verdict =
      judge(state.views, state.scales, data.known, std::move(pool), plan, state.bound);
  state.members = std::move(verdict.members);
  if (data.count > 1)
    state.errors = numeric::Conformal(verdict.errors, plan.origins.count, plan.leads);

  for (const auto& m : state.members) state.keep = std::max(state.keep, reach(m));
  state.views.drop(n - std::min(n, state.keep));
  if (data.missing_at_end > 0)
    observe(state, std::vector<double>(data.missing_at_end, std::nan("")));
  return state;
}

bool Forecaster::refit(State& state, std::span<const double> values) const {
  const History data = history_of(values);
  if (data.count == 0 || state.errors.leads() == 0) return false;
  const std::size_t n = data.x.size();
  Views views;
  views.season = state.views.season;
  for (const double x : data.x) views.push(state.scales, x);
  const std::size_t ends[] = {n};
  auto fits = fit_all(views, data.known, state.members, ends);
  std::vector<Member> members;
  unsigned bands = 0;
  for (std::size_t i = 0; i < state.members.size(); ++i) {
    Member m = state.members[i];
    if (m.kind == Member::Kind::autoregression) {
      if (fits[0][i].coefficients.size() != m.lags.size()) continue;
      m.fit = std::move(fits[0][i]);
    } else if (reach(m) > n) {
      continue;
    }
    if (m.kind == Member::Kind::theta) m.slope = half_slope(views[m.view]);
    bands |= m.bands;
    members.push_back(std::move(m));
  }
  if ((bands & ((1U << kBands) - 1)) != (1U << kBands) - 1) return false;
  state.members = std::move(members);
  state.views = std::move(views);
  for (std::size_t i = 0; i < data.missing_at_end; ++i)
    state.views.push(state.scales, value_of(state, centres(state, 1).front()));
  state.views.drop(state.views.size() - std::min(state.views.size(), state.keep));
  return true;
}

void Forecaster::observe(State& state, std::span<const double> values) const {
  for (const double value : values) {
    const bool known = std::isfinite(value);
    const double x =
        known ? std::clamp(value, -kLargest, kLargest) : value_of(state, centres(state, 1).front());
    if (x < 0) state.scales.non_negative = false;
    state.views.push(state.scales, x);
    ++state.count;
    if (state.views.size() >= 2 * state.keep + 64)
      state.views.drop(state.views.size() - state.keep);
    if (known) learn(state);
    lay_down_promises(state);
  }
}

// Compares the newest value with what was promised for it.
void Forecaster::learn(State& state) {
  for (const auto& z : state.views.z)
    if (!z.empty()) state.bound = std::max(state.bound, kBound * std::fabs(z.back()));
  const double z = state.views[state.scales.work()].back();
  for (const auto& p : state.promises) {
    const std::uint64_t lead = state.count - p.origin;
    const bool one = p.centres.size() == 1;
    if (lead > p.centres.size() || (lead == 1 && !one)) continue;
    // An error that is known once in spacing() points stands for that many.
    state.errors.learn(lead, z - p.centres[lead - 1], p.bounds[lead - 1],
                       one ? 1.0 : static_cast<double>(spacing(state.errors.leads())));
  }
}

// One for the next step always, and every third of the leads one for all of them.
void Forecaster::lay_down_promises(State& state) {
  const std::size_t leads = state.errors.leads();
  if (leads == 0) return;
  auto& promises = state.promises;
  std::erase_if(promises,
                [&](const Promise& p) { return state.count >= p.origin + p.centres.size(); });
  const bool all = promises.empty() || state.count >= promises.back().origin + spacing(leads);
  Promise made{state.count, centres(state, all ? leads : 1), {}};
  for (std::size_t h = 1; h <= made.centres.size(); ++h)
    made.bounds.push_back(state.errors.bounds(h));
  promises.push_back(std::move(made));
}

namespace {

// The farthest of the leads 1..leads at which a member has a vote; 0 = none.
std::size_t last_vote(const Member& m, std::size_t leads, std::size_t judged) {
  while (leads > 0 && !(m.bands >> band_of(leads, judged) & 1)) --leads;
  return leads;
}

}  // namespace

std::vector<double> centres(const State& state, std::size_t leads) {
  std::vector<Dealt> dealt;
  dealt.reserve(kViews);
  for (const auto& z : state.views.z) dealt.emplace_back(z, 1);
  const std::size_t n = state.views.size(), judged = std::max<std::size_t>(1, state.errors.leads());
  std::vector<double> all(state.members.size() * leads), out(leads);
  for (std::size_t k = 0; k < state.members.size(); ++k) {
    const Member& m = state.members[k];
    double* const path = all.data() + k * leads;
    const std::size_t last = last_vote(m, leads, judged);
    if (last == 0) continue;
    paths(m, dealt, {n - 1, 1, 1}, last, state.bound, {path, 1});
    if (scale_of(m.view) == state.scales.work()) continue;
    for (std::size_t h = 0; h < last; ++h) path[h] = state.scales.to_work(m.view, path[h]);
  }
  std::vector<const double*> votes;
  for (std::size_t begin = 0, end = 0; begin < leads; begin = end) {
    const auto band = band_of(begin + 1, judged);
    while (end < leads && band_of(end + 1, judged) == band) ++end;
    votes.clear();
    for (std::size_t k = 0; k < state.members.size(); ++k)
      if (state.members[k].bands >> band & 1) votes.push_back(all.data() + k * leads + begin);
    medians_of_votes(votes, end - begin, out.data() + begin);
  }
  return out;
}

double value_of(const State& state, double z) {
  const double x = state.scales.work_scale().back(z);
  return state.scales.non_negative ? std::max(x, 0.0) : x;
}

}  // namespace nova::ar
