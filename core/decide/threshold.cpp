#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"
#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"
#include "core/plan/need.hpp"

namespace nova {
namespace {

constexpr const char* kThreshold = "threshold";

// What all steps of the time asked for have in common: their least and their largest value. A
// gap can prove none small.
struct Lasting {
  double least = kInfinity, largest = -kInfinity;
  bool long_enough = false, gap = false;
};

Lasting over(std::span<const double> recent, Duration lasting, Duration step) {
  const auto wanted = static_cast<std::size_t>(
      step.count() > 0 ? std::max<std::int64_t>(1, (lasting + step - Duration{1}) / step) : 1);
  Lasting found;
  found.long_enough = recent.size() >= wanted;
  for (const double load : recent.last(std::min(wanted, recent.size()))) {
    if (std::isnan(load)) {
      found.gap = true;
      continue;
    }
    found.least = std::min(found.least, load);
    found.largest = std::max(found.largest, load);
  }
  return found;
}

struct Crossed {
  double line;
  StepLimit by{1, {}};
};

// The farthest band on this side that `utilisation` is beyond.
std::optional<Crossed> crossed_up(const ThresholdSpec& policy, double utilisation) {
  std::optional<Crossed> far;
  if (policy.scale_up_above && utilisation > *policy.scale_up_above)
    far = Crossed{*policy.scale_up_above};
  for (const auto& band : policy.steps)
    if (band.above && utilisation > *band.above && (!far || *band.above >= far->line))
      far = Crossed{*band.above, band.by};
  return far;
}

std::optional<Crossed> crossed_down(const ThresholdSpec& policy, double utilisation) {
  std::optional<Crossed> far;
  if (policy.scale_down_below && utilisation < *policy.scale_down_below)
    far = Crossed{*policy.scale_down_below};
  for (const auto& band : policy.steps)
    if (band.below && utilisation < *band.below && (!far || *band.below <= far->line))
      far = Crossed{*band.below, band.by};
  return far;
}

std::string for_so_long(const ThresholdSpec& policy) {
  return policy.lasting > Duration{0} ? " for " + to_string(policy.lasting) : "";
}

Proposal propose_by_value(const ThresholdSpec& policy, const WatchedSituation& signal,
                          const Situation& now) {
  if (std::isnan(signal.value()))
    return Proposal::none(kThreshold, "signal " + policy.signal + " has no value for " +
                                          std::to_string(signal.steps_missing) + " steps");
  const auto seen = over(signal.recent, policy.lasting, now.step);
  const auto up =
      seen.long_enough && std::isfinite(seen.least) ? crossed_up(policy, seen.least) : std::nullopt;
  const auto down =
      seen.long_enough && !seen.gap ? crossed_down(policy, seen.largest) : std::nullopt;
  Proposal proposal{kThreshold, true, now.current, std::nan(""), {}};
  proposal.reason = policy.signal + " is at " + short_number(signal.value()) +
                    (signal.spec->role == Role::latency ? " s" : "");
  if (up) {
    proposal.reason += ", above " + short_number(up->line) + for_so_long(policy) + ": ";
    if (now.serving < now.current) {
      proposal.reason += std::to_string(now.serving) + " of " + std::to_string(now.current) +
                         " machines serve, the others are waited for";
      return proposal;
    }
    const auto by = up->by.of(std::max(1u, now.current));
    proposal.machines = now.current + std::min(by, UINT32_MAX - now.current);
    proposal.reason += std::to_string(by) + " more";
    return proposal;
  }
  if (down && now.current > 0) {
    const auto by = std::min(now.current, down->by.of(now.current));
    proposal.machines = now.current - by;
    proposal.reason += ", below " + short_number(down->line) + for_so_long(policy) + ": " +
                       std::to_string(by) + " fewer";
    return proposal;
  }
  proposal.reason += ", beyond no line" + for_so_long(policy);
  return policy.scale_down_below ? proposal : Proposal::none(kThreshold, proposal.reason);
}

}  // namespace

Proposal propose(const ThresholdSpec& policy, const Situation& now) {
  for (const auto& signal : now.watched)
    if (signal.spec->name == policy.signal) return propose_by_value(policy, signal, now);
  std::string why;
  const auto* signal = watched(now, policy.signal, why);
  if (!signal) return Proposal::none(kThreshold, why);
  const auto current = std::max(1u, now.current);
  const double capacity = current * signal->spec->per_machine;
  const auto seen = over(signal->recent, policy.lasting, now.step);
  Proposal proposal{kThreshold, true, now.current, std::nan(""), {}};
  proposal.reason = policy.signal + " " + short_number(signal->load) + " is " +
                    short_number(signal->load / capacity, 3) + " of " + std::to_string(current) +
                    " machines";
  const auto lasting = for_so_long(policy);
  const auto up = seen.long_enough && std::isfinite(seen.least)
                      ? crossed_up(policy, seen.least / capacity)
                      : std::nullopt;
  if (up) {
    const auto by = up->by.of(current);
    proposal.machines = now.current + std::min(by, UINT32_MAX - now.current);
    proposal.reason +=
        ", above " + short_number(up->line, 3) + lasting + ": " + std::to_string(by) + " more";
    return proposal;
  }
  const auto down =
      seen.long_enough && !seen.gap ? crossed_down(policy, seen.largest / capacity) : std::nullopt;
  if (!down || now.current == 0) {
    proposal.reason += ", beyond no line" + lasting;
    return proposal;
  }
  const auto by = std::min(now.current, down->by.of(now.current));
  proposal.machines = now.current - by;
  proposal.reason +=
      ", below " + short_number(down->line, 3) + lasting + ": " + std::to_string(by) + " fewer";
  // What the smaller group could not bear would come back at once.
  if (policy.scale_up_above) {
    const auto enough =
        machines_for(seen.largest, signal->spec->per_machine, *policy.scale_up_above);
    if (enough > proposal.machines) {
      proposal.machines = std::min(now.current, enough);
      proposal.reason += ", but fewer than " + std::to_string(proposal.machines) +
                         " would be above " + short_number(*policy.scale_up_above, 3);
    }
  }
  return proposal;
}

}  // namespace nova
