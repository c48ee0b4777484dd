#include "plugins/models/ets/choose.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/error.hpp>
#include <utility>

#include "plugins/models/ets/simulate.hpp"

namespace nova::ets {
namespace {

constexpr std::size_t kHeldOutLeast = 40;  // points, below them nothing is held out
constexpr double kHeldOutShare = 0.25;
constexpr std::size_t kHeldOutMost = 672;  // four weeks of hours
constexpr std::size_t kLeads = 24;         // how far ahead candidates are judged
constexpr std::size_t kOrigins = 48;
constexpr std::size_t kAiccMost = 300;  // points up to which the whole family is tried
constexpr double kLogMost = 2.3;  // logarithms explode: no answer beyond 10 times the largest value
// A candidate need not be fitted better to be judged.
constexpr double kRough = 1e-4;
constexpr std::size_t kRoughIterations = 10;
constexpr std::size_t kAgain = 4;  // iterations of the one chosen, from there on, over all points
// Points x unknowns^2 up to which the initial states of every form of the family are refined.
constexpr double kFamilyWork = 3e5;
// Newest points used: states forget older ones, and parameters that were right then may not be now.
constexpr std::size_t kNewest = 4096, kNewestSeasons = 4;
constexpr double kBetter = 0.98;  // a richer model must beat a simpler one by that

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
    estimate_options.refine_work = 0;
    estimate_options.tolerance = kRough;
    estimate_options.iterations = kRoughIterations;
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

  // What held-out errors say of a fit to what was before them: how large an error of one step is,
  // and how wide that makes intervals.
  struct Calibration {
    double sigma;
    numeric::Spread spread;
  };
  Calibration calibrate(const Fit& fit) const {
    const std::size_t leads = std::min(kLeads, held_);
    const auto y = series(fit.spec);
    std::vector<double> one(held_), expected(held_);
    State state = fit.end;
    filter(fit.spec.form.season, fit.parameters, state, y.last(held_), one, expected);
    std::vector<double> sizes;
    for (std::size_t i = 0; i < held_; ++i)
      if (!std::isnan(y[trained() + i]))
        sizes.push_back(fit.spec.form.relative_error ? one[i] / expected[i] : one[i]);
    const double sigma = numeric::held_out_sigma(fit.sigma, std::move(sizes));
    if (!(sigma > 0)) return {fit.sigma, {}};

    std::array<std::vector<double>, numeric::Spread::kBands> errors;
    const auto sd = standard_deviations(fit, sigma, leads);
    walk(fit, [&](std::size_t origin, std::span<const double> forecast) {
      for (std::size_t h = 0; h < forecast.size(); ++h) {
        const double unit = fit.spec.linear() ? sd[h] : sd[h] * std::fabs(forecast[h]);
        if (unit > 0)
          errors[numeric::Spread::band(h + 1)].push_back((y[origin + h] - forecast[h]) / unit);
      }
    });
    return {sigma, numeric::Spread(errors, static_cast<double>(held_))};
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
  static std::vector<double> standard_deviations(const Fit& fit, double sigma, std::size_t leads) {
    if (fit.spec.linear()) {
      auto sd = error_weights(fit.spec, fit.parameters, leads);
      double sum = 1;
      for (double& c : sd) {
        const double next = sum + c * c;
        c = sigma * std::sqrt(sum);
        sum = next;
      }
      return sd;
    }
    std::vector<double> expected(leads), sd(leads);
    project(fit.spec.form.season, fit.parameters, fit.end, expected);
    const Paths paths(fit.spec, fit.parameters, fit.end, sigma, leads, 1);
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
        auto estimation = chooser.estimation(next);
        estimation.refine_work = drop == 0 ? kFamilyWork : 0;
        next.fit = estimate(y.first(y.size() - drop), next.spec, estimation);
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
  for (const auto& set : sets) {
    Candidate next;
    next.spec.form.trend = allowed[0];
    next.spec.form.season = set[0] == 0 ? Season::none : Season::additive;
    next.spec.seasons = set;
    next.spec.log = chooser.positive();
    next.spec.carry = true;
    chooser.consider(best, std::move(next));
  }
  const auto with = [&](auto&& change) {
    Candidate next{best.spec, best.robust, kInfinity, std::nullopt};
    change(next);
    chooser.consider(best, std::move(next));
  };
  if (chooser.positive()) with([](Candidate& c) { c.spec.log = false; });
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

// The form given, at the season with the least AICc.
Candidate given(const Chooser& chooser, const Options& options,
                std::span<const std::uint32_t> seasons) {
  if (options.form.relative_error && !chooser.positive())
    throw Error(NOVA_FAILED_PRECONDITION, "the form " + options.form.name() + " needs values > 0");
  Candidate plain, best;
  plain.spec.form = options.form;
  if (seasons.empty()) plain.spec.form.season = Season::none;
  const bool seasonal = plain.spec.form.season != Season::none;
  for (std::size_t i = 0; i < (seasonal ? seasons.size() : 1); ++i) {
    Candidate next = plain;
    if (seasonal) next.spec.seasons[0] = seasons[i];
    next.fit = estimate(chooser.series(next.spec), next.spec, chooser.estimation(next));
    if (next.fit && (!best.fit || next.fit->aicc < best.fit->aicc)) best = std::move(next);
  }
  return best;
}

// Too few points for any fit: the newest one, and the size of the steps between them.
Fit naive(const Chooser& chooser, const Options& options) {
  Fit fit;
  fit.parameters.alpha = options.alpha.value_or(0.9999);
  const auto y = chooser.series(fit.spec);
  fit.end.level = y[0];
  std::vector<double> errors(y.size());
  filter(Season::none, fit.parameters, fit.end, y, errors);
  double squares = 0;
  for (const double e : errors) squares += e * e;
  fit.sigma = chooser.known() > 1 ? std::sqrt(squares / static_cast<double>(chooser.known() - 1))
                                  : std::numeric_limits<double>::quiet_NaN();
  return fit;
}

// As much of the history as is used.
std::span<const double> newest(std::span<const double> values,
                               std::span<const std::uint32_t> seasons) {
  std::size_t longest = 0;
  for (const auto m : seasons)
    if (kNewestSeasons * m <= values.size()) longest = std::max<std::size_t>(longest, m);
  return values.last(std::min(values.size(), std::max(kNewest, kNewestSeasons * longest)));
}

// Seasons that the history can show twice, two at most.
std::vector<std::uint32_t> usable(const Chooser& chooser, std::span<const std::uint32_t> seasons,
                                  std::string& remark) {
  std::vector<std::uint32_t> out;
  for (const auto m : seasons) {
    if (m < 2 || std::find(out.begin(), out.end(), m) != out.end() || out.size() == 2) continue;
    Spec spec;
    spec.seasons[0] = m;
    if (chooser.trained() >= points_needed(spec))
      out.push_back(m);
    else
      remark += (remark.empty() ? "" : "; ") + ("season " + std::to_string(m) + " dropped: ") +
                std::to_string(chooser.points()) + " points";
  }
  return out;
}

}  // namespace

double Chosen::scaled(double value) const {
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  const double v = value / scale;
  return spec.log ? std::log(std::max(v, least)) : v;
}

double Chosen::unscaled(double inner) const {
  return (spec.log ? std::exp(std::min(inner, kLogMost)) : inner) * scale;
}

bool refit(Chosen& c, std::span<const double> values, const Options& options) {
  constexpr double kGrown = 1e3;  // times the largest value that the unit was made for
  values = newest(values, c.spec.seasons);
  const bool positive =
      c.spec.log || c.spec.form.relative_error || c.spec.form.season == Season::multiplicative;
  std::vector<double> y;
  for (const double v : values) {
    if (y.empty() && !std::isfinite(v)) continue;
    if (std::fabs(v) > kGrown * c.scale || (positive && v <= 0)) return false;
    y.push_back(c.scaled(v));
  }
  EstimateOptions again;
  again.alpha = options.alpha;
  again.start = &c.parameters;
  again.iterations = kAgain;
  again.robust = c.parameters.clip < kInfinity;
  auto fit = estimate(y, c.spec, again);
  if (!fit) return false;
  c.parameters = fit->parameters;
  c.state = std::move(fit->end);
  return true;
}

Chosen choose(std::span<const double> values, std::span<const std::uint32_t> seasons,
              const Options& options, std::string& remark) {
  values = newest(values, seasons);
  const Chooser chooser(values, options);
  const auto lengths = usable(chooser, seasons, remark);
  const bool holds_out = chooser.held() > 0;

  // `fit` is of all points, that of the candidate of those before the stretch held out.
  Candidate best;
  std::optional<Fit> fit;
  if (options.choice == Options::Choice::held_out && holds_out) {
    best = held_out(chooser, options, lengths);
    if (best.fit) {
      auto again = chooser.estimation(best);
      again.start = &best.fit->parameters;
      again.iterations = kAgain;
      fit = estimate(chooser.series(best.spec), best.spec, again);
      if (!fit) fit = best.fit;
    }
  } else {
    best = options.choice == Options::Choice::given
               ? given(chooser, options, lengths)
               : least_aicc(chooser, options, lengths.empty() ? 0 : lengths[0], 0);
    fit = std::exchange(best.fit, std::nullopt);
    if (fit && holds_out) chooser.judge(best);
  }
  if (!fit) fit = naive(chooser, options);

  Chosen out;
  out.scale = chooser.scale();
  out.least = chooser.positive() ? chooser.least() : 0;
  out.known = static_cast<double>(chooser.known());
  out.spec = fit->spec;
  out.parameters = fit->parameters;
  out.state = std::move(fit->end);
  out.sigma = fit->sigma;
  if (best.fit && holds_out && options.calibrate) {
    const auto calibration = chooser.calibrate(*best.fit);
    if (calibration.sigma > 0) out.sigma = calibration.sigma;
    out.spread = calibration.spread;
  }
  return out;
}

}  // namespace nova::ets
