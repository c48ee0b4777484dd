// Cost providers: offers whose ids agree with their columns, prices that can be believed.
#include <cmath>
#include <set>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

struct Row {
  std::string id, provider, region, zone, type, os, currency;
  std::int32_t purchase = 0, quality = 0;
  std::int64_t price = NOVA_NONE, upfront = NOVA_NONE, unit = NOVA_NONE, minimum = NOVA_NONE,
               available = NOVA_NONE;
  double vcpus = NAN, memory = NAN, interruption = NAN;
};

std::vector<Row> offers(const Rig& rig, const Object& object, std::string_view filter = "{}") {
  std::vector<Row> rows;
  const nova_offer_sink sink{
      sizeof sink, 0, &rows, [](const nova_offer_sink* s, const nova_offer_batch* b) {
        const auto text = [](const nova_str* c, std::uint64_t i) {
          return c && c[i].ptr ? std::string(c[i].ptr, c[i].len) : std::string();
        };
        const auto cell = [](const auto* c, std::uint64_t i, auto absent) {
          return c ? c[i] : absent;
        };
        for (std::uint64_t i = 0; i < b->count; ++i)
          static_cast<std::vector<Row>*>(s->ctx)->push_back(
              {text(b->offer_id, i), text(b->provider, i), text(b->region, i), text(b->zone, i),
               text(b->machine_type, i), text(b->os, i), text(b->currency, i),
               cell(b->purchase, i, 0), cell(b->quality, i, 0),
               cell(b->nanos_per_hour, i, NOVA_NONE), cell(b->upfront_nanos, i, NOVA_NONE),
               cell(b->charge_unit_s, i, NOVA_NONE), cell(b->charge_minimum_s, i, NOVA_NONE),
               cell(b->available, i, NOVA_NONE), cell(b->vcpus, i, double(NAN)),
               cell(b->memory_bytes, i, double(NAN)), cell(b->interruption_month, i, double(NAN))});
        return nova_status{NOVA_OK};
      }};
  CallBox box;
  box.expect_ok(
      rig.ops<nova_cost_ops>().list_offers(object.get(), &box.call, str(filter), &sink, &box.error),
      "list_offers");
  return rows;
}

std::vector<std::string> parts_of(const std::string& id) {
  std::vector<std::string> parts(1);
  for (const char c : id)
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

// '/' in a part is written %2F.
std::string escaped(const std::string& part) {
  std::string out;
  for (const char c : part) out += c == '/' ? std::string("%2F") : std::string(1, c);
  return out;
}

void ids_agree(Rig& rig) {
  const auto object = rig.make();
  const auto rows = offers(rig, object);
  require(!rows.empty(), "lists no offers");
  constexpr const char* kPurchase[] = {"", "ondemand", "spot", "reserved", "savingsplan"};
  std::set<std::string> seen;
  for (const auto& row : rows) {
    require(seen.insert(row.id).second, row.id + ": listed twice");
    const auto parts = parts_of(row.id);
    require(parts.size() >= 6,
            row.id + ": an offer id has provider/region/zone/machine_type/os/purchase");
    const std::pair<const char*, const std::string*> columns[] = {{"provider", &row.provider},
                                                                  {"region", &row.region},
                                                                  {"zone", &row.zone},
                                                                  {"machine_type", &row.type},
                                                                  {"os", &row.os}};
    for (std::size_t i = 0; i < 5; ++i)
      require(parts[i] == escaped(*columns[i].second),
              row.id + ": its column " + columns[i].first + " says \"" + *columns[i].second + "\"");
    require(row.purchase >= 0 && row.purchase <= 4, row.id + ": unknown purchase option");
    if (row.purchase == 0 || parts[5].empty()) continue;
    std::string word;  // "on-demand", "on_demand" and "ondemand" are all in use
    for (const char c : parts[5])
      if (c != '_' && c != '-') word += c;
    require(word == kPurchase[row.purchase],
            row.id + ": its column purchase says " + kPurchase[row.purchase]);
  }
}

void prices(Rig& rig) {
  const auto object = rig.make();
  for (const auto& row : offers(rig, object)) {
    require(row.price == NOVA_NONE || row.price >= 0, row.id + ": a negative price");
    require(row.upfront == NOVA_NONE || row.upfront >= 0, row.id + ": a negative upfront price");
    require(row.price == NOVA_NONE || row.currency.size() == 3,
            row.id + ": a price without its currency");
    require(row.price != NOVA_NONE || row.upfront != NOVA_NONE || row.quality == 0,
            row.id + ": a quality without a price");
    require(row.price == NOVA_NONE || (row.quality >= 1 && row.quality <= 3),
            row.id + ": a price of no known quality");
    require(row.unit == NOVA_NONE || row.unit > 0, row.id + ": charge_unit_s must be > 0");
    require(row.minimum == NOVA_NONE || row.minimum >= 0,
            row.id + ": charge_minimum_s must be >= 0");
    require(row.available == NOVA_NONE || row.available >= 0,
            row.id + ": a negative number available");
    require(!(row.vcpus <= 0) && !std::isinf(row.vcpus), row.id + ": vcpus must be > 0, or NaN");
    require(!(row.memory <= 0) && !std::isinf(row.memory),
            row.id + ": memory_bytes must be > 0, or NaN");
    require(!(row.interruption < 0 || row.interruption > 1),
            row.id + ": interruption_month must lie in [0, 1]");
  }
}

struct QuoteGot {
  std::vector<std::int64_t> total;
  std::vector<std::int32_t> quality, status;
};

QuoteGot quote(const Rig& rig, const Object& object, const std::vector<std::string>& ids,
               const std::vector<std::uint64_t>& count, const std::vector<std::int64_t>& seconds) {
  const auto n = ids.size();
  std::vector<nova_str> names;
  for (const auto& id : ids) names.push_back(str(id));
  const Column<nova_str> id("quote.offer_id", names);
  const Column<std::uint64_t> machines("quote.machines", count),
      beside("quote.account_machines", std::vector<std::uint64_t>(n, 0));
  const Column<std::int64_t> start("quote.start_ns", std::vector<std::int64_t>(n, rig.now_ns)),
      duration("quote.duration_s", seconds);
  const Column<std::int64_t> total("quote.total_nanos", n, NOVA_NONE),
      valid("quote.valid_until_ns", n, NOVA_NONE), as_of("quote.as_of_ns", n, NOVA_NONE);
  const Column<std::int32_t> quality("quote.quality", n), status("quote.item_status", n, NOVA_OK);
  const nova_quote io{sizeof io,
                      0,
                      n,
                      id.data(),
                      machines.data(),
                      beside.data(),
                      start.data(),
                      duration.data(),
                      total.data(),
                      valid.data(),
                      as_of.data(),
                      quality.data(),
                      status.data()};
  CallBox box;
  box.expect_ok(rig.ops<nova_cost_ops>().quote(object.get(), &box.call, &io, &box.error), "quote");
  return {total.copy(), quality.copy(), status.copy()};
}

void quotes(Rig& rig) {
  const auto object = rig.make();
  const auto rows = offers(rig, object);
  require(!rows.empty(), "lists no offers");
  for (std::size_t i = 0; i < rows.size(); i += 1 + rows.size() / 50) {
    const auto& id = rows[i].id;
    const auto got = quote(rig, object, {id, id, id, id}, {1, 1, 2, 0}, {3600, 7200, 7200, 3600});
    for (std::size_t k = 0; k < 4; ++k) {
      require(got.status[k] == NOVA_OK,
              id + ": quote of an offer it lists answered " + status_name(got.status[k]));
      require(got.total[k] == NOVA_NONE || got.total[k] >= 0,
              id + ": quote answered a negative price");
    }
    if (got.total[0] == NOVA_NONE || got.total[1] == NOVA_NONE || got.total[2] == NOVA_NONE)
      continue;
    require(got.total[0] <= got.total[1], id + ": two hours cost less than one");
    require(got.total[1] <= got.total[2], id + ": two machines cost less than one");
    require(got.total[3] <= 0, id + ": no machines cost something");
  }
}

void unknown_offer(Rig& rig) {
  const auto object = rig.make();
  const auto rows = offers(rig, object);
  require(!rows.empty(), "lists no offers");
  const auto got = quote(rig, object, {"no/such/offer/at/all/x", rows[0].id}, {1, 1}, {3600, 3600});
  require(got.status[0] == NOVA_NOT_FOUND,
          "quote of an unknown offer must be NOVA_NOT_FOUND, got " + status_name(got.status[0]));
  require(got.total[0] == NOVA_NONE, "quote gives an unknown offer a price");
  require(got.status[1] == NOVA_OK, "an unknown offer costs the others their quote");
}

void listing(Rig& rig) {
  const auto object = rig.make();
  const auto first = offers(rig, object), again = offers(rig, object);
  require(first.size() == again.size(), "lists another number of offers when asked again");
  (void)offers(rig, object, R"({"vcpus":[1,2],"arch":"x86_64","regions":["nowhere"]})");
  (void)offers(rig, object, "");
  const nova_offer_sink refusing{
      sizeof refusing, 0, nullptr,
      [](const nova_offer_sink*, const nova_offer_batch*) { return nova_status{NOVA_CANCELLED}; }};
  CallBox box;
  if (!first.empty())
    require(rig.ops<nova_cost_ops>().list_offers(object.get(), &box.call, str("{}"), &refusing,
                                                 &box.error) == NOVA_CANCELLED,
            "a sink's refusal is not passed on by list_offers");
}

constexpr Check kCostChecks[] = {
    {"offer-ids", Kind::cost, "offer ids are unique and agree with their columns", ids_agree},
    {"prices", Kind::cost, "prices, sizes and durations are possible ones", prices},
    {"quotes", Kind::cost, "more machines or more time never cost less", quotes},
    {"unknown-offer", Kind::cost, "an unknown offer fails alone", unknown_offer},
    {"listing", Kind::cost, "listing repeats, takes any filter, stops when told", listing},
};

}  // namespace

std::span<const Check> cost_checks() { return kCostChecks; }

}  // namespace nova::verify
