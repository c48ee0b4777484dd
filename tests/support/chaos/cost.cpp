// A cost provider with two offers: one machine, on demand and spot.
#include <cmath>

#include "chaos.hpp"

namespace chaos {
namespace {

struct Provider : Base {};

constexpr const char* kIds[] = {"chaos/r1/r1a/c1.small/linux/on-demand",
                                "chaos/r1/r1a/c1.small/linux/spot"};
constexpr std::int64_t kPrice[] = {100'000'000, 30'000'000};

nova_str str(const char* s) { return {s, std::strlen(s)}; }

nova_status list_offers(nova_instance* i, const nova_call* c, nova_str, const nova_offer_sink* out,
                        nova_error* err) {
  auto& p = as<Provider>(i);
  if (p.is("partial") || p.is("throws") || p.is("hangs") || p.is("sleeps"))
    if (const auto status = misbehave(i, c, 0, 0, 0, err)) return status;
  nova_str id[2] = {str(kIds[0]), str(kIds[1])}, provider[2], region[2], zone[2], type[2], os[2],
           arch[2], currency[2], source[2];
  double vcpus[2] = {2, 2}, memory[2] = {4e9, 4e9}, interruption[2] = {0, 0.1};
  std::int32_t purchase[2] = {NOVA_ON_DEMAND, NOVA_SPOT},
               quality[2] = {NOVA_PRICE_LIST, NOVA_PRICE_OBSERVED};
  std::int64_t price[2] = {kPrice[0], kPrice[1]}, unit[2] = {3600, 1}, minimum[2] = {3600, 60},
               available[2] = {NOVA_NONE, 5}, upfront[2] = {NOVA_NONE, NOVA_NONE},
               term[2] = {NOVA_NONE, NOVA_NONE};
  for (int k = 0; k < 2; ++k) {
    provider[k] = str("chaos"), region[k] = str("r1"), zone[k] = str("r1a"),
    type[k] = str("c1.small");
    os[k] = str("linux"), arch[k] = str("x86_64"), currency[k] = str("USD"),
    source[k] = str("made up");
  }
  if (p.is("id_disagrees")) region[1] = str("r2");
  if (p.is("same_id")) id[1] = id[0], purchase[1] = NOVA_ON_DEMAND;
  if (p.is("empty_id")) id[1] = str("");
  if (p.is("negative_price")) price[1] = -1;
  if (p.is("no_currency")) currency[1] = str("");
  if (p.is("nan_price")) price[1] = NOVA_NONE, quality[1] = 0;
  if (p.is("negative_size")) vcpus[1] = -2;
  if (p.is("negative_upfront")) upfront[1] = -1;
  if (p.is("endless_term")) term[1] = INT64_MAX;
  if (p.is("wild_risk")) interruption[1] = 1.5;
  if (p.is("euro")) currency[1] = str("EUR");
  nova_offer_batch b{};
  b.struct_size = sizeof b;
  b.count = p.is("lists_nothing") ? 0 : p.is("endless") ? 2'000'000 : 2;
  b.offer_id = id, b.provider = provider, b.region = region, b.zone = zone, b.machine_type = type;
  b.arch = arch, b.os = os, b.currency = currency, b.source = source;
  b.vcpus = vcpus, b.memory_bytes = memory, b.interruption_month = interruption;
  b.purchase = purchase, b.quality = quality, b.nanos_per_hour = price;
  b.upfront_nanos = upfront, b.term_s = term;
  b.charge_unit_s = unit, b.charge_minimum_s = minimum, b.available = available;
  if (p.is("old_struct"))
    b.struct_size = offsetof(nova_offer_batch, currency);  // knows ids and places only
  const auto status = out->emit(out, &b);
  if (p.is("partial") && status == NOVA_OK) {
    err->flags = NOVA_ERROR_PARTIAL;
    return fail(err, NOVA_UNAVAILABLE, "the second page did not come");
  }
  return p.is("ignores_sink") ? NOVA_OK : status;
}

nova_status quote(nova_instance* i, const nova_call* c, const nova_quote* io, nova_error* err) {
  auto& p = as<Provider>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  for (std::uint64_t k = 0; k < io->count; ++k) {
    int found = -1;
    for (int o = 0; o < 2; ++o)
      if (text(io->offer_id[k]) == kIds[o]) found = o;
    if (found < 0) {
      if (p.is("unknown_offer_fails_call")) return fail(err, NOVA_NOT_FOUND, "unknown offer");
      if (p.is("prices_unknown_offers"))
        io->total_nanos[k] = 1;
      else if (NOVA_HAS(io, item_status))
        io->item_status[k] = NOVA_NOT_FOUND;
      continue;
    }
    auto hours = io->duration_s[k] / 3600;
    if (p.is("longer_is_cheaper")) hours = 100 - hours;
    io->total_nanos[k] = kPrice[found] * hours * static_cast<std::int64_t>(io->machines[k]);
    if (p.is("negative_quote")) io->total_nanos[k] = -5;
    io->quality[k] = NOVA_PRICE_LIST;
  }
  return NOVA_OK;
}

const nova_cost_ops kOps = {sizeof kOps, 0, list_offers, quote, nullptr, nullptr, nullptr};

}  // namespace

const nova_component kCost = {sizeof(nova_component),
                              NOVA_COMPONENT_CONCURRENT,
                              NOVA_COST,
                              "org.novacron.test.chaos.cost",
                              "Chaos cost",
                              "1.0.0",
                              "two offers",
                              kSchema,
                              &kOps,
                              create<Provider>,
                              destroy,
                              describe,
                              nullptr,
                              nullptr,
                              get_extension};

}  // namespace chaos
