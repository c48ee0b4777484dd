#include "core/cost/override.hpp"

#include <cmath>
#include <cstdio>
#include <set>

namespace nova {
namespace {

constexpr double kMost = 9.2e18;  // of 64 bits

const char* word_of(Purchase purchase) {
  switch (purchase) {
    case Purchase::on_demand:
      return "on-demand";
    case Purchase::spot:
      return "spot";
    case Purchase::reserved:
      return "reserved";
    case Purchase::savings_plan:
      return "savings-plan";
    case Purchase::unknown:
      break;
  }
  return "";
}

std::string amount(std::int64_t nanos, const std::string& currency) {
  char text[48];
  std::snprintf(text, sizeof text, "%.10g ", static_cast<double>(nanos) / 1e9);
  return text + currency + "/h";
}

std::string words(const PriceOverride& rule) {
  if (rule.kind == PriceOverride::Kind::set) return "set";
  char text[48];
  std::snprintf(text, sizeof text, "%+.10g",
                rule.kind == PriceOverride::Kind::percent
                    ? rule.percent
                    : static_cast<double>(rule.nanos_per_hour) / 1e9);
  return rule.kind == PriceOverride::Kind::percent ? std::string(text) + " %"
                                                   : text + (" " + rule.currency + "/h");
}

// The amount changed by the rule; nothing where that is no price.
std::optional<std::int64_t> changed(const PriceOverride& rule, std::int64_t nanos) {
  const double result = rule.kind == PriceOverride::Kind::percent
                            ? std::round(static_cast<double>(nanos) * ((100 + rule.percent) / 100))
                            : static_cast<double>(nanos) + static_cast<double>(rule.nanos_per_hour);
  if (!(result >= 0 && result < kMost)) return std::nullopt;
  return rule.kind == PriceOverride::Kind::percent ? static_cast<std::int64_t>(result)
                                                   : nanos + rule.nanos_per_hour;
}

// What keeps the rule from this offer; "" = it was applied.
std::string apply(const PriceOverride& rule, Offer& offer) {
  const bool relative = rule.kind != PriceOverride::Kind::set;
  const bool priced = offer.nanos_per_hour.has_value();
  if (rule.kind != PriceOverride::Kind::percent && offer.currency != rule.currency &&
      !(offer.currency.empty() && !relative))
    return "is in " + (offer.currency.empty() ? std::string("no currency") : offer.currency) +
           ", the override in " + rule.currency;
  if (relative && !priced) return "has no known price to change";
  auto hourly = std::optional(rule.nanos_per_hour);
  auto upfront = offer.upfront_nanos;
  if (relative) hourly = changed(rule, *offer.nanos_per_hour);
  if (upfront && rule.kind == PriceOverride::Kind::percent) upfront = changed(rule, *upfront);
  if (!hourly || (offer.upfront_nanos && !upfront))
    return "would cost less than nothing, or too much";
  if (upfront && !relative) upfront = 0;
  if (offer.term.count() > 0 && !relative) upfront = 0;
  const auto former = priced ? amount(*offer.nanos_per_hour, offer.currency) +
                                   (offer.source.empty() ? "" : ", " + offer.source)
                             : std::string("not known");
  offer.source = "override " + words(rule) + " (before: " + former + ")";
  offer.quality = PriceQuality::overridden;
  offer.nanos_per_hour = hourly;
  offer.upfront_nanos = upfront;
  if (!relative) {
    offer.currency = rule.currency;
    offer.as_of.reset();
  }
  offer.price.reset();
  if (offer.currency == "USD") offer.price = UsdPerHour{*hourly};
  return "";
}

}  // namespace

bool matches(const PriceOverride& rule, const Offer& offer) {
  const auto is = [](const std::string& pattern, const std::string& text) {
    return pattern.empty() || glob_matches(pattern, text);
  };
  return is(rule.provider, offer.provider) && is(rule.region, offer.region) &&
         is(rule.machine_type, offer.machine_type) && is(rule.os, offer.os) &&
         is(rule.purchase, word_of(offer.purchase));
}

std::vector<std::string> apply_overrides(std::span<const PriceOverride> rules,
                                         std::span<Offer> offers) {
  std::vector<std::string> remarks;
  std::set<std::size_t> told;
  for (auto& offer : offers)
    for (std::size_t r = 0; r < rules.size(); ++r) {
      if (!matches(rules[r], offer)) continue;
      if (const auto why = apply(rules[r], offer); !why.empty() && told.insert(r).second)
        remarks.push_back("/prices/" + std::to_string(r) + ": does not hold for " + offer.id +
                          ", which " + why);
      break;
    }
  return remarks;
}

}  // namespace nova
