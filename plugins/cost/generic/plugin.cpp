// cost/generic: prices from an operator's own rates. See README.md.
#include <novascale.hpp>

#include <algorithm>

#include "price_list.hpp"
#include "schema.hpp"

namespace nova::generic {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kMonthSeconds = 730 * 3600.0;

// Regions of interest to the host; the rest of the filter is left to it.
bool wanted(const Json& filter, const std::string& region) {
  if (const auto one = filter.find("region"); one != filter.end() && one->is_string())
    return *one == region;
  const auto many = filter.find("regions");
  return many == filter.end() || !many->is_array() ||
         std::find(many->begin(), many->end(), Json(region)) != many->end();
}

class Generic {
 public:
  static constexpr auto id = "org.novacron.cost.generic";
  static constexpr auto name = "Generic tariff";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Prices from rates per vCPU, GiB and GB, by region, with volume discounts";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = kSchema;

  explicit Generic(Context context) : context_(context), list_(context.config()) {}

  Json capabilities() const {
    Json tiers = Json::array();
    for (const auto& t : list_.volume().tiers())
      tiers.push_back({{"from", t.from}, {"discount", static_cast<double>(t.discount) / kMillion}});
    return {{"volume_mode",
             list_.volume().mode() == VolumeDiscount::Mode::graduated ? "graduated" : "all_units"},
            {"volume_tiers", tiers},
            {"currency", list_.currency()},
            {"offers", list_.items().size()},
            {"spot", list_.spot().offered}};
  }

  void list_offers(const Call& call, const Config& filter, Offers& out) {
    std::size_t seen = 0;
    for (const auto& item : list_.items()) {
      if (seen++ % 1024 == 0) call.check();
      if (!wanted(filter.json(), item.region)) continue;
      nova::Offer o;
      o.offer_id = item.id;
      o.provider = list_.provider();
      o.region = item.region;
      o.zone = item.zone;
      o.machine_type = item.machine_type;
      o.family = item.family;
      o.arch = list_.arch();
      o.os = list_.os();
      o.currency = list_.currency();
      o.source = source();
      o.attributes_json = item.attributes_json;
      o.vcpus = item.vcpus;
      o.memory_bytes = item.memory_gib * kGiB;
      o.purchase = item.spot ? NOVA_SPOT : NOVA_ON_DEMAND;
      o.interruption_month = item.spot ? list_.spot().interruption_month : kNaN;
      o.quality = quality(item);
      o.nanos_per_hour = item.nanos_per_hour;
      o.charge_unit_s = list_.charge().unit_s;
      o.charge_minimum_s = list_.charge().minimum_s;
      o.as_of_ns = as_of();
      out.add(std::move(o));
    }
  }

  void quote(const Call&, Quote& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const Item* item = find(io, i);
      if (item == nullptr) continue;
      const auto seconds = list_.charge().charged_seconds(io.duration_s(i));
      if (!seconds) {
        io.fail(i, NOVA_INVALID_ARGUMENT,
                "duration_s must be >= 0 and in range, got " + std::to_string(io.duration_s(i)));
        continue;
      }
      const auto total = total_nanos(item->nanos_per_hour, io.machines(i), io.account_machines(i),
                                     *seconds, list_.discount_of(*item));
      if (total)
        io.answer(i, *total, quality(*item), as_of());
      else
        io.fail(i, NOVA_INVALID_ARGUMENT, "the total passes 9.2e9 " + list_.currency());
    }
  }

  void spot(const Call&, Spot& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const Item* item = find(io, i);
      if (item == nullptr) continue;
      if (!item->spot) {
        io.fail(i, NOVA_INVALID_ARGUMENT, "not a spot offer: " + item->id);
        continue;
      }
      SpotAnswer a;
      a.nanos_per_hour = a.p90_nanos_per_hour =
          item->nanos_per_hour;  // the operator's price stands still
      a.as_of_ns = as_of();
      a.quality = quality(*item);
      // A constant hazard that interrupts the stated share within 730 h.
      const double months =
          static_cast<double>(std::max<std::int64_t>(io.horizon_s(), 0)) / kMonthSeconds;
      a.interruption_probability = 1 - std::pow(1 - list_.spot().interruption_month, months);
      io.answer(i, a);
    }
  }

  void list_rates(const Call&, const Config& filter, Rates& out) {
    for (const auto& region : list_.storage()) {
      if (!wanted(filter.json(), region.region)) continue;
      Rate r;
      r.provider = list_.provider();
      r.region = region.region;
      r.item = "storage";
      r.unit = "GB-hour";
      r.currency = list_.currency();
      r.source = source();
      r.nanos_per_unit = region.storage_nanos_per_gb_hour;
      r.as_of_ns = as_of();
      r.quality = NOVA_PRICE_LIST;
      out.add(std::move(r));
    }
  }

 private:
  // The operator is the provider here, so the rates are the list; a spot price is derived from
  // them.
  static std::int32_t quality(const Item& item) {
    return item.spot ? NOVA_PRICE_ESTIMATED : NOVA_PRICE_LIST;
  }
  std::string source() const { return "config of " + std::string(context_.instance()); }
  std::int64_t as_of() const { return list_.captured_ns().value_or(context_.now_ns()); }

  template <class Items>
  const Item* find(const Items& io, std::size_t i) const {
    const Item* item = list_.find(io.offer_id(i));
    if (item == nullptr)
      io.fail(i, NOVA_NOT_FOUND, "there is no offer " + std::string(io.offer_id(i)));
    return item;
  }

  Context context_;
  PriceList list_;
};

}  // namespace
}  // namespace nova::generic

NOVA_PLUGIN("org.novacron.generic", "NovaCron", "1.0.0",
            nova::cost_component<nova::generic::Generic>)
