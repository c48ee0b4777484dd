// PolicyClient: what the groups of one tenant should be, proposed by one instance of a policy
// plugin (a draft kind).
//
// Every answer is checked: a count that is negative or beyond all reason, and a confidence that is
// no probability, fail their group (internal). Caller: host/loop.
#pragma once

#include <cstdint>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

// Columns as those of nova_proposal, [group] or [signal] as named there.
struct ProposeRequest {
  TimePoint now;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> min, max, desired, booting, serving;
  std::vector<std::int64_t> lead_time_ns, nanos_per_machine_hour;

  // Rows of signals, on one grid that ends now; missing is NaN, shorter rows lie at the end.
  Duration step{std::chrono::seconds(60)};
  std::size_t points = 0;
  std::vector<double> values;  // [signal][points]
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint64_t> signal_keys, signal_group;
  std::vector<std::int32_t> signal_role;
  std::vector<double> per_machine, target_utilisation, max_utilisation;

  // Forecasts of the same rows; no leads = none. A row of NaN = not of this signal.
  TimePoint origin;
  Duration forecast_step{};
  std::vector<std::uint32_t> leads;
  std::vector<double> levels;
  std::vector<double> mean;       // [signal][lead]
  std::vector<double> quantiles;  // [signal][level][lead]
};

struct ProposeAnswer {
  std::vector<std::optional<std::uint32_t>> machines;  // [group]; none = it has no opinion
  std::vector<double> confidence;                      // [group]; NaN = not said
  std::vector<ItemStatus> items;                       // [group]; the note says why
};

class PolicyClient {
 public:
  explicit PolicyClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }

  // Settings of the groups it shall serve, under their keys.
  Result<std::vector<ItemStatus>> bind(const std::vector<Binding>& bindings, Duration timeout) {
    return instance_.bind(bindings, timeout);
  }
  Result<ProposeAnswer> propose(ProposeRequest request, Duration timeout);

  bool can_save() const noexcept { return ops_.save && ops_.load; }
  // What it remembers of all its groups, and that given back: see saved_state.hpp.
  Result<std::string> save(TimePoint watermark, Duration timeout);
  Result<TimePoint> load(std::string_view frame, Duration timeout);

 private:
  Instance& instance_;
  nova_policy_ops ops_;
};

}  // namespace nova::loader
