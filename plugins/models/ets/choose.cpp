#include "plugins/models/ets/choose.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/error.hpp>

#include "plugins/models/ets/simulate.hpp"

namespace nova::ets {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kHeldOutLeast = 40;  // points, below them nothing is held out
constexpr double kHeldOutShare = 0.25;
constexpr std::size_t kHeldOutMost = 672;  // four weeks of hours
constexpr std::size_t kLeads = 48;         // how far ahead candidates are judged
constexpr std::size_t kOrigins = 48;
constexpr std::size_t kAiccMost = 300;  // points up to which the whole family is tried
constexpr double kBetter = 0.995;       // a richer model must beat a simpler one by that

struct Candidate {
  Spec spec;
  bool robust = false;
  double error = kInfinity;
  std::optional<Fit> fit;  // on what was not held out
};

class Chooser {
 public:
  Chooser(std::span<const double> values, const Options& options) : options_(options), known_(0) {
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      ++known_;
      scale_ = std::max(scale_, std::fabs(v));
      least_ = std::min(least_, v);
    }
    if (known_ == 0) throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
    if (scale_ == 0) scale_ = 1;
    positive_ = least_ > 0;
    least_ /= scale_;
    const auto first =
        std::find_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    for (auto v = first; v != values.end(); ++v)
      plain_.push_back(std::isfinite(*v) ? *v / scale_ : std::numeric_limits<double>::quiet_NaN());
    if (positive_)
      for (const double v : plain_) logs_.push_back(std::log(v));
    const std::size_t n = plain_.size();
    if (known_ >= kHeldOutLeast)
      held_ =
          std::min(static_cast<std::size_t>(kHeldOutShare * static_cast<double>(n)), kHeldOutMost);
  }

  std::span<const double> series(const Spec& spec) const { return spec.log ? logs_ : plain_; }
  std::size_t points() const { return plain_.size(); }
  std::size_t held() const { return held_; }
  std::size_t trained() const { return plain_.size() - held_; }
  bool positive() const { return positive_; }
  std::size_t known() const { return known_; }

  EstimateOptions estimation(const Candidate& c) const {
    EstimateOptions o;
    o.alpha = options_.alpha;
    o.robust = c.robust;
    return o;
  }

  // Mean error of a candidate over the stretch held out; +inf if it cannot be fitted.
  void judge(Candidate& c) const {
    auto estimate_options = estimation(c);
    estimate_options.refine = false;
    const auto y = series(c.spec);
    if (!c.fit) c.fit = estimate(y.first(trained()), c.spec, estimate_options);
    if (!c.fit) return;
    double sum = 0, weight = 0;
    walk(*c.fit, [&](std::size_t origin, std::span<const double> forecast) {
      for (std::size_t h = 0; h < forecast.size(); ++h) {
        const double truth = plain_[origin + h];
        if (std::isnan(truth)) continue;
        const double f = c.spec.log ? std::exp(forecast[h]) : forecast[h];
        sum += std::fabs(f - truth);
        ++weight;
      }
    });
    if (weight > 0 && std::isfinite(sum)) c.error = sum / weight;
  }

  // The better one stays.
  void consider(Candidate& best, Candidate next) const {
    judge(next);
    if (next.error < best.error * kBetter || !best.fit) best = std::move(next);
  }

  numeric::Spread calibrate(const Fit& fit, std::uint64_t seed) const {
    std::array<std::vector<double>, numeric::Spread::kBands> errors;
    const std::size_t leads = std::min(kLeads, held_);
    const auto sd = standard_deviations(fit, leads, seed);
    double origins = 0;
    walk(fit, [&](std::size_t origin, std::span<const double> forecast) {
      ++origins;
      const auto y = series(fit.spec);
      for (std::size_t h = 0; h < forecast.size(); ++h) {
        const double unit = fit.spec.linear() ? sd[h] : sd[h] * std::fabs(forecast[h]);
        if (unit > 0)
          errors[numeric::Spread::band(h + 1)].push_back((y[origin + h] - forecast[h]) / unit);
      }
    });
    // Errors of neighbouring origins overlap: as many tell something new as fit side by side.
    origins = std::min(origins, static_cast<double>(held_) / 4);
    return numeric::Spread(errors, origins);
  }

  double scale() const { return scale_; }
  double least() const { return least_; }

 private:
  // visit(origin, forecast) for origins through the held-out stretch; the state moves on without
  // refitting. The forecast is in the unit of the spec.
  template <class Visit>
  void walk(const Fit& fit, Visit&& visit) const {
    const auto y = series(fit.spec);
    const std::size_t leads = std::min(kLeads, held_);
    const std::size_t stride = std::max<std::size_t>(1, held_ / kOrigins);
    State state = fit.end;
    std::vector<double> forecast(leads), errors(stride);
    for (std::size_t t = trained(); t < y.size();) {
      const std::size_t reach = std::min(leads, y.size() - t);
      const auto part = std::span(forecast).first(reach);
      project(fit.spec.form.season, fit.parameters, state, part);
      visit(t, std::span<const double>(part));
      const std::size_t step = std::min(stride, y.size() - t);
      filter(fit.spec.form.season, fit.parameters, state, y.subspan(t, step),
             std::span(errors).first(step));
      t += step;
    }
  }

  // Of forecast errors 1, 2, ... steps ahead; shares of the forecast where the spec is not linear.
  static std::vector<double> standard_deviations(const Fit& fit, std::size_t leads,
                                                 std::uint64_t seed) {
    if (fit.spec.linear()) {
      auto sd = error_weights(fit.spec, fit.parameters, leads);
      double sum = 1;
      for (double& c : sd) {
        const double next = sum + c * c;
        c = fit.sigma * std::sqrt(sum);
        sum = next;
      }
      return sd;
    }
    std::vector<double> expected(leads), sd(leads);
    project(fit.spec.form.season, fit.parameters, fit.end, expected);
    const Paths paths(fit.spec, fit.parameters, fit.end, fit.sigma, leads, seed);
    for (std::size_t h = 0; h < leads; ++h)
      sd[h] = paths.standard_deviation(h) / std::max(std::fabs(expected[h]), 1e-300);
    return sd;
  }

  const Options& options_;
  std::vector<double> plain_, logs_;
  std::size_t known_, held_ = 0;
  double scale_ = 0, least_ = kInfinity;
  bool positive_ = false;
};

std::vector<Trend> trends(const Options& options) {
  if (!options.trend) return {Trend::none, Trend::additive, Trend::damped};
  return *options.trend ? std::vector{Trend::additive, Trend::damped} : std::vector{Trend::none};
}

// The least AICc over the admissible family at one season, fitted to all but the last `drop`
// points.
Candidate least_aicc(const Chooser& chooser, const Options& options, std::uint32_t season,
                     std::size_t drop) {
  Candidate best;
  double least = kInfinity;
  for (const bool relative : {false, true})
    for (const Trend trend : trends(options))
      for (const auto kind : {Season::none, Season::additive, Season::multiplicative}) {
        if (kind != Season::none && season == 0) continue;
        if (relative && !chooser.positive()) continue;
        if (kind == Season::multiplicative && !relative) continue;
        Candidate next;
        next.spec.form = {relative, trend, kind};
        if (kind != Season::none) next.spec.seasons[0] = season;
        const auto y = chooser.series(next.spec);
        next.fit = estimate(y.first(y.size() - drop), next.spec, chooser.estimation(next));
        if (!next.fit || !(next.fit->aicc < least || !best.fit)) continue;
        least = next.fit->aicc;
        best = std::move(next);
      }
  return best;
}

Candidate held_out(const Chooser& chooser, const Options& options,
                   std::span<const std::uint32_t> seasons) {
  std::vector<std::array<std::uint32_t, 2>> sets{{0, 0}};
  for (const auto m : seasons) sets.push_back({m, 0});
  if (seasons.size() > 1) sets.push_back({seasons[0], seasons[1]});
  const auto allowed = trends(options);
  Candidate best;
  for (const auto& set : sets)
    for (const bool log : {false, true}) {
      if (log && !chooser.positive()) continue;
      Candidate next;
      next.spec.form.trend = allowed[0];
      next.spec.form.season = set[0] == 0 ? Season::none : Season::additive;
      next.spec.seasons = set;
      next.spec.log = log;
      next.spec.carry = true;
      chooser.consider(best, std::move(next));
    }
  const auto with = [&](auto&& change) {
    Candidate next{best.spec, best.robust, kInfinity, std::nullopt};
    change(next);
    chooser.consider(best, std::move(next));
  };
  for (std::size_t i = 1; i < allowed.size(); ++i)
    with([&](Candidate& c) { c.spec.form.trend = allowed[i]; });
  with([](Candidate& c) { c.robust = true; });
  with([](Candidate& c) { c.spec.carry = false; });
  if (chooser.points() <= kAiccMost) {
    Candidate family =
        least_aicc(chooser, options, seasons.empty() ? 0 : seasons[0], chooser.held());
    if (family.fit) chooser.consider(best, std::move(family));
  }
  return best;
}

}  // namespace

double Chosen::scaled(double value) const {
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  const double v = value / scale;
  return spec.log ? std::log(std::max(v, least)) : v;
}

double Chosen::unscaled(double inner) const { return (spec.log ? std::exp(inner) : inner) * scale; }

Chosen choose(std::span<const double> values, std::span<const std::uint32_t> seasons,
              const Options& options, std::string& remark) {
  const Chooser chooser(values, options);
  std::vector<std::uint32_t> usable;
  for (const auto m : seasons) {
    if (m < 2 || std::find(usable.begin(), usable.end(), m) != usable.end()) continue;
    Spec spec;
    spec.seasons[0] = m;
    if (chooser.trained() >= points_needed(spec))
      usable.push_back(m);
    else
      remark += (remark.empty() ? "" : "; ") + ("season " + std::to_string(m) + " dropped: ") +
                std::to_string(chooser.points()) + " points";
  }
  if (usable.size() > 2) usable.resize(2);

  Candidate best;
  if (options.choice == Options::Choice::given) {
    if (options.form.relative_error && !chooser.positive())
      throw Error(NOVA_FAILED_PRECONDITION,
                  "the form " + options.form.name() + " needs values > 0");
    best.spec.form = options.form;
    if (usable.empty()) best.spec.form.season = Season::none;
    double least = kInfinity;
    const Candidate plain = best;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, usable.size()); ++i) {
      Candidate next = plain;
      if (next.spec.form.season != Season::none) next.spec.seasons[0] = usable[i];
      next.fit = estimate(chooser.series(next.spec), next.spec, chooser.estimation(next));
      if (next.fit && (next.fit->aicc < least || !best.fit)) least = next.fit->aicc, best = next;
      if (next.spec.form.season == Season::none) break;
    }
    if (best.fit && chooser.held() > 0) {
      best.fit.reset();
      chooser.judge(best);
    }
  } else if (options.choice == Options::Choice::held_out && chooser.held() > 0) {
    best = held_out(chooser, options, usable);
  } else {
    best = least_aicc(chooser, options, usable.empty() ? 0 : usable[0], 0);
    if (best.fit && chooser.held() > 0) {
      best.fit.reset();
      chooser.judge(best);
    }
  }

  Chosen out;
  out.scale = chooser.scale();
  out.least = chooser.positive() ? chooser.least() : 0;
  out.known = static_cast<double>(chooser.known());
  if (best.fit && chooser.held() > 0 && options.calibrate)
    out.spread = chooser.calibrate(*best.fit, 1);
  std::optional<Fit> fit;
  if (best.fit) {
    auto again = chooser.estimation(best);
    again.start = &best.fit->parameters;
    again.iterations = chooser.held() > 0 ? 4 : again.iterations;
    fit = estimate(chooser.series(best.spec), best.spec, again);
    if (!fit) fit = best.fit;
  }
  if (!fit) {
    // Two or three points: the last one, and the size of the steps between them.
    best.spec = {};
    fit.emplace();
    fit->parameters.alpha = options.alpha.value_or(0.9999);
    const auto y = chooser.series(best.spec);
    fit->end.level = y[0];
    std::vector<double> errors(y.size());
    filter(Season::none, fit->parameters, fit->end, y, errors);
    double squares = 0;
    for (const double e : errors) squares += e * e;
    fit->sigma = chooser.known() > 1 ? std::sqrt(squares / static_cast<double>(chooser.known() - 1))
                                     : std::numeric_limits<double>::quiet_NaN();
  }
  out.spec = best.spec;
  out.parameters = fit->parameters;
  out.state = fit->end;
  out.sigma = fit->sigma;
  return out;
}

}  // namespace nova::ets
