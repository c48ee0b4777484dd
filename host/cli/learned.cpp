#include "host/cli/learned.hpp"

#include <ostream>
#include <vector>

#include "core/cost/roi.hpp"
#include "core/decide/text.hpp"
#include "host/cli/cells.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

void add(FleetAccount& sum, const FleetAccount& more) {
  sum.steps += more.steps;
  sum.violations += more.violations;
  sum.machine_hours += more.machine_hours;
  sum.spend += more.spend;
  sum.penalty += more.penalty;
}

double violated_share(const FleetAccount& a) {
  return a.steps > 0 ? static_cast<double>(a.violations) / static_cast<double>(a.steps) : 0;
}

// What was really done against what only reacting would have cost on the load that came.
Roi realised(const FleetAccount& own, const FleetAccount& reactive) {
  return roi({reactive.spend, reactive.penalty}, {own.spend, own.penalty}, {}, Duration{0});
}

Json account_summary(const FleetAccount& a) {
  return {{"steps", a.steps},
          {"violated_share", violated_share(a)},
          {"machine_hours", a.machine_hours},
          {"usd", a.spend.dollars()},
          {"penalty_usd", a.penalty.dollars()}};
}

std::vector<std::string> account_row(const std::string& name, const FleetAccount& a) {
  return {"  " + name, percent(violated_share(a)), short_number(a.machine_hours, 5),
          to_string(a.spend), to_string(a.penalty)};
}

std::string lead_text(double lead_s) {
  return to_string(Duration{static_cast<std::int64_t>(lead_s * 1e9)});
}

}  // namespace

void Learned::take(const Entry& entry) {
  if (entry.type != EntryType::outcome) return;
  auto& group = groups_[entry.tenant + "/" + entry.group];
  const auto& b = entry.body;
  if (b.contains("success")) {
    ++group.judged;
    group.right += b.at("success").get<bool>();
  }
  if (!b.contains("since_ns") || b.at("since_ns").is_null()) return;
  auto& accounts = group.since[b.at("since_ns").get<std::int64_t>()];
  accounts.own = account_from(b.at("own"));
  accounts.reactive = account_from(b.at("reactive"));
  for (const auto& shadow : b.at("shadows"))
    accounts.shadows[shadow.at("policy").get<std::string>()] = account_from(shadow.at("account"));
  group.forecasts = b.at("forecasts");
}

Learned::Accounts Learned::total(const Group& group) {
  Accounts sum;
  for (const auto& [since, accounts] : group.since) {
    add(sum.own, accounts.own);
    add(sum.reactive, accounts.reactive);
    for (const auto& [name, shadow] : accounts.shadows) add(sum.shadows[name], shadow);
  }
  return sum;
}

void Learned::print(std::ostream& out, const std::string& name) const {
  const auto at = groups_.find(name);
  if (at == groups_.end()) return;
  const auto& group = at->second;
  if (group.judged > 0)
    out << "  decisions that proved right: " << group.right << " of " << group.judged << ", "
        << percent(static_cast<double>(group.right) / static_cast<double>(group.judged)) << "\n";
  const auto sum = total(group);
  if (sum.own.steps > 0) {
    std::vector<std::vector<std::string>> table{
        {"  fleet", "violated", "machine hours", "USD", "penalty USD"}};
    table.push_back(account_row("ours", sum.own));
    table.push_back(account_row("reactive only", sum.reactive));
    for (const auto& [shadow, account] : sum.shadows)
      table.push_back(account_row("shadow " + shadow, account));
    print_rows(out, table, "lrrrr");
    out << "  against reactive only: " << to_string(realised(sum.own, sum.reactive))
        << " USD; violated " << percent(violated_share(sum.own)) << " instead of "
        << percent(violated_share(sum.reactive))
        << "\n  (USD: all fleets alike at the price of one reference machine, not what was paid)\n";
  }
  if (group.forecasts.empty()) return;
  std::vector<std::vector<std::string>> table{
      {"  forecasts of", "model", "lead", "scored", "accuracy", "skill", "below 0.9 quantile"}};
  for (const auto& f : group.forecasts)
    table.push_back(
        {"  " + f.value("signal", ""), f.value("model", ""), lead_text(f.value("lead_s", 0.0)),
         short_number(number(f.at("scored")), 3), short_number(number(f.at("accuracy")), 3),
         short_number(number(f.at("skill")), 2), short_number(number(f.at("coverage")), 3)});
  print_rows(out, table, "llrrrrr");
}

Json Learned::json(const std::string& name) const {
  const auto at = groups_.find(name);
  if (at == groups_.end()) return Json::object();
  const auto& group = at->second;
  const auto sum = total(group);
  const auto earned = realised(sum.own, sum.reactive);
  Json shadows = Json::object();
  for (const auto& [shadow, account] : sum.shadows) shadows[shadow] = account_summary(account);
  return {{"judged", group.judged},
          {"right", group.right},
          {"own", account_summary(sum.own)},
          {"reactive", account_summary(sum.reactive)},
          {"shadows", shadows},
          {"saved_usd", earned.net().dollars()},
          {"roi", number(earned.ratio())},
          {"forecasts", group.forecasts}};
}

}  // namespace nova::cli
