// PromiseStep: the engine of a promise, as a group feeds and asks it once a tick.
//
// In: what was seen of the signals, as for forecasts, and how many machines served. Turns demand
// into machines it keeps busy at the promised utilisation, keeps the slots without holes, and
// carries the snapshot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/decide/promise/promise.hpp"
#include "core/engine/group.hpp"
#include "core/record/entry.hpp"

namespace nova {

class PromiseStep {
 public:
  PromiseStep(const GroupSpec& group, const PromiseSpec& promise, Duration step);

  // Samples as in GroupInput; `factors` turn those of each signal into demand.
  void take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
            const std::vector<double>& factors);
  // Once a tick, before the decision: `serving` reference machines now, each worth `unit` of those
  // that the engine counts (in which a load is measured).
  const promise::Promise& run(std::uint32_t serving, double unit = 1);

  const promise::Promise& engine() const { return engine_; }
  double at_utilisation() const { return at_utilisation_; }

  Json state() const;
  // False if it is not a snapshot of this promise; then nothing changes.
  bool restore(const Json& state);

 private:
  double at_utilisation_;
  Duration step_;
  std::vector<double> per_machine_;  // demand of one machine at the promised utilisation
  promise::Promise engine_;
  std::vector<std::vector<double>> slots_;  // not yet observed: loads of each signal
  std::optional<TimePoint> end_;            // of the newest slot
  std::optional<std::uint32_t> serving_;    // at the tick before
};

// Bytes as base64 (RFC 4648), and back; nothing if `text` is not that.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace nova
