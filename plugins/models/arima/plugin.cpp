// Seasonal ARIMA as a model plugin; the mathematics is in arima.hpp.
#include <novascale.hpp>

#include "plugins/models/arima/arima.hpp"

namespace {

using nova::arima::Moments;
using nova::arima::State;

struct Model {
  static constexpr auto id = "org.novacron.model.arima", name = "Seasonal ARIMA", version = "1.0.0",
                        description =
                            "Seasonal ARIMA of one or several seasons, order by AICc, exact "
                            "likelihood, intervals checked against past errors";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "season_length": { "type": ["integer", "array"], "minimum": 0, "maximum": 100000, "default": 0,
        "items": { "type": "integer", "minimum": 2, "maximum": 100000 }, "title": "Season lengths",
        "x-unit": "steps", "description": "One or several; 0 or [] = those the host found." },
      "order": { "type": ["string", "array"], "default": "auto", "pattern": "^auto$",
        "items": { "type": "integer", "minimum": 0, "maximum": 24 }, "minItems": 3,
        "title": "Order", "description": "[p, d, q], d up to 2; auto = by AICc, with the seasons." },
      "seasonal": { "type": ["string", "array"], "default": "auto", "pattern": "^auto$",
        "items": { "type": "integer", "minimum": 0, "maximum": 4 }, "minItems": 3,
        "title": "Seasonal order",
        "description": "[P, D, Q] of the first season, D up to 2; with an order given, auto = none." },
      "constant": { "type": "boolean", "default": true, "title": "Mean or drift",
        "description": "May have one where at most one difference is taken; with an order given, has one." },
      "transform": { "type": "string", "enum": ["auto", "none", "log"], "default": "auto",
        "description": "auto = what forecasts held-out points better; with an order given, none." },
      "terms": { "type": "string", "enum": ["auto", "seasonal", "harmonic"], "default": "auto",
        "title": "Seasonal terms",
        "description": "Seasonal ARIMA terms, Fourier terms with ARMA errors, or the better." },
      "intervals": { "type": "string", "enum": ["empirical", "normal"], "default": "empirical",
        "description": "Scaled by errors at past origins, or as the model has them." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  using State = nova::arima::State;

  explicit Model(const nova::Context& ctx)
      : options_(options(ctx)),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    std::string remark;
    State state = nova::arima::fit(options_, in.values, in.seasons, remark);
    in.note(remark);
    return state;
  }
  bool refit(State& state, const nova::OneSeries& in) const {
    return nova::arima::refit(state, in.values);
  }
  void observe(State& state, const nova::OneSeries& in) const {
    for (const double y : in.values) state.observe(state.transformed(y));
  }
  void forecast(const State& state, nova::OneForecast& out) const {
    if (!out.levels().empty() && state.known < 2)
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::uint32_t longest = 0;
    for (std::size_t h = 0; h < out.leads(); ++h) longest = std::max(longest, out.ahead(h));
    std::vector<Moments> ahead(longest);
    state.ahead(ahead);
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const Moments& m = ahead[out.ahead(h) - 1];
      // Under a transform the median: the mean of a lognormal has no bound that can be trusted.
      out.mean(h) = std::max(state.original(m.mean), floor_);
      for (std::size_t q = 0; q < out.levels().size(); ++q) {
        const double z = state.calibration.quantile(out.levels()[q], out.ahead(h));
        out.quantile(q, h) = std::max(state.original(m.mean + z * m.sd), floor_);
      }
    }
  }

  void save(const State& s, nova::StateWriter& w) const {
    w.put<std::uint64_t>(s.order.blocks.size());
    for (const auto& b : s.order.blocks)
      for (const std::uint32_t v : {b.lag, b.p, b.d, b.q}) w.put(v);
    w.put<std::uint8_t>(s.order.constant ? 1 : 0);
    w.put(s.order.seasons);
    w.put(s.order.pairs);
    w.put(s.coefficients);
    for (const double v : {s.variance, s.centre, s.scale}) w.put(v);
    w.put(static_cast<std::uint8_t>(s.transform));
    for (const std::uint64_t v : {s.points, s.known, s.next, s.missing}) w.put(v);
    w.put(s.values);
    w.put(s.errors);
    w.put(s.calibration.factor);
    w.put(s.calibration.shape.sorted());
    w.put(s.calibration.shape.places());
    w.put(s.calibration.shape.rms());
    w.put(s.calibration.shape.count());
  }
  State load(nova::StateReader& r) const {
    State s;
    const auto blocks = r.get<std::uint64_t>();
    if (blocks < 1 || blocks > 8) nova::StateReader::refuse("inconsistent");
    s.order.blocks.resize(blocks);
    for (auto& b : s.order.blocks) {
      for (std::uint32_t* v : {&b.lag, &b.p, &b.d, &b.q}) *v = r.get<std::uint32_t>();
      if (b.lag < 1 || b.lag > 100'000 || b.p > 24 || b.d > 2 || b.q > 24)
        nova::StateReader::refuse("inconsistent");
    }
    s.order.constant = r.get<std::uint8_t>() != 0;
    s.order.seasons = r.list<std::uint32_t>();
    s.order.pairs = r.list<std::uint32_t>();
    s.coefficients = r.list<double>();
    for (double* v : {&s.variance, &s.centre, &s.scale}) *v = r.get<double>();
    s.transform =
        r.get<std::uint8_t>() == 1 ? nova::arima::Transform::log : nova::arima::Transform::none;
    for (std::uint64_t* v : {&s.points, &s.known, &s.next, &s.missing}) *v = r.get<std::uint64_t>();
    s.values = r.list<double>();
    s.errors = r.list<double>();
    s.calibration.factor = r.list<double>();
    auto sorted = r.list<double>(), places = r.list<double>();
    const double rms = r.get<double>(), count = r.get<double>();
    try {
      s.calibration.shape =
          nova::numeric::ErrorSample(std::move(sorted), std::move(places), rms, count);
    } catch (const std::invalid_argument& e) {
      nova::StateReader::refuse(e.what());
    }
    bool sound = s.order.seasons.size() == s.order.pairs.size() && s.missing <= s.next;
    for (std::size_t i = 0; sound && i < s.order.seasons.size(); ++i)
      sound = s.order.seasons[i] >= 2 && s.order.seasons[i] <= 100'000 &&
              s.order.pairs[i] <= s.order.seasons[i] / 2;
    sound = sound && s.coefficients.size() >= s.order.arma();
    if (!sound) nova::StateReader::refuse("inconsistent");
    s.prepare();
    const std::size_t regressors = s.basis->size() - s.basis->fixed() + (s.order.constant ? 1 : 0);
    if (s.coefficients.size() != s.order.arma() + regressors || s.values.size() < s.ar.span() ||
        s.errors.size() < s.ma.span() || s.values.empty() || s.errors.empty())
      nova::StateReader::refuse("inconsistent");
    return s;
  }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 2}, {"quantiles", true}, {"effort", "heavy"}};
  }

 private:
  static nova::arima::Options options(const nova::Context& ctx) {
    nova::arima::Options o;
    for (const double m : ctx.config().numbers("season_length")) {
      if (m == 0) continue;
      if (m < 2 || m > 100'000 || m != std::floor(m))
        throw nova::Error(NOVA_INVALID_ARGUMENT, "/season_length: must be whole numbers >= 2");
      o.season_lengths.push_back(static_cast<std::uint32_t>(m));
    }
    o.order = block(ctx, "order");
    o.seasonal = block(ctx, "seasonal");
    o.constant = ctx.boolean("constant");
    const auto transform = ctx.text("transform"), terms = ctx.text("terms");
    const bool automatic = !o.order && !o.seasonal;
    o.shape.log = transform == "log" || (transform == "auto" && automatic);
    o.shape.level = transform != "log";
    o.shape.seasonal = terms != "harmonic";
    o.shape.harmonic = terms != "seasonal";
    o.empirical = ctx.text("intervals") == "empirical";
    return o;
  }
  static std::optional<nova::arima::Block> block(const nova::Context& ctx, const char* key) {
    const nova::Json& config = ctx.config().json();
    const auto found = config.find(key);
    if (found == config.end() || found->is_string()) {
      if (ctx.text(key) == "auto") return {};
      throw nova::Error(NOVA_INVALID_ARGUMENT,
                        std::string("/") + key + ": must be three numbers or \"auto\"");
    }
    const auto n = ctx.config().numbers(key);
    const auto whole = [](double v) { return v >= 0 && v <= 24 && v == std::floor(v); };
    if (n.size() != 3 || !std::all_of(n.begin(), n.end(), whole) || n[1] > 2)
      throw nova::Error(NOVA_INVALID_ARGUMENT,
                        std::string("/") + key +
                            ": must be three whole numbers up to 24, the middle one up to 2");
    return nova::arima::Block{1, static_cast<std::uint32_t>(n[0]), static_cast<std::uint32_t>(n[1]),
                              static_cast<std::uint32_t>(n[2])};
  }

  nova::arima::Options options_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.arima", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Model>>)
