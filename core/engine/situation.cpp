// GroupEngine's situation: what the policies see of it in this tick, and for people what that rests
// on.
#include <algorithm>

#include "core/base/text.hpp"
#include "core/decide/propose.hpp"
#include "core/engine/group_engine.hpp"
#include "core/metrics/new_level.hpp"

namespace nova {

Situation GroupEngine::situation(const Menu& menu) const {
  Situation s;
  s.now = now_;
  const auto held = price_mix(staying(), menu);
  s.current = reference_machines(held.capacity);
  std::vector<MixRow> serving;
  for (const auto& row : fleet_.rows) serving.push_back({row.offer_id, row.serving});
  s.serving = reference_machines(price_mix(serving, menu).capacity);
  s.min = std::max(spec_->min, fleet_.min);
  s.max = std::max(s.min, std::min(spec_->max, fleet_.max));
  s.step = step_;
  s.lead_time = spec_->lead_time;
  s.stabilisation_window = stabilisation_window_;
  s.on_missing = spec_->behaviour.on_missing;
  s.price = menu.empty() ? spec_->price
                         : UsdPerHour::from_dollars(menu.offers().front().price.dollars() /
                                                    menu.offers().front().capacity);
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    SignalSituation view;
    view.spec = &this->signal(i);
    view.load = signal.window.latest();
    view.steps_missing = signal.window.steps_missing();
    view.recent = signal.window.recent();
    if (const auto& forecast = signal.panel.forecast()) {
      view.model = signal.panel.who();
      view.accuracy = signal.panel.accuracy();
      // Three steps without a new one, and the forecast speaks of a world that is gone.
      const auto reach =
          s.on_missing == OnMissing::last_forecast ? forecast->leads().back() : std::uint32_t{3};
      if (now_ - forecast->origin() <= signal.window.forecast_step() * reach)
        view.forecast = &*forecast;
      else
        view.why_no_forecast =
            "the forecast of " + view.model + " is from " + to_iso8601(forecast->origin());
    } else if (predictive_) {
      view.why_no_forecast = learning();
    }
    s.signals.push_back(std::move(view));
  }
  for (const auto* policy : policies_) {
    const auto* line = std::get_if<ThresholdSpec>(policy);
    for (std::size_t i = 0; line && i < watched_.size(); ++i)
      if (const auto& window = watched_[i].window(); spec_->watched[i].name == line->signal)
        s.watched.push_back({&spec_->watched[i], window.recent(), window.steps_missing()});
  }
  scheduled(spec_->policies, s);
  return s;
}

std::string GroupEngine::learning() const {
  if (!predictive_) return "";
  if (promise_) {
    const auto known = promise_->engine().known();
    if (known >= promise::Promise::kLearning) return "";
    return "learning: " + std::to_string(known) + " of " +
           std::to_string(promise::Promise::kLearning) + " steps";
  }
  for (const auto& signal : signals_) {
    if (signal.panel.forecast()) continue;
    if (signal.window.coarse_known() < predictive_->min_data_points)
      return "learning: " + std::to_string(signal.window.coarse_known()) + " of " +
             std::to_string(predictive_->min_data_points) + " points";
    return signal.panel.why_not();
  }
  return "";
}

std::vector<std::string> GroupEngine::model_names(std::size_t signal) const {
  const auto& panel = signals_[signal].panel;
  std::vector<std::string> names;
  for (std::size_t m = 0; m < panel.models(); ++m) names.push_back(panel.seat(m).name);
  return names;
}

std::optional<double> GroupEngine::forecast_at_lead(std::size_t index) const {
  const auto& panel = signals_[index].panel;
  const auto& forecast = panel.forecast();
  if (!forecast) return std::nullopt;
  const auto leads = forecast->leads();
  const auto at =
      std::lower_bound(leads.begin(), leads.end(), panel.shape().scored[panel.shape().acting]);
  return forecast->quantile(0.5, static_cast<std::size_t>(at - leads.begin()));
}

namespace {

// How what models were told differs from what was measured: what is left out, until it has likes or
// is too old; a past as on another level, until enough is known of that.
std::string told(const SignalWindow& window) {
  const auto known = window.coarse();
  const auto end_of = [&](std::size_t point) {
    const auto back = static_cast<std::int64_t>(known.size() - 1 - point);
    return to_iso8601(window.coarse_end() - window.forecast_step() * back);
  };
  std::string text;
  for (const auto& [first, values] : window.left_out())
    text += "; left out, being unlike all else: what ended at " + end_of(first) +
            (values.size() > 1 ? " to " + end_of(first + values.size() - 1) : "");
  if (const auto level = find_new_level(known))
    text += "; the past told as on the level since " + end_of(level->first) + ": " +
            short_number(level->after) + " in place of " + short_number(level->before);
  return text;
}

}  // namespace

// What the forecasts behind a decision rest on, a line a signal.
std::vector<std::string> GroupEngine::grounds() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; predictive_ && i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    if (promise_ && !signal.panel.forecast()) continue;  // nothing rests on it
    lines.push_back(spec_->signals[i].name + ": " +
                    (signal.panel.forecast()
                         ? signal.panel.describe(signal.window.forecast_step()) + "; " +
                               signal.seasons.describe() + told(signal.window)
                         : learning()));
  }
  return lines;
}

}  // namespace nova
