// Exponential smoothing as a model plugin; the mathematics is in choose.hpp and what it includes.
#include <algorithm>
#include <novascale.hpp>

#include "plugins/models/ets/choose.hpp"
#include "plugins/models/ets/simulate.hpp"

namespace {

using nova::ets::Chosen;
using nova::ets::Season;
using nova::numeric::Spread;

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kScaledMost = 1e9;  // times the largest value fitted: beyond is no load

struct Ets {
  static constexpr auto id = "org.novacron.model.ets", name = "Exponential smoothing",
                        version = "1.0.0",
                        description =
                            "Simple, double and triple exponential smoothing: the state space "
                            "family, chosen by held-out error or AICc, two seasons, AR(1) errors";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "model": { "type": "string", "default": "auto", "title": "Form",
        "pattern": "^(auto|aicc|[AM](N|A|Ad)[NAM])$",
        "description": "auto = by held-out error, wider than the family; aicc = of the family by AICc; or a form: error A or M, trend N, A or Ad, season N, A or M, such as ANN (simple), AAN (double), AAdA (triple, damped), MAM." },
      "alpha": { "type": "number", "minimum": 0.0001, "maximum": 1, "title": "Smoothing of the level",
        "description": "Given instead of estimated." },
      "double": { "type": "boolean", "title": "With trend",
        "description": "true = with a trend, false = without; absent = whichever serves. Must agree with a form given." },
      "season_length": { "type": ["integer", "array"], "minimum": 0, "maximum": 100000, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or two; 0 or [] = those the host found." },
      "calibrate": { "type": "boolean", "default": true, "title": "Calibrate intervals",
        "description": "By held-out errors; false = what the model states of itself." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  using State = Chosen;

  explicit Ets(const nova::Context& ctx)
      : floor_(ctx.has("floor") ? ctx.number("floor") : -kLargest) {
    using Choice = nova::ets::Options::Choice;
    const auto model = ctx.text("model");
    if (const auto form = nova::ets::Form::parse(model)) {
      options_.choice = Choice::given;
      options_.form = *form;
    } else if (model == "aicc") {
      options_.choice = Choice::aicc;
    } else if (model != "auto") {
      throw nova::Error(NOVA_INVALID_ARGUMENT,
                        "/model: " + model +
                            " has a multiplicative season with an additive error; use M" +
                            model.substr(1));
    }
    if (ctx.has("alpha")) options_.alpha = ctx.number("alpha");
    if (ctx.has("double")) options_.trend = ctx.boolean("double");
    const bool trend = options_.form.trend != nova::ets::Trend::none;
    if (options_.choice == Choice::given && options_.trend.value_or(trend) != trend)
      throw nova::Error(NOVA_INVALID_ARGUMENT,
                        "/double: must agree with /model: " + std::string(model) +
                            (trend ? " has a trend" : " has no trend"));
    options_.calibrate = ctx.boolean("calibrate");
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      seasons_.push_back(static_cast<std::uint32_t>(m));
    }
  }

  State fit(const nova::OneSeries& in) const {
    std::string remark;
    const auto seasons = seasons_.empty() ? in.seasons : std::span<const std::uint32_t>(seasons_);
    State state = choose(in.values, seasons, options_, remark);
    in.note(state.spec.name() + (remark.empty() ? "" : "; " + remark));
    return state;
  }

  bool refit(State& state, const nova::OneSeries& in) const {
    return nova::ets::refit(state, in.values, options_);
  }

  // The state step, and the variance of errors by exponential forgetting.
  void observe(State& s, const nova::OneSeries& in) const {
    const bool relative = s.spec.form.relative_error;
    for (const double value : in.values) {
      double y = std::clamp(s.scaled(value), relative ? 0 : -kScaledMost, kScaledMost);
      double mu, error;
      project(s.spec.form.season, s.parameters, s.state, {&mu, 1});
      if (relative && !(mu > 0)) y = nova::kNaN;
      filter(s.spec.form.season, s.parameters, s.state, {&y, 1}, {&error, 1});
      if (!std::isnan(y))
        s.sigma = nova::numeric::updated_sigma(s.sigma, s.known, relative ? error / mu : error);
    }
  }

  void forecast(const State& s, nova::OneForecast& out) const {
    if (!out.levels().empty() && std::isnan(s.sigma))
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::size_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h)
      longest = std::max<std::size_t>(longest, out.ahead(h));
    std::vector<double> expected(longest);
    project(s.spec.form.season, s.parameters, s.state, expected);
    for (std::size_t h = 0; h < out.leads(); ++h)
      out.mean(h) = answer(s, expected[out.ahead(h) - 1]);
    if (out.levels().empty()) return;
    if (s.spec.linear())
      analytic(s, expected, out);
    else
      simulated(s, expected, out);
  }

  void save(const State& s, nova::StateWriter& w) const {
    w.put<std::uint8_t>(s.spec.form.relative_error ? 1 : 0);
    w.put(static_cast<std::uint8_t>(s.spec.form.trend));
    w.put(static_cast<std::uint8_t>(s.spec.form.season));
    w.put<std::uint8_t>(s.spec.carry ? 1 : 0);
    w.put<std::uint8_t>(s.spec.log ? 1 : 0);
    const auto& p = s.parameters;
    for (const double v :
         {p.alpha, p.beta, p.phi, p.gamma[0], p.gamma[1], p.rho, p.clip, s.state.level,
          s.state.trend, s.state.carry, s.sigma, s.scale, s.least, s.known})
      w.put(v);
    for (int i = 0; i < 2; ++i) {
      w.put(s.state.season[i]);
      w.put(s.state.phase[i]);
    }
    s.spread.save(w);
  }

  State load(nova::StateReader& r) const {
    State s;
    const auto relative = r.get<std::uint8_t>(), trend = r.get<std::uint8_t>(),
               season = r.get<std::uint8_t>();
    if (relative > 1 || trend > 2 || season > 2) nova::StateReader::refuse("inconsistent");
    s.spec.form = {relative == 1, static_cast<nova::ets::Trend>(trend),
                   static_cast<Season>(season)};
    s.spec.carry = r.get<std::uint8_t>() != 0;
    s.spec.log = r.get<std::uint8_t>() != 0;
    auto& p = s.parameters;
    for (double* v :
         {&p.alpha, &p.beta, &p.phi, &p.gamma[0], &p.gamma[1], &p.rho, &p.clip, &s.state.level,
          &s.state.trend, &s.state.carry, &s.sigma, &s.scale, &s.least, &s.known})
      *v = r.get<double>();
    for (int i = 0; i < 2; ++i) {
      s.state.season[i] = r.list<double>();
      s.state.phase[i] = r.get<std::uint32_t>();
      const std::size_t m = s.state.season[i].size();
      s.spec.seasons[i] = static_cast<std::uint32_t>(m);
      if (m == 0 ? s.state.phase[i] != 0 : s.state.phase[i] >= m)
        nova::StateReader::refuse("inconsistent");
    }
    if ((s.spec.form.season == Season::none) != s.state.season[0].empty() || !(s.scale > 0) ||
        !(p.clip >= 0))
      nova::StateReader::refuse("inconsistent");
    s.spread = Spread::load(r);
    return s;
  }

  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 2}, {"quantiles", true}};
  }

 private:
  double answer(const State& s, double inner) const {
    const double value = s.unscaled(inner);
    return std::clamp(std::isnan(value) ? 0 : value, floor_, kLargest);
  }

  // Class 1 of Hyndman et al. 2008, chapter 6, in the unit of the state.
  void analytic(const State& s, std::span<const double> expected, nova::OneForecast& out) const {
    const auto weights = error_weights(s.spec, s.parameters, expected.size());
    std::vector<double> sd(expected.size());
    double sum = 1;
    for (std::size_t h = 0; h < sd.size(); ++h) {
      sd[h] = s.sigma * std::sqrt(sum);
      sum += weights[h] * weights[h];
    }
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::size_t ahead = out.ahead(h);
      for (std::size_t q = 0; q < out.levels().size(); ++q)
        out.quantile(q, h) = answer(
            s, expected[ahead - 1] + sd[ahead - 1] * s.spread.quantile(out.levels()[q], ahead));
    }
  }

  // Simulated quantiles, stretched around the mean as much as held-out errors ask for.
  void simulated(const State& s, std::span<const double> expected, nova::OneForecast& out) const {
    nova::ets::Paths paths(s.spec, s.parameters, s.state, s.sigma, expected.size(), out.seed());
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::size_t ahead = out.ahead(h);
      const double mean = expected[ahead - 1];
      for (std::size_t q = 0; q < out.levels().size(); ++q) {
        const double level = out.levels()[q];
        const double stretch =
            level == 0.5 ? 1 : s.spread.quantile(level, ahead) / nova::normal_quantile(level);
        out.quantile(q, h) = answer(s, mean + stretch * (paths.quantile(level, ahead - 1) - mean));
      }
    }
  }

  nova::ets::Options options_;
  std::vector<std::uint32_t> seasons_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.ets", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Ets>>)
