// The loop: ticks on the step's boundaries until told to stop, or a replayed trace ends.
//
// Each tick: sense, observe, ask models and policies, decide, record, and only then act. Ticks
// never overlap; one that comes late is skipped and counted. Everything the engine sees is in the
// journal first.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"
#include "host/loop/alerts.hpp"
#include "host/loop/clock.hpp"
#include "host/loop/data_dir.hpp"
#include "host/loop/door.hpp"
#include "host/loop/journal.hpp"
#include "host/loop/machine_book.hpp"
#include "host/loop/model_service.hpp"
#include "host/loop/pauses.hpp"
#include "host/loop/policy_service.hpp"
#include "host/loop/prices.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/sink_feed.hpp"
#include "host/loop/world.hpp"

namespace nova {

struct LoopOptions {
  Duration step = std::chrono::seconds(60);
  Duration retention = std::chrono::hours(24 * 30);
  bool dry_run = false;
  std::size_t fits_per_tick = EngineRules{}.fits_per_tick;
  PlanningRules planning;
  std::optional<Duration> run_for;  // on the loop's clock
  std::optional<double> speed;      // steps of recorded time per step of real time; none = no pause
  Json config;                      // the effective configuration, for the journal's start entry
  std::function<void(const std::string&)> tell;  // what went as it should; may be empty
};

// How one group stood at the end of a tick; borrowed for the call.
struct GroupReport {
  const GroupEngine* group = nullptr;
  const Decision* decision = nullptr;
  bool dry_run = false;                     // of the run or of the group
  std::uint32_t booting = 0;                // machines, of whatever kind
  double load = 0;                          // of the first signal
  std::optional<double> forecast;           // its median at the lead time
  UsdPerHour price;                         // of what the group holds, beside commitments
  Usd cost;                                 // since the start
  std::uint64_t steps = 0, violations = 0;  // steps with load above serving capacity
  std::shared_ptr<const Json> plan;         // the newest; null = none was made yet
};

struct RunSummary {
  std::uint64_t ticks = 0, skipped = 0, decisions = 0, operations = 0;
  std::uint64_t policy_errors = 0;  // answers of policy plugins that were none
  std::string why_ended;
};

struct TickReport {
  TimePoint now;
  std::optional<TimePoint> end;  // of a replayed trace
  std::vector<GroupReport> groups;
  RunSummary so_far;
  Duration took{};  // real time, from the first question to the last request
};

// The first and last instant of all recorded history; nothing if no source holds any. Errors: as
// the sources say.
Result<std::optional<loader::Span>> recorded_span(
    const std::map<std::string, loader::MetricsClient*>& metrics, Duration timeout);

// The first tick of a replay: the end of the first whole step.
inline TimePoint first_tick(const loader::Span& span, Duration step) {
  return floor_to(span.first, step) + step;
}

class Loop {
 public:
  // `clock` is the one the plugins were given. `log` gets what an operator should read.
  Loop(World world, Clock& clock, DataDir& data_dir, LoopOptions options,
       std::function<void(const std::string&)> log);

  // Runs until `stop` is set, the trace ends, or run_for has passed. `on_tick` may be empty.
  // Errors: invalid_argument (this configuration cannot run like this), unavailable and data_loss
  // (the journal cannot be written or read).
  Result<RunSummary> run(const std::atomic<bool>& stop,
                         const std::function<void(const TickReport&)>& on_tick);

  // What operators say from other threads; heard at the next tick, kept over a restart.
  Pauses& pauses() { return pauses_; }

 private:
  struct Tally {
    Usd spent_before;  // this run
    std::uint64_t steps = 0, violations = 0;
    std::string last_cause;
  };

  Result<void> choose_clock();
  Result<void> resume();
  Result<void> go_on(const Snapshot* snapshot, std::uint64_t from);
  Result<Json> relive(const Snapshot* snapshot, std::uint64_t from) const;
  void restore(const Json& engine_state);
  Result<void> adopt_operations();
  void restore_alert(const std::string& tenant, const std::string& group, const Json& body,
                     TimePoint when);
  Json start_body() const;
  Result<void> write_start(TimePoint now);
  Result<void> tick(TimePoint now, std::size_t steps,
                    const std::function<void(const TickReport&)>& on_tick);
  void trim_history(TickInput& input) const;
  void hear_pauses(TickInput& input);
  void report(TimePoint now, const std::vector<Decision>& decisions,
              const std::function<void(const TickReport&)>& on_tick) const;
  std::size_t first_steps() const;
  bool wait_for(TimePoint boundary, const std::atomic<bool>& stop);
  void tell_clock(TimePoint boundary, bool behind);
  void tell_lost_meanwhile(const TickInput& input);
  void find_orphans(const Json& start);
  void decide_all(TimePoint now, std::vector<Door::Asked>& asked, std::vector<Decision>& decisions);
  Json offers_json(std::size_t group) const;
  std::vector<Condition> conditions(TimePoint now);
  void raise_alerts(TimePoint now);
  void ask_models(TimePoint now);
  void ask_policies(TimePoint now);
  void account(const std::vector<Decision>& decisions);
  void stamp_outcomes(TimePoint now);
  void write_standings(TimePoint now, bool at_end);
  void make_plans(TimePoint now);
  Result<void> save_snapshot(TimePoint now);
  // Appends; a failure is kept in `trouble_` and ends the run before the door opens again.
  std::uint64_t write(EntryType type, TimePoint time, const std::string& tenant,
                      const std::string& group, Json body);
  void event(const std::string& tenant, const std::string& group, const std::string& text);
  void event(const std::string& tenant, const std::string& group, Json body);

  World world_;
  Clock& clock_;
  DataDir& data_dir_;
  LoopOptions options_;
  std::function<void(const std::string&)> log_;
  Engine engine_;
  Senses senses_;
  OfferBook offers_;
  MachineBook machines_;
  Door door_;
  ModelService models_;
  PolicyService policies_;
  Pauses pauses_;
  std::unique_ptr<Journal> journal_;
  std::optional<Error> trouble_;
  std::optional<TimePoint> end_, last_tick_, last_snapshot_, last_standing_;
  std::vector<bool> acted_;
  std::vector<Tally> tallies_;
  // Decisions whose outcome is still to come, by group and when they were taken.
  std::map<std::pair<std::string, TimePoint>, std::string> unjudged_;
  std::vector<std::shared_ptr<const Json>> plans_;
  SinkFeed sinks_;
  AlertBook alerts_;
  std::map<std::string, std::string>
      model_troubles_;  // plugins that answered nothing, when last asked
  std::map<PerTenant, std::string> policy_troubles_;  // by group's name and plugin
  std::set<PerTenant> policies_asked_;                // in this tick
  std::array<std::uint8_t, 16> writer_{};
  std::vector<Condition> orphans_;  // groups whose machines nobody scales since this start
  std::size_t late_ticks_ = 0;      // skipped before this tick
  RunSummary summary_;
  std::chrono::steady_clock::time_point tick_began_{};
};

}  // namespace nova
