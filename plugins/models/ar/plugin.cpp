// Pool of autoregressions as a model plugin; the mathematics is in ar.hpp and what it includes.
#include <novascale.hpp>

#include "plugins/models/ar/ar.hpp"

namespace {

struct Model {
  static constexpr auto id = "org.novacron.model.ar", name = "Pool of autoregressions",
                        version = "1.0.0",
                        description =
                            "Ridge autoregressions and robust baselines, the best few by rolling "
                            "origins combined by their median; conformal intervals that adapt";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "season_length": { "type": ["integer", "array"], "minimum": 0, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or several; 0 or [] = those the host found." },
      "horizon": { "type": "integer", "minimum": 0, "maximum": 2016, "default": 0,
        "title": "Horizon", "x-unit": "steps",
        "description": "Leads that are judged and calibrated; farther ones are extrapolated. 0 = by season and length, up to 72." },
      "transform": { "type": "string", "enum": ["auto", "none"], "default": "auto", "title": "Transform",
        "description": "auto = logarithms beside levels where no value is negative; none = levels only, and no floor of 0." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it. Absent = 0 where the history has no negative value, else none." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  using State = nova::ar::State;

  explicit Model(const nova::Context& ctx)
      : forecaster_(options(ctx)),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    std::string remark;
    State state = forecaster_.fit(in.values, in.seasons, remark);
    if (!remark.empty()) in.note(remark);
    return state;
  }
  bool refit(State& state, const nova::OneSeries& in) const {
    return forecaster_.refit(state, in.values);
  }
  void observe(State& state, const nova::OneSeries& in) const {
    forecaster_.observe(state, in.values);
  }
  void forecast(const State& state, nova::OneForecast& out) const {
    if (!out.levels().empty() && state.errors.leads() == 0)
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::uint32_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h) longest = std::max(longest, out.ahead(h));
    const auto centre = centres(state, longest);
    std::vector<double> scores;
    for (const double level : out.levels()) scores.push_back(nova::normal_quantile(level));
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::size_t lead = out.ahead(h);
      const double z = centre[lead - 1];
      out.mean(h) = std::max(value_of(state, z), floor_);
      for (std::size_t q = 0; q < scores.size(); ++q)
        out.quantile(q, h) =
            std::max(value_of(state, z + state.errors.quantile(scores[q], lead)), floor_);
    }
  }

  void save(const State& state, nova::StateWriter& w) const { state.save(w); }
  State load(nova::StateReader& r) const { return State::load(r); }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 8}, {"quantiles", true}};
  }

 private:
  static nova::ar::Options options(const nova::Context& ctx) {
    nova::ar::Options o;
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      o.season_lengths.push_back(static_cast<std::uint32_t>(m));
    }
    o.plain = ctx.text("transform") == "none";
    o.horizon = static_cast<std::size_t>(ctx.integer("horizon"));
    return o;
  }

  nova::ar::Forecaster forecaster_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.ar", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Model>>)
