#include "core/engine/group_engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/ids.hpp"
#include "core/decide/propose.hpp"

namespace nova {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kWeek = kDay * 7;
constexpr std::size_t kRecentPoints = 64;
constexpr double kBetterBy = 0.95;  // hysteresis: a model takes over with 5 % less loss
constexpr double kRounding = 1e-9;

std::vector<double> levels_with(double quantile) {
  std::vector<double> levels{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99};
  const double q = std::clamp(quantile, 0.5, 0.999);
  const auto at = std::lower_bound(levels.begin(), levels.end(), q);
  if (at == levels.end() || *at != q) levels.insert(at, q);
  return levels;
}

// Every step until `dense`, then ever wider apart until `horizon`: far ahead detail costs memory
// and tells nothing.
std::vector<std::uint32_t> make_leads(std::int64_t dense, std::int64_t horizon) {
  std::vector<std::uint32_t> leads;
  std::int64_t lead = 1;
  for (; lead <= dense; ++lead) leads.push_back(static_cast<std::uint32_t>(lead));
  while (lead < horizon) {
    leads.push_back(static_cast<std::uint32_t>(lead));
    lead += std::max<std::int64_t>(1, lead / 4);
  }
  if (leads.back() < horizon) leads.push_back(static_cast<std::uint32_t>(horizon));
  return leads;
}

// Takes the decision back for a reason that has a name.
void hold(Decision& decision, const char* name, const std::string& why) {
  decision.limits.push_back({name, decision.desired, decision.current});
  decision.desired = decision.current;
  decision.action = Action::hold;
  decision.cause = name;
  decision.reason += std::string("; ") + name + (why.empty() ? "" : ": " + why);
}

std::int64_t ceil_div(Duration a, Duration b) { return (a.count() + b.count() - 1) / b.count(); }

std::uint32_t reference_machines(double capacity) {
  return static_cast<std::uint32_t>(std::max(0.0, std::floor(capacity + kRounding)));
}

}  // namespace

std::vector<MixRow> FleetView::held() const {
  std::vector<MixRow> rows_held;
  for (const auto& row : rows) rows_held.push_back({row.offer_id, row.desired});
  return rows_held;
}

GroupEngine::GroupEngine(const GroupSpec& spec, Duration step) : spec_(&spec), step_(step) {
  for (const auto& policy : spec.policies)
    if (const auto* p = std::get_if<PredictiveSpec>(&policy); p && !predictive_) predictive_ = p;
  stabilisation_window_ = spec.behaviour.stabilisation_window.value_or(
      std::max<Duration>(std::chrono::minutes(5), spec.lead_time * 2));
  levels_ = levels_with(predictive_ ? sizing_quantile(prices_of(*predictive_, spec.price)) : 0.5);
  for (const auto& signal : spec.signals) signals_.push_back(make_signal(signal, predictive_));
}

GroupEngine::Signal GroupEngine::make_signal(const SignalSpec& signal,
                                             const PredictiveSpec* predictive) const {
  const auto fs = signal.forecast_step;
  const auto points = predictive ? std::max<std::int64_t>(2, predictive->training_window / fs) : 2;
  Signal s{SignalWindow(step_, fs, kRecentPoints, static_cast<std::size_t>(points)),
           {},
           0,
           {},
           {},
           0,
           false};
  if (!predictive) return s;
  // A forecast is used until the next one comes, so its leads reach one step farther, and one more
  // for a model that answers late.
  const auto needed = std::max(spec_->lead_time + fs, stabilisation_window_);
  const auto dense = ceil_div(needed, fs) + 2;
  s.leads = make_leads(dense, std::max(dense, ceil_div(predictive->prediction_horizon, fs)));
  s.scored_lead = static_cast<std::size_t>(
      std::clamp<std::int64_t>(ceil_div(spec_->lead_time + step_, fs), 1, dense) - 1);
  for (const auto& plugin : predictive->models) {
    Model model;
    model.plugin = plugin;
    s.models.push_back(std::move(model));
  }
  return s;
}

void GroupEngine::observe(TimePoint now, const GroupInput& input) {
  now_ = now;
  fleet_ = input.fleet;
  if (input.acted && last_decision_) acted(*last_decision_, memory_);
  for (std::size_t i = 0; i < signals_.size(); ++i)
    take_samples(i, input.first_end, input.samples[i]);
}

void GroupEngine::take_samples(std::size_t index, TimePoint first_end,
                               const std::vector<double>& values) {
  const auto& spec = spec_->signals[index];
  auto& signal = signals_[index];
  // Utilisation is the result of our own scaling; times the machines that bore it, it is demand.
  double factor = spec.scale;
  if (spec.role == Role::utilisation) {
    double serving = 0;
    for (const auto& row : fleet_.rows) serving += row.serving;
    factor *= std::max(1.0, serving);
  }
  signal.asked = false;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double value = std::isfinite(values[k]) ? values[k] * factor : std::nan("");
    const auto completed =
        signal.window.push(first_end + step_ * static_cast<std::int64_t>(k), value);
    if (completed == 0) continue;
    signal.new_points += completed;
    for (auto& model : signal.models)
      model.trust.arrive(signal.window.coarse_end(), signal.window.coarse().back());
    signal.asked = true;
  }
  if (!predictive_ || signal.window.coarse_known() < predictive_->min_data_points)
    signal.asked = false;
}

bool GroupEngine::fit_is_due(const Model& model) const {
  if (!model.last_fit) return true;
  // Each group at its own phase, so that fits spread over the period instead of meeting in one
  // tick.
  const auto period = predictive_->update_frequency.count();
  const auto offset = static_cast<std::int64_t>(series_key(spec_->tenant, spec_->id, model.plugin) %
                                                static_cast<std::uint64_t>(period));
  const auto phase = [&](TimePoint t) { return (unix_ns(t) + offset) / period; };
  return phase(now_) != phase(*model.last_fit);
}

void GroupEngine::questions(std::size_t group_index, std::vector<ModelQuestion>& out) const {
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    if (!signal.asked) continue;
    const auto& window = signal.window;
    for (std::size_t m = 0; m < signal.models.size(); ++m) {
      const auto& model = signal.models[m];
      ModelQuestion q;
      q.group = group_index;
      q.signal = i;
      q.model = m;
      q.plugin = &model.plugin;
      q.tenant = &spec_->tenant;
      q.key = q.seed = spec_->signals[i].key;
      q.fit = fit_is_due(model);
      q.new_points = std::min(signal.new_points, window.coarse().size());
      q.history = window.coarse();
      q.origin = window.coarse_end();
      q.step = window.forecast_step();
      q.leads = &signal.leads;
      q.levels = &levels_;
      for (const auto season : {kDay, kWeek}) {
        const auto length = season / q.step;
        const auto cycles = season == kDay ? 1 : 2;
        if (season % q.step == Duration{0} && length > 1 &&
            q.history.size() >= static_cast<std::size_t>(length * cycles))
          q.seasons.push_back(static_cast<std::uint32_t>(length));
      }
      out.push_back(std::move(q));
    }
  }
}

void GroupEngine::answer(const ModelAnswer& answer) {
  auto& signal = signals_[answer.signal];
  auto& model = signal.models[answer.model];
  signal.new_points = 0;
  if (answer.fitted) model.last_fit = now_;
  if (!answer.status) {
    model.forecast.reset();
    model.last_fit.reset();  // what it knows of this series is doubtful: start anew
    model.problem = answer.status.error().message;
    return choose(signal);
  }
  auto made = Forecast::make({answer.origin, signal.window.forecast_step(), signal.leads, levels_,
                              answer.mean, answer.quantiles});
  if (!made) {
    model.forecast.reset();
    model.problem = made.error().message;
    return choose(signal);
  }
  model.forecast = std::move(made).value();
  model.trust.expect(*model.forecast, signal.scored_lead, judge(signal, *model.forecast));
  choose(signal);
}

// What seasonal naive (a day ago) says for the scored lead; naive while there is no such day.
double GroupEngine::judge(const Signal& signal, const Forecast& forecast) const {
  const auto history = signal.window.coarse();
  const auto lead = signal.leads[signal.scored_lead];
  const auto season = static_cast<std::size_t>(kDay / forecast.step());
  if (season >= lead && history.size() > season - lead)
    return history[history.size() - 1 - (season - lead)];
  for (auto at = history.rbegin(); at != history.rend(); ++at)
    if (!std::isnan(*at)) return *at;
  return std::nan("");
}

void GroupEngine::choose(Signal& signal) {
  std::optional<std::size_t> best;
  for (std::size_t m = 0; m < signal.models.size(); ++m) {
    const auto& model = signal.models[m];
    if (!model.forecast || !model.trust.earned()) continue;
    if (!best || model.trust.loss() < signal.models[*best].trust.loss()) best = m;
  }
  const bool present_is_fine = signal.chosen && signal.models[*signal.chosen].forecast &&
                               signal.models[*signal.chosen].trust.earned();
  if (best && present_is_fine &&
      signal.models[*best].trust.loss() >= kBetterBy * signal.models[*signal.chosen].trust.loss())
    return;
  signal.chosen = best;
}

Situation GroupEngine::situation(std::span<const PricedOffer> offers) const {
  Situation s;
  s.now = now_;
  const auto held = price_mix(fleet_.held(), offers);
  s.current = reference_machines(held.capacity);
  std::vector<MixRow> serving;
  for (const auto& row : fleet_.rows) serving.push_back({row.offer_id, row.serving});
  s.serving = reference_machines(price_mix(serving, offers).capacity);
  s.min = std::max(spec_->min, fleet_.min);
  s.max = std::max(s.min, std::min(spec_->max, fleet_.max));
  s.lead_time = spec_->lead_time;
  s.stabilisation_window = stabilisation_window_;
  s.price =
      offers.empty()
          ? spec_->price
          : UsdPerHour::from_dollars(offers.front().price.dollars() / offers.front().capacity);
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    SignalSituation view;
    view.spec = &spec_->signals[i];
    view.load = signal.window.latest();
    view.steps_missing = signal.window.steps_missing();
    if (signal.chosen) {
      const auto& model = signal.models[*signal.chosen];
      view.model = model.plugin;
      // Three steps without a new one, and the forecast speaks of a world that is gone.
      if (now_ - model.forecast->origin() <= signal.window.forecast_step() * 3)
        view.forecast = &*model.forecast;
      else
        view.why_no_forecast =
            "the forecast of " + model.plugin + " is from " + to_iso8601(model.forecast->origin());
    } else if (predictive_) {
      view.why_no_forecast = learning();
    }
    s.signals.push_back(std::move(view));
  }
  return s;
}

std::string GroupEngine::learning() const {
  if (!predictive_) return "";
  for (const auto& signal : signals_) {
    if (signal.chosen) continue;
    if (signal.window.coarse_known() < predictive_->min_data_points)
      return "learning: " + std::to_string(signal.window.coarse_known()) + " of " +
             std::to_string(predictive_->min_data_points) + " points";
    std::string text = "no model has earned trust";
    for (const auto& model : signal.models)
      text += "; " + model.plugin + ": " + (model.forecast ? model.trust.why_not() : model.problem);
    return text;
  }
  return "";
}

std::vector<std::string> GroupEngine::model_names(std::size_t signal) const {
  std::vector<std::string> names;
  for (const auto& model : signals_[signal].models) names.push_back(model.plugin);
  return names;
}

std::optional<double> GroupEngine::forecast_at_lead(std::size_t index) const {
  const auto& signal = signals_[index];
  if (!signal.chosen) return std::nullopt;
  return signal.models[*signal.chosen].forecast->quantile(0.5, signal.scored_lead);
}

Decision GroupEngine::decide(std::span<const PricedOffer> offers) {
  const auto now = situation(offers);
  std::vector<Proposal> proposals;
  bool any = false;
  for (const auto& policy : spec_->policies) {
    proposals.push_back(std::visit([&](const auto& p) { return propose(p, now); }, policy));
    any = any || proposals.back().active;
  }
  const bool reactive = std::any_of(
      spec_->policies.begin(), spec_->policies.end(),
      [](const PolicySpec& p) { return std::holds_alternative<TargetTrackingSpec>(p); });
  // While models are being learned somebody must react: the rule an operator would have written.
  if (!any && !reactive)
    for (const auto& signal : spec_->signals)
      proposals.push_back(propose(TargetTrackingSpec{signal.name, {}}, now));

  auto decision = arbitrate(now, std::move(proposals), spec_->behaviour, memory_);
  apply_fleet_limits(decision);
  const Prices prices = prices_of(predictive_ ? *predictive_ : PredictiveSpec{}, now.price);
  decision.alternatives = weigh(now, prices, decision.desired, decision.proposals);
  if (decision.action != Action::hold) {
    auto mix = plan_mix(decision.desired, fleet_.held(), offers);
    if (!mix) {
      hold(decision, "no_offer", mix.error().message);
    } else if (*mix == price_mix(fleet_.held(), offers)) {
      hold(decision, "machine_size", "no whole machine can go");
    } else {
      decision.mix = std::move(mix).value();
    }
  }
  if (decision.action == Action::hold) decision.mix = price_mix(fleet_.held(), offers);
  last_decision_ = decision;
  return decision;
}

// What is not known must not be changed.
void GroupEngine::apply_fleet_limits(Decision& decision) const {
  const char* name = !fleet_.known              ? "fleet_unknown"
                     : fleet_.operation_unknown ? "operation_unknown"
                     : !fleet_.problem.empty()  ? "fleet_not_ready"
                                                : nullptr;
  if (name && decision.action != Action::hold) hold(decision, name, fleet_.problem);
}

}  // namespace nova
