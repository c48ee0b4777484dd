// Goal: generic.so behind the contract: offers whose columns agree, quotes row by row, no price for
// the unknown. Method: the built library, called through its tables by the SDK's fake host.
#include "tests/plugins/plugin_file.hpp"

namespace generic_plugin_test {

using nova::FakeComponent;
using nova::FakeHost;

const nova_component& generic() {
  static const nova_component& component = nova_test::component_of("generic");
  return component;
}

std::vector<nova::Offer> offers(FakeComponent& c, const char* filter = "{}") {
  std::vector<nova::Offer> rows;
  const nova_offer_sink sink{
      sizeof sink, 0, &rows,
      [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i) {
          nova::Offer o;
          const auto text = [i](const nova_str* column) {
            return std::string(nova::view(column[i]));
          };
          o.offer_id = text(b->offer_id), o.provider = text(b->provider),
          o.region = text(b->region);
          o.zone = text(b->zone), o.machine_type = text(b->machine_type), o.os = text(b->os);
          o.arch = text(b->arch), o.currency = text(b->currency), o.source = text(b->source);
          o.purchase = b->purchase[i], o.quality = b->quality[i], o.vcpus = b->vcpus[i];
          o.memory_bytes = b->memory_bytes[i], o.nanos_per_hour = b->nanos_per_hour[i];
          o.charge_unit_s = b->charge_unit_s[i], o.charge_minimum_s = b->charge_minimum_s[i];
          o.as_of_ns = b->as_of_ns[i], o.interruption_month = b->interruption_month[i];
          static_cast<std::vector<nova::Offer>*>(s->ctx)->push_back(o);
        }
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_cost_ops>().list_offers, nova::str(filter), &sink);
  return rows;
}

struct Quoted {
  std::vector<std::int64_t> total, as_of, valid_until;
  std::vector<std::int32_t> quality, status;
};
Quoted quote(FakeComponent& c, const std::vector<std::string>& ids,
             const std::vector<std::uint64_t>& machines, const std::vector<std::uint64_t>& beside,
             const std::vector<std::int64_t>& seconds) {
  const auto n = ids.size();
  Quoted q{std::vector<std::int64_t>(n, NOVA_NONE), std::vector<std::int64_t>(n, NOVA_NONE),
           std::vector<std::int64_t>(n, NOVA_NONE), std::vector<std::int32_t>(n),
           std::vector<std::int32_t>(n, NOVA_OK)};
  std::vector<nova_str> id;
  for (const auto& i : ids) id.push_back(nova::str(i));
  const nova_quote io{sizeof io,
                      0,
                      n,
                      id.data(),
                      machines.data(),
                      beside.empty() ? nullptr : beside.data(),
                      nullptr,
                      seconds.data(),
                      q.total.data(),
                      q.valid_until.data(),
                      q.as_of.data(),
                      q.quality.data(),
                      q.status.data()};
  c.invoke(c.ops<nova_cost_ops>().quote, &io);
  return q;
}

constexpr auto kOneMachine =
    R"({"machines": [{"type": "m4", "vcpus": 4, "memory_gib": 16, "storage_gb": 100}]})";

TEST(GenericPlugin, ListsOffersWhoseIdAgreesWithTheirColumns) {
  FakeHost host("prices");
  FakeComponent c(
      generic(), host,
      R"({"spot": {"discount": 0.7, "interruption_month": 0.1}, "captured_at": "2026-01-31"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  const auto all = offers(c);
  EXPECT_EQ(all.size(), 32u) << "4 types, 4 regions, 2 purchases";
  for (const auto& o : all) {
    EXPECT_EQ(o.offer_id, nova::make_offer_id(o));
    EXPECT_EQ(o.currency, "USD");
    EXPECT_EQ(o.source, "config of prices");
    EXPECT_EQ(o.as_of_ns, 1769817600'000'000'000);
    EXPECT_EQ(o.quality, o.purchase == NOVA_SPOT ? NOVA_PRICE_ESTIMATED : NOVA_PRICE_LIST);
    EXPECT_EQ(o.charge_unit_s, 3600);
    EXPECT_EQ(std::isnan(o.interruption_month), o.purchase != NOVA_SPOT);
  }
  EXPECT_EQ(all[0].memory_bytes, 8.0 * 1024 * 1024 * 1024);
  EXPECT_EQ(offers(c, R"({"regions": ["us-west", "moon"]})").size(), 8u);
  EXPECT_EQ(offers(c, R"({"region": "eu-west", "arch": "riscv"})").size(), 8u)
      << "a hint: more rather than less";
  EXPECT_TRUE(offers(c, "{").empty());
  EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT);
}

TEST(GenericPlugin, QuotesTheGoldenTotals) {
  FakeHost host;
  FakeComponent c(generic(), host, kOneMachine);
  const std::string west = "generic/us-west//m4/linux/on-demand",
                    east = "generic/us-east//m4/linux/on-demand";
  const auto q =
      quote(c, {east, west, east, east, "aws/us-east//m4/linux/on-demand", east},
            {1, 10, 1, 1, 1, 1}, {0, 0, 24, 0, 0, 0}, {3600, 3600, 3600, 3601, 3600, -5});
  EXPECT_EQ(q.total, (std::vector<std::int64_t>{216'000'000, 2'138'400'000, 183'600'000,
                                                432'000'000, NOVA_NONE, NOVA_NONE}));
  EXPECT_EQ(q.status, (std::vector<std::int32_t>{NOVA_OK, NOVA_OK, NOVA_OK, NOVA_OK, NOVA_NOT_FOUND,
                                                 NOVA_INVALID_ARGUMENT}));
  EXPECT_EQ(q.quality, (std::vector<std::int32_t>{NOVA_PRICE_LIST, NOVA_PRICE_LIST, NOVA_PRICE_LIST,
                                                  NOVA_PRICE_LIST, 0, 0}));
  EXPECT_EQ(q.as_of[0], host.now_ns) << "rates without a day are in force now";
  EXPECT_TRUE(host.noted(4, "there is no offer aws/us-east//m4/linux/on-demand"));
  EXPECT_TRUE(host.noted(5, "duration_s must be >= 0"));
  const auto more = quote(c, {east, east}, {24, 25}, {}, {3600, 3600});
  EXPECT_LT(more.total[1], more.total[0]) << "all_units: 25 cost less than 24";
}

TEST(GenericPlugin, AnswersSpotOnlyForSpotOffers) {
  FakeHost host;
  FakeComponent c(generic(), host,
                  R"({"machines": [{"type": "m", "vcpus": 1, "memory_gib": 0, "price_per_hour": 1}],
    "regions": [{"name": "r"}], "spot": {"discount": 0.75, "interruption_month": 0.19}})");
  const std::string ids[] = {"generic/r//m/linux/spot", "generic/r//m/linux/on-demand", "?"};
  const nova_str id[] = {nova::str(ids[0]), nova::str(ids[1]), nova::str(ids[2])};
  std::int64_t price[3] = {NOVA_NONE, NOVA_NONE, NOVA_NONE};
  double probability[3] = {nova::kNaN, nova::kNaN, nova::kNaN};
  std::int32_t quality[3] = {}, status[3] = {};
  const nova_spot io{sizeof io, 0,       3,           id,      365 * 3600, price,
                     nullptr,   nullptr, probability, nullptr, quality,    status};
  c.invoke(c.ops<nova_cost_ops>().spot, &io);
  EXPECT_EQ(price[0], 250'000'000);
  EXPECT_NEAR(probability[0], 0.1, 1e-12) << "half a month: 1 - sqrt(1 - 0.19)";
  EXPECT_EQ(status[0], NOVA_OK);
  EXPECT_EQ(std::pair(status[1], price[1]), std::pair(NOVA_INVALID_ARGUMENT, NOVA_NONE));
  EXPECT_EQ(std::pair(status[2], price[2]), std::pair(NOVA_NOT_FOUND, NOVA_NONE));
}

TEST(GenericPlugin, DeclaresItsTiersAndItsStorageRates) {
  FakeHost host;
  FakeComponent c(generic(), host, R"({"volume": {"mode": "graduated"}})");
  const auto told = nova::Json::parse(c.describe());
  EXPECT_EQ(told["capabilities"]["volume_mode"], "graduated");
  EXPECT_EQ(
      told["capabilities"]["volume_tiers"],
      nova::Json::parse(
          R"([{"from":5,"discount":0.05},{"from":10,"discount":0.1},{"from":25,"discount":0.15}])"));
  EXPECT_EQ(told["config"]["currency"], "USD");

  std::vector<std::int64_t> nanos;
  const nova_rate_sink sink{
      sizeof sink, 0, &nanos, [](const nova_rate_sink* s, const nova_rate_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i) {
          EXPECT_EQ(nova::view(b->item[i]), "storage");
          EXPECT_EQ(nova::view(b->unit[i]), "GB-hour");
          static_cast<std::vector<std::int64_t>*>(s->ctx)->push_back(b->nanos_per_unit[i]);
        }
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_cost_ops>().list_rates, nova::str("{}"), &sink);
  EXPECT_EQ(nanos, (std::vector<std::int64_t>{200'000, 220'000, 240'000, 260'000}));
}

TEST(GenericPlugin, RefusesABadConfig) {
  FakeHost host;
  FakeComponent c(generic(), host, R"({"charge": {"unit": "0s"}})");
  EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(c.error(), "/charge/unit: must be >= 1s, got 0s");
}

}  // namespace generic_plugin_test
