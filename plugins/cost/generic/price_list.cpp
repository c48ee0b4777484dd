#include "price_list.hpp"

#include <chrono>
#include <cstdio>
#include <novascale/cost.hpp>

namespace nova::generic {

namespace {

[[noreturn]] void refuse(const Config& config, const char* key, const std::string& what) {
  throw Error(NOVA_INVALID_ARGUMENT, config.pointer(key) + ": " + what);
}

std::int64_t whole_seconds(const Config& config, const char* key, std::int64_t least) {
  const auto ns = config.duration(key).count();
  if (ns % 1'000'000'000 != 0)
    refuse(config, key, "must be whole seconds, got " + config.text(key));
  if (ns / 1'000'000'000 < least)
    refuse(config, key, "must be >= " + std::to_string(least) + "s, got " + config.text(key));
  return ns / 1'000'000'000;
}

std::int64_t midnight_ns(const Config& config, const char* key) {
  using namespace std::chrono;
  const std::string text = config.text(key);
  int y = 0, end = 0;
  unsigned m = 0, d = 0;
  if (text.size() == 10 && std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &end) == 3 &&
      end == 10) {
    const year_month_day date{year{y}, month{m}, day{d}};
    if (date.ok() && y >= 1970 && y < 2262)
      return nanoseconds(sys_days{date}.time_since_epoch()).count();
  }
  refuse(config, key, "must be a day such as 2026-01-31, got \"" + text + '"');
}

std::int64_t millionths(const Config& config, const char* key) {
  const auto value = to_millionths(config.number(key));
  if (!value) refuse(config, key, "is out of range");
  return *value;
}

VolumeDiscount read_volume(const Config& config) {
  const auto mode = config.text("mode") == "graduated" ? VolumeDiscount::Mode::graduated
                                                       : VolumeDiscount::Mode::all_units;
  std::vector<VolumeDiscount::Tier> tiers;
  for (const auto& t : config.objects("tiers")) {
    const auto from = static_cast<std::uint64_t>(t.integer("from"));
    if (!tiers.empty() && from <= tiers.back().from)
      refuse(t, "from",
             "must be above the tier before (" + std::to_string(tiers.back().from) + "), got " +
                 std::to_string(from));
    tiers.push_back({from, millionths(t, "discount")});
  }
  return {mode, std::move(tiers)};
}

SpotTerms read_spot(const Config& config) {
  SpotTerms spot;
  if (!config.has("spot")) return spot;
  const Config terms = config.object("spot");
  spot.offered = true;
  spot.price = kMillion - millionths(terms, "discount");
  spot.interruption_month =
      terms.has("interruption_month") ? terms.number("interruption_month") : kNaN;
  return spot;
}

}  // namespace

PriceList::PriceList(const Config& config)
    : provider_(config.text("provider")),
      currency_(config.text("currency")),
      arch_(config.text("arch")),
      os_(config.text("os")),
      volume_(read_volume(config.object("volume"))),
      spot_(read_spot(config)) {
  if (currency_.size() != 3)
    refuse(config, "currency", "must be an ISO 4217 code, got \"" + currency_ + '"');
  if (config.has("captured_at")) captured_ns_ = midnight_ns(config, "captured_at");
  const Config charge = config.object("charge");
  charge_.unit_s = whole_seconds(charge, "unit", 1);
  charge_.minimum_s = whole_seconds(charge, "minimum", 0);
  const Config rates = config.object("rates");
  const SizeRates size_rates{to_nanos(rates.number("per_vcpu_hour")),
                             to_nanos(rates.number("per_gib_hour")),
                             to_nanos(rates.number("per_storage_gb_hour"))};
  const auto machines = config.objects("machines");
  for (const auto& region : config.objects("regions")) {
    for (const auto& machine : machines) add(machine, region, size_rates);
    const auto storage =
        scaled_nanos(size_rates.storage_gb_nanos, millionths(region, "multiplier"));
    if (!storage) refuse(region, "multiplier", "makes a price too large");
    storage_.push_back({region.text("name"), *storage});
  }
}

void PriceList::add(const Config& machine, const Config& region, const SizeRates& rates) {
  const Size size{millionths(machine, "vcpus"), millionths(machine, "memory_gib"),
                  millionths(machine, "storage_gb")};
  const std::int64_t multiplier = millionths(region, "multiplier");
  const auto price = machine.has("price_per_hour")
                         ? scaled_nanos(to_nanos(machine.number("price_per_hour")), multiplier)
                         : hourly_nanos(rates, size, multiplier);
  const auto spot_price = price ? scaled_nanos(*price, spot_.price) : std::nullopt;
  if (!price || !spot_price) refuse(machine, "type", "has a price too large to be told");
  auto zones = region.texts("zones");
  if (zones.empty()) zones.emplace_back();
  for (const auto& zone : zones)
    for (const bool spot : {false, true}) {
      if (spot && !spot_.offered) continue;
      nova::Offer named;
      named.provider = provider_;
      named.region = region.text("name");
      named.zone = zone;
      named.machine_type = machine.text("type");
      named.os = os_;
      named.purchase = spot ? NOVA_SPOT : NOVA_ON_DEMAND;
      Item item{make_offer_id(named),
                named.region,
                zone,
                named.machine_type,
                machine.text("family"),
                {},
                machine.number("vcpus"),
                machine.number("memory_gib"),
                spot,
                spot ? *spot_price : *price};
      if (machine.number("storage_gb") > 0)
        item.attributes_json = Json{{"storage_gb", machine.number("storage_gb")}}.dump();
      if (!index_.try_emplace(item.id, items_.size()).second)
        refuse(machine, "type", "offer " + item.id + " is there twice");
      items_.push_back(std::move(item));
    }
}

const Item* PriceList::find(std::string_view offer_id) const {
  const auto at = index_.find(std::string(offer_id));
  return at == index_.end() ? nullptr : &items_[at->second];
}

}  // namespace nova::generic
