// GroupEngine: one group's walk through the rooms, and what it remembers between ticks.
//
// Each tick: observe() what was seen, ask models the questions(), take in each answer(), decide().
// Pure: the same calls with the same arguments give the same decisions, bit for bit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cost/mix.hpp"
#include "core/decide/arbiter.hpp"
#include "core/engine/group.hpp"
#include "core/engine/promise_step.hpp"
#include "core/engine/tick.hpp"
#include "core/forecast/panel.hpp"
#include "core/forecast/season_watch.hpp"
#include "core/metrics/window.hpp"
#include "core/record/entry.hpp"

namespace nova {

class GroupEngine {
 public:
  // `spec` must outlive this object. `step` is the host's.
  GroupEngine(const GroupSpec& spec, Duration step);

  void observe(TimePoint now, const GroupInput& input);
  void questions(std::size_t group_index, std::vector<ModelQuestion>& out) const;
  void answer(const ModelAnswer& answer);

  // `offers` are those the group may use, best first (usable_offers).
  Decision decide(std::span<const PricedOffer> offers);

  const GroupSpec& spec() const { return *spec_; }
  const FleetView& fleet() const { return fleet_; }
  TimePoint now() const { return now_; }

  // For people: the load and the trusted median forecast of a signal at the lead a machine needs.
  double load(std::size_t signal) const { return signals_[signal].window.latest(); }
  std::optional<double> forecast_at_lead(std::size_t signal) const;
  // "" once a forecast is trusted for every signal; else what is still being learned.
  std::string learning() const;

  // The engine of the promise; null if none was made.
  const promise::Promise* promised() const { return promise_ ? &promise_->engine() : nullptr; }

  const std::vector<std::uint32_t>& leads(std::size_t signal) const {
    return signals_[signal].panel.shape().leads;
  }
  const std::vector<double>& levels() const { return levels_; }
  std::vector<std::string> model_names(std::size_t signal) const;
  const Panel& panel(std::size_t signal) const { return signals_[signal].panel; }
  const SeasonWatch& seasons(std::size_t signal) const { return signals_[signal].seasons; }

  // Snapshot of all that was learned, and back. Errors: data_loss if it is not one of this group
  // with these signals and models.
  Json state() const;
  Result<void> restore(const Json& state);
  // The models know nothing any more.
  void forget_fits();

 private:
  struct Fits {  // of one model
    std::optional<TimePoint> last;
    bool failing = false;  // its last answer was none
  };
  struct Signal {
    SignalWindow window;
    Panel panel;
    SeasonWatch seasons;
    std::vector<Fits> fits;      // [model]
    std::size_t new_points = 0;  // forecast steps since the last question
    bool asked = false;          // questions() speaks of this signal in this tick
  };

  Signal make_signal(const SignalSpec& signal, const PredictiveSpec* predictive) const;
  double demand_of_one(const SignalSpec& signal) const;
  void take_samples(std::size_t index, TimePoint first_end, const std::vector<double>& values);
  std::int64_t need_of_fit(const Signal& signal, std::size_t model) const;
  void conclude(Signal& signal);
  std::vector<std::string> grounds() const;
  Situation situation(std::span<const PricedOffer> offers) const;
  void apply_fleet_limits(Decision& decision) const;

  const GroupSpec* spec_;
  const PredictiveSpec* predictive_ = nullptr;  // the policy, if there is one
  Duration step_, stabilisation_window_;
  std::vector<double> levels_;
  std::vector<Signal> signals_;
  std::optional<PromiseStep> promise_;
  ArbiterMemory memory_;
  FleetView fleet_;
  TimePoint now_{};
  std::optional<Decision> last_decision_;
};

}  // namespace nova
