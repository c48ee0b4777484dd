// CloudPrices: the cost component that aws, gce and azure have in common.
//
// A cloud gives its facts: identity, schema, catalogue, and how it charges:
//   struct Cloud {
//     static constexpr const char *id, *name, *version, *description, *schema;
//     static std::span<const std::byte> catalogue();
//     static ChargeUnit charge(std::string_view os);   // of machines paid by use
//   };
// A cloud that can ask its provider gives a Live, too, with the functions of NoLive
// (live_book.hpp).
// Keys of the schema that a cloud does not have are simply absent there. See README.md.
#pragma once

#include <novascale.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "live_book.hpp"
#include "owned.hpp"
#include "plugins/cost/generic/tariff.hpp"
#include "price_book.hpp"
#include "side_rates.hpp"

namespace nova::cloud {

using generic::ChargeUnit;

inline constexpr double kMonthSeconds = 730 * 3600.0;
// How long a captured price is taken for the present one; past it, it is kept and shown as stale.
inline constexpr std::int64_t kListFreshNs = 30LL * 86400 * 1'000'000'000;
inline constexpr std::int64_t kSpotFreshNs = 1LL * 86400 * 1'000'000'000;

inline Selection read_selection(const Config& config) {
  Selection selection;
  const std::pair<const char*, std::vector<std::string>*> lists[] = {
      {"regions", &selection.regions},
      {"types", &selection.types},
      {"os", &selection.os},
      {"purchase", &selection.purchase},
      {"offerings", &selection.offerings}};
  for (const auto& [key, list] : lists)
    if (config.has(key)) *list = config.texts(key);
  if (config.has("estimate_missing"))
    selection.estimate_missing = config.boolean("estimate_missing");
  return selection;
}

template <class Cloud, class Live = NoLive>
class CloudPrices {
 public:
  static constexpr auto id = Cloud::id;
  static constexpr auto name = Cloud::name;
  static constexpr auto version = Cloud::version;
  static constexpr auto description = Cloud::description;
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = Cloud::schema;

  explicit CloudPrices(Context context)
      : book_(Cloud::catalogue(), read_selection(context.config())), live_(context, book_) {
    if (context.config().has("commitments"))
      owned_ = owned_commitments(book_, context.config().objects("commitments"));
  }

  Json capabilities() const {
    Json sources = Json::array();
    for (const auto& s : book_.header().at("sources"))
      sources.push_back({{"name", s.at(0)}, {"captured", s.at(1)}, {"quality", s.at(2)}});
    return {{"regions", book_.regions().size()},
            {"machine_types", book_.types().size()},
            {"prices", live_.describe()},
            {"sources", sources}};
  }

  void list_offers(const Call& call, const Config& filter, Offers& out) {
    live_.refresh(call);
    const LiveBook* live = live_.book();
    const Filter wanted(filter.json());
    std::size_t seen = 0;
    book_.each(wanted, [&](const Item& item) {
      if (seen++ % 1024 == 0) call.check();
      auto offer = book_.offer(item);
      if (book_.option(item).years == 0) set_charge(offer);
      if (const auto* now = live ? live->find(offer.offer_id) : nullptr)
        set_price(offer, now->price);
      out.add(std::move(offer));
    });
    if (live == nullptr) return;
    for (auto offer : live->added) {
      if (!wants(wanted, offer)) continue;
      set_charge(offer);
      set_price(offer, live->find(offer.offer_id)->price);
      out.add(std::move(offer));
    }
  }

  // Used by time: whole units, at least the minimum. Committed: whole terms, used or not.
  void quote(const Call&, Quote& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto found = find(io, i);
      if (!found) continue;
      const Price& price = found->price;
      const std::int64_t term = price.term_s == NOVA_NONE ? 0 : price.term_s;
      const ChargeUnit charge = term > 0 ? ChargeUnit{term, term} : Cloud::charge(found->os);
      const auto seconds = charge.charged_seconds(io.duration_s(i));
      if (!seconds) {
        io.fail(i, NOVA_INVALID_ARGUMENT,
                "duration_s must be >= 0 and in range, got " + std::to_string(io.duration_s(i)));
        continue;
      }
      if (price.source == nullptr) {  // known to be had, at no price that is known
        io.answer(i, NOVA_NONE, 0);
        continue;
      }
      const auto total = total_of(price, io.machines(i), *seconds, term);
      if (total)
        io.answer(i, *total, price.source->quality, price.source->as_of_ns,
                  price.source->as_of_ns + found->fresh_ns);
      else
        io.fail(i, NOVA_INVALID_ARGUMENT, "the total passes 9.2e9 of the currency");
    }
  }

  void spot(const Call&, Spot& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto found = find(io, i);
      if (!found) continue;
      if (found->purchase != NOVA_SPOT) {
        io.fail(i, NOVA_NOT_FOUND, "not a spot offer: " + std::string(io.offer_id(i)));
        continue;
      }
      const Price& price = found->price;
      SpotAnswer a;
      a.nanos_per_hour = price.nanos_per_hour;  // of one moment: its spread is not known
      if (price.source != nullptr) {
        a.as_of_ns = price.source->as_of_ns;
        a.quality = price.source->quality;
      }
      // A constant hazard that interrupts the stated share within 730 h.
      const double month = found->interruption_month;
      const double months =
          static_cast<double>(std::max<std::int64_t>(io.horizon_s(), 0)) / kMonthSeconds;
      a.interruption_probability = 1 - std::pow(1 - month, months);
      io.answer(i, a);
    }
  }

  void list_rates(const Call&, const Config& filter, Rates& out) {
    for (auto& rate : side_rates(book_, Filter(filter.json()))) out.add(std::move(rate));
  }

  void commitments(const Call&, const Config& filter, Writer& json_lines) {
    const Filter wanted(filter.json());
    for (const auto& one : owned_)
      if (wanted.wants_region(one.region)) json_lines.write(one.line);
  }

 private:
  struct Found {
    Price price;
    std::string_view os;
    std::int32_t purchase;
    double interruption_month;
    std::int64_t fresh_ns;  // past it the price is stale
  };

  template <class Items>
  std::optional<Found> find(const Items& io, std::size_t i) const {
    const auto wanted = io.offer_id(i);
    const auto item = book_.find(wanted);
    const auto* live = live_.book();
    const auto* now = live ? live->find(wanted) : nullptr;
    if (!item && now == nullptr) {
      io.fail(i, NOVA_NOT_FOUND, "there is no offer " + std::string(wanted));
      return std::nullopt;
    }
    const double month = item ? book_.interruption_month(*item) : kNaN;
    if (now != nullptr) return Found{now->price, now->os, now->purchase, month, now->fresh_ns};
    const auto& option = book_.option(*item);
    return Found{book_.price(*item), option.os, option.purchase, month,
                 option.purchase == NOVA_SPOT ? kSpotFreshNs : kListFreshNs};
  }

  static void set_charge(nova::Offer& offer) {
    const ChargeUnit charge = Cloud::charge(offer.os);
    offer.charge_unit_s = charge.unit_s;
    offer.charge_minimum_s = charge.minimum_s;
  }

  static void set_price(nova::Offer& offer, const Price& price) {
    offer.nanos_per_hour = price.nanos_per_hour;
    offer.source = price.source->name;
    offer.as_of_ns = price.source->as_of_ns;
    offer.quality = price.source->quality;
  }

  static bool wants(const Filter& filter, const nova::Offer& o) {
    return filter.wants_region(o.region) && filter.wants_zone_of(o.region) &&
           (filter.zone.empty() || o.zone.empty() || o.zone == filter.zone) &&
           filter.wants_machine(o.machine_type, o.arch, o.vcpus, o.memory_bytes / (1u << 30)) &&
           filter.wants_os(o.os) &&
           filter.wants_purchase(o.purchase == NOVA_SPOT ? "spot" : "on-demand");
  }

  static std::optional<std::int64_t> total_of(const Price& price, std::uint64_t machines,
                                              std::int64_t seconds, std::int64_t term) {
    const auto used = generic::total_nanos(price.nanos_per_hour, machines, 0, seconds, {});
    if (!used || term == 0) return used;
    const auto terms = static_cast<std::uint64_t>(seconds / term);
    std::int64_t upfront = 0, total = 0;
    if (__builtin_mul_overflow(terms, machines, &machines) ||
        __builtin_mul_overflow(price.upfront_nanos, machines, &upfront) ||
        __builtin_add_overflow(*used, upfront, &total))
      return std::nullopt;
    return total;
  }

  PriceBook book_;
  Live live_;  // keeps the book's address
  std::vector<Owned> owned_;
};

}  // namespace nova::cloud
