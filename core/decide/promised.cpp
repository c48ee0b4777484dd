// What the engine of a promise proposes, and why, in words.
#include <algorithm>
#include <cmath>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"

namespace nova {
namespace {

constexpr const char* kName = "predictive";

std::string percent(double share) { return short_number(100 * share, 3) + " %"; }

std::string chance_of(const Situation& now, std::uint32_t machines) {
  return short_number(now.promise_overload(machines), 3);
}

std::string describe(const PromiseSpec& promise, const Situation& now, std::uint32_t machines) {
  const auto& engine = *now.promise;
  std::string text = std::to_string(machines) + " machines are too few until " +
                     to_iso8601(now.now + now.lead_time) + " with probability " +
                     chance_of(now, machines);
  std::string beside;
  if (machines > now.min)
    beside += std::to_string(machines - 1) + ": " + chance_of(now, machines - 1) + ", ";
  beside += std::to_string(machines + 1) + ": " + chance_of(now, machines + 1);
  text += " (" + beside + "), and a violated step is worth " + short_number(engine.price(), 3) +
          " machine-steps";
  if (!engine.price_chosen()) text += " until the load is known better";
  if (!now.promise_measured.empty()) text += "; " + now.promise_measured;
  const auto& spent = engine.spent();
  if (promise.same_bill_as_hpa) {
    const auto& bill = engine.bill();
    return text + "; bill " +
           (bill.matched > 0 ? percent(bill.own / bill.matched) : std::string("-")) +
           " of what HPA would have cost, " + short_number(spent.violations, 6) + " of " +
           short_number(spent.slots, 9) + " steps violated";
  }
  return text + "; promised " + percent(promise.violations) + " violated steps, spent " +
         (spent.slots > 0 ? percent(spent.violations / spent.slots) : std::string("0 %")) + " of " +
         short_number(spent.slots, 9) + " steps, " + percent(engine.permitted()) +
         " permitted from now on";
}

}  // namespace

Proposal propose_promised(const PromiseSpec& promise, double confidence_threshold,
                          const Situation& now) {
  if (!now.promise || !now.promise->learned())
    return Proposal::none(
        kName, "learning: " + std::to_string(now.promise ? now.promise->known() : 0) + " of " +
                   std::to_string(promise::Promise::kLearning) + " steps");
  bool late = false;
  for (const auto& signal : now.signals) {
    if (signal.steps_missing >= Situation::kLateSteps)
      return Proposal::none(kName, signal.spec->name + " has no value for " +
                                       std::to_string(signal.steps_missing) + " steps");
    late = late || std::isnan(signal.load);
  }
  Proposal proposal{kName, true, now.promise_wants(), std::nan(""), {}};
  if (late) proposal.machines = std::max(proposal.machines, now.current);
  const auto wanted = proposal.machines;
  if (wanted > now.current) proposal.confidence = now.promise_overload(now.current);
  if (wanted < now.current) {
    proposal.confidence = 1 - now.promise_overload(wanted);
    if (proposal.confidence < confidence_threshold) proposal.machines = now.current;
  }
  proposal.reason = describe(promise, now, wanted);
  if (proposal.machines != wanted)
    proposal.reason += "; that it suffices has probability " +
                       short_number(proposal.confidence, 2) + " < confidence_threshold " +
                       short_number(confidence_threshold, 3);
  return proposal;
}

void stand_by(const Situation& now, std::vector<Proposal>& proposals) {
  if (!now.promise_rules()) return;
  for (auto& proposal : proposals)
    if ((proposal.active || proposal.failed) && proposal.policy != kName)
      proposal = Proposal::none(proposal.policy, "stands by while the promise decides");
}

}  // namespace nova
