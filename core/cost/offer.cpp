#include "core/cost/offer.hpp"

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
    case PriceQuality::unknown:
      break;
  }
  return "unknown";
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

}  // namespace nova
