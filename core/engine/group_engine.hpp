// GroupEngine: one group's walk through the rooms, and what it remembers between ticks.
//
// Each tick: observe() what was seen, ask models the questions() and policy plugins the
// policy_questions(), take in each answer(), decide().
// Pure: the same calls with the same arguments give the same decisions, bit for bit.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/boxed.hpp"
#include "core/cost/ledger.hpp"
#include "core/cost/shop.hpp"
#include "core/decide/arbiter.hpp"
#include "core/decide/recommend.hpp"
#include "core/engine/condition.hpp"
#include "core/engine/group.hpp"
#include "core/engine/hindsight.hpp"
#include "core/engine/promise_step.hpp"
#include "core/engine/tick.hpp"
#include "core/engine/watched.hpp"
#include "core/forecast/panel.hpp"
#include "core/forecast/reach.hpp"
#include "core/forecast/season_watch.hpp"
#include "core/metrics/window.hpp"
#include "core/plan/capacity_fit.hpp"
#include "core/record/entry.hpp"

namespace nova {

class Market;

// What one machine of a group serves, and the signal of utilisation that told it.
struct LearnedCapacity {
  CapacityFit fit;
  std::string from;
};

class GroupEngine {
 public:
  // `spec` must outlive this object. `step` is the host's.
  GroupEngine(const GroupSpec& spec, Duration step, const TrustRules& trust = {});

  void observe(TimePoint now, const GroupInput& input);
  // Forecasts that new points have made due, and since when; it is for the engine to say that it is
  // their turn(), in this tick or a later one.
  struct Due {
    std::size_t forecasts = 0;  // of all models of all signals
    TimePoint since = TimePoint::max();
  };
  Due due() const;
  void turn();
  void questions(std::size_t group_index, std::vector<ModelQuestion>& out) const;
  void answer(const ModelAnswer& answer);
  // When the models have answered; of a fleet that is not known nothing is asked.
  void policy_questions(std::size_t group_index, const Menu& menu,
                        std::vector<PolicyQuestion>& out);
  void answer(const PolicyAnswer& answer);

  // `market` may be null: nothing is shared, nothing was learned of pools.
  Decision decide(const Menu& menu, const Market* market);

  // After all have decided: reserves what a decision will cost, or cuts it to what can be paid.
  void settle(Decision& decision, const Menu& menu, Market& market);

  // After all have decided: what is to be warned of.
  std::vector<Condition> conditions(const Menu& menu, const Market& market) const;

  // What the group will need, what may go wrong and what to do about it; decides nothing.
  // `look_for_seasons`: at once, where they were not looked for yet; takes some milliseconds.
  GroupPlan plan(const Menu& menu, const Market* market, const PlanningRules& rules,
                 bool look_for_seasons = false) const;
  // Whether it is this group's turn in this tick.
  bool plan_due(Duration every) const;

  // A signal as it stands, with the capacity that was learned where it is to be.
  const SignalSpec& signal(std::size_t i) const {
    return learned_.empty() ? spec_->signals[i] : learned_[i];
  }
  // What a machine was seen to serve of a demand, whatever the configuration says. Errors:
  // failed_precondition while that is not known.
  Result<LearnedCapacity> learned_capacity(std::size_t signal) const;

  // What the controller accepted since the fleet was last known, and that it is known now.
  std::vector<MixRow> asked() const;
  void fleet_is_known();
  const FleetView& last_fleet() const { return seen_fleet_; }
  TimePoint last_seen() const { return seen_; }

  const GroupSpec& spec() const { return *spec_; }
  // What an operator said while it runs; none = nothing yet, as the configuration says.
  const std::optional<Pause>& pause() const { return pause_; }
  const Payer& payer() const { return payer_; }
  const FleetView& fleet() const { return fleet_; }
  TimePoint now() const { return now_; }
  Duration step() const { return step_; }
  // Demand that a value of one stands for.
  double demand_of_one(const SignalSpec& signal) const;

  // For people: the load and the trusted median forecast of a signal at the lead a machine needs.
  double load(std::size_t signal) const { return signals_[signal].window.latest(); }
  double watched(std::size_t signal) const { return watched_[signal].window().latest(); }
  std::optional<double> forecast_at_lead(std::size_t signal) const;
  // "" once a forecast is trusted for every signal; else what is still being learned.
  std::string learning() const;

  // What was decided here before, judged.
  const Hindsight& hindsight() const { return hindsight_; }

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
    std::vector<Fits> fits;          // [model]
    std::size_t new_points = 0;      // forecast steps since the last question
    std::optional<TimePoint> due{};  // since when a forecast is
    bool asked = false;              // questions() speaks of this signal in this tick
    Reach reach{};                   // of what answers know, while asked
    std::vector<double> told{};      // the past as on a new level, while asked; empty without one
  };

  Signal make_signal(const SignalSpec& signal, const PredictiveSpec* predictive) const;
  ResourceView view_of(const SignalSpec& spec, const SignalWindow& window, const SeasonWatch& watch,
                       bool look_for_seasons, std::vector<Season>& seasons) const;
  void take_samples(std::size_t index, TimePoint first_end, std::vector<double>& values);
  std::int64_t need_of_fit(const Signal& signal, std::size_t model) const;
  void conclude(Signal& signal);
  std::vector<std::string> grounds() const;
  Situation situation(const Menu& menu) const;
  Decision nothing_known(const Decision& decision) const;
  const char* fleet_limit() const;
  bool knows_both_roles() const;
  void remember_serving();
  double capacity_ratio(std::size_t signal) const;
  void learn_capacity(bool refit);
  void learn_latency();
  double promised_utilisation() const { return promise_->at_utilisation() * latency_unit_; }
  struct Ceiling {
    double machines;  // reference machines
    const char* why;  // not more
  };
  Ceiling ceiling(const Menu& menu, const Market& market) const;
  void add_below_min(std::vector<Condition>& out) const;
  void add_saturated(std::size_t index, const Ceiling& ceiling, std::vector<Condition>& out) const;
  void add_broken_promise(std::vector<Condition>& out) const;
  void add_saturation(std::size_t signal, const Ceiling& ceiling,
                      std::vector<Condition>& out) const;

  struct Purchase {
    std::uint32_t machines = 0;
    MixOption option;
    std::string why;  // not more
  };
  std::vector<MixRow> staying() const;
  std::uint32_t releasable(const PricedOffer& offer, std::uint32_t held,
                           const Market* market) const;
  void keep_paid(MixOption& option, const Menu& menu, const Market* market) const;
  bool holds_paid(const MixOption& option, const Menu& menu, const Market* market) const;
  bool is_refused(const PricedOffer& offer, const Market& market) const;
  std::vector<Refusal> refused(const Menu& menu, const Market* market) const;
  // Machines of other groups in the menu's volume account.
  std::uint32_t others(const Menu& menu, const Market* market) const;
  ShopView view(std::span<const MixRow> held, std::span<const FreeCover> cover, const Menu& menu,
                const Market* market) const;
  Result<MixOption> mix_for(std::uint32_t machines, bool fewer, bool explain, const Menu& menu,
                            const Market* market, const Shop* shop) const;
  Result<Purchase> largest(std::uint32_t least, std::uint32_t wanted, const Menu& menu,
                           const Market* market, std::optional<UsdPerHour> budget) const;
  UsdPerHour retiring_bill(const Menu& menu) const;
  bool plain(const Menu& menu) const;
  bool look_due() const;
  bool retiring_ready(const std::map<std::string, std::uint32_t>& target, const Menu& menu) const;
  bool serves(const std::map<std::string, std::uint32_t>& target, const Menu& menu) const;
  void take(Decision& decision, const MixOption& option, const Menu& menu,
            const Market* market) const;
  void buy(Decision& decision, const Situation& now, const Menu& menu, const Market* market);
  // What is wanted must run at no more than `most`, all there is included; `budget` says so, and
  // `why`.
  void afford(Decision& decision, const Menu& menu, const Market& market, UsdPerHour most,
              const std::string& budget, const std::string& why);
  void cut(Decision& decision, std::uint32_t to, const std::string& name,
           const std::string& why) const;
  struct Cheaper {  // the same size for less
    MixOption present, better;
    std::map<std::string, std::uint32_t> come, gone;  // by offer
    std::string text;                                 // "3 x a instead of 3 x b"
    Roi worth;
  };
  std::optional<Cheaper> cheaper(std::uint32_t machines, const Menu& menu,
                                 const Market* market) const;
  std::optional<Cheaper> cheaper_to_stay(std::uint32_t machines, const Menu& menu,
                                         const Market* market) const;
  std::optional<MixChange> cheaper_mix(std::uint32_t machines, const Menu& menu,
                                       const Market* market) const;
  FleetRisk fleet_risk(std::uint32_t machines, const Menu& menu, const Market* market) const;
  void move(Decision& decision, const Menu& menu, const Market* market);
  void appraise(Decision& decision, const Menu& menu, const Market* market) const;

  const GroupSpec* spec_;
  Payer payer_;
  const PredictiveSpec* predictive_ = nullptr;  // that says how forecasts are made, if there is one
  const PredictiveSpec* acting_ = nullptr;      // that decides, if there is one
  std::vector<const PolicySpec*> policies_;     // that decide
  Duration step_, stabilisation_window_;
  TrustRules trust_;
  std::vector<double> levels_;
  std::vector<Signal> signals_;
  std::vector<WatchedSignal> watched_;
  std::optional<SignalWindow> serving_;  // machines; where demand and utilisation are both known
  std::vector<SignalSpec> learned_;      // as signals of spec_; empty = no capacity is learned
  std::vector<bool> fitted_;             // of learned_: from a line that is sure
  Boxed<PromiseStep> promise_;
  // Of a promised latency that is measured:
  std::optional<std::size_t> latency_;    // index in watched_
  std::optional<double> latency_fitted_;  // utilisation at which it was last seen to be reached
  double latency_unit_ = 1;               // measured utilisation, to the one that was reckoned
  std::string latency_known_;             // how it is known
  std::vector<Proposal> from_plugins_;    // in this tick
  ArbiterMemory memory_;
  Hindsight hindsight_;
  FleetView fleet_;
  std::optional<Pause> pause_;  // as an operator said last
  TimePoint now_{};
  std::optional<Decision> last_decision_;
  std::map<std::string, std::uint32_t> retiring_;  // by offer: go once the others serve
  std::map<std::string, std::uint32_t> asked_;     // by offer: the least asked for since seen_
  FleetView seen_fleet_;                           // when it was last known
  TimePoint seen_{};
};

// Whole reference machines in a capacity.
std::uint32_t reference_machines(double capacity);

// Takes a decision back for a reason that has a name.
void hold(Decision& decision, const std::string& name, const std::string& why);

}  // namespace nova
