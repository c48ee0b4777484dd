// ROI: what an action is worth against doing nothing, in figures that can be audited.
//
// In: what the next hours cost if nothing is done, what they cost if we act, and what the move
// costs. Out: benefit, cost, their ratio, payback. The counterfactual is an argument, never a guess
// of this room, so a realised ROI is the same function over what the do-nothing policy would have
// cost on the demand that came. Nothing is multiplied in by hand: every term is published.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"

namespace nova {

// What one course of action costs over the horizon.
struct Outlook {
  Usd spend;
  Usd penalty;  // SLO
};

// One-off costs of a move.
struct TransitionCost {
  Usd boot, drain, transfer, lost_work;
  Usd paid_time_given_up;  // the rest of charge units already paid
  Usd total() const { return boot + drain + transfer + lost_work + paid_time_given_up; }
};

struct Roi {
  Duration horizon;
  Usd avoided_spend, avoided_penalty;          // benefit
  Usd added_spend, added_penalty, transition;  // cost

  Usd benefit() const { return avoided_spend + avoided_penalty; }
  Usd cost() const { return added_spend + added_penalty + transition; }
  Usd net() const { return benefit() - cost(); }
  bool free() const { return cost().nanos == 0; }
  // (benefit - cost) / cost; +infinity where the action is free: never 0 for want of a divisor.
  double ratio() const;
  // Hours until the transition has paid for itself out of what is saved an hour; 0 for a free
  // transition, +infinity when nothing is saved.
  double payback_hours() const;
};

// The action against the explicit counterfactual. Errors are not possible: every input is a sum.
Roi roi(const Outlook& do_nothing, const Outlook& action, const TransitionCost& transition,
        Duration horizon);

std::string to_string(const Roi& roi);  // "free, saves 1.20" or "ROI 3.50 (4.50 for 1.00)"

// What a move made to save money must reach, so that nothing moves for pennies.
struct MoveRule {
  UsdPerHour min_saving{100'000'000};  // 0.10 USD/h
  double min_roi = 0.05;
  Duration expected_life{std::chrono::hours(1)};  // of the new state: payback must fit in it
};

// Empty if the move is worth it, else the rule it breaks: "saves 0.02/h, needs 0.10/h".
std::string why_not(const Roi& roi, const MoveRule& rule);

// One candidate under several objectives, each smaller-is-better: cost, shortfall, risk, ...
struct Scored {
  std::vector<double> terms;  // weight x value scaled to [0, 1] over the candidate set
  double score = 0;           // their sum; the least is best
};

// Min-max scaling over the candidate set, then the weighted sum. `values[i]` are the objectives of
// candidate i, as many as weights; an objective equal for all contributes nothing. Not finite
// counts as the worst finite value there is.
std::vector<Scored> score(std::span<const std::vector<double>> values,
                          std::span<const double> weights);

}  // namespace nova
