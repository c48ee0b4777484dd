// The clouds' plugins as the build made them, and what they answer, as rows. For tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/plugins/plugin_file.hpp"

namespace nova_test {

using nova::FakeComponent;
using nova::FakeHost;

struct Told {
  nova::Offer offer;
  double effective() const {  // per hour, upfront spread over the term
    const double upfront = offer.upfront_nanos == NOVA_NONE ? 0 : double(offer.upfront_nanos);
    return (double(offer.nanos_per_hour) +
            (offer.term_s > 0 ? upfront / (double(offer.term_s) / 3600) : 0)) /
           1e9;
  }
};

// Calls visit(const nova_offer_batch&, row) for every offer.
template <class Visit>
void each_offer(FakeComponent& c, const std::string& filter, Visit visit) {
  const nova_offer_sink sink{
      sizeof sink, 0, &visit,
      [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i) (*static_cast<Visit*>(s->ctx))(*b, i);
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_cost_ops>().list_offers, nova::str(filter), &sink);
}

inline nova::Offer offer_at(const nova_offer_batch& b, std::uint64_t i) {
  nova::Offer o;
  const auto text = [i](const nova_str* column) { return std::string(nova::view(column[i])); };
  o.offer_id = text(b.offer_id), o.provider = text(b.provider), o.region = text(b.region);
  o.zone = text(b.zone), o.os = text(b.os), o.machine_type = text(b.machine_type);
  o.family = text(b.family), o.arch = text(b.arch), o.currency = text(b.currency);
  o.source = text(b.source), o.attributes_json = text(b.attributes_json);
  o.purchase = b.purchase[i], o.quality = b.quality[i], o.vcpus = b.vcpus[i];
  o.memory_bytes = b.memory_bytes[i], o.gpus = b.gpus[i], o.family_units = b.family_units[i];
  o.nanos_per_hour = b.nanos_per_hour[i], o.upfront_nanos = b.upfront_nanos[i];
  o.term_s = b.term_s[i], o.as_of_ns = b.as_of_ns[i];
  o.charge_unit_s = b.charge_unit_s[i], o.charge_minimum_s = b.charge_minimum_s[i];
  o.interruption_month = b.interruption_month[i];
  return o;
}

inline std::map<std::string, Told> offers_of(FakeComponent& c, const std::string& filter = "{}") {
  std::map<std::string, Told> rows;
  each_offer(c, filter, [&](const nova_offer_batch& b, std::uint64_t i) {
    auto offer = offer_at(b, i);
    auto id = offer.offer_id;
    rows.emplace(std::move(id), Told{std::move(offer)});
  });
  return rows;
}

struct Quoted {
  std::vector<std::int64_t> total, as_of, valid_until;
  std::vector<std::int32_t> quality, status;
};

inline Quoted quote_of(FakeComponent& c, const std::vector<std::string>& ids,
                       const std::vector<std::uint64_t>& machines,
                       const std::vector<std::int64_t>& seconds) {
  const auto n = ids.size();
  const std::vector<std::int64_t> none(n, NOVA_NONE);
  Quoted q{none, none, none, std::vector<std::int32_t>(n), std::vector<std::int32_t>(n, NOVA_OK)};
  std::vector<nova_str> id;
  for (const auto& i : ids) id.push_back(nova::str(i));
  nova_quote io{};
  io.struct_size = sizeof io;
  io.count = n;
  io.offer_id = id.data();
  io.machines = machines.data();
  io.duration_s = seconds.data();
  io.total_nanos = q.total.data();
  io.valid_until_ns = q.valid_until.data();
  io.as_of_ns = q.as_of.data();
  io.quality = q.quality.data();
  io.item_status = q.status.data();
  c.invoke(c.ops<nova_cost_ops>().quote, &io);
  return q;
}

struct SpotTold {
  std::vector<std::int64_t> price, as_of;
  std::vector<double> interruption;
  std::vector<std::int32_t> quality, status;
};

inline SpotTold spot_of(FakeComponent& c, const std::vector<std::string>& ids,
                        std::int64_t horizon_s) {
  const auto n = ids.size();
  const std::vector<std::int64_t> none(n, NOVA_NONE);
  SpotTold told{none, none, std::vector<double>(n, nova::kNaN), std::vector<std::int32_t>(n),
                std::vector<std::int32_t>(n, NOVA_OK)};
  std::vector<nova_str> id;
  for (const auto& i : ids) id.push_back(nova::str(i));
  nova_spot io{};
  io.struct_size = sizeof io;
  io.count = n;
  io.offer_id = id.data();
  io.horizon_s = horizon_s;
  io.nanos_per_hour = told.price.data();
  io.as_of_ns = told.as_of.data();
  io.interruption_probability = told.interruption.data();
  io.quality = told.quality.data();
  io.item_status = told.status.data();
  c.invoke(c.ops<nova_cost_ops>().spot, &io);
  return told;
}

inline std::vector<nova::Rate> rates_of(FakeComponent& c, const std::string& filter = "{}") {
  std::vector<nova::Rate> rows;
  const nova_rate_sink sink{
      sizeof sink, 0, &rows, [](const nova_rate_sink* s, const nova_rate_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i) {
          nova::Rate r;
          r.region = nova::view(b->region[i]), r.item = nova::view(b->item[i]);
          r.unit = nova::view(b->unit[i]), r.currency = nova::view(b->currency[i]);
          r.from_quantity = b->from_quantity[i], r.to_quantity = b->to_quantity[i];
          r.nanos_per_unit = b->nanos_per_unit[i], r.quality = b->quality[i];
          r.as_of_ns = b->as_of_ns[i];
          static_cast<std::vector<nova::Rate>*>(s->ctx)->push_back(r);
        }
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_cost_ops>().list_rates, nova::str(filter), &sink);
  return rows;
}

}  // namespace nova_test
