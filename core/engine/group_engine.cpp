#include "core/engine/group_engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/ids.hpp"
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
        text += std::string("; ") + in_words(why) + ": " + pool.offer;
    if (more > 1) text += " and " + std::to_string(more - 1) + " more";
  }
  return text;
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

GroupEngine::GroupEngine(const GroupSpec& spec, Duration step)
    : spec_(&spec),
      payer_{spec.tenant, spec.id},
      predictive_(forecasting_in(spec)),
      acting_(predictive_in(spec)),
      step_(step),
      stabilisation_window_(stabilisation_window(spec, acting_ && acting_->promise)),
      levels_(levels_of(spec)),
      hindsight_(spec, step) {
  for (const auto& policy : spec.policies)
    if (!is_shadow(policy)) policies_.push_back(&policy);
  if (acting_ && acting_->promise) promise_.emplace(spec, *acting_->promise, step);
  for (const auto& signal : spec.signals) signals_.push_back(make_signal(signal, predictive_));
  for (const auto& signal : spec.watched) watched_.push_back(make_watched(signal));
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
  // Without models the past is kept for plans alone.
  const auto points =
      std::max<std::int64_t>(2, (predictive ? *predictive : PredictiveSpec{}).training_window / fs);
  // A forecast is used until the next one comes, so its leads reach one step farther, and one more
  // for a model that answers late.
  const auto needed = std::max(spec_->lead_time + fs, stabilisation_window_);
  const auto dense = ceil_div(needed, fs) + 2;
  const auto acting = std::clamp<std::int64_t>(ceil_div(spec_->lead_time + step_, fs), 1, dense);
  const auto horizon =
      predictive ? ceil_div(std::max(predictive->prediction_horizon, kLong), fs) : dense;
  const auto models = predictive ? predictive->models : std::vector<std::string>();
  return {
      SignalWindow(step_, fs, SignalWindow::kRecent, static_cast<std::size_t>(points)),
      Panel(PanelShape::make(acting, dense, horizon, {kMedium / fs, kLong / fs}, levels_), models),
      SeasonWatch(fs, signal.key), std::vector<Fits>(models.size())};
}

GroupEngine::Watched GroupEngine::make_watched(const SignalSpec& signal) const {
  const auto fs = signal.forecast_step;
  const auto points = std::max<std::int64_t>(
      2, (predictive_ ? *predictive_ : PredictiveSpec{}).training_window / fs);
  return {SignalWindow(step_, fs, SignalWindow::kRecent, static_cast<std::size_t>(points)),
          SeasonWatch(fs, signal.key)};
}

void GroupEngine::take_watched(const GroupInput& input) {
  const auto steps = input.samples.front().size();
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    auto& [window, seasons] = watched_[i];
    const auto* column = i < input.watched.size() ? &input.watched[i] : nullptr;
    std::size_t completed = 0;
    for (std::size_t k = 0; k < steps; ++k) {
      const double value = column && k < column->size() ? (*column)[k] : std::nan("");
      completed +=
          window.push(input.first_end + step_ * static_cast<std::int64_t>(k),
                      std::isfinite(value) ? value * spec_->watched[i].scale : std::nan(""));
    }
    if (completed > 0) seasons.update(window.coarse(), window.coarse_end());
  }
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
  for (std::size_t i = 0; i < signals_.size(); ++i)
    take_samples(i, input.first_end, input.samples[i]);
  take_watched(input);
  const auto known_until = serving_ ? serving_->coarse_end() : TimePoint{};
  remember_serving();
  const bool more_known = serving_ && serving_->coarse_end() != known_until;
  if (!learned_.empty()) learn_capacity(more_known);
  if (latency_ && (more_known || latency_known_.empty())) learn_latency();
  std::vector<double> factors;
  for (const auto& signal : spec_->signals) factors.push_back(demand_of_one(signal));
  if (promise_) promise_->take(input.first_end, input.samples, factors);
  hindsight_.take(input.first_end, input.samples, factors);
}

// Utilisation is the result of our own scaling; times the machines that bore it, it is demand.
double GroupEngine::demand_of_one(const SignalSpec& signal) const {
  if (signal.role != Role::utilisation) return signal.scale;
  double serving = 0;
  for (const auto& row : fleet_.rows) serving += row.serving;
  return signal.scale * std::max(1.0, serving);
}

void GroupEngine::take_samples(std::size_t index, TimePoint first_end,
                               const std::vector<double>& values) {
  const auto& spec = spec_->signals[index];
  auto& signal = signals_[index];
  const double factor = demand_of_one(spec);
  signal.asked = false;
  bool completed_any = false;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double value = std::isfinite(values[k]) ? values[k] * factor : std::nan("");
    const auto completed =
        signal.window.push(first_end + step_ * static_cast<std::int64_t>(k), value);
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

GroupEngine::Due GroupEngine::due() const {
  Due due;
  for (const auto& signal : signals_) {
    if (!signal.due) continue;
    due.forecasts += signal.panel.models();
    due.since = std::min(due.since, *signal.due);
  }
  return due;
}

void GroupEngine::turn() {
  for (auto& signal : signals_) {
    signal.asked = signal.due.has_value();
    signal.due.reset();
  }
}

// 0 = no fit is due; else the larger, the sooner: drift, then models never fitted, then how long
// ago it was; last those that failed, which may not hold up the others.
std::int64_t GroupEngine::need_of_fit(const Signal& signal, std::size_t model) const {
  constexpr std::int64_t kFailing = 1, kNever = INT64_MAX - 1, kDrift = INT64_MAX;
  const auto& fits = signal.fits[model];
  if (fits.failing) return kFailing;
  if (!fits.last) return kNever;
  if (signal.panel.seat(model).refit) return kDrift;
  // Each series at its own phase, so that fits spread over the period instead of meeting in one
  // tick.
  const auto period = predictive_->update_frequency.count();
  const auto& name = signal.panel.seat(model).name;
  const auto offset = static_cast<std::int64_t>(series_key(spec_->tenant, spec_->id, name) %
                                                static_cast<std::uint64_t>(period));
  const auto phase = [&](TimePoint t) { return (unix_ns(t) + offset) / period; };
  return phase(now_) != phase(*fits.last) ? std::max<std::int64_t>(2, (now_ - *fits.last).count())
                                          : 0;
}

void GroupEngine::questions(std::size_t group_index, std::vector<ModelQuestion>& out) const {
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    if (!signal.asked) continue;
    const auto& window = signal.window;
    for (std::size_t m = 0; m < signal.panel.models(); ++m) {
      ModelQuestion q;
      q.group = group_index;
      q.signal = i;
      q.model = m;
      q.plugin = &signal.panel.seat(m).name;
      q.tenant = &spec_->tenant;
      q.key = q.seed = spec_->signals[i].key;
      q.need_of_fit = need_of_fit(signal, m);
      q.fit = q.need_of_fit > 0;
      q.anew = signal.panel.seat(m).refit;
      q.knows = signal.fits[m].last && !signal.fits[m].failing;
      q.new_points = std::min(signal.new_points, window.coarse().size());
      q.history = window.coarse();
      q.origin = window.coarse_end();
      q.step = window.forecast_step();
      q.leads = &signal.panel.shape().leads;
      q.levels = &levels_;
      if (predictive_->seasonal_adjustment) q.seasons = signal.seasons.lengths();
      out.push_back(std::move(q));
    }
  }
}

void GroupEngine::forget_fits() {
  for (auto& signal : signals_)
    for (auto& fits : signal.fits) fits.last.reset();
}

void GroupEngine::answer(const ModelAnswer& answer) {
  auto& signal = signals_[answer.signal];
  auto& fits = signal.fits[answer.model];
  signal.new_points = 0;
  if (answer.fitted) {
    fits.last = now_;
    signal.panel.fitted(answer.model);
  }
  auto made =
      answer.status
          ? Forecast::make({answer.origin, signal.window.forecast_step(),
                            signal.panel.shape().leads, levels_, answer.mean, answer.quantiles})
          : Result<Forecast>(answer.status.error());
  fits.failing = !made.ok();
  if (made) {
    signal.panel.take(answer.model, *made, signal.window.coarse(), signal.seasons.judge());
    return;
  }
  // What it knows of this series is doubtful: start anew.
  fits.last.reset();
  signal.panel.fail(answer.model, made.error().message);
}

void GroupEngine::policy_questions(std::size_t group_index, const Menu& menu,
                                   std::vector<PolicyQuestion>& out) {
  const auto is_plugin = [](const auto* p) { return std::holds_alternative<PluginSpec>(*p); };
  if (std::none_of(policies_.begin(), policies_.end(), is_plugin) || fleet_limit()) return;
  for (auto& signal : signals_) conclude(signal);
  const auto now = situation(menu);
  PolicyQuestion q;
  q.group = group_index;
  q.tenant = &spec_->tenant;
  q.now = now_;
  q.step = step_;
  q.lead_time = spec_->lead_time;
  q.min = now.min;
  q.max = now.max;
  q.desired = spec_->behaviour.without_headroom(now.current);
  std::vector<MixRow> booting;
  for (const auto& row : fleet_.rows) booting.push_back({row.offer_id, row.booting});
  q.booting = reference_machines(price_mix(booting, menu).capacity);
  q.serving = now.serving;
  q.price = now.price;
  for (const auto& seen : now.signals) {
    auto& signal = q.signals.emplace_back();
    signal.spec = seen.spec;
    signal.target = seen.target();
    if (seen.spec->role == Role::utilisation)
      signal.unit = demand_of_one(*seen.spec) / seen.spec->scale;
    for (const double demand : seen.recent) signal.recent.push_back(demand / signal.unit);
    signal.forecast = seen.forecast;
  }
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    const auto recent = watched_[i].window.recent();
    q.signals.push_back({&spec_->watched[i], 0, 1, {recent.begin(), recent.end()}, nullptr});
  }
  for (const auto* policy : policies_)
    if (is_plugin(policy)) {
      q.policy = &std::get<PluginSpec>(*policy);
      out.push_back(q);
    }
}

void GroupEngine::answer(const PolicyAnswer& answer) {
  const auto name = PluginSpec{answer.plugin}.name();
  if (!answer.status) {
    from_plugins_.push_back(Proposal::none(name, answer.status.error().message));
    from_plugins_.back().failed = true;
  } else if (!answer.machines) {
    from_plugins_.push_back(
        Proposal::none(name, answer.note.empty() ? "has no opinion" : answer.note));
  } else {
    from_plugins_.push_back({name, true, *answer.machines, answer.confidence, answer.note});
  }
}

// All answers of this tick are in.
void GroupEngine::conclude(Signal& signal) {
  if (!signal.asked) return;
  signal.panel.conclude(signal.window.coarse_end(), signal.window.forecast_step(),
                        signal.window.coarse(), signal.seasons.judge());
  signal.asked = false;
}

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

// What the forecasts behind a decision rest on, a line a signal.
std::vector<std::string> GroupEngine::grounds() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; predictive_ && i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    if (promise_ && !signal.panel.forecast()) continue;  // nothing rests on it
    lines.push_back(spec_->signals[i].name + ": " +
                    (signal.panel.forecast()
                         ? signal.panel.describe(signal.window.forecast_step()) + "; " +
                               signal.seasons.describe()
                         : learning()));
  }
  return lines;
}

// What the signals that are watched stand at, a line each.
std::vector<std::string> GroupEngine::watched_lines() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    const auto& spec = spec_->watched[i];
    const auto& window = watched_[i].window;
    const double value = window.latest();
    auto& line = lines.emplace_back(spec.name + ": ");
    if (std::isnan(value)) {
      line += "no value for " + std::to_string(window.steps_missing()) + " steps";
      continue;
    }
    line += short_number(value) + (spec.role == Role::latency ? " s" : "");
    if (spec.limit)
      line += ", " + short_number(100 * value / *spec.limit, 3) + " % of its limit " +
              short_number(*spec.limit);
  }
  return lines;
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
  decision.forecasts = grounds();
  decision.watched = watched_lines();
  if (const auto* name = fleet_limit(); name && decision.action != Action::hold)
    hold(decision, name, fleet_.problem);
  for (const auto& shadow : hindsight_.shadows()) decision.shadows.push_back(shadow.decision());
  const Prices prices = prices_of(acting_ ? *acting_ : PredictiveSpec{}, now.price);
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

// What is not known must not be changed.
const char* GroupEngine::fleet_limit() const {
  return !fleet_.known              ? "fleet_unknown"
         : fleet_.operation_unknown ? "operation_unknown"
         : !fleet_.problem.empty()  ? "fleet_not_ready"
                                    : nullptr;
}

}  // namespace nova
