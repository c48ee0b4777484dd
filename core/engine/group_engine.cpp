#include "core/engine/group_engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"
#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"

namespace nova {
namespace {

// Forecasts reach from one step to days; far ones are judged here.
constexpr Duration kMedium = std::chrono::hours(8);
constexpr Duration kLong = std::chrono::hours(24 * 3);

// What every forecast is asked for, and the quantiles by which policies size.
std::vector<double> levels_of(const GroupSpec& spec) {
  std::vector<double> levels{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99};
  for (const auto& policy : spec.policies) {
    const auto* predictive = std::get_if<PredictiveSpec>(&policy);
    if (!predictive) continue;
    const double q = std::clamp(sizing_quantile(prices_of(*predictive, spec.price)), 0.5, 0.999);
    const auto at = std::lower_bound(levels.begin(), levels.end(), q);
    if (at == levels.end() || *at != q) levels.insert(at, q);
  }
  return levels;
}

// "; sold out: m5.large and 2 more; over quota: c5.large"
std::string without(const std::vector<Refusal>& refused) {
  std::string text;
  for (const auto why : {RefusedFor::capacity, RefusedFor::quota, RefusedFor::invalid}) {
    std::size_t more = 0;
    for (const auto& pool : refused)
      if (pool.why == why && more++ == 0)
        text += std::string("; ") + in_words(why) + (pool.offer.empty() ? "" : ": " + pool.offer);
    if (more > 1) text += " and " + std::to_string(more - 1) + " more";
  }
  return text;
}

// Without models the past is kept for plans alone.
std::size_t points_kept(const SignalSpec& signal, const PredictiveSpec* predictive) {
  const auto window = (predictive ? *predictive : PredictiveSpec{}).training_window;
  return static_cast<std::size_t>(std::max<std::int64_t>(2, window / signal.forecast_step));
}

std::int64_t ceil_div(Duration a, Duration b) { return (a.count() + b.count() - 1) / b.count(); }

}  // namespace

std::uint32_t reference_machines(double capacity) {
  return static_cast<std::uint32_t>(
      std::max(0.0, std::floor(capacity + 1.2 * capacity_hair(capacity) + kRounding)));
}

void hold(Decision& decision, const std::string& name, const std::string& why) {
  decision.limits.push_back({name, decision.desired, decision.current});
  decision.desired = decision.current;
  decision.action = Action::hold;
  decision.cause = name;
  decision.reason += std::string("; ") + name + (why.empty() ? "" : ": " + why);
}

std::vector<MixRow> FleetView::held() const {
  std::vector<MixRow> rows_held;
  for (const auto& row : rows) rows_held.push_back({row.offer_id, row.desired});
  return rows_held;
}

GroupEngine::GroupEngine(const GroupSpec& spec, Duration step, const TrustRules& trust)
    : spec_(&spec),
      payer_{spec.tenant, spec.id},
      predictive_(forecasting_in(spec)),
      acting_(predictive_in(spec)),
      step_(step),
      stabilisation_window_(stabilisation_window(spec, acting_ && acting_->promise)),
      trust_(trust),
      levels_(levels_of(spec)),
      hindsight_(spec, step) {
  for (const auto& policy : spec.policies)
    if (!is_shadow(policy)) policies_.push_back(&policy);
  if (acting_ && acting_->promise) promise_.emplace(spec, *acting_->promise, step);
  for (const auto& signal : spec.signals) signals_.push_back(make_signal(signal, predictive_));
  for (const auto& signal : spec.watched)
    watched_.emplace_back(signal, step, points_kept(signal, predictive_));
  if (promise_)
    for (std::size_t i = 0; i < spec.watched.size(); ++i)
      if (spec.watched[i].name == acting_->promise->latency_signal) latency_ = i;
  if (knows_both_roles() || latency_) {
    const auto& like = signals_.front().window;
    serving_.emplace(step, like.forecast_step(), SignalWindow::kRecent, like.coarse_most());
  }
  if (std::any_of(spec.signals.begin(), spec.signals.end(),
                  [](const SignalSpec& s) { return s.learn_capacity; })) {
    learned_ = spec.signals;
    fitted_.assign(learned_.size(), false);
  }
}

GroupEngine::Signal GroupEngine::make_signal(const SignalSpec& signal,
                                             const PredictiveSpec* predictive) const {
  const auto fs = signal.forecast_step;
  // A forecast is used until the next one comes, so its leads reach one step farther, and one more
  // for a model that answers late.
  const auto needed = std::max(spec_->lead_time + fs, stabilisation_window_);
  const auto dense = ceil_div(needed, fs) + 2;
  const auto acting = std::clamp<std::int64_t>(ceil_div(spec_->lead_time + step_, fs), 1, dense);
  const auto horizon =
      predictive ? ceil_div(std::max(predictive->prediction_horizon, kLong), fs) : dense;
  const auto models = predictive ? predictive->models : std::vector<std::string>();
  return {SignalWindow(step_, fs, SignalWindow::kRecent, points_kept(signal, predictive), true),
          Panel(PanelShape::make(acting, dense, horizon, {kMedium / fs, kLong / fs}, levels_),
                models, trust_),
          SeasonWatch(fs, signal.key), std::vector<Fits>(models.size())};
}

void GroupEngine::observe(TimePoint now, const GroupInput& input) {
  now_ = now;
  fleet_ = input.fleet;
  pause_ = input.pause;
  from_plugins_.clear();
  if (input.acted && last_decision_) {
    acted(*last_decision_, spec_->lead_time, memory_);
    hindsight_.acted(*last_decision_);
    retiring_.clear();
    for (const auto& row : last_decision_->retiring) retiring_[row.offer_id] = row.count;
    for (const auto& row : last_decision_->mix.rows) {
      const auto [at, fresh] = asked_.try_emplace(row.offer_id, row.count);
      at->second = std::min(at->second, row.count);
    }
  }
  auto samples = input.samples;  // without what is doubted
  for (std::size_t i = 0; i < signals_.size(); ++i) take_samples(i, input.first_end, samples[i]);
  for (std::size_t i = 0; i < watched_.size(); ++i)
    watched_[i].take(input.first_end, input.samples.front().size(),
                     i < input.watched.size() ? std::span<const double>(input.watched[i])
                                              : std::span<const double>());
  const auto known_until = serving_ ? serving_->coarse_end() : TimePoint{};
  remember_serving();
  const bool more_known = serving_ && serving_->coarse_end() != known_until;
  if (!learned_.empty()) learn_capacity(more_known);
  if (latency_ && (more_known || latency_known_.empty())) learn_latency();
  std::vector<double> factors;
  for (const auto& signal : spec_->signals) factors.push_back(demand_of_one(signal));
  if (promise_) promise_->take(input.first_end, samples, factors);
  hindsight_.take(input.first_end, samples, factors);
}

// Utilisation is the result of our own scaling; times the machines that bore it, it is demand.
double GroupEngine::demand_of_one(const SignalSpec& signal) const {
  if (signal.role != Role::utilisation) return signal.scale;
  double serving = 0;
  for (const auto& row : fleet_.rows) serving += row.serving;
  return signal.scale * std::max(1.0, serving);
}

void GroupEngine::take_samples(std::size_t index, TimePoint first_end,
                               std::vector<double>& values) {
  const auto& spec = spec_->signals[index];
  auto& signal = signals_[index];
  const double factor = demand_of_one(spec);
  signal.asked = false;
  bool completed_any = false;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double value = std::isfinite(values[k]) ? values[k] * factor : std::nan("");
    const auto completed =
        signal.window.push(first_end + step_ * static_cast<std::int64_t>(k), value);
    if (!std::isnan(signal.window.doubted())) values[k] = std::nan("");
    if (completed == 0) continue;
    completed_any = true;
    signal.new_points += completed;
    if (predictive_)
      signal.panel.arrive(signal.window.coarse_end(), signal.window.coarse(),
                          signal.seasons.judge());
    if (!signal.due) signal.due = now_;
  }
  if (!predictive_ || signal.panel.models() == 0 ||
      signal.window.coarse_known() < predictive_->min_data_points)
    signal.due.reset();
  // Where nobody is asked, plans alone want to know the seasons.
  if (completed_any && (signal.due || signal.panel.models() == 0))
    signal.seasons.update(signal.window.coarse(), signal.window.coarse_end());
}

std::vector<MixRow> GroupEngine::asked() const {
  std::vector<MixRow> rows;
  for (const auto& [id, count] : asked_) rows.push_back({id, count});
  return rows;
}

void GroupEngine::fleet_is_known() {
  seen_fleet_ = fleet_;
  seen_ = now_;
  asked_.clear();
}

Decision GroupEngine::decide(const Menu& menu, const Market* market) {
  for (auto& signal : signals_) conclude(signal);
  auto now = situation(menu);
  if (promise_) {
    now.promise = &promise_->run(now.serving, latency_unit_);
    now.promised_utilisation = promised_utilisation();
    now.promise_unit = latency_unit_;
    now.promise_measured = latency_known_;
  }
  auto behaviour = spec_->behaviour;
  if (pause_) behaviour.pause = pause_;
  hindsight_.step(now, behaviour, fleet_.known && !menu.empty());
  // A policy in the shadow may look at forecasts; what acts without them goes on without them.
  if (!acting_)
    for (auto& signal : now.signals) signal.forecast = nullptr;
  auto lean = now;
  lean.current = behaviour.without_headroom(now.current);
  lean.from_plugins = from_plugins_;
  auto proposals = propose_all(policies_, lean);
  stand_by(now, proposals);
  auto decision = arbitrate(now, std::move(proposals), behaviour, memory_);
  if (!fleet_.known)
    decision = nothing_known(decision);
  else if (const auto* name = fleet_limit(); name && decision.action != Action::hold)
    hold(decision, name, fleet_.problem);
  decision.forecasts = grounds();
  for (const auto& signal : watched_) decision.watched.push_back(signal.line());
  for (const auto& shadow : hindsight_.shadows()) decision.shadows.push_back(shadow.decision());
  const Prices prices = prices_of(acting_ ? *acting_ : PredictiveSpec{}, now.price);
  if (fleet_.known)
    decision.alternatives = weigh(now, prices, decision.desired, decision.proposals);
  decision.refused = refused(menu, market);
  buy(decision, now, menu, market);
  if (decision.action == Action::move && behaviour.pause && behaviour.pause->any(now_)) {
    hold(decision, "pause", "no moves while it lasts");
    decision.mix = {};
    decision.retiring.clear();
  }
  if (decision.action != Action::hold) decision.reason += without(decision.refused);
  appraise(decision, menu, market);
  last_decision_ = decision;
  return decision;
}

// What was said of a fleet that nobody tells of was said of no machines, which it is not.
Decision GroupEngine::nothing_known(const Decision& decision) const {
  Decision nothing;
  nothing.time = decision.time;
  nothing.dry_run = decision.dry_run;
  nothing.fleet_known = false;
  nothing.serving = decision.serving;
  nothing.current = nothing.desired = decision.current;
  nothing.cause = "fleet_unknown";
  nothing.reason = "the fleet is not known" + (fleet_.problem.empty() ? "" : ": " + fleet_.problem);
  return nothing;
}

// What is not known must not be changed.
const char* GroupEngine::fleet_limit() const {
  return !fleet_.known              ? "fleet_unknown"
         : fleet_.operation_unknown ? "operation_unknown"
         : !fleet_.problem.empty()  ? "fleet_not_ready"
                                    : nullptr;
}

}  // namespace nova
