// What crosses the border of the engine in one tick: samples and fleets in, questions to model and
// policy plugins out and their answers back in. All of it is journalled, so a replay needs nothing
// else.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/cost/mix.hpp"
#include "core/cost/refusals.hpp"
#include "core/decide/behaviour.hpp"
#include "core/decide/policy.hpp"
#include "core/forecast/forecast.hpp"
#include "core/metrics/signal.hpp"

namespace nova {

// Machines of one offer in one group, each counted once, as the controller reports them.
struct FleetRow {
  std::string offer_id;
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0;

  bool operator==(const FleetRow&) const = default;
};

struct FleetView {
  std::string problem;             // why nothing is known, or why it must not be scaled; "" = fine
  bool known = false;              // rows below are what the controller says now
  bool operation_unknown = false;  // a request was sent and its outcome is not known
  std::uint64_t generation = 0;
  std::uint32_t min = 0, max = UINT32_MAX;  // limits of the controller itself
  std::vector<FleetRow> rows;

  std::vector<MixRow> held() const;  // what was asked for, by offer
};

// Of one group. Samples are the values of the steps that ended at first_end, first_end + step, ...
// up to now; several when ticks were skipped, many at the first start (history), none is not
// allowed: a step without a value is NaN.
struct GroupInput {
  TimePoint first_end;
  std::vector<std::vector<double>> samples;  // [signal of the group][step]
  FleetView fleet;
  bool acted = false;  // the last decision was accepted by the controller and changed something
  // What an operator said of it while it runs, instead of what the configuration says; a pause in
  // neither way is "resume".
  std::optional<Pause> pause = {};
  std::map<std::string, RefusedFor> refused{};  // offers that were not to be had when asked for
  std::vector<std::vector<double>> watched{};   // as samples; a column that is not there is unknown
};

struct TickInput {
  TimePoint now;                   // on the step's boundary
  std::vector<GroupInput> groups;  // in the order of the engine's groups
};

// A forecast that is wanted now. Everything it points to lives until the next observe().
struct ModelQuestion {
  std::size_t group = 0, signal = 0, model = 0;  // indices within the engine
  const std::string* plugin = nullptr;           // name of the model plugin
  const std::string* tenant = nullptr;
  std::uint64_t key = 0;  // of the series
  std::uint64_t seed = 0;
  bool fit = false;    // fit before forecasting
  bool knows = false;  // the model was fitted to this series before, and has not failed
  bool anew = false;   // ... from nothing: it drifted, or the level shifted, and what the model
                       // chose then may not be right now
  std::int64_t need_of_fit = 0;  // the larger, the sooner; 0 = none is due
  std::size_t new_points =
      0;  // the last so many points of the history are new since the last question
  std::span<const double> history;  // forecast steps, oldest first; NaN = missing
  TimePoint origin;                 // end of the last of them
  Duration step;
  const std::vector<std::uint32_t>* leads = nullptr;
  const std::vector<double>* levels = nullptr;
  std::vector<std::uint32_t> seasons;  // season lengths in steps that the history covers
};

struct ModelAnswer {
  std::size_t group = 0, signal = 0, model = 0;
  TimePoint origin;
  bool fitted = false;            // a wanted fit was done
  Result<void> status;            // why there is no forecast
  std::string note;               // what the model remarks: "season dropped: 40 points"
  std::vector<double> mean;       // [lead]
  std::vector<double> quantiles;  // [level][lead]
};

// What a policy plugin is told of a group now. Forecasts it points to live until the next
// observe().
struct PolicyQuestion {
  // Values and forecasts are in the unit of the signal's role. Utilisation is that of the machines
  // which serve now: what the load of any step would be for them.
  struct Signal {
    const SignalSpec* spec = nullptr;    // per_machine as far as it is known
    double target = 0;                   // utilisation
    double unit = 1;                     // demand of which a value of one speaks
    std::vector<double> recent;          // newest steps, oldest first; NaN = missing
    const Forecast* forecast = nullptr;  // the trusted one, of demand; null = none
  };
  std::size_t group = 0;  // index within the engine
  const PluginSpec* policy = nullptr;
  const std::string* tenant = nullptr;
  TimePoint now;
  Duration step, lead_time;
  std::uint32_t min = 0, max = 0, desired = 0, booting = 0, serving = 0;  // reference machines
  UsdPerHour price;                                                       // of one more
  std::vector<Signal> signals;
};

struct PolicyAnswer {
  std::size_t group = 0;
  std::string plugin;
  Result<void> status;                                           // why there is no answer
  std::optional<std::uint32_t> machines;                         // none = it has no opinion
  double confidence = std::numeric_limits<double>::quiet_NaN();  // in [0, 1]; NaN = not said
  std::string note;                                              // why
};

}  // namespace nova
