// Least squares on trend and seasons as a model plugin; the mathematics is in regression.hpp.
#include <novascale.hpp>

#include "plugins/models/numeric/student_t.hpp"
#include "plugins/models/regression/regression.hpp"

namespace {

using nova::numeric::student_t_quantile_cached;

struct Model {
  static constexpr auto id = "org.novacron.model.regression", name = "Harmonic regression",
                        version = "1.0.0",
                        description =
                            "Least squares, or robust, on trend and Fourier terms, with "
                            "autoregressive residuals; Student t intervals with parameter "
                            "uncertainty";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "season_length": { "type": ["integer", "array"], "minimum": 0, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or several; 0 or [] = those the host found." },
      "fourier": { "type": ["integer", "string"], "minimum": 0, "maximum": 1000, "default": "auto",
        "pattern": "^(auto|full)$", "title": "Harmonics a season",
        "description": "A number; full = as one dummy a phase; auto = by AICc, up to 10 (all for seasons up to 24 steps)." },
      "trend": { "type": "boolean", "default": true, "title": "Linear trend" },
      "changepoints": { "type": "integer", "minimum": 0, "maximum": 50, "default": 0,
        "title": "Changepoints of the trend",
        "description": "Evenly spaced; slopes differ a little between them, and the last one fades out beyond the history." },
      "loss": { "type": "string", "enum": ["squares", "huber"], "default": "squares",
        "title": "Loss", "description": "huber = spikes hardly move the fit." },
      "half_life": { "type": "number", "minimum": 0, "default": 0, "title": "Half-life of a point",
        "x-unit": "steps", "description": "So many steps ago a point counts half; 0 = all alike." },
      "ar": { "type": "integer", "minimum": 0, "maximum": 200, "default": 30,
        "title": "Highest order of the residuals",
        "description": "An autoregression, its order by AICc: the newest deviations fade instead of vanishing. 0 = none." },
      "transform": { "type": "string", "enum": ["none", "log", "sqrt"], "default": "none" },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  static constexpr std::uint32_t state_version = 2;

  using State = nova::regression::State;

  explicit Model(const nova::Context& ctx)
      : regression_(options(ctx)),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    std::string remark;
    State state = regression_.fit(in.values, in.seasons, remark);
    if (!remark.empty()) in.note(remark);
    return state;
  }
  void observe(State& state, const nova::OneSeries& in) const {
    regression_.observe(state, in.values);
  }
  void forecast(const State& state, nova::OneForecast& out) const {
    if (!out.levels().empty() && !(state.dof > 0))
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::uint32_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h) longest = std::max(longest, out.ahead(h));
    std::vector<nova::regression::Moments> all(longest);
    regression_.ahead(state, all);
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const auto m = all[out.ahead(h) - 1];
      out.mean(h) = std::max(regression_.untransformed_mean(m), floor_);
      for (std::size_t q = 0; q < out.levels().size(); ++q) {
        const double t = m.sd == 0 ? 0 : student_t_quantile_cached(out.levels()[q], state.dof);
        out.quantile(q, h) = std::max(regression_.untransformed(m.mean + t * m.sd), floor_);
      }
    }
  }

  void save(const State& state, nova::StateWriter& w) const {
    const auto& spec = state.basis->spec();
    const auto p = static_cast<Eigen::Index>(state.coefficients.size());
    w.put(spec.points);
    w.put<std::uint8_t>(spec.trend ? 1 : 0);
    w.put(spec.changepoints);
    w.put(spec.seasons);
    w.put(spec.pairs);
    w.put(state.coefficients);
    for (Eigen::Index i = 0; i < p; ++i)
      for (Eigen::Index j = 0; j <= i; ++j) w.put(state.factor->lower(i, j));
    for (const double v :
         {state.centre, state.scale, state.sd, state.dof, state.clip, state.errors.innovation})
      w.put(v);
    w.put(state.errors.lags);
    w.put(state.errors.recent);
    w.put(state.age);
    w.put(state.next);
  }
  State load(nova::StateReader& r) const {
    if (r.version() < state_version) nova::StateReader::refuse("of an older version");
    nova::numeric::BasisSpec spec;
    spec.points = r.get<std::uint64_t>();
    spec.trend = r.get<std::uint8_t>() != 0;
    spec.changepoints = r.get<std::uint32_t>();
    spec.seasons = r.list<std::uint32_t>();
    spec.pairs = r.list<std::uint32_t>();
    State state;
    state.coefficients = r.list<double>();
    if (spec.seasons.size() != spec.pairs.size()) nova::StateReader::refuse("inconsistent");
    for (std::size_t s = 0; s < spec.seasons.size(); ++s)
      if (spec.seasons[s] < 2 || spec.seasons[s] > 100'000 || spec.pairs[s] > spec.seasons[s] / 2)
        nova::StateReader::refuse("inconsistent");
    if (spec.changepoints > 50) nova::StateReader::refuse("inconsistent");
    state.basis = bases_.get(spec);
    const std::size_t size = state.coefficients.size();
    if (size == 0 || size > state.basis->size()) nova::StateReader::refuse("inconsistent");
    auto factor = std::make_shared<nova::numeric::Factor>();
    const auto p = static_cast<Eigen::Index>(size);
    factor->lower = Eigen::MatrixXd::Zero(p, p);
    for (Eigen::Index i = 0; i < p; ++i)
      for (Eigen::Index j = 0; j <= i; ++j) factor->lower(i, j) = r.get<double>();
    state.factor = std::move(factor);
    for (double* v : {&state.centre, &state.scale, &state.sd, &state.dof, &state.clip,
                      &state.errors.innovation})
      *v = r.get<double>();
    state.errors.lags = r.list<double>();
    state.errors.recent = r.list<double>();
    if (state.errors.lags.size() != state.errors.recent.size())
      nova::StateReader::refuse("inconsistent");
    state.age = r.get<std::uint64_t>();
    state.next = r.get<std::uint64_t>();
    if (state.age > State::kAgeMost) nova::StateReader::refuse("inconsistent");
    return state;
  }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 8}, {"quantiles", true}};
  }

 private:
  static nova::regression::Options options(const nova::Context& ctx) {
    nova::regression::Options o;
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      o.season_lengths.push_back(static_cast<std::uint32_t>(m));
    }
    const nova::Json& config = ctx.config().json();
    const auto fourier = config.find("fourier");
    if (fourier != config.end() && fourier->is_number())
      o.pairs = static_cast<int>(ctx.integer("fourier"));
    else if (const auto text = ctx.text("fourier"); text == "full")
      o.pairs = nova::regression::Options::kFull;
    else if (text != "auto")
      throw nova::Error(NOVA_INVALID_ARGUMENT, "/fourier: must be a number, \"full\" or \"auto\"");
    o.trend = ctx.boolean("trend");
    o.changepoints = static_cast<std::uint32_t>(ctx.integer("changepoints"));
    o.half_life = ctx.number("half_life");
    o.ar = static_cast<std::size_t>(ctx.integer("ar"));
    using Loss = nova::regression::Options::Loss;
    o.loss = ctx.text("loss") == "huber" ? Loss::huber : Loss::squares;
    using Transform = nova::regression::Options::Transform;
    const auto transform = ctx.text("transform");
    o.transform = transform == "log"    ? Transform::log
                  : transform == "sqrt" ? Transform::sqrt
                                        : Transform::none;
    return o;
  }

  // Bases of loaded states: series of one window share theirs. load() is alone on its instance.
  struct Bases {
    std::shared_ptr<const nova::numeric::Basis> get(const nova::numeric::BasisSpec& spec) {
      if (last == nullptr || !(last->spec() == spec))
        last = std::make_shared<const nova::numeric::Basis>(spec);
      return last;
    }
    std::shared_ptr<const nova::numeric::Basis> last;
  };
  nova::regression::Regression regression_;
  double floor_;
  mutable Bases bases_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.regression", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Model>>)
