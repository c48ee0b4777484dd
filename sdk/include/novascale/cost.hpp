// Cost providers: offers, rates, quotes and spot figures as rows and views, and cost_component<T>.
//
// Methods of T, the first two mandatory:
//   void list_offers(Call, const Config& filter, Offers& out)    a hint: answer more, not less
//   void quote(Call, Quote&)
//   void spot(Call, Spot&)
//   void list_rates(Call, const Config& filter, Rates& out)
//   void commitments(Call, const Config& filter, Writer& json_lines)
// Unknown prices are NOVA_NONE with quality 0, never a guess. Money is in nanos of the currency's
// unit.
#pragma once

#include <novascale/cost.h>

#include <novascale/columns.hpp>
#include <novascale/component.hpp>
#include <novascale/series.hpp>

#include <cmath>

namespace nova {
inline namespace sdk_v1 {

// 0.096 USD -> 96'000'000 nanos; NaN and what does not fit -> NOVA_NONE.
inline std::int64_t to_nanos(double amount) noexcept {
  return std::fabs(amount) < 9.2e9 ? std::llround(amount * 1e9) : NOVA_NONE;
}

// One machine type in one place under one purchase option. Everything not set means "not known".
struct Offer {
  std::string offer_id, provider, region, zone, machine_type, family, arch, os;
  std::string currency = "USD", source, attributes_json;
  double vcpus = kNaN, memory_bytes = kNaN, gpus = kNaN, family_units = kNaN;
  double interruption_month = kNaN, carbon_g_per_kwh = kNaN;
  std::int32_t purchase = 0, quality = 0;
  std::int64_t nanos_per_hour = NOVA_NONE, upfront_nanos = NOVA_NONE, term_s = NOVA_NONE;
  std::int64_t charge_unit_s = NOVA_NONE, charge_minimum_s = NOVA_NONE;
  std::int64_t available = NOVA_NONE, as_of_ns = NOVA_NONE;
};

// provider/region/zone/machine_type/os/purchase, with '/' in a part as %2F.
inline std::string make_offer_id(const Offer& o) {
  static constexpr const char* kPurchase[] = {"", "on-demand", "spot", "reserved", "savings-plan"};
  const bool known = o.purchase >= 0 && o.purchase <= 4;
  std::string id;
  const auto append = [&](std::string_view part) {
    for (const char c : part) c == '/' ? id.append("%2F") : id.append(1, c);
  };
  for (const std::string* part : {&o.provider, &o.region, &o.zone, &o.machine_type, &o.os}) {
    append(*part);
    id += '/';
  }
  append(known ? kPurchase[o.purchase] : "");
  return id;
}

class Offers {
 public:
  explicit Offers(const nova_offer_sink* sink) : sink_(sink) {}
  void add(Offer offer) {
    rows_.push_back(std::move(offer));
    if (rows_.size() >= detail::kBatch) flush();
  }
  void flush() {
    if (rows_.empty()) return;
    const auto& r = rows_;
    using O = Offer;
    using detail::column;
    const auto offer_id = column(r, &O::offer_id), provider = column(r, &O::provider),
               region = column(r, &O::region), zone = column(r, &O::zone),
               machine_type = column(r, &O::machine_type), family = column(r, &O::family),
               arch = column(r, &O::arch), os = column(r, &O::os),
               currency = column(r, &O::currency), source = column(r, &O::source),
               attributes = column(r, &O::attributes_json);
    const auto vcpus = column(r, &O::vcpus), memory = column(r, &O::memory_bytes),
               gpus = column(r, &O::gpus), units = column(r, &O::family_units),
               interruption = column(r, &O::interruption_month),
               carbon = column(r, &O::carbon_g_per_kwh);
    const auto purchase = column(r, &O::purchase), quality = column(r, &O::quality);
    const auto price = column(r, &O::nanos_per_hour), upfront = column(r, &O::upfront_nanos),
               term = column(r, &O::term_s), unit = column(r, &O::charge_unit_s),
               minimum = column(r, &O::charge_minimum_s), available = column(r, &O::available),
               as_of = column(r, &O::as_of_ns);
    nova_offer_batch b{};
    b.struct_size = sizeof b;
    b.count = r.size();
    b.offer_id = offer_id.data(), b.provider = provider.data(), b.region = region.data();
    b.zone = zone.data(), b.machine_type = machine_type.data(), b.family = family.data();
    b.arch = arch.data(), b.os = os.data(), b.currency = currency.data();
    b.source = source.data(), b.attributes_json = attributes.data();
    b.vcpus = vcpus.data(), b.memory_bytes = memory.data(), b.gpus = gpus.data();
    b.family_units = units.data(), b.interruption_month = interruption.data();
    b.carbon_g_per_kwh = carbon.data();
    b.purchase = purchase.data(), b.quality = quality.data();
    b.nanos_per_hour = price.data(), b.upfront_nanos = upfront.data(), b.term_s = term.data();
    b.charge_unit_s = unit.data(), b.charge_minimum_s = minimum.data();
    b.available = available.data(), b.as_of_ns = as_of.data();
    detail::emit(sink_, b);
    rows_.clear();
  }

 private:
  const nova_offer_sink* sink_;
  std::vector<Offer> rows_;
};

// What a machine uses beside itself: "storage.gp3" per "GB-month".
struct Rate {
  std::string provider, region, item, unit, currency = "USD", source;
  double from_quantity = 0, to_quantity = kNaN;  // graduated tier within a month; NaN = no end
  std::int64_t nanos_per_unit = NOVA_NONE, as_of_ns = NOVA_NONE;
  std::int32_t quality = 0;
};

class Rates {
 public:
  explicit Rates(const nova_rate_sink* sink) : sink_(sink) {}
  void add(Rate rate) {
    rows_.push_back(std::move(rate));
    if (rows_.size() >= detail::kBatch) flush();
  }
  void flush() {
    if (rows_.empty()) return;
    const auto& r = rows_;
    using detail::column;
    const auto provider = column(r, &Rate::provider), region = column(r, &Rate::region),
               item = column(r, &Rate::item), unit = column(r, &Rate::unit),
               currency = column(r, &Rate::currency), source = column(r, &Rate::source);
    const auto from = column(r, &Rate::from_quantity), to = column(r, &Rate::to_quantity);
    const auto price = column(r, &Rate::nanos_per_unit), as_of = column(r, &Rate::as_of_ns);
    const auto quality = column(r, &Rate::quality);
    nova_rate_batch b{};
    b.struct_size = sizeof b;
    b.count = r.size();
    b.provider = provider.data(), b.region = region.data(), b.item = item.data();
    b.unit = unit.data(), b.currency = currency.data(), b.source = source.data();
    b.from_quantity = from.data(), b.to_quantity = to.data();
    b.nanos_per_unit = price.data(), b.as_of_ns = as_of.data(), b.quality = quality.data();
    detail::emit(sink_, b);
    rows_.clear();
  }

 private:
  const nova_rate_sink* sink_;
  std::vector<Rate> rows_;
};

// "What would these machines cost for so long": answered row by row.
class Quote : public detail::Items {
 public:
  Quote(Call call, const nova_quote& io)
      : Items(call, detail::field(io, &nova_quote::count),
              detail::field(io, &nova_quote::item_status)),
        offer_id_(detail::field(io, &nova_quote::offer_id), count()),
        machines_(detail::field(io, &nova_quote::machines)),
        account_machines_(detail::field(io, &nova_quote::account_machines)),
        start_ns_(detail::field(io, &nova_quote::start_ns)),
        duration_s_(detail::field(io, &nova_quote::duration_s)),
        total_(detail::field(io, &nova_quote::total_nanos)),
        valid_until_(detail::field(io, &nova_quote::valid_until_ns)),
        as_of_(detail::field(io, &nova_quote::as_of_ns)),
        quality_(detail::field(io, &nova_quote::quality)) {}

  std::string_view offer_id(std::size_t i) const noexcept { return offer_id_[i]; }
  std::uint64_t machines(std::size_t i) const noexcept {
    return detail::at_or<std::uint64_t>(machines_, i, 0);
  }
  // Machines of the account running beside these, for volume tiers.
  std::uint64_t account_machines(std::size_t i) const noexcept {
    return detail::at_or<std::uint64_t>(account_machines_, i, 0);
  }
  std::int64_t start_ns(std::size_t i) const noexcept {
    return detail::at_or<std::int64_t>(start_ns_, i, NOVA_NONE);
  }
  std::int64_t duration_s(std::size_t i) const noexcept {
    return detail::at_or<std::int64_t>(duration_s_, i, 0);
  }
  void answer(std::size_t i, std::int64_t total_nanos, std::int32_t quality,
              std::int64_t as_of_ns = NOVA_NONE, std::int64_t valid_until_ns = NOVA_NONE) const {
    detail::set(total_, i, total_nanos);
    detail::set(quality_, i, quality);
    detail::set(as_of_, i, as_of_ns);
    detail::set(valid_until_, i, valid_until_ns);
    set_status(i, NOVA_OK);
  }

 private:
  Strings offer_id_;
  const std::uint64_t *machines_, *account_machines_;
  const std::int64_t *start_ns_, *duration_s_;
  std::int64_t *total_, *valid_until_, *as_of_;
  std::int32_t* quality_;
};

struct SpotAnswer {
  std::int64_t nanos_per_hour = NOVA_NONE, p90_nanos_per_hour = NOVA_NONE, as_of_ns = NOVA_NONE;
  double interruption_probability = kNaN;  // of losing one machine within horizon_s
  double capacity_score = kNaN;            // [0, 1], how likely a request is met now
  std::int32_t quality = 0;
};

class Spot : public detail::Items {
 public:
  Spot(Call call, const nova_spot& io)
      : Items(call, detail::field(io, &nova_spot::count),
              detail::field(io, &nova_spot::item_status)),
        offer_id_(detail::field(io, &nova_spot::offer_id), count()),
        horizon_s_(detail::field(io, &nova_spot::horizon_s)),
        price_(detail::field(io, &nova_spot::nanos_per_hour)),
        p90_(detail::field(io, &nova_spot::p90_nanos_per_hour)),
        as_of_(detail::field(io, &nova_spot::as_of_ns)),
        interruption_(detail::field(io, &nova_spot::interruption_probability)),
        capacity_(detail::field(io, &nova_spot::capacity_score)),
        quality_(detail::field(io, &nova_spot::quality)) {}

  std::string_view offer_id(std::size_t i) const noexcept { return offer_id_[i]; }
  std::int64_t horizon_s() const noexcept { return horizon_s_; }
  void answer(std::size_t i, const SpotAnswer& a) const {
    detail::set(price_, i, a.nanos_per_hour);
    detail::set(p90_, i, a.p90_nanos_per_hour);
    detail::set(as_of_, i, a.as_of_ns);
    detail::set(interruption_, i, a.interruption_probability);
    detail::set(capacity_, i, a.capacity_score);
    detail::set(quality_, i, a.quality);
    set_status(i, NOVA_OK);
  }

 private:
  Strings offer_id_;
  std::int64_t horizon_s_;
  std::int64_t *price_, *p90_, *as_of_;
  double *interruption_, *capacity_;
  std::int32_t* quality_;
};

namespace detail {

NOVA_SDK_DETECT(list_offers, (T & t, const Call& call, const Config& filter, Offers& out),
                (call, filter, out))
NOVA_SDK_DETECT(quote, (T & t, const Call& call, Quote& io), (call, io))
NOVA_SDK_DETECT(spot, (T & t, const Call& call, Spot& io), (call, io))
NOVA_SDK_DETECT(list_rates, (T & t, const Call& call, const Config& filter, Rates& out),
                (call, filter, out))
NOVA_SDK_DETECT(commitments, (T & t, const Call& call, const Config& filter, Writer& json_lines),
                (call, filter, json_lines))

template <class T>
struct CostThunks {
  static nova_status list_offers(nova_instance* p, const nova_call* c, nova_str filter,
                                 const nova_offer_sink* out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Offers offers(out);
      const auto status =
          answer([&] { return self<T>(p).list_offers(call, Config(view(filter), ""), offers); });
      if (status == NOVA_OK) offers.flush();
      return status;
    });
  }
  static nova_status quote(nova_instance* p, const nova_call* c, const nova_quote* io,
                           nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Quote arg(call, *io);
      return answer([&] { return self<T>(p).quote(call, arg); });
    });
  }
  static nova_status spot(nova_instance* p, const nova_call* c, const nova_spot* io,
                          nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Spot arg(call, *io);
      return answer([&] { return self<T>(p).spot(call, arg); });
    });
  }
  static nova_status list_rates(nova_instance* p, const nova_call* c, nova_str filter,
                                const nova_rate_sink* out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Rates rates(out);
      const auto status =
          answer([&] { return self<T>(p).list_rates(call, Config(view(filter), ""), rates); });
      if (status == NOVA_OK) rates.flush();
      return status;
    });
  }
  static nova_status commitments(nova_instance* p, const nova_call* c, nova_str filter,
                                 const nova_writer* json_lines, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Writer writer(json_lines);
      return answer([&] { return self<T>(p).commitments(call, Config(view(filter), ""), writer); });
    });
  }
};

template <class T>
constexpr nova_cost_ops make_cost_ops() {
  static_assert(has_list_offers<T>() && has_quote<T>(),
                "a cost provider needs list_offers(Call, const Config&, Offers&) and "
                "quote(Call, Quote&)");
  nova_cost_ops ops{};
  ops.struct_size = sizeof ops;
  ops.list_offers = &CostThunks<T>::list_offers;
  ops.quote = &CostThunks<T>::quote;
  if constexpr (has_spot<T>()) ops.spot = &CostThunks<T>::spot;
  if constexpr (has_list_rates<T>()) ops.list_rates = &CostThunks<T>::list_rates;
  if constexpr (has_commitments<T>()) ops.commitments = &CostThunks<T>::commitments;
  return ops;
}
template <class T>
inline constexpr nova_cost_ops cost_ops = make_cost_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component cost_component =
    detail::make_component<T>(NOVA_COST, &detail::cost_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
