// Goal: aws.so tells the prices that are published, all of them, each with its currency, source,
// day and quality. Method: the built library, called through its tables; goldens are well-known
// list prices and published upfront sums, laws are checked over every offer.
#include <algorithm>
#include <set>

#include "tests/plugins/cost/cloud_books.hpp"

namespace aws_plugin_test {

using namespace nova_test;

const nova_component& aws() {
  static const nova_component& component = component_of("aws");
  return component;
}

std::string linux_id(const std::string& type, const std::string& region = "us-east-1") {
  return "aws/" + region + "//" + type + "/linux/on-demand";
}

constexpr std::int64_t kDay20260705 = 1783209600'000'000'000;

TEST(AwsPlugin, KnowsFifteenWellKnownPrices) {
  const std::pair<const char*, double> known[] = {
      {"m5.large", 0.096},   {"m5.xlarge", 0.192},   {"m6i.large", 0.096},  {"m6g.large", 0.077},
      {"c5.large", 0.085},   {"c5.xlarge", 0.17},    {"c6g.medium", 0.034}, {"r5.large", 0.126},
      {"r6g.large", 0.1008}, {"i3.large", 0.156},    {"t2.micro", 0.0116},  {"t3.micro", 0.0104},
      {"t3.medium", 0.0416}, {"g4dn.xlarge", 0.526}, {"p3.2xlarge", 3.06}};
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  const auto offers =
      offers_of(c, R"({"region": "us-east-1", "os": "linux", "purchase": ["on-demand"]})");
  for (const auto& [type, price] : known) {
    const auto at = offers.find(linux_id(type));
    ASSERT_NE(at, offers.end()) << type;
    const auto& o = at->second.offer;
    EXPECT_EQ(o.nanos_per_hour, nova::to_nanos(price)) << type;
    EXPECT_EQ(o.quality, NOVA_PRICE_LIST) << type;
    EXPECT_EQ(o.as_of_ns, kDay20260705) << type;
    EXPECT_EQ(o.currency, "USD");
    EXPECT_NE(o.source, "");
  }
  const auto& m5 = offers.at(linux_id("m5.large")).offer;
  EXPECT_EQ(m5.vcpus, 2);
  EXPECT_EQ(m5.memory_bytes, 8.0 * 1024 * 1024 * 1024);
  EXPECT_EQ(m5.arch, "x86_64");
  EXPECT_EQ(m5.family, "m5");
  EXPECT_EQ(m5.family_units, 4);
  EXPECT_EQ(m5.charge_unit_s, 1);
  EXPECT_EQ(m5.charge_minimum_s, 60);
  EXPECT_EQ(offers.at(linux_id("m6g.large")).offer.arch, "aarch64");
}

TEST(AwsPlugin, SellsReservedForThePublishedSums) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  const auto offers = offers_of(
      c, R"({"region": "us-east-1", "machine_type": "m5.large", "purchase": ["reserved"]})");
  EXPECT_EQ(offers.size(), 6u) << "two terms, three ways to pay";
  const std::string reserved = "aws/us-east-1//m5.large/linux/reserved/";
  const auto& one = offers.at(reserved + "1y-all-upfront").offer;
  EXPECT_EQ(one.upfront_nanos, 494'000'000'000);
  EXPECT_EQ(one.nanos_per_hour, 0);
  EXPECT_EQ(one.term_s, 8760 * 3600);
  EXPECT_EQ(one.quality, NOVA_PRICE_LIST);
  EXPECT_EQ(offers.at(reserved + "3y-all-upfront").offer.upfront_nanos, 949'000'000'000);
  // Break-even use against 0.096 on demand (COST.md 4).
  EXPECT_NEAR(offers.at(reserved + "1y-all-upfront").effective() / 0.096, 0.587, 0.0005);
  EXPECT_NEAR(offers.at(reserved + "1y-no-upfront").effective(), 0.06042, 0.000005);
  EXPECT_NEAR(offers.at(reserved + "1y-no-upfront").effective() / 0.096, 0.629, 0.0005);
  EXPECT_NEAR(offers.at(reserved + "3y-all-upfront").effective() / 0.096, 0.376, 0.0005);
  const auto& partial = offers.at(reserved + "3y-partial-upfront");
  EXPECT_NEAR(partial.effective(), 949.0 / 26280 * 1.0638, 1e-8);
  EXPECT_NEAR(double(partial.offer.upfront_nanos), 949e9 * 1.0638 / 2, 1);
  EXPECT_EQ(partial.offer.quality, NOVA_PRICE_ESTIMATED);

  const auto q = quote_of(c, {one.offer_id, one.offer_id, one.offer_id, reserved + "1y-no-upfront"},
                          {1, 2, 1, 1}, {3600, 3600, 8760 * 3600 + 1, 3600});
  EXPECT_EQ(q.total[0], 494'000'000'000) << "a term is paid whether used or not";
  EXPECT_EQ(q.total[1], 988'000'000'000);
  EXPECT_EQ(q.total[2], 988'000'000'000) << "one second more: a second term";
  EXPECT_NEAR(double(q.total[3]), 494e9 * 1.0714, 8760);
}

TEST(AwsPlugin, OffersPlansOnlyWhenAsked) {
  FakeHost host;
  FakeComponent c(aws(), host,
                  R"({"offerings": ["compute-plan", "convertible"], "types": ["m5.large"]})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  const auto offers =
      offers_of(c, R"({"regions": ["us-east-1"], "purchase": ["reserved", "savings-plan"]})");
  EXPECT_EQ(offers.size(), 12u);
  for (const auto& [id, told] : offers) EXPECT_EQ(told.offer.quality, NOVA_PRICE_ESTIMATED) << id;
  EXPECT_EQ(offers.count("aws/us-east-1//m5.large/linux/savings-plan/3y-compute-plan-no-upfront"),
            1u);
  EXPECT_EQ(offers.count("aws/us-east-1//m5.large/linux/reserved/1y-convertible-all-upfront"), 1u);
}

TEST(AwsPlugin, HoldsEveryOfferAndEachAgreesWithItsId) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  std::set<std::string> types, priced, regions, local;
  std::vector<std::size_t> ids;  // hashes of 64 bits
  std::size_t on_demand_linux = 0, above_list = 0;
  std::string region, type, want;
  std::int64_t list = NOVA_NONE;  // of the region and type at hand: on demand comes before spot
  bool counted = false;
  each_offer(c, "{}", [&](const nova_offer_batch& b, std::uint64_t i) {
    static constexpr const char* kPurchase[] = {"", "on-demand", "spot", "reserved"};
    const auto id = nova::view(b.offer_id[i]);
    want.assign("aws/");
    for (const auto* column : {b.region, b.zone, b.machine_type, b.os})
      want.append(nova::view(column[i])).append("/");
    want.append(kPurchase[b.purchase[i]]);
    ASSERT_EQ(id.substr(0, want.size()), want);
    ASSERT_EQ(id.size() > want.size() && id[want.size()] == '/', b.purchase[i] == NOVA_RESERVED)
        << id;
    ids.push_back(std::hash<std::string_view>{}(id));
    const bool known = b.nanos_per_hour[i] != NOVA_NONE;
    ASSERT_TRUE(known == (b.quality[i] != 0) && known == (b.source[i].len > 0) &&
                known == (b.as_of_ns[i] != NOVA_NONE))
        << id;
    if (nova::view(b.machine_type[i]) != type || nova::view(b.region[i]) != region) {
      type = nova::view(b.machine_type[i]), region = nova::view(b.region[i]);
      types.insert(type);
      (nova::view(b.attributes_json[i]).find("parent_region") != std::string_view::npos ? local
                                                                                        : regions)
          .insert(region);
      list = NOVA_NONE, counted = false;
    }
    ASSERT_EQ(nova::view(b.currency[i]), region == "cn-north-1" ? "CNY" : "USD") << id;
    if (!known || region == "cn-north-1" || nova::view(b.os[i]) != "linux") return;
    if (b.purchase[i] == NOVA_ON_DEMAND) {
      list = b.nanos_per_hour[i];
      priced.insert(type);
      ++on_demand_linux;
    } else if (b.purchase[i] == NOVA_SPOT && list != NOVA_NONE && b.nanos_per_hour[i] > list &&
               !counted) {
      ++above_list;
      counted = true;
    }
  });
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end()) << "an offer is there twice";
  EXPECT_GT(ids.size(), 250'000u);
  EXPECT_EQ(regions.size(), 36u + 1u) << "and cn-north-1, in CNY";
  EXPECT_EQ(local.size(), 35u + 33u);
  EXPECT_EQ(on_demand_linux, 23034u);
  EXPECT_EQ(priced.size(), 1387u);
  EXPECT_GE(types.size(), priced.size());
  EXPECT_EQ(above_list, 10u) << "spot above list is real, so it stays";
  EXPECT_EQ(nova::Json::parse(c.describe())["capabilities"]["machine_types"], 1405);
}

TEST(AwsPlugin, AttributesAreJson) {
  FakeHost host;
  FakeComponent c(aws(), host, R"({"types": ["m5.*", "g4dn.*", "t3.*"]})");
  std::set<std::string> keys;
  for (const auto* region : {"us-east-1", "us-east-1-bos-1"})
    each_offer(c, R"({"region": ")" + std::string(region) + "\"}",
               [&](const nova_offer_batch& b, std::uint64_t i) {
                 const auto facts =
                     nova::Json::parse(nova::view(b.attributes_json[i]), nullptr, false);
                 ASSERT_TRUE(facts.is_object()) << nova::view(b.attributes_json[i]);
                 for (const auto& [key, value] : facts.items()) keys.insert(key);
               });
  EXPECT_EQ(keys,
            (std::set<std::string>{"burstable", "gpu", "interruption_as_of", "local_storage_gb",
                                   "network_gbps", "bare_metal", "offering", "previous_generation",
                                   "parent_region", "payment", "place", "zones"}));
}

TEST(AwsPlugin, TellsSpotPerZoneWithItsRisk) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  const auto pools = offers_of(
      c,
      R"({"region": "us-east-1", "machine_type": "m5.large", "os": "linux", "purchase": ["spot"]})");
  ASSERT_EQ(pools.size(), 5u) << "zones a b c d f";
  const std::string pool = "aws/us-east-1/us-east-1a/m5.large/linux/spot";
  const auto& o = pools.at(pool).offer;
  EXPECT_EQ(o.nanos_per_hour, 43'660'000);
  EXPECT_EQ(o.quality, NOVA_PRICE_OBSERVED);
  EXPECT_EQ(o.interruption_month, 0.175) << "band 3";
  const auto told = spot_of(
      c, {pool, linux_id("m5.large"), "aws/us-east-1/us-east-1e/m5.large/linux/spot"}, 24 * 3600);
  EXPECT_EQ(told.status, (std::vector<std::int32_t>{NOVA_OK, NOVA_NOT_FOUND, NOVA_NOT_FOUND}));
  EXPECT_EQ(told.price[0], 43'660'000);
  EXPECT_NEAR(told.interruption[0], 0.0063, 0.00005) << "COST.md 3.1, 24 h";
  EXPECT_TRUE(std::isnan(told.interruption[1]));
  EXPECT_NEAR(spot_of(c, {pool}, 7 * 86400).interruption[0], 0.0433, 0.00005);
  EXPECT_EQ(spot_of(c, {pool}, 0).interruption[0], 0);
  std::size_t unknown = 0;
  for (const auto& [id, t] : offers_of(c, R"({"region": "us-east-1", "purchase": ["spot"]})"))
    unknown += std::isnan(t.offer.interruption_month);
  EXPECT_GT(unknown, 0u) << "an unknown band is unknown, not safe";
}

TEST(AwsPlugin, ChargesBySecondOrHour) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  const auto m5 = linux_id("m5.large"),
             suse = std::string("aws/us-east-1//m5.large/suse/on-demand");
  const auto q =
      quote_of(c, {m5, m5, m5, m5, suse, suse, m5, "aws/us-east-1//m5.large/beos/on-demand"},
               {1, 1, 1, 10, 1, 1, 1, 1}, {10, 60, 3601, 3600, 10, 3600, -1, 3600});
  EXPECT_EQ(q.total[0], 1'600'000) << "10 s and 60 s cost the same on EC2";
  EXPECT_EQ(q.total[1], 1'600'000);
  EXPECT_EQ(q.total[2], 96'026'667);
  EXPECT_EQ(q.total[3], 960'000'000);
  EXPECT_EQ(q.total[4], q.total[5]) << "SUSE by the hour";
  EXPECT_EQ(q.status[6], NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(q.status[7], NOVA_NOT_FOUND);
  EXPECT_EQ(q.total[7], NOVA_NONE);
  EXPECT_EQ(q.valid_until[0] - q.as_of[0], 30LL * 86400 * 1'000'000'000);
}

TEST(AwsPlugin, EstimatesOnlyWhenAskedAndSaysSo) {
  FakeHost host;
  FakeComponent plain(aws(), host, "{}");
  FakeComponent guessing(aws(), host, R"({"estimate_missing": true})");
  const auto filter = R"({"os": "linux", "purchase": ["on-demand"]})";
  const auto known = offers_of(plain, filter), guessed = offers_of(guessing, filter);
  ASSERT_EQ(known.size(), guessed.size());
  std::size_t made = 0;
  for (const auto& [id, told] : known) {
    const auto& other = guessed.at(id).offer;
    if (told.offer.nanos_per_hour != NOVA_NONE) {
      ASSERT_EQ(other.nanos_per_hour, told.offer.nanos_per_hour) << id;
      continue;
    }
    const auto q = quote_of(plain, {id}, {1}, {3600});
    ASSERT_EQ(std::pair(q.total[0], q.status[0]), std::pair(NOVA_NONE, NOVA_OK)) << id;
    if (other.nanos_per_hour == NOVA_NONE) continue;
    ++made;
    ASSERT_EQ(other.quality, NOVA_PRICE_ESTIMATED) << id;
    ASSERT_NE(other.source.find("index"), std::string::npos) << id;
    ASSERT_EQ(quote_of(guessing, {id}, {1}, {3600}).total[0], other.nanos_per_hour) << id;
  }
  EXPECT_GT(made, 500u);
  const auto storage = [](const std::vector<nova::Rate>& rates) {
    std::map<std::string, nova::Rate> by_region;
    for (const auto& r : rates)
      if (r.item == "storage.gp3") by_region[r.region] = r;
    return by_region;
  };
  EXPECT_EQ(storage(rates_of(plain)).size(), 1u);
  const auto all = storage(rates_of(guessing));
  EXPECT_EQ(all.at("us-east-1").quality, NOVA_PRICE_LIST);
  EXPECT_EQ(all.at("us-east-1").nanos_per_unit, 80'000'000);
  EXPECT_EQ(all.at("af-south-1").quality, NOVA_PRICE_ESTIMATED);
  EXPECT_EQ(all.at("af-south-1").nanos_per_unit, 106'192'000) << "0.08 x 1.3274";
}

TEST(AwsPlugin, TellsGraduatedRates) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  std::vector<std::pair<double, std::int64_t>> tiers;
  double end = 0;
  for (const auto& r : rates_of(c, R"({"region": "us-east-1"})")) {
    ASSERT_EQ(r.region, "us-east-1");
    if (r.item != "transfer.internet") continue;
    EXPECT_EQ(r.from_quantity, end) << "tiers join";
    EXPECT_EQ(r.unit, "GB");
    end = r.to_quantity;
    tiers.emplace_back(r.from_quantity, r.nanos_per_unit);
  }
  EXPECT_EQ(tiers,
            (std::vector<std::pair<double, std::int64_t>>{
                {0, 90'000'000}, {10240, 85'000'000}, {51200, 70'000'000}, {153600, 50'000'000}}));
  EXPECT_TRUE(std::isnan(end)) << "the last tier has no end";
}

TEST(AwsPlugin, TellsOwnedCommitments) {
  FakeHost host;
  FakeComponent c(aws(), host, R"({"commitments": [
    {"id": "ri-1", "offer": "aws/us-east-1//m5.large/linux/reserved/1y-all-upfront", "machines": 10, "start": "2026-01-01"},
    {"offer": "aws/us-east-1//g4dn.xlarge/linux/reserved/1y-no-upfront", "start": "2026-01-01"}]})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  std::string text;
  const nova_writer writer{
      sizeof writer, 0, &text,
      [](const nova_writer* w, const void* data, std::uint64_t size) -> nova_status {
        static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data), size);
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_cost_ops>().commitments, nova::str("{}"), &writer);
  const auto first = nova::Json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(first["id"], "ri-1");
  EXPECT_EQ(first["kind"], "reserved");
  EXPECT_EQ(first["family"], "m5");
  EXPECT_EQ(first["family_units"], 40.0);
  EXPECT_EQ(first["upfront_nanos"], 4'940'000'000'000);
  EXPECT_EQ(first["end_ns"].get<std::int64_t>() - first["start_ns"].get<std::int64_t>(),
            8760LL * 3600 * 1'000'000'000);
  const auto second = nova::Json::parse(text.substr(text.find('\n') + 1));
  EXPECT_EQ(second["machines"], 1) << "accelerated families are not size-flexible";
  text.clear();
  c.invoke(c.ops<nova_cost_ops>().commitments, nova::str(R"({"region": "eu-west-1"})"), &writer);
  EXPECT_EQ(text, "");
}

TEST(AwsPlugin, HonoursTheFilter) {
  FakeHost host;
  FakeComponent c(aws(), host, "{}");
  const auto some = offers_of(
      c, R"({"regions": ["eu-west-1", "us-west-2"], "vcpus": [4, 8], "memory_gib": [16, 32],
    "arch": "aarch64", "os": "linux", "purchase": ["on-demand"], "machine_types": ["m?g.*", "r7*"], "unknown": 1})");
  EXPECT_GT(some.size(), 5u);
  for (const auto& [id, told] : some) {
    const auto& o = told.offer;
    EXPECT_TRUE(o.region == "eu-west-1" || o.region == "us-west-2") << id;
    EXPECT_TRUE(o.vcpus >= 4 && o.vcpus <= 8 && o.arch == "aarch64" && o.purchase == NOVA_ON_DEMAND)
        << id;
    EXPECT_TRUE(o.machine_type[0] == 'm' || o.machine_type[0] == 'r') << id;
  }
  for (const auto& [id, told] :
       offers_of(c, R"({"zone": "us-east-1f", "machine_types": ["m5.*"]})"))
    EXPECT_TRUE(told.offer.region == "us-east-1" &&
                (told.offer.zone.empty() || told.offer.zone == "us-east-1f"))
        << id;
  EXPECT_TRUE(offers_of(c, R"({"regions": ["nowhere"]})").empty());
}

TEST(AwsPlugin, RefusesABadConfig) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"regions": ["us-east-1", "us-eats-1"]})",
       "/regions/1: there is none such, got \"us-eats-1\""},
      {R"({"types": ["m99.*"]})", "/types/0: there is none such"},
      {R"({"commitments": [{"offer": "aws/us-east-1//m5.large/linux/on-demand", "start": "2026-01-01"}]})",
       "/commitments/0/offer: must be a reserved or savings-plan offer"},
      {R"({"commitments": [{"offer": "aws/us-east-1//m5.large/linux/reserved/1y-no-upfront", "start": "2026-13-01"}]})",
       "/commitments/0/start: must be a day"},
  };
  for (const auto& [config, message] : cases) {
    FakeHost host;
    FakeComponent c(aws(), host, config);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << config;
    EXPECT_NE(c.error().find(message), std::string::npos) << c.error();
  }
}

}  // namespace aws_plugin_test
