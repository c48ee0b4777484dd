// Naive: what came last is expected to come again; with drift, the line from the first to the last
// point goes on.
//
// Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., sections 5.2 and
// 5.5. Quantiles are those of the changes seen over 1, 2, 4, 8 ... steps, in units of their mean
// size and pooled, with both signs; between these leads the size grows by a power, beyond the last
// as that of a random walk, by the square root. So a series that returns to its level gets
// intervals that stop growing. With drift, the drift's own uncertainty is added:
// h^2 s^2 / (n - 1), s the size of one step. The judge of models without a season.
#include <algorithm>
#include <cmath>
#include <novascale.hpp>

#include "plugins/models/numeric/sample.hpp"

namespace {

using nova::numeric::ErrorSample;

struct Naive {
  static constexpr auto id = "org.novacron.model.naive", name = "Naive", version = "1.0.0",
                        description =
                            "The last value, or the line through first and last; quantiles of the "
                            "changes seen over as many steps";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "drift": { "type": "boolean", "default": false, "title": "Drift",
        "description": "The mean step of the history goes on." },
      "floor": { "type": "number", "title": "Floor",
        "description": "No answer lies below it: 0 for demand. Absent = no floor." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC;

  struct State {
    double first = 0, last = 0;        // known values
    std::uint64_t steps = 0, age = 0;  // between them; since the last one
    std::uint64_t fitted = 0;          // steps when the sizes were measured
    std::vector<double> sizes;         // mean size of changes over 1, 2, 4 ... steps
    ErrorSample errors;                // in units of their size

    void push(double y) {
      ++age;
      if (!std::isfinite(y)) return;
      last = y;
      steps += age;
      age = 0;
    }
    double drift() const {
      return steps == 0 ? 0
                        : last / static_cast<double>(steps) - first / static_cast<double>(steps);
    }
    double size(double lead) const {
      const double place = std::log2(lead);
      const auto last_knot = sizes.size() - 1;
      if (place >= static_cast<double>(last_knot))
        return sizes.back() * std::sqrt(lead / std::ldexp(1.0, static_cast<int>(last_knot)));
      const auto left = static_cast<std::size_t>(place);
      if (sizes[left] == 0) return sizes[left + 1] * (place - static_cast<double>(left));
      return sizes[left] *
             std::pow(sizes[left + 1] / sizes[left], place - static_cast<double>(left));
    }
  };

  explicit Naive(const nova::Context& ctx)
      : drift_(ctx.boolean("drift")),
        floor_(ctx.has("floor") ? ctx.number("floor") : -std::numeric_limits<double>::infinity()) {}

  State fit(const nova::OneSeries& in) const {
    const auto finite = [](double v) { return std::isfinite(v); };
    const auto oldest = std::find_if(in.values.begin(), in.values.end(), finite);
    if (oldest == in.values.end())
      throw nova::Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
    State state;
    state.first = state.last = *oldest;
    const auto y = in.values.subspan(static_cast<std::size_t>(oldest - in.values.begin()));
    for (const double v : y.subspan(1)) state.push(v);
    state.fitted = state.steps;
    measure(state, y);
    return state;
  }
  void observe(State& state, const nova::OneSeries& in) const {
    for (const double v : in.values) state.push(v);
  }

  void forecast(const State& state, nova::OneForecast& out) const {
    const auto levels = out.levels();
    if (!levels.empty() && state.errors.count() == 0)
      throw nova::Error(NOVA_FAILED_PRECONDITION, "one point tells nothing about the spread");
    std::vector<double> error(levels.size());
    for (std::size_t q = 0; q < levels.size(); ++q) error[q] = state.errors.quantile(levels[q]);
    for (std::size_t h = 0; h < out.leads(); ++h) {
      const double lead = static_cast<double>(out.ahead(h) + state.age);
      const double value = state.last + (drift_ ? lead * state.drift() : 0);
      out.mean(h) = std::max(value, floor_);
      if (levels.empty()) continue;
      double size = state.size(lead);
      if (drift_)
        size =
            std::hypot(size, lead * state.sizes[0] / std::sqrt(static_cast<double>(state.fitted)));
      for (std::size_t q = 0; q < levels.size(); ++q)
        out.quantile(q, h) = std::max(value + error[q] * size, floor_);
    }
  }

  void save(const State& state, nova::StateWriter& w) const {
    w.put(state.first);
    w.put(state.last);
    w.put(state.steps);
    w.put(state.age);
    w.put(state.fitted);
    w.put(state.sizes);
    w.put(state.errors.sorted());
    w.put(state.errors.places());
    w.put(state.errors.rms());
    w.put(state.errors.count());
  }
  State load(nova::StateReader& r) const {
    State state;
    state.first = r.get<double>();
    state.last = r.get<double>();
    state.steps = r.get<std::uint64_t>();
    state.age = r.get<std::uint64_t>();
    state.fitted = r.get<std::uint64_t>();
    state.sizes = r.list<double>();
    auto sorted = r.list<double>(), places = r.list<double>();
    const double rms = r.get<double>(), count = r.get<double>();
    if (count > 0 && (state.sizes.empty() || state.fitted == 0))
      nova::StateReader::refuse("inconsistent");
    try {
      state.errors = ErrorSample(std::move(sorted), std::move(places), rms, count);
    } catch (const std::invalid_argument& e) {
      nova::StateReader::refuse(e.what());
    }
    return state;
  }
  nova::Json capabilities() const {
    return {{"min_history", 2}, {"seasonalities", 0}, {"quantiles", true}};
  }

 private:
  // Sizes of changes over 1, 2, 4 ... steps, while a lead has kEnough of them; and what they are
  // made of. y begins with a known point.
  void measure(State& state, std::span<const double> y) const {
    constexpr std::size_t kEnough = 4;  // independent ones
    const double drift = drift_ ? state.drift() : 0;
    std::vector<double> changes, pooled;
    for (std::size_t lead = 1; lead == 1 || lead * kEnough < y.size(); lead *= 2) {
      changes.clear();
      for (std::size_t t = lead; t < y.size(); ++t) {
        const double change = y[t] - y[t - lead] - drift * static_cast<double>(lead);
        if (std::isfinite(change)) changes.push_back(change);
      }
      if (changes.size() < kEnough) break;
      add_lead(state, changes, pooled);
    }
    if (state.sizes.empty()) {  // few points, or far apart: the steps of a random walk
      std::size_t before = 0;
      for (std::size_t t = 1; t < y.size(); ++t) {
        if (!std::isfinite(y[t])) continue;
        const auto gap = static_cast<double>(t - before);
        const double change = (y[t] - y[before] - drift * gap) / std::sqrt(gap);
        if (std::isfinite(change)) changes.push_back(change);
        before = t;
      }
      if (changes.empty()) return;
      add_lead(state, changes, pooled);
    }
    state.errors = ErrorSample(std::move(pooled));
  }
  static void add_lead(State& state, const std::vector<double>& changes,
                       std::vector<double>& pooled) {
    double size = 0, count = 0;
    for (const double c : changes) size += (std::fabs(c) - size) / ++count;  // sums may overflow
    for (const double c : changes) pooled.push_back(size > 0 ? c / size : 0);
    state.sizes.push_back(state.sizes.empty() ? size : std::max(size, state.sizes.back()));
  }

  bool drift_;
  double floor_;
};

}  // namespace

NOVA_PLUGIN("org.novacron.model.naive", "NovaCron", "1.0.0",
            nova::model_component<nova::per_series<Naive>>)
