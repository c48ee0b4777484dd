// The theta method as a model plugin; the mathematics is in choose.hpp and theta.hpp.
#include <algorithm>
#include <novascale.hpp>

#include "plugins/models/theta/choose.hpp"

namespace {

using nova::numeric::Spread;
using nova::theta::Chosen;
using nova::theta::Variant;

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kScaledMost = 1e9;  // times the largest value fitted: beyond is no load

struct Theta {
  static constexpr auto id = "org.novacron.model.theta", name = "Theta", version = "1.0.0",
                        description =
                            "Exponential smoothing with a share of the trend as drift: standard, "
                            "optimised and dynamic theta on the seasonally adjusted series";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "variant": { "type": "string", "enum": ["auto", "standard", "optimised", "dynamic"],
        "default": "auto", "title": "Variant",
        "description": "standard = half the slope as drift; optimised = the share by least squares; dynamic = of the trend so far; auto = by held-out error." },
      "alpha": { "type": "number", "minimum": 0.0001, "maximum": 1, "title": "Smoothing of the level",
        "description": "Given instead of estimated." },
      "season_length": { "type": ["integer", "array"], "minimum": 0, "maximum": 100000, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or two; 0 or [] = those the host found." },
      "calibrate": { "type": "boolean", "default": true, "title": "Calibrate intervals",
        "description": "By held-out errors; false = what the model states of itself." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  static constexpr std::uint32_t state_version = 2;

  using State = Chosen;

  explicit Theta(const nova::Context& ctx)
      : floor_(ctx.has("floor") ? ctx.number("floor") : -kLargest) {
    const auto variant = ctx.text("variant");
    if (variant == "standard") options_.variant = Variant::standard;
    if (variant == "optimised") options_.variant = Variant::optimised;
    if (variant == "dynamic") options_.variant = Variant::dynamic;
    if (ctx.has("alpha")) options_.alpha = ctx.number("alpha");
    options_.calibrate = ctx.boolean("calibrate");
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      seasons_.push_back(static_cast<std::uint32_t>(m));
    }
  }

  State fit(const nova::OneSeries& in) const {
    const auto seasons = seasons_.empty() ? in.seasons : std::span<const std::uint32_t>(seasons_);
    State state = choose(in.values, seasons, options_);
    in.note(state.name());
    return state;
  }

  bool refit(State& state, const nova::OneSeries& in) const {
    return nova::theta::refit(state, in.values, options_);
  }

  // The step of the level, and the variance of errors by exponential forgetting.
  void observe(State& s, const nova::OneSeries& in) const {
    for (const double value : in.values) {
      double y = nova::kNaN;
      if (std::isfinite(value))
        y = s.without(std::clamp(value / s.scale, -kScaledMost, kScaledMost), s.season(1));
      const double error = y - s.line.expected();
      s.line.advance(y);
      if (!s.index.empty() && ++s.phase == s.index.size()) s.phase = 0;
      s.sigma = nova::numeric::updated_sigma(s.sigma, s.known, error);
    }
  }

  void forecast(const State& s, nova::OneForecast& out) const {
    if (!out.levels().empty() && std::isnan(s.sigma))
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::size_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h)
      longest = std::max<std::size_t>(longest, out.ahead(h));
    std::vector<double> rest(longest);
    project(s.line, rest);
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::size_t ahead = out.ahead(h);
      const double mean = rest[ahead - 1], season = s.season(ahead);
      const double sd = spread(s.line, s.sigma, static_cast<double>(ahead));
      out.mean(h) = answer(s, mean, season);
      for (std::size_t q = 0; q < out.levels().size(); ++q)
        out.quantile(q, h) =
            answer(s, mean + sd * s.spread.quantile(out.levels()[q], ahead), season);
    }
  }

  void save(const State& s, nova::StateWriter& w) const {
    const auto& l = s.line;
    w.put(static_cast<std::uint8_t>(l.variant));
    w.put<std::uint8_t>(s.ratios ? 1 : 0);
    w.put<std::uint8_t>(s.held_alpha ? 1 : 0);
    for (const double v : {l.alpha, l.weight, l.level, l.intercept, l.slope, l.mean, l.power, l.t,
                           s.sigma, s.scale, s.known})
      w.put(v);
    w.put(s.index);
    w.put(s.phase);
    for (const auto m : s.seasons) w.put(m);
    s.spread.save(w);
  }

  State load(nova::StateReader& r) const {
    if (r.version() < state_version) nova::StateReader::refuse("of an older version");
    State s;
    auto& l = s.line;
    const auto variant = r.get<std::uint8_t>();
    s.ratios = r.get<std::uint8_t>() != 0;
    s.held_alpha = r.get<std::uint8_t>() != 0;
    for (double* v : {&l.alpha, &l.weight, &l.level, &l.intercept, &l.slope, &l.mean, &l.power,
                      &l.t, &s.sigma, &s.scale, &s.known})
      *v = r.get<double>();
    s.index = r.list<double>();
    s.phase = r.get<std::uint32_t>();
    for (auto& m : s.seasons) m = r.get<std::uint32_t>();
    if (variant > 2 || !(s.scale > 0) || !(l.alpha > 0) ||
        (s.index.empty() ? s.phase != 0 : s.phase >= s.index.size()))
      nova::StateReader::refuse("inconsistent");
    l.variant = static_cast<Variant>(variant);
    s.spread = Spread::load(r);
    return s;
  }

  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 2}, {"quantiles", true}};
  }

 private:
  double answer(const State& s, double rest, double season) const {
    const double value = s.with(rest, season) * s.scale;
    return std::clamp(std::isnan(value) ? 0 : value, floor_, kLargest);
  }

  nova::theta::Options options_;
  std::vector<std::uint32_t> seasons_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.theta", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Theta>>)
