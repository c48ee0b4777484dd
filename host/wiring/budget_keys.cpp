// The keys of a budget and of an owned commitment, one row each, and the rules among them.
#include "core/cost/commitment.hpp"
#include "host/wiring/config_keys.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

void check_budget(const json& node, BudgetSpec& budget, const Place& place) {
  if (!node.contains("max_hourly_usd") && !node.contains("max_monthly_usd"))
    place.refused(
        "needs max_hourly_usd or max_monthly_usd: a budget without a limit limits nothing");
  if (place.at("warning").clean() && place.at("alert").clean() && budget.warning > budget.alert)
    place.at("warning").refused("must be <= alert (" + json(budget.alert).dump() + "), got " +
                                json(budget.warning).dump());
}

// A reservation is machines at a price, a plan is money at a discount.
void check_commitment(const json& node, OwnedCommitment& owned, const Place& place) {
  auto& c = owned.cover;
  const bool plan = node.contains("plan_usd_per_hour");
  if (plan == node.contains("machines"))
    return place.refused("needs either machines (a reservation) or plan_usd_per_hour (a plan)");
  if (plan && !node.contains("plan_discount"))
    place.at("plan_discount").refused("is needed beside plan_usd_per_hour");
  if (!plan && node.contains("plan_discount"))
    place.at("plan_discount").refused("has no effect without plan_usd_per_hour");
  for (const char* key : {"size_flexible", "upfront_usd", "usd_per_hour"})
    if (plan && node.contains(key)) place.at(key).refused("has no effect beside plan_usd_per_hour");
  if (!plan && !node.contains("machine_type"))
    place.at("machine_type").refused("is needed: the machines that are reserved");
  if (place.at("start").clean() && place.at("end").clean() && c.end <= c.start)
    place.at("end").refused("must be after start");
  if (!place.clean()) return;
  if (plan) {
    owned.price = c.money;
    return;
  }
  c.units = owned.machines;
  if (c.size_flexible) {
    const auto units = size_units(c.machine_type);
    if (!units)
      return place.at("size_flexible")
          .refused("needs a machine_type of a known size such as \"m5.large\", got " +
                   json(c.machine_type).dump());
    c.units *= *units;
    if (c.family.empty()) c.family = c.machine_type.substr(0, c.machine_type.find('.'));
  }
  const auto term = std::chrono::duration_cast<std::chrono::hours>(c.end - c.start).count();
  owned.price = effective_price({c.id, owned.upfront, owned.hourly, term});
}

}  // namespace

Value<BudgetSpec> budget_value() {
  Table<BudgetSpec> table("a budget");
  table.key("name", &BudgetSpec::name, id(), "What decisions and events call it", Need::required)
      .key("max_hourly_usd", &BudgetSpec::max_hourly, maybe(usd_per_hour()),
           "Most that may be spent an hour, by what runs after a decision")
      .key("max_monthly_usd", &BudgetSpec::max_monthly, maybe(usd()),
           "Most that may be spent in a calendar month, what runs on to its end included")
      .key("warning", &BudgetSpec::warning, share(), "Share of a limit at which it warns")
      .key("alert", &BudgetSpec::alert, share(), "Share of a limit at which it alerts")
      .key("hard", &BudgetSpec::hard, flag(),
           "Trim what cannot be paid for; false only tells of it")
      .key("time_zone", &BudgetSpec::zone, time_zone(), "Whose months count, by its IANA name")
      .check(check_budget);
  return object(table);
}

Value<OwnedCommitment> commitment_value() {
  constexpr auto kCover = [](auto member) {
    return [member](auto& owned) -> auto& { return std::invoke(member, owned.cover); };
  };
  Table<OwnedCommitment> table("a commitment");
  table.key("id", kCover(&Commitment::id), text(), "What decisions call it", Need::required)
      .key("tenant", &OwnedCommitment::tenant, id(),
           "Whose budgets it counts in; without, only in those of all")
      .key("machine_type", kCover(&Commitment::machine_type), text(), "The machines reserved")
      .key("family", kCover(&Commitment::family), text(), "Only machines of this family")
      .key("region", kCover(&Commitment::region), text(), "Only machines in this region")
      .key("zone", kCover(&Commitment::zone), text(), "Only machines in this zone")
      .key("os", kCover(&Commitment::os), text(), "Only machines with this operating system")
      .derived("machines", &OwnedCommitment::machines, machines(), "How many are reserved")
      .key("size_flexible", kCover(&Commitment::size_flexible), flag(),
           "Covers any size of the family, by its units")
      .key("upfront_usd", &OwnedCommitment::upfront, usd_or_nothing(),
           "Paid at the start, for all machines")
      .key("usd_per_hour", &OwnedCommitment::hourly, usd_per_hour_or_nothing(),
           "Paid each hour, for all machines")
      .derived("plan_usd_per_hour", kCover(&Commitment::money), usd_per_hour(),
               "Of a savings plan: what is paid each hour, used or not")
      .derived("plan_discount", kCover(&Commitment::plan_discount), number(0, 1),
               "Of a savings plan: share taken off the on-demand price")
      .key("start", kCover(&Commitment::start), date(), "First day, UTC", Need::required)
      .key("end", kCover(&Commitment::end), date(), "Day it ends, UTC", Need::required)
      .check(check_commitment);
  auto value = object(table);
  value.show = [show = value.show](const OwnedCommitment& owned) {
    auto out = show(owned);
    const bool plan = owned.cover.money.nanos > 0;
    for (const char* key : {"machines", "size_flexible", "upfront_usd", "usd_per_hour"})
      if (plan) out.erase(key);  // they would be refused
    for (const char* key : {"plan_usd_per_hour", "plan_discount"})
      if (!plan) out.erase(key);
    return out;
  };
  return value;
}

}  // namespace nova::reader
