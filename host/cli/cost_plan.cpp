#include "host/cli/cost_plan.hpp"

#include <algorithm>
#include <set>

#include "core/cost/verify_mix.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

constexpr std::int64_t kBriefSteps = 30'000;  // for what is only shown beside the plan
constexpr double kRisks[] = {0, 0.05, 0.10, 0.15, 0.20, 1};  // the Spot Advisor's bands

// The cheapest of all that keeps the limits: an alternative may have found what the plan missed.
void take_if_better(MixAnswer& plan, const MixAnswer& other) {
  if (std::pair(plan.cost.total, plan.machines) <= std::pair(other.cost.total, other.machines))
    return;
  const auto bound = plan.bound;
  plan = other;
  plan.bound = std::min(bound, plan.cost.total);
  plan.gap = 1 - plan.bound.dollars() / plan.cost.total.dollars();
}

Result<void> note_held(const std::vector<Offer>& offers, const std::vector<MixRow>& held,
                       PlanReport& report) {
  std::set<std::string> usable;
  for (const auto& column : report.asked.question.columns) usable.insert(column.offer_id);
  for (const auto& row : held) {
    if (usable.count(row.offer_id)) continue;
    std::vector<std::string> known;
    for (const auto& offer : offers) known.push_back(offer.id);
    if (!std::count(known.begin(), known.end(), row.offer_id))
      return Error{ErrorCode::not_found, "runs now and is not among the offers asked for: \"" +
                                             row.offer_id + "\"" +
                                             did_you_mean(row.offer_id, known)};
    report.given_up.push_back(std::to_string(row.count) + " x " + row.offer_id);
  }
  return {};
}

}  // namespace

Result<PlanReport> make_plan(const std::vector<Offer>& offers, MixWish wish, double life_hours) {
  PlanReport report;
  const auto slots = static_cast<double>(wish.slots);
  report.vcpus = wish.vcpus + slots * wish.slot_vcpus;
  report.memory_gib = wish.memory_gib + slots * wish.slot_memory_gib;
  report.max_risk = wish.spot_rules.max_risk;
  wish.spot_rules.max_risk = 1;  // the table of risk needs them all
  auto asked = ask(offers, wish);
  if (!asked.ok()) return asked.error();
  report.asked = std::move(asked).value();
  auto& question = report.asked.question;
  question.life_hours = life_hours;
  if (auto known = note_held(offers, wish.held, report); !known.ok()) return known.error();
  const auto within = within_risk(question, report.max_risk);
  if (const auto refused = question.columns.size() - within.column.size(); refused > 0)
    report.asked.left_out["spot too risky"] = refused;

  const auto plan = optimise(within.question);
  if (!plan.ok()) return plan.error();
  report.plan = in_all(question, within, *plan);
  const MixEffort brief{kBriefSteps, 0.002, 1};
  std::vector<double> limits(std::begin(kRisks), std::end(kRisks));
  if (!std::count(limits.begin(), limits.end(), report.max_risk)) limits.push_back(report.max_risk);
  report.risk = price_of_risk(question, limits, brief);
  for (const auto& row : report.risk)
    if (row.max_risk <= report.max_risk && row.answer) take_if_better(report.plan, *row.answer);
  auto others = alternatives(within.question, brief);
  if (!others.ok()) return others.error();
  for (auto& other : *others) {
    other.answer = in_all(question, within, other.answer);
    take_if_better(report.plan, other.answer);
  }
  for (auto& row : report.risk)
    if (row.max_risk >= report.max_risk && row.answer)
      if (report.plan.cost.total < row.answer->cost.total) row.answer = report.plan;
  for (auto& other : *others) {
    if (other.stated_for == "as asked" || other.answer.counts == report.plan.counts) continue;
    auto said = weigh(question, report.plan, other.answer);
    if (!said.pros.empty()) report.alternatives.push_back({std::move(other), std::move(said)});
  }
  report.rivals = rivals(within.question);
  for (auto& rival : report.rivals) rival.answer = in_all(question, within, rival.answer);
  if (!wish.held.empty()) {
    std::vector<std::uint32_t> counts;
    for (const auto& column : question.columns) counts.push_back(column.held);
    auto breaks = violations(question, counts);
    report.present = Rival{"present", describe(question, std::move(counts)), std::move(breaks)};
  }
  return report;
}

}  // namespace nova::cli
