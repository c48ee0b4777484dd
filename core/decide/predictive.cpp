#include <algorithm>
#include <cmath>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"
#include "core/plan/plan.hpp"

namespace nova {
namespace {

constexpr const char* kPredictive = "predictive";

struct Sized {
  const SignalSituation* signal;
  Plan plan;
};

// The signal whose plan asks for most machines by `need`.
const Sized& binding(const std::vector<Sized>& sized, std::uint32_t Plan::*need) {
  return *std::max_element(sized.begin(), sized.end(), [need](const Sized& a, const Sized& b) {
    return a.plan.*need < b.plan.*need;
  });
}

// The highest share of what the present machines serve at 100 % that some signal is expected to
// ask for.
double share_of(const std::vector<Sized>& sized, double Plan::*peak, std::uint32_t machines) {
  double share = 0;
  for (const auto& s : sized)
    share = std::max(
        share, s.plan.*peak / served_at(std::max(1u, machines), s.signal->spec->per_machine, 1));
  return share;
}

std::string describe(const Sized& s, double demand, std::uint32_t machines) {
  return s.signal->model + " expects " + s.signal->spec->name + " up to " + short_number(demand) +
         " (quantile " + short_number(s.plan.quantile, 3) + "), which needs " +
         std::to_string(machines);
}

// Scale-out is warranted if the present machines are overloaded before new ones could serve.
Proposal grow(const PredictiveSpec& policy, const Situation& now, const std::vector<Sized>& sized) {
  const auto& s = binding(sized, &Plan::need_lead);
  const auto until = now.now + now.lead_time + s.signal->forecast->step();
  double confidence = 0;
  for (const auto& each : sized)
    confidence =
        std::max(confidence, overload_probability(*each.signal->forecast, each.signal->capacity(),
                                                  now.current, now.now, until));
  Proposal proposal{
      kPredictive, true, s.plan.need_lead, confidence,
      describe(s, s.plan.peak_lead, s.plan.need_lead) + " within " + to_string(now.lead_time)};
  if (confidence < policy.confidence_threshold) {
    proposal.machines = now.current;
    proposal.reason += ", but overload of " + std::to_string(now.current) + " has probability " +
                       short_number(confidence, 2) + " < confidence_threshold " +
                       short_number(policy.confidence_threshold, 3);
    return proposal;
  }
  const double share = share_of(sized, &Plan::peak_lead, now.current);
  if (policy.scale_up_threshold && share <= *policy.scale_up_threshold) {
    proposal.machines = now.current;
    proposal.reason += ", but that is " + short_number(share, 3) + " of what " +
                       std::to_string(now.current) + " serve, not above scale_up_threshold " +
                       short_number(*policy.scale_up_threshold, 3);
  }
  return proposal;
}

// Machines of which `level` of the distribution is no overload at any step until `until`.
std::uint32_t machines_sure(const SignalSituation& signal, double level, TimePoint from,
                            TimePoint until) {
  const auto peak = signal.forecast->peak(from, until, level);
  if (!peak) return UINT32_MAX;
  return machines_for(*peak, signal.spec->per_machine, signal.spec->max_utilisation);
}

// Scale-in is warranted if the smaller group suffices all through the window: so as far down as the
// confidence asked for still holds, and no farther than the plan.
Proposal shrink(const PredictiveSpec& policy, const Situation& now,
                const std::vector<Sized>& sized) {
  const auto& s = binding(sized, &Plan::need_window);
  const auto until =
      now.now + std::max(now.stabilisation_window, now.lead_time + s.signal->forecast->step());
  std::uint32_t sure = 0;
  for (const auto& each : sized)
    sure = std::max(sure, machines_sure(*each.signal, policy.confidence_threshold, now.now, until));
  const auto machines = std::min(now.current, std::max(s.plan.need_window, sure));
  double confidence = 1;
  for (const auto& each : sized)
    confidence = std::min(confidence,
                          1 - overload_probability(*each.signal->forecast, each.signal->capacity(),
                                                   machines, now.now, until));
  Proposal proposal{
      kPredictive, true, machines, confidence,
      describe(s, s.plan.peak_window, s.plan.need_window) + " until " + to_iso8601(until)};
  const double share = share_of(sized, &Plan::peak_window, now.current);
  if (policy.scale_down_threshold && share >= *policy.scale_down_threshold) {
    proposal.machines = now.current;
    proposal.reason += ", but that is " + short_number(share, 3) + " of what " +
                       std::to_string(now.current) + " serve, not below scale_down_threshold " +
                       short_number(*policy.scale_down_threshold, 3);
    return proposal;
  }
  if (machines > s.plan.need_window)
    proposal.reason += "; confidence_threshold " + short_number(policy.confidence_threshold, 3) +
                       " asks for " + std::to_string(sure);
  return proposal;
}

}  // namespace

Prices prices_of(const PredictiveSpec& policy, UsdPerHour machine) {
  const auto& w = policy.weights;
  const double hour = machine.dollars();
  // A weight of zero must not make the other side infinitely dear.
  constexpr double kLeast = 1e-3;
  if (policy.slo_penalty)
    return {hour * std::max(w.cost, kLeast),
            policy.slo_penalty->dollars() * std::max(w.performance + w.risk, kLeast)};
  return {hour, hour * std::max(w.performance + w.risk, kLeast) / std::max(w.cost, kLeast)};
}

Proposal propose(const PredictiveSpec& policy, const Situation& now) {
  if (policy.promise) return propose_promised(*policy.promise, policy.confidence_threshold, now);
  const double quantile = sizing_quantile(prices_of(policy, now.price));
  std::vector<Sized> sized;
  for (const auto& signal : now.signals) {
    if (!signal.forecast)
      return Proposal::none(kPredictive, signal.spec->name + ": " + signal.why_no_forecast);
    if (policy.min_accuracy > 0 && !(signal.accuracy >= policy.min_accuracy))
      return Proposal::none(kPredictive, signal.spec->name +
                                             ": accuracy of forecasts at the lead time " +
                                             short_number(signal.accuracy, 2) + " < min_accuracy " +
                                             short_number(policy.min_accuracy, 3));
    if (now.lost(signal) && !now.forecast_stands_in())
      return Proposal::none(kPredictive, signal.spec->name + " has no value for " +
                                             std::to_string(signal.steps_missing) + " steps");
    const auto plan = make_plan(*signal.forecast, {now.now, now.lead_time, now.stabilisation_window,
                                                   quantile, signal.capacity()});
    if (!plan) return Proposal::none(kPredictive, signal.spec->name + ": " + plan.error().message);
    sized.push_back({&signal, *plan});
  }
  if (sized.empty()) return Proposal::none(kPredictive, "no signal");
  if (binding(sized, &Plan::need_lead).plan.need_lead > now.current)
    return grow(policy, now, sized);
  const auto& window = binding(sized, &Plan::need_window);
  if (window.plan.need_window < now.current) return shrink(policy, now, sized);
  return {kPredictive, true, now.current, std::nan(""),
          describe(window, window.plan.peak_window, window.plan.need_window)};
}

}  // namespace nova
