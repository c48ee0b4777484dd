// GroupEngine and its model plugins: which forecasts are due and which models must be fitted, the
// questions that are asked of them, and what is made of the answers.
#include <algorithm>
#include <utility>

#include "core/base/ids.hpp"
#include "core/engine/group_engine.hpp"
#include "core/metrics/new_level.hpp"

namespace nova {

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
    if (!signal.asked) continue;
    const auto known = signal.window.coarse();
    signal.reach = Reach::of(known);
    const auto level = find_new_level(known);
    signal.told = level ? on_new_level(known, *level) : std::vector<double>{};
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
      q.history = signal.told.empty() ? window.coarse() : signal.told;
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
  const auto made = [&]() -> Result<Forecast> {
    if (!answer.status) return answer.status.error();
    Forecast::Parts said{answer.origin,
                         signal.window.forecast_step(),
                         signal.panel.shape().leads,
                         levels_,
                         answer.mean,
                         answer.quantiles};
    keep_within(signal.reach, said.leads, said.mean, said.quantiles);
    return Forecast::make(std::move(said));
  }();
  fits.failing = !made.ok();
  if (made) {
    signal.panel.take(answer.model, *made, signal.window.coarse(), signal.seasons.judge());
    return;
  }
  // What it knows of this series is doubtful: start anew.
  fits.last.reset();
  signal.panel.fail(answer.model, made.error().message);
}

// All answers of this tick are in.
void GroupEngine::conclude(Signal& signal) {
  if (!signal.asked) return;
  signal.panel.conclude(signal.window.coarse_end(), signal.window.forecast_step(),
                        signal.window.coarse(), signal.seasons.judge());
  signal.asked = false;
}

}  // namespace nova
