#include "core/cost/offer.hpp"

#include <fnmatch.h>

#include <chrono>
#include <limits>

namespace nova {

const char* to_string(Purchase purchase) noexcept {
  switch (purchase) {
    case Purchase::on_demand:
      return "on_demand";
    case Purchase::spot:
      return "spot";
    case Purchase::reserved:
      return "reserved";
    case Purchase::savings_plan:
      return "savings_plan";
    case Purchase::unknown:
      break;
  }
  return "unknown";
}

const char* to_string(PriceQuality quality) noexcept {
  switch (quality) {
    case PriceQuality::list:
      return "list";
    case PriceQuality::observed:
      return "observed";
    case PriceQuality::estimated:
      return "estimated";
    case PriceQuality::overridden:
      return "override";
    case PriceQuality::unknown:
      break;
  }
  return "unknown";
}

std::optional<std::int64_t> effective_nanos_per_hour(const Offer& offer) {
  const auto term_s = std::chrono::duration_cast<std::chrono::seconds>(offer.term).count();
  if (!offer.nanos_per_hour || term_s <= 0) return offer.nanos_per_hour;
  if (!offer.upfront_nanos) return std::nullopt;
  const auto spread = (__int128{*offer.upfront_nanos} * 3600 + term_s / 2) / term_s;
  const auto sum = spread + *offer.nanos_per_hour;
  if (sum > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(sum);
}

bool matches(const OfferFilter& filter, const Offer& offer) {
  const auto in_range = [](const Range& range, double x) {
    return (!range.low && !range.high) || (x > 0 && range.contains(x));
  };
  const auto is = [](const std::string& want, const std::string& have) {
    return want.empty() || want == have;
  };
  return in_range(filter.vcpus, offer.vcpus) && in_range(filter.memory_gib, offer.memory_gib) &&
         is(filter.arch, offer.arch) && is(filter.os, offer.os) &&
         is(filter.region, offer.region) && is(filter.machine_type, offer.machine_type);
}

bool glob_matches(const std::string& pattern, const std::string& text) {
  std::string plain;  // '[' and '\\' are themselves here, as they are to the plugins
  for (const char c : pattern) {
    if (c == '[' || c == '\\') plain += '\\';
    plain += c;
  }
  return fnmatch(plain.c_str(), text.c_str(), 0) == 0;
}

}  // namespace nova
