// Seasonal naive: a step is expected to be what it was one season before.
//
// Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., sections 5.2
// and 5.5: y(n+h) = y(n+h-m(k+1)) with k = floor((h-1)/m) full seasons passed, and errors of
// standard deviation sigma sqrt(k+1). Quantiles are those of the seasonal differences seen, scaled
// by that root. The differences are taken with both signs: of two like seasons either may be the
// higher one, and so the answer stays the median. A missing value is answered by the season before
// it, with the root of the seasons that lie between.
#include <algorithm>
#include <novascale.hpp>

#include "plugins/models/numeric/sample.hpp"

namespace {

using nova::numeric::ErrorSample;

struct SeasonalNaive {
  static constexpr auto id = "org.novacron.model.seasonal_naive", name = "Seasonal naive",
                        version = "1.0.0",
                        description =
                            "The value of one season ago; quantiles of seasonal differences";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "season_length": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0,
        "title": "Season length", "x-unit": "steps",
        "description": "0 = the season that the host found; where it found none, the last value." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  // The last season, by phase: the newest value seen and how many seasons ago that was.
  struct State {
    std::vector<double> value;
    std::vector<std::uint32_t> age;
    std::uint64_t next = 0;  // phase of the step after the last known one
    double last = 0;         // newest value of all
    ErrorSample errors;      // of one season's difference

    std::size_t season() const { return value.size(); }
    void push(double y) {
      if (std::isfinite(y)) {
        value[next] = last = y;
        age[next] = 0;
      } else if (age[next] < UINT32_MAX) {
        ++age[next];
      }
      next = (next + 1) % value.size();
    }
  };

  explicit SeasonalNaive(const nova::Context& ctx)
      : season_length_(static_cast<std::uint32_t>(ctx.integer("season_length"))),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    const auto y = in.values;
    const auto finite = [](double v) { return std::isfinite(v); };
    const auto newest = std::find_if(y.rbegin(), y.rend(), finite);
    if (newest == y.rend())
      throw nova::Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
    State state;
    const std::size_t m = choose_season(in, state.errors);
    state.value.assign(m, nova::kNaN);
    state.age.assign(m, 0);
    state.last = *newest;
    // Older seasons matter only for phases missing since; the oldest point fixes the phase.
    for (const double v : y) state.push(v);
    return state;
  }

  void observe(State& state, const nova::OneSeries& in) const {
    for (const double v : in.values) state.push(v);
  }

  void forecast(const State& state, nova::OneForecast& out) const {
    if (!out.levels().empty() && state.errors.count() == 0)
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    const std::size_t m = state.season(), levels = out.levels().size();
    std::vector<double> error(levels);
    for (std::size_t q = 0; q < levels; ++q) error[q] = state.errors.quantile(out.levels()[q]);
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const std::uint64_t ahead = out.ahead(h) - 1;
      const std::size_t phase = static_cast<std::size_t>((state.next + ahead) % m);
      const bool known = !std::isnan(state.value[phase]);
      const double value = known ? state.value[phase] : state.last;
      const std::uint64_t seasons = ahead / m + 1 + (known ? state.age[phase] : 0);
      const double spread = std::sqrt(static_cast<double>(seasons));
      out.mean(h) = std::max(value, floor_);
      for (std::size_t q = 0; q < levels; ++q)
        out.quantile(q, h) = std::max(value + error[q] * spread, floor_);
    }
  }

  void save(const State& state, nova::StateWriter& w) const {
    w.put(state.value);
    w.put(state.age);
    w.put(state.next);
    w.put(state.last);
    w.put(state.errors.sorted());
    w.put(state.errors.places());
    w.put(state.errors.rms());
    w.put(state.errors.count());
  }
  State load(nova::StateReader& r) const {
    State state;
    state.value = r.list<double>();
    state.age = r.list<std::uint32_t>();
    state.next = r.get<std::uint64_t>();
    state.last = r.get<double>();
    auto sorted = r.list<double>(), places = r.list<double>();
    const double rms = r.get<double>(), count = r.get<double>();
    if (state.value.empty() || state.age.size() != state.value.size() ||
        state.next >= state.value.size())
      nova::StateReader::refuse("inconsistent");
    try {
      state.errors = ErrorSample(std::move(sorted), std::move(places), rms, count);
    } catch (const std::invalid_argument& e) {
      nova::StateReader::refuse(e.what());
    }
    return state;
  }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 1}, {"quantiles", true}};
  }

 private:
  static ErrorSample seasonal_differences(std::span<const double> y, std::size_t m) {
    std::vector<double> d;
    d.reserve(y.size() - m);
    for (std::size_t t = m; t < y.size(); ++t) d.push_back(y[t] - y[t - m]);
    return ErrorSample(std::move(d));
  }
  // Steps of the series; one over g - 1 missing points counts as one step of a random walk.
  static ErrorSample steps(std::span<const double> y) {
    std::vector<double> d;
    d.reserve(y.size());
    std::size_t before = y.size();
    for (std::size_t t = 0; t < y.size(); ++t) {
      if (!std::isfinite(y[t])) continue;
      if (before < t) d.push_back((y[t] - y[before]) / std::sqrt(static_cast<double>(t - before)));
      before = t;
    }
    return ErrorSample(std::move(d));
  }

  // The season whose differences are smallest, of those asked for; 1 when none of them has a season
  // of points and enough differences (20, or a second season if shorter). A note says what is
  // dropped.
  std::size_t choose_season(const nova::OneSeries& in, ErrorSample& errors) const {
    const std::uint32_t own[] = {season_length_};
    const auto asked = season_length_ != 0 ? std::span<const std::uint32_t>(own) : in.seasons;
    std::size_t best = 0;
    for (const std::uint32_t m : asked) {
      if (m < 2 || m == best) continue;
      if (in.values.size() < m + std::min<std::size_t>(m, ErrorSample::kEmpirical)) {
        in.note("season " + std::to_string(m) + " dropped: " + std::to_string(in.values.size()) +
                " points");
        continue;
      }
      ErrorSample candidate = seasonal_differences(in.values, m);
      if (candidate.count() > 0 && (best == 0 || candidate.rms() < errors.rms())) {
        errors = std::move(candidate);
        best = m;
      }
    }
    if (best != 0) return best;
    errors = steps(in.values);
    return 1;
  }

  std::uint32_t season_length_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.seasonal_naive", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<SeasonalNaive>>)
