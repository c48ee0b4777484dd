#include "core/engine/watched.hpp"

#include <cmath>

#include "core/base/number.hpp"
#include "core/decide/situation.hpp"
#include "core/decide/text.hpp"
#include "core/engine/panel_json.hpp"

namespace nova {

WatchedSignal::WatchedSignal(const SignalSpec& spec, Duration step, std::size_t points)
    : spec_(&spec),
      window_(step, spec.forecast_step, SignalWindow::kRecent, points),
      seasons_(spec.forecast_step, spec.key) {}

void WatchedSignal::take(TimePoint first_end, std::size_t steps, std::span<const double> values) {
  std::size_t completed = 0;
  for (std::size_t k = 0; k < steps; ++k) {
    const double value = k < values.size() ? values[k] : std::nan("");
    completed += window_.push(first_end + window_.step() * static_cast<std::int64_t>(k),
                              std::isfinite(value) ? value * spec_->scale : std::nan(""));
  }
  if (completed > 0) seasons_.update(window_.coarse(), window_.coarse_end());
}

std::string WatchedSignal::line() const {
  auto line = spec_->name + ": ";
  const double value = window_.latest();
  if (std::isnan(value))
    return line + "no value for " + std::to_string(window_.steps_missing()) + " steps";
  line += short_number(value) + (spec_->role == Role::latency ? " s" : "");
  if (spec_->limit)
    line += ", " + short_number(100 * value / *spec_->limit, 3) + " % of its limit " +
            short_number(*spec_->limit);
  return line;
}

void WatchedSignal::add_conditions(const std::string& tenant, const std::string& group,
                                   std::vector<Condition>& out) const {
  const auto about = "signal " + spec_->name;
  const auto missing = window_.steps_missing();
  add_doubt(window_, tenant, group, about, out);
  if (missing >= Situation::kLateSteps)
    out.push_back({tenant, group, "signal_lost", about, "warning",
                   about + " has had no value for " +
                       in_words(window_.step() * static_cast<std::int64_t>(missing))});
  if (spec_->limit && window_.latest() > *spec_->limit)
    out.push_back({tenant, group, "over_limit", about, "warning",
                   about + " is at " + short_number(window_.latest()) + ", above its limit " +
                       short_number(*spec_->limit),
                   Situation::kLateSteps});
}

Json WatchedSignal::state() const {
  return {{"name", spec_->name},
          {"forecast_step_ns", window_.forecast_step().count()},
          {"window", to_json(window_)},
          {"seasons", to_json(seasons_)}};
}

void WatchedSignal::restore(const Json& j) {
  if (j.at("name") != spec_->name || j.at("forecast_step_ns") != window_.forecast_step().count())
    return;
  nova::restore(window_, j.at("window"));
  nova::restore(seasons_, j.at("seasons"));
}

}  // namespace nova
