// Seasonal decomposition as a model plugin; the mathematics is in mstl.hpp.
#include <algorithm>
#include <cmath>
#include <novascale.hpp>

#include "plugins/models/mstl/mstl.hpp"

namespace {

struct Model {
  static constexpr auto id = "org.novacron.model.mstl", name = "Seasonal decomposition (MSTL)",
                        version = "1.0.0",
                        description =
                            "Several seasons by STL, the rest by a small autoregression or damped "
                            "trend; quantiles of held-out errors by lead";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "season_length": { "type": ["integer", "array"], "minimum": 0, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or several; 0 or [] = those the host found." },
      "transform": { "type": "string", "enum": ["auto", "none", "log"], "default": "auto",
        "description": "auto = logarithms where all values are positive and they foretell better." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  static constexpr std::uint32_t state_version = 2;

  using State = nova::mstl::State;

  explicit Model(const nova::Context& ctx)
      : mstl_(options(ctx)),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    std::string remark;
    State state = mstl_.fit(in.values, in.seasons, remark);
    if (!remark.empty()) in.note(remark);
    return state;
  }
  bool refit(State& state, const nova::OneSeries& in) const {
    return mstl_.refit(state, in.values);
  }
  void observe(State& state, const nova::OneSeries& in) const { mstl_.observe(state, in.values); }

  void forecast(const State& state, nova::OneForecast& out) const {
    const auto levels = out.levels();
    if (!levels.empty() && state.errors.count() == 0)
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::uint32_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h) longest = std::max(longest, out.ahead(h));
    std::vector<double> mean(longest), spread(longest), error;
    mstl_.ahead(state, mean, spread);
    for (const double level : levels) error.push_back(state.errors.quantile(level));
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::size_t i = out.ahead(h) - 1;
      out.mean(h) = std::max(mstl_.untransformed(state, mean[i]), floor_);
      for (std::size_t q = 0; q < levels.size(); ++q)
        out.quantile(q, h) =
            std::max(mstl_.untransformed(state, mean[i] + error[q] * spread[i]), floor_);
    }
  }

  void save(const State& state, nova::StateWriter& w) const {
    w.put(state.unit);
    w.put(state.centre);
    w.put<std::uint8_t>(state.log ? 1 : 0);
    w.put<std::uint8_t>(state.periodic ? 1 : 0);
    w.put(state.least);
    w.put<std::uint32_t>(static_cast<std::uint32_t>(state.seasonal.size()));
    for (const auto& turn : state.seasonal) w.put(turn);
    w.put(state.next);
    w.put(state.age);
    const auto& rest = state.rest;
    w.put(static_cast<std::uint8_t>(rest.kind));
    for (const double v :
         {rest.ar.intercept, rest.alpha, rest.beta, rest.phi, rest.level, rest.slope})
      w.put(v);
    w.put(rest.ar.lags);
    w.put(rest.ar.recent);
    w.put(state.spread);
    w.put(state.errors.sorted());
    w.put(state.errors.places());
    w.put(state.errors.rms());
    w.put(state.errors.count());
  }
  State load(nova::StateReader& r) const {
    if (r.version() < state_version) nova::StateReader::refuse("of an older version");
    State state;
    state.unit = r.get<double>();
    state.centre = r.get<double>();
    state.log = r.get<std::uint8_t>() != 0;
    state.periodic = r.get<std::uint8_t>() != 0;
    state.least = r.get<double>();
    for (auto n = r.get<std::uint32_t>(); n > 0; --n) {
      state.seasonal.push_back(r.list<double>());
      if (state.seasonal.back().empty()) nova::StateReader::refuse("inconsistent");
    }
    state.next = r.get<std::uint64_t>();
    state.age = r.get<std::uint64_t>();
    auto& rest = state.rest;
    const auto kind = r.get<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(nova::mstl::Rest::Kind::smooth))
      nova::StateReader::refuse("inconsistent");
    rest.kind = static_cast<nova::mstl::Rest::Kind>(kind);
    for (double* v :
         {&rest.ar.intercept, &rest.alpha, &rest.beta, &rest.phi, &rest.level, &rest.slope})
      *v = r.get<double>();
    rest.ar.lags = r.list<double>();
    rest.ar.recent = r.list<double>();
    state.spread = r.list<double>();
    auto sorted = r.list<double>(), places = r.list<double>();
    const double rms = r.get<double>(), count = r.get<double>();
    if (rest.ar.lags.size() != rest.ar.recent.size() || state.age > State::kAgeMost)
      nova::StateReader::refuse("inconsistent");
    try {
      state.errors = nova::numeric::ErrorSample(std::move(sorted), std::move(places), rms, count);
    } catch (const std::invalid_argument& e) {
      nova::StateReader::refuse(e.what());
    }
    return state;
  }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 8}, {"quantiles", true}};
  }

 private:
  static nova::mstl::Options options(const nova::Context& ctx) {
    nova::mstl::Options o;
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      o.season_lengths.push_back(static_cast<std::uint32_t>(m));
    }
    using Transform = nova::mstl::Options::Transform;
    const auto transform = ctx.text("transform");
    o.transform = transform == "log"    ? Transform::log
                  : transform == "none" ? Transform::none
                                        : Transform::automatic;
    return o;
  }

  nova::mstl::Mstl mstl_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.mstl", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Model>>)
