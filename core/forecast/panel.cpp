#include "core/forecast/panel.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>

#include "core/forecast/baseline.hpp"

namespace nova {
namespace {

constexpr const char* kNaive = "seasonal naive";
constexpr double kNaiveSkill = -0.1;  // it is its own judge, but for its calibration
constexpr Duration kOldAlarm = std::chrono::hours(24);  // not worth telling any more
constexpr double kBlendWorseBy = 1.02;  // hysteresis of blend against the best alone

std::string two_digits(double x) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", x);
  return text.data();
}

void alarm(Panel::Seat& seat, const char* what, TimePoint time) {
  seat.refit = true;
  seat.alarm = what;
  seat.alarm_time = time;
}

}  // namespace

PanelShape PanelShape::make(std::int64_t acting, std::int64_t dense, std::int64_t horizon,
                            const std::vector<std::int64_t>& far, std::vector<double> levels) {
  PanelShape shape{{}, std::move(levels), {1}, 0};
  std::vector<std::int64_t> leads, scored{1, acting};
  for (std::int64_t lead = 1; lead <= dense; ++lead) leads.push_back(lead);
  for (auto lead = dense; lead < horizon; lead += std::max<std::int64_t>(1, lead / 2))
    leads.push_back(lead);
  leads.push_back(std::max(dense, horizon));
  for (const auto lead : far)
    if (lead > 2 * acting && lead <= horizon) scored.push_back(lead);
  leads.insert(leads.end(), scored.begin(), scored.end());
  for (auto* all : {&leads, &scored}) {
    std::sort(all->begin(), all->end());
    all->erase(std::unique(all->begin(), all->end()), all->end());
  }
  shape.leads.assign(leads.begin(), leads.end());
  shape.scored.assign(scored.begin(), scored.end());
  shape.acting = acting > 1 ? 1 : 0;
  return shape;
}

Panel::State Panel::start(const PanelShape& shape, const std::vector<std::string>& models,
                          const TrustRules& trust) {
  const auto scored = shape.scored.size();
  State s{.said_conformal = Conformal(shape.scored, shape.levels)};
  const auto seat = [&](const std::string& name, const TrustRules& rules) {
    s.seats.push_back({.name = name,
                       .conformal = s.said_conformal,
                       .trust = std::vector<Trust>(scored, Trust(rules))});
  };
  for (const auto& name : models) seat(name, trust);
  auto own = trust;
  own.skill_least = std::min(own.skill_least, kNaiveSkill);
  seat(kNaive, own);
  s.blend_trust.assign(scored, Trust(trust));
  s.blends.resize(scored);
  s.blended.assign(scored, true);
  return s;
}

Panel::Panel(PanelShape shape, const std::vector<std::string>& models, const TrustRules& trust)
    : shape_(std::move(shape)), s_(start(shape_, models, trust)) {}

bool Panel::arrive(TimePoint time, std::span<const double> history, std::size_t season) {
  assert(!history.empty());
  const double value = history.back();
  for (auto& seat : s_.seats) {
    if (seat.drift.add(seat.conformal.arrive(time, value))) alarm(seat, "drifted", time);
    for (auto& trust : seat.trust) trust.arrive(time, value);
  }
  s_.said_conformal.arrive(time, value);
  for (auto& trust : s_.blend_trust) trust.arrive(time, value);
  const double before = seasonal_naive(history.first(history.size() - 1), season, 1);
  if (!s_.shift.add(value - before)) return false;
  for (auto& seat : s_.seats) alarm(seat, "saw the level shift", time);
  return true;
}

void Panel::expect(std::vector<Trust>& trust, const Forecast& forecast,
                   std::span<const double> history, std::size_t season) const {
  for (std::size_t k = 0; k < shape_.scored.size(); ++k) {
    const auto at = std::lower_bound(shape_.leads.begin(), shape_.leads.end(), shape_.scored[k]);
    trust[k].expect(forecast, static_cast<std::size_t>(at - shape_.leads.begin()),
                    seasonal_naive(history, season, shape_.scored[k]));
  }
}

void Panel::take(std::size_t model, const Forecast& raw, std::span<const double> history,
                 std::size_t season) {
  auto& seat = s_.seats[model];
  seat.forecast = seat.conformal.correct(raw);
  seat.conformal.expect(raw);
  seat.problem.clear();
  expect(seat.trust, *seat.forecast, history, season);
}

void Panel::fail(std::size_t model, std::string problem) {
  s_.seats[model].forecast.reset();
  s_.seats[model].problem = std::move(problem);
}

void Panel::fitted(std::size_t model) { s_.seats[model].refit = false; }

void Panel::conclude(TimePoint origin, Duration step, std::span<const double> history,
                     std::size_t season) {
  const auto naive =
      baseline_forecast(history, origin, step, season, shape_.leads, shape_.levels, shape_.scored);
  if (naive)
    take(models(), *naive, history, season);
  else
    fail(models(), naive.error().message);
  weigh(origin);
  s_.said.reset();
  if (s_.blends[shape_.acting].best) {
    const auto raw = blend(origin, step);
    expect(s_.blend_trust, raw, history, season);
    const auto chosen = choose(raw);
    s_.said = s_.said_conformal.correct(chosen);
    s_.said_conformal.expect(chosen);
  }
  for (auto& seat : s_.seats) seat.forecast.reset();
}

bool Panel::trusted(const Seat& seat, std::size_t group, TimePoint origin) const {
  return seat.forecast && seat.forecast->origin() == origin && seat.trust[shape_.acting].earned() &&
         seat.trust[group].earned();
}

// Weights of each group, by the losses of those that are trusted there; and whether its blend has
// been better than its best alone.
void Panel::weigh(TimePoint origin) {
  for (std::size_t g = 0; g < shape_.scored.size(); ++g) {
    std::vector<double> losses;
    for (const auto& seat : s_.seats)
      losses.push_back(trusted(seat, g, origin) ? seat.trust[g].loss() : std::nan(""));
    s_.blends[g] = blend_by_loss(losses, s_.blends[g]);
    if (!s_.blends[g].best) continue;
    const auto& blend = s_.blend_trust[g];
    if (!blend.enough()) continue;
    const double least = losses[*s_.blends[g].best];
    s_.blended[g] = blend.loss() <= least * (s_.blended[g] ? kBlendWorseBy : 1.0);
  }
  // Nobody is trusted far ahead: who acts says what he thinks there, too.
  for (auto& blend : s_.blends)
    if (!blend.best) blend = s_.blends[shape_.acting];
}

Forecast Panel::blend(TimePoint origin, Duration step) const {
  const auto n = shape_.leads.size(), levels = shape_.levels.size();
  Forecast::Parts parts{origin, step, shape_.leads, shape_.levels, {}, {}};
  parts.mean.resize(n);
  parts.quantiles.resize(n * levels);
  for (std::size_t first = 0, last = 0; first < n; first = last) {
    const auto group = group_of(shape_.leads[first]);
    while (last < n && group_of(shape_.leads[last]) == group) ++last;
    std::vector<double> weights;
    std::vector<const Forecast::Parts*> members;
    for (std::size_t c = 0; c < s_.seats.size(); ++c)
      if (s_.blends[group].weights[c] > 0) {
        weights.push_back(s_.blends[group].weights[c]);
        members.push_back(&s_.seats[c].forecast->parts());
      }
    std::vector<std::span<const double>> rows(members.size());
    for (std::size_t row = 0; row <= levels; ++row) {  // the mean, then each quantile
      const auto at = [&](auto& p) {
        return row == 0 ? std::span(p.mean).subspan(first, last - first)
                        : std::span(p.quantiles).subspan((row - 1) * n + first, last - first);
      };
      for (std::size_t m = 0; m < members.size(); ++m) rows[m] = at(*members[m]);
      combine(rows, weights, at(parts));
    }
  }
  auto made = Forecast::make(std::move(parts));
  // Weighted means of finite, ordered rows are finite and ordered.
  return made ? std::move(made).value() : *s_.seats[*s_.blends[shape_.acting].best].forecast;
}

// The blend at the leads of groups where it is better, the best alone at the others.
Forecast Panel::choose(const Forecast& blended) const {
  auto parts = blended.parts();
  const auto n = parts.leads.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto group = group_of(parts.leads[i]);
    if (s_.blended[group]) continue;
    const auto& best = s_.seats[*s_.blends[group].best].forecast->parts();
    parts.mean[i] = best.mean[i];
    for (std::size_t l = 0; l < parts.levels.size(); ++l)
      parts.quantiles[l * n + i] = best.quantiles[l * n + i];
  }
  auto made = Forecast::make(std::move(parts));
  return made ? std::move(made).value() : blended;
}

// The scored lead nearest to this one, as ratios go; the shorter of two.
std::size_t Panel::group_of(std::uint32_t lead) const {
  std::size_t group = 0;
  const auto& scored = shape_.scored;
  while (group + 1 < scored.size() &&
         static_cast<double>(lead) * lead > static_cast<double>(scored[group]) * scored[group + 1])
    ++group;
  return group;
}

const Trust& Panel::trust_in(std::size_t group) const {
  const auto& blend = s_.blends[group];
  const auto members =
      std::count_if(blend.weights.begin(), blend.weights.end(), [](double w) { return w > 0; });
  if (s_.blended[group] && members > 1 && s_.blend_trust[group].enough())
    return s_.blend_trust[group];
  return s_.seats[*blend.best].trust[group];
}

std::string Panel::who() const {
  const auto& blend = s_.blends[shape_.acting];
  if (!blend.best) return "";
  const auto members =
      std::count_if(blend.weights.begin(), blend.weights.end(), [](double w) { return w > 0; });
  if (!s_.blended[shape_.acting] || members < 2) return s_.seats[*blend.best].name;
  std::string text;
  for (std::size_t c = 0; c < s_.seats.size(); ++c)
    if (blend.weights[c] > 0)
      text += (text.empty() ? "" : " + ") + two_digits(blend.weights[c]) + " " + s_.seats[c].name;
  return text;
}

std::string Panel::why_not() const {
  std::string text = "no model has earned trust";
  for (const auto& seat : s_.seats)
    text += "; " + seat.name + ": " +
            (seat.problem.empty() ? seat.trust[shape_.acting].why_not() : seat.problem);
  return text;
}

std::vector<Panel::Score> Panel::scores() const {
  std::vector<Score> all;
  const auto add = [&](const std::string& name, std::size_t lead, const Trust& trust) {
    if (trust.points() > 0)
      all.push_back({name, shape_.scored[lead], trust.points(), trust.accuracy(), trust.skill(),
                     trust.coverage()});
  };
  for (std::size_t g = 0; g < shape_.scored.size(); ++g) {
    for (const auto& seat : s_.seats) add(seat.name, g, seat.trust[g]);
    add("blend", g, s_.blend_trust[g]);
  }
  return all;
}

double Panel::accuracy() const {
  return s_.said ? trust_in(shape_.acting).accuracy() : std::nan("");
}

std::string Panel::describe(Duration step) const {
  if (!s_.said) return why_not();
  std::string text = who();
  for (std::size_t g = 0; g < shape_.scored.size(); ++g) {
    const auto& trust = trust_in(g);
    text += "; at " + to_string(step * shape_.scored[g]) + " ";
    if (!trust.enough()) {
      text += trust.why_not();
      continue;
    }
    text += "skill " + two_digits(trust.skill()) + ", " + two_digits(trust.coverage()) +
            " of values below the " + two_digits(trust.level()) + " quantile";
  }
  for (std::size_t m = 0; m < models(); ++m) {
    const auto& seat = s_.seats[m];
    if (seat.alarm.empty() || s_.said->origin() - seat.alarm_time > kOldAlarm) continue;
    text += "; " + seat.name + " " + seat.alarm + " at " + to_iso8601(seat.alarm_time) +
            (seat.refit ? ", refit is due" : ", refit since");
  }
  return text;
}

}  // namespace nova
