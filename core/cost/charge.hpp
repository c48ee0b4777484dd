// Charge: what a machine costs for the time it ran, and when the time already paid for ends.
//
// In: a provider's unit and minimum, a price, instants. Out: money, release times, the order in
// which machines are given up. Called when machines are removed and when a bill is foreseen. With
// seconds as the unit the release rule is inert after the minimum; with hours it is worth up to an
// hour of each machine. Sources: Lesch et al., "FOX: Cost-Awareness for Autonomic Resource
// Management in Public Clouds", ICPE 2018 (release at the end of the paid interval); the providers'
// pages for units and minima.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/cost/offer.hpp"

namespace nova {

// Use is rounded up to whole units, and at least the minimum is charged. The default is the safe
// assumption where nothing is known.
struct ChargeRule {
  Duration unit{std::chrono::hours(1)};  // > 0
  Duration minimum{std::chrono::hours(1)};
};

inline ChargeRule rule_of(const Offer& offer) { return {offer.charge_unit, offer.charge_minimum}; }

// max(minimum, time rounded up to the unit). Errors: invalid_argument for a unit that is not
// positive, a negative minimum or time; out_of_range beyond what a duration holds (292 years).
Result<Duration> charged_time(const ChargeRule& rule, Duration used);

// rate x charged time, rounded once to the nano. Errors: as charged_time.
Result<Usd> charge(const ChargeRule& rule, UsdPerHour rate, Duration used);

// What an interrupted spot machine is charged: nothing if the provider took it within
// `free_within` (AWS: its first hour), else `charge`.
Result<Usd> charge_interrupted(const ChargeRule& rule, UsdPerHour rate, Duration used,
                               Duration free_within = std::chrono::hours(1));

// Time until the next unit would be charged: what is paid and not yet used. 0 <= rest; a start in
// the future counts as now. The rule must be valid (charged_time tells).
Duration paid_rest(const ChargeRule& rule, TimePoint started, TimePoint now);

// A machine that may be given up.
struct PaidMachine {
  std::string id;
  UsdPerHour price;
  TimePoint started;
  ChargeRule rule;
};

// When to let a machine go that is not needed any more: now if what is paid ends before the next
// decision and the drain are over, else the last such instant before it ends. Until then it is a
// free spare.
TimePoint release_at(const PaidMachine& machine, TimePoint now, Duration until_next_decision,
                     Duration drain);

// Positions in `machines`, first to be given up first: least paid rest, then the dearer, then the
// smaller id.
std::vector<std::size_t> release_order(std::span<const PaidMachine> machines, TimePoint now);

}  // namespace nova
