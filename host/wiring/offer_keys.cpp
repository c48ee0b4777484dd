// The keys of a group's `offers`, one row each, and the rules among them.
#include "host/wiring/config_keys.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

Value<OfferFilter> offer_filter() {
  Table<OfferFilter> table("filter");
  table.key("vcpus", &OfferFilter::vcpus, range(), "[low, high] number of processors")
      .key("memory_gib", &OfferFilter::memory_gib, range(), "[low, high] GiB of memory")
      .key("arch", &OfferFilter::arch, text(), "As uname -m says, for example x86_64")
      .key("os", &OfferFilter::os, text(), "Operating system")
      .key("region", &OfferFilter::region, text(), "Region of the provider")
      .key("machine_type", &OfferFilter::machine_type, text(), "One machine type");
  return object(table);
}

// Capacities by offer id or machine type.
Value<std::map<std::string, double>> capacities() {
  const auto each = positive_number();
  return {{{"type", "object"}, {"additionalProperties", each.schema}},
          [each](const json& node, std::map<std::string, double>& out, const Place& place) {
            if (!node.is_object()) return place.broken("must be an object, got " + shown(node));
            for (const auto& [name, capacity] : node.items())
              each.read(capacity, out[name], place.at(name));
          },
          [](const std::map<std::string, double>& capacities) {
            return capacities.empty() ? ordered_json() : ordered_json(capacities);
          }};
}

Value<BuyRules> spot() {
  constexpr auto kRule = [](auto member) {
    return [member](auto& rules) -> auto& { return std::invoke(member, rules.spot_rules); };
  };
  Table<BuyRules> table("spot");
  table.key("enabled", &BuyRules::spot, flag(), "Whether the group may use spot machines")
      .key("max_risk", kRule(&SpotRules::max_risk), number(0, 1),
           "Most acceptable chance of losing a machine within a month")
      .key("max_share", &BuyRules::spot_max_share, number(0, 1),
           "Most of the capacity that may be spot")
      .key("min_saving", kRule(&SpotRules::min_saving), number(0, 1),
           "Least saving against the same machine on demand, interruptions included")
      .key(
          "interruption_usd", [](auto& rules) -> auto& { return rules.spot_rules.cost.money; },
          usd_or_nothing(), "What the loss of one machine costs the workload");
  return object(table);
}

Value<BuyRules> diversification() {
  constexpr auto kLimit = [](auto member) {
    return [member](auto& rules) -> auto& { return std::invoke(member, rules.limits); };
  };
  Table<BuyRules> table("diversification");
  table
      .key("max_pool_share", kLimit(&MixLimits::pool), number(0, 1),
           "Most of the capacity that may be spot of one machine type in one zone")
      .key("max_family_share", kLimit(&MixLimits::family), number(0, 1),
           "Most of the capacity that may be spot of one family")
      .key("max_zone_share", kLimit(&MixLimits::zone), number(0, 1),
           "Most of the capacity that may be spot in one zone")
      .key("survive_worst_pool", kLimit(&MixLimits::alive), number(0, 1),
           "Share of the capacity that must be left when the largest spot pool is lost")
      .key("min_pools", kLimit(&MixLimits::min_pools), machines(),
           "Fewest machine types in a zone to spread over")
      .key("max_types", kLimit(&MixLimits::max_types), machines(),
           "Most machine types at once; 0 is any number")
      .key("on_demand_base", &BuyRules::on_demand_base, machines(),
           "Reference machines that are never spot");
  return object(table);
}

Value<MoveRule> move() {
  Table<MoveRule> table("move");
  table
      .key("min_saving_usd_per_hour", &MoveRule::min_saving, usd_per_hour_or_nothing(),
           "Least saving for which running machines are replaced by cheaper ones")
      .key("min_roi", &MoveRule::min_roi, number(0, 1e6),
           "Least return on what the replacement costs")
      .key("minimum_life", &MoveRule::expected_life, positive_duration(std::chrono::seconds(1)),
           "No replacement before this has passed since the last change; it must pay within it");
  return object(table);
}

Value<BuyRules> commitments() {
  Table<BuyRules> table("commitments");
  table
      .key("use", &BuyRules::use_commitments, flag(),
           "Whether the owned commitments may cover this group")
      .key("lookback", &BuyRules::lookback, positive_duration(std::chrono::hours(24)),
           "Use that advice to buy more of them rests on");
  return object(table);
}

constexpr auto kBuying = [](auto& group) -> auto& { return group.buying; };

void check_offers(const json& node, GroupSpec& group, const Place& place) {
  if (!place.clean()) return;
  const auto& spot = group.buying;
  const auto given = [&](const char* key) {
    return node.contains("spot") && node["spot"].contains(key);
  };
  for (const char* key : {"max_risk", "max_share", "min_saving", "interruption_usd"})
    if (!spot.spot && given(key))
      place.at("spot").at(key).refused("has no effect unless enabled is true");
  for (const char* key : {"max_pool_share", "max_family_share", "max_zone_share",
                          "survive_worst_pool", "on_demand_base"})
    if (!spot.spot && node.contains("diversification") && node["diversification"].contains(key))
      place.at("diversification").at(key).refused("has no effect unless spot is enabled");
}

}  // namespace

Value<GroupSpec> offers_value() {
  Table<GroupSpec> table("offers");
  table
      .key("cost", &GroupSpec::cost, list_of(text(), 1), "Names of the cost plugins to ask",
           Need::required)
      .key("filter", &GroupSpec::offer_filter, offer_filter(), "Which offers the group may use")
      .key(
          "per_offer", [](auto& g) -> auto& { return g.buying.per_offer; }, capacities(),
          "Capacity in reference machines, by offer id or machine type, where it is not the least "
          "of the resource ratios")
      .key("spot", kBuying, spot(), "Machines the provider may take back")
      .key("diversification", kBuying, diversification(), "How widely machines are spread")
      .key(
          "move", [](auto& g) -> auto& { return g.buying.move; }, move(),
          "When running machines are replaced by cheaper ones")
      .key("commitments", kBuying, commitments(), "What was paid ahead")
      .key(
          "max_price_age", [](auto& g) -> auto& { return g.buying.max_price_age; },
          maybe(positive_duration()),
          "Older prices are not believed: decide by count only; any age by default")
      .check(check_offers);
  auto value = object(table);
  value.show = [show = value.show](const GroupSpec& group) {
    if (group.cost.empty()) return ordered_json();
    auto out = show(group);
    if (group.buying.spot) return out;
    out["spot"] = {{"enabled", false}};  // the rest would be refused
    for (const char* key : {"max_pool_share", "max_family_share", "max_zone_share",
                            "survive_worst_pool", "on_demand_base"})
      out["diversification"].erase(key);
    return out;
  };
  return value;
}

}  // namespace nova::reader
