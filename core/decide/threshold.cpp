#include <algorithm>
#include <cmath>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"
#include "core/plan/need.hpp"

namespace nova {
namespace {

constexpr const char* kThreshold = "threshold";

// What all steps of the time asked for have in common: their least and their largest load. A gap
// can prove no load small.
struct Lasting {
  double least = INFINITY, largest = -INFINITY;
  bool long_enough = false, gap = false;
};

Lasting over(const SignalSituation& signal, Duration lasting, Duration step) {
  const auto wanted = static_cast<std::size_t>(
      step.count() > 0 ? std::max<std::int64_t>(1, (lasting + step - Duration{1}) / step) : 1);
  Lasting found;
  found.long_enough = signal.recent.size() >= wanted;
  const auto steps = signal.recent.last(std::min(wanted, signal.recent.size()));
  for (const double load : steps) {
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

}  // namespace

Proposal propose(const ThresholdSpec& policy, const Situation& now) {
  std::string why;
  const auto* signal = watched(now, policy.signal, why);
  if (!signal) return Proposal::none(kThreshold, why);
  const auto current = std::max(1u, now.current);
  const double capacity = current * signal->spec->per_machine;
  const auto seen = over(*signal, policy.lasting, now.step);
  Proposal proposal{kThreshold, true, now.current, std::nan(""), {}};
  proposal.reason = policy.signal + " " + short_number(signal->load) + " is " +
                    short_number(signal->load / capacity, 3) + " of " + std::to_string(current) +
                    " machines";
  const auto lasting = policy.lasting > Duration{0} ? " for " + to_string(policy.lasting) : "";
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
