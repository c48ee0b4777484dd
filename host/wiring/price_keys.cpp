// The keys of a price override, one row each, and the rules among them.
#include <cmath>

#include "host/wiring/config_keys.hpp"
#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

constexpr double kMostPerHour = 1e6;

// An amount per hour in whole nanos, kept under the kind of change that its key stands for.
Value<PriceOverride> amount(PriceOverride::Kind kind, double least) {
  const auto limits = number(least, kMostPerHour);
  return {limits.schema,
          [kind, limits](const json& node, PriceOverride& out, const Place& place) {
            double value = 0;
            limits.read(node, value, place);
            out.kind = kind;
            out.nanos_per_hour = std::llround(value * 1e9);
          },
          [kind](const PriceOverride& rule) {
            return rule.kind == kind ? ordered_json(static_cast<double>(rule.nanos_per_hour) / 1e9)
                                     : ordered_json();
          }};
}

Value<PriceOverride> percent() {
  const auto limits = number(-100, 1000);
  return {limits.schema,
          [limits](const json& node, PriceOverride& out, const Place& place) {
            limits.read(node, out.percent, place);
            out.kind = PriceOverride::Kind::percent;
          },
          [](const PriceOverride& rule) {
            return rule.kind == PriceOverride::Kind::percent ? ordered_json(rule.percent)
                                                             : ordered_json();
          }};
}

Value<std::string> currency() {
  auto value = text();
  value.schema["pattern"] = "^[A-Z]{3}$";
  value.read = [](const json& node, std::string& out, const Place& place) {
    const auto code = node.is_string() ? node.get<std::string>() : std::string();
    const bool good = code.size() == 3 && std::all_of(code.begin(), code.end(),
                                                      [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!good) return place.broken("must be a currency such as \"USD\", got " + shown(node));
    out = code;
  };
  return value;
}

void check(const json& node, PriceOverride&, const Place& place) {
  int changes = 0;
  for (const char* key : {"price_per_hour", "add_per_hour", "add_percent"})
    changes += node.contains(key);
  if (changes != 1)
    return place.refused("needs exactly one of price_per_hour, add_per_hour and add_percent");
  if (node.contains("add_percent") && node.contains("currency"))
    place.at("currency").refused("has no effect beside add_percent");
}

}  // namespace

Value<PriceOverride> price_value() {
  constexpr auto kRule = [](auto& rule) -> auto& { return rule; };
  const auto choice_of_purchase = choice<std::string>({{"on-demand", "on-demand"},
                                                       {"spot", "spot"},
                                                       {"reserved", "reserved"},
                                                       {"savings-plan", "savings-plan"}});
  Table<PriceOverride> table("a price");
  table
      .key("provider", &PriceOverride::provider, text(),
           "Whose offers, as a pattern with * and ?; any without")
      .key("region", &PriceOverride::region, text(), "Where, as a pattern")
      .key("machine_type", &PriceOverride::machine_type, text(), "Of which types: \"m5.*\"")
      .key("os", &PriceOverride::os, text(), "With which operating system, as a pattern")
      .derived("purchase", &PriceOverride::purchase, choice_of_purchase, "How they are bought")
      .derived("price_per_hour", kRule, amount(PriceOverride::Kind::set, 0),
               "What a machine costs an hour")
      .derived("add_per_hour", kRule, amount(PriceOverride::Kind::add, -kMostPerHour),
               "What is added to the listed price of an hour; negative: taken off")
      .derived("add_percent", kRule, percent(),
               "Share of the listed price that is added: -10 takes a tenth off")
      .key("currency", &PriceOverride::currency, currency(), "Of the amount")
      .check(check);
  auto value = object(table);
  value.show = [show = value.show](const PriceOverride& rule) {
    auto out = show(rule);
    if (rule.kind == PriceOverride::Kind::percent) out.erase("currency");  // it would be refused
    return out;
  };
  return value;
}

}  // namespace nova::reader
