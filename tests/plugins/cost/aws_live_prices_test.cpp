// Goal: with `live` the plugin tells AWS's present prices, each with its own source and age; when
// AWS cannot be asked, it says so and tells what serves instead; no secret is ever shown. Method:
// the built library against the loopback fake, with faults; broken pages and files by table.
#include "tests/plugins/aws/fake_aws.hpp"
#include "tests/plugins/cost/cloud_books.hpp"

#include "plugins/cost/aws/pages.hpp"
#include "plugins/cost/aws/snapshot.hpp"

namespace aws_live_prices_test {

using namespace nova_test;

constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr std::int64_t kDay20260705 = 1783209600 * kSecond, kNow = kDay20260705 + 100 * 24 * kHour;
const std::string kPoolA = "aws/us-east-1/us-east-1a/m5.large/linux/spot",
                  kPoolB = "aws/us-east-1/us-east-1b/m5.large/linux/spot",
                  kPoolD = "aws/us-east-1/us-east-1d/m5.large/linux/spot",
                  kOnDemand = "aws/us-east-1//m5.large/linux/on-demand";

const nova_component& aws_plugin() {
  static const nova_component& component = component_of("aws");
  return component;
}

// A plugin that asks the fake, and its host at kNow.
struct Rig {
  explicit Rig(const std::string& more = "", bool token = true) {
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_ENDPOINT_URL_EC2");
    unsetenv("AWS_ENDPOINT_URL_PRICING");
    host.now_ns = kNow;
    host.secrets = {{"env:KEY", "AKIDEXAMPLE"}, {"env:SECRET", "wJalrXUtnFEMI/K7MDENG\n"}};
    if (token) host.secrets["env:TOKEN"] = "SESSIONTOKENSESSIONTOKEN";
    config = R"({"live": true, "regions": ["us-east-1"], "os": ["linux", "windows"],
                 "access_key": "secret:env:KEY", "secret_key": "secret:env:SECRET", )" +
             std::string(token ? R"("session_token": "secret:env:TOKEN", )" : "") +
             R"("endpoint": ")" + aws.url + "\"" + more + "}";
    open();
  }
  void open() {
    plugin.reset();
    plugin = std::make_unique<FakeComponent>(aws_plugin(), host, config);
  }
  std::map<std::string, Told> offers(const std::string& filter = "{}") {
    host.notes.clear();
    auto all = offers_of(*plugin, filter);
    EXPECT_EQ(plugin->status, NOVA_OK) << plugin->error();
    return all;
  }
  bool noted(const std::string& text) const { return host.noted(UINT64_MAX, text); }

  FakeAws aws;
  FakeHost host;
  std::string config;
  std::unique_ptr<FakeComponent> plugin;
};

TEST(AwsLive, TellsPresentPricesWithSourceAgeAndQuality) {
  Rig rig;
  const auto all = rig.offers();
  EXPECT_TRUE(rig.host.notes.empty()) << rig.host.notes[0].text;
  const auto expect = [&](const std::string& id, std::int64_t nanos, std::int32_t quality,
                          const std::string& source) {
    ASSERT_EQ(all.count(id), 1u) << id;
    const auto& o = all.at(id).offer;
    EXPECT_EQ(o.nanos_per_hour, nanos) << id;
    EXPECT_EQ(o.quality, quality) << id;
    EXPECT_EQ(o.as_of_ns, kNow) << id;
    EXPECT_EQ(o.source, source + " at " + rig.aws.url + "/") << id;
    EXPECT_EQ(o.currency, "USD");
    EXPECT_EQ(o.charge_unit_s, 1);
  };
  const std::string spot = "EC2 DescribeSpotPriceHistory", list = "AWS Price List GetProducts";
  expect(kPoolA, 51'200'000, NOVA_PRICE_OBSERVED, spot);
  expect(kPoolB, 47'700'000, NOVA_PRICE_OBSERVED, spot);  // the newer of two
  expect("aws/us-east-1/us-east-1a/m5.large/windows/spot", 141'200'000, NOVA_PRICE_OBSERVED, spot);
  expect(kOnDemand, 98'000'000, NOVA_PRICE_LIST, list);
  expect("aws/us-east-1//m5.large/windows/on-demand", 188'000'000, NOVA_PRICE_LIST, list);
  // A type that is not built in, in a zone that is not either.
  const std::string fresh = "aws/us-east-1/us-east-1e/m99.large/linux/spot";
  expect(fresh, 33'000'000, NOVA_PRICE_OBSERVED, spot);
  expect("aws/us-east-1//m99.large/linux/on-demand", 77'700'000, NOVA_PRICE_LIST, list);
  EXPECT_EQ(all.at(fresh).offer.vcpus, 3);
  EXPECT_EQ(all.at(fresh).offer.memory_bytes, 9216.0 * 1024 * 1024);
  EXPECT_EQ(all.at(fresh).offer.arch, "x86_64");
  EXPECT_EQ(all.at(fresh).offer.family, "m99");
  // What AWS did not name keeps what it had, with that source and age.
  EXPECT_EQ(all.at(kPoolD).offer.as_of_ns, kDay20260705);
  EXPECT_EQ(all.at(kPoolD).offer.nanos_per_hour, 43'660'000);
  EXPECT_EQ(all.at(kPoolA).offer.interruption_month, all.at(kPoolD).offer.interruption_month);

  const auto q = quote_of(*rig.plugin, {kPoolA, kOnDemand, fresh, kPoolD}, {1, 2, 1, 1},
                          {3600, 3600, 3600, 3600});
  EXPECT_EQ(q.total, (std::vector<std::int64_t>{51'200'000, 196'000'000, 33'000'000, 43'660'000}));
  EXPECT_EQ(q.valid_until[0], kNow + 10 * kMinute);
  EXPECT_EQ(q.valid_until[1], kNow + 24 * kHour);
  const auto s = spot_of(*rig.plugin, {kPoolA, fresh, kOnDemand}, 3600);
  EXPECT_EQ(s.price[0], 51'200'000);
  EXPECT_EQ(s.price[1], 33'000'000);
  EXPECT_TRUE(std::isnan(s.interruption[1])) << "no band is known of a new type";
  EXPECT_EQ(s.status[2], NOVA_NOT_FOUND);
  EXPECT_TRUE(rig.offers(R"({"region": "us-east-1", "machine_type": "m99.large", "vcpus": [1, 2]})")
                  .empty());
  EXPECT_EQ(rig.offers(R"({"machine_type": "m99.large", "purchase": ["spot"]})").size(), 1u);
  EXPECT_EQ(rig.offers(R"({"machine_type": "m99.large", "zone": "us-east-1a"})").size(), 1u)
      << "on demand is to be had in any zone";
}

TEST(AwsLive, IsOffByDefaultAndRefusesKeysThatWouldDoNothing) {
  FakeHost host;
  const auto refused = [&](const std::string& config, const std::string& text) {
    FakeComponent c(aws_plugin(), host, config);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << config;
    EXPECT_NE(c.error().find(text), std::string::npos) << c.error();
  };
  for (const auto* key : {"access_key", "secret_key", "session_token", "endpoint", "snapshot",
                          "refresh_on_demand", "refresh_spot", "refresh_types", "request_timeout"})
    refused(std::string("{\"") + key + R"(": "x"})",
            std::string("/") + key + ": has no effect without \"live\": true");
  const std::string keys =
      R"("live": true, "access_key": "secret:env:K", "secret_key": "secret:env:S")";
  refused(R"({"live": true, "regions": ["us-east-1"], "secret_key": "secret:env:S"})",
          "/access_key: is needed");
  refused(R"({"live": true, "regions": ["us-east-1"], "access_key": "secret:env:K"})",
          "/secret_key: is needed");
  refused("{" + keys + "}", "/regions: is needed for live prices");
  refused("{" + keys + R"(, "regions": ["us-east-1"], "refresh_spot": "0"})",
          "/refresh_spot: must be >= 1s");
  refused("{" + keys + R"(, "regions": ["us-east-1"], "endpoint": "ftp://x"})",
          "/endpoint: must be a URL");
  refused("{" + keys + R"(, "regions": ["us-east-1"], "request_timeout": "0"})",
          "/request_timeout: must be");
}

TEST(AwsLive, AsksAgainWhenDueAndOnlyThen) {
  Rig rig(R"(, "refresh_on_demand": "2h", "refresh_types": "3h", "refresh_spot": "10m")");
  using Counts = std::vector<std::size_t>;
  const auto asked = [&] {
    rig.offers(R"({"machine_type": "m5.large"})");
    return Counts{rig.aws.asked("DescribeInstanceTypes"), rig.aws.asked("DescribeSpotPriceHistory"),
                  rig.aws.asked("GetProducts")};
  };
  const Counts first = asked();
  EXPECT_EQ(first, (Counts{3, 4, 4})) << "pages of two; two operating systems on demand";
  const std::pair<std::int64_t, Counts> later[] = {{9 * kMinute, first},
                                                   {10 * kMinute, {3, 8, 4}},
                                                   {119 * kMinute, {3, 12, 4}},
                                                   {120 * kMinute, {3, 12, 8}},
                                                   {180 * kMinute, {6, 16, 8}}};
  for (const auto& [after, counts] : later) {
    rig.host.now_ns = kNow + after;
    EXPECT_EQ(asked(), counts) << after / kMinute << " min";
  }
}

TEST(AwsLive, SendsTypesAndSecretsAndReadsOnlyWhatIsBoughtThere) {
  Rig rig(R"(, "types": ["m5.*"], "purchase": ["spot"])");
  const auto all = rig.offers();
  EXPECT_EQ(rig.aws.asked("GetProducts"), 0u) << "nothing is bought on demand";
  EXPECT_EQ(all.count("aws/us-east-1/us-east-1e/m99.large/linux/spot"), 0u) << "not of those types";
  bool seen = false;
  for (const auto& one : rig.aws.asked())
    if (one.action == "DescribeSpotPriceHistory") {
      seen = true;
      EXPECT_NE(one.body.find("&Filter.1.Name=instance-type&Filter.1.Value.1=m5.%2A"),
                std::string::npos);
      EXPECT_NE(one.body.find("ProductDescription.1=Linux%2FUNIX&ProductDescription.2=Windows"),
                std::string::npos);
      EXPECT_NE(one.body.find("StartTime=2026-10-13T00%3A00%3A00Z"), std::string::npos) << one.body;
    }
  EXPECT_TRUE(seen);
}

TEST(AwsLive, ReadsTheEndpointFromTheEnvironment) {
  Rig rig;
  setenv("AWS_ENDPOINT_URL", rig.aws.url.c_str(), 1);
  const auto at = rig.config.find(R"("endpoint")");
  rig.config = rig.config.substr(0, rig.config.rfind(',', at)) + "}";
  rig.open();
  EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.nanos_per_hour,
            51'200'000);
}

TEST(AwsLive, FailuresAreToldAndTheCatalogueServesWithItsAge) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"fault": "refused", "times": 99})", "HTTP 403, SignatureDoesNotMatch"},
      {R"({"fault": "refused", "times": 98, "shift": 900})", "clock is 15 min behind"},
      {R"({"fault": "refused", "times": 97, "code": "UnauthorizedOperation"})",
       "HTTP 403, UnauthorizedOperation"},
      {R"({"fault": "garbage", "times": 99})", "the answer is no "},
      {R"({"fault": "garbage", "times": 98, "body": "<a><b></a>"})", "the answer is no "},
      {R"({"fault": "garbage", "times": 97, "body": "{\"PriceList\": [3]}"})", "the answer is no "},
      {R"({"fault": "endless", "times": 99})", "the pages of the answer do not end"}};
  for (const auto& [fault, text] : cases) {
    Rig rig;
    rig.aws.fault(fault);
    const auto all = rig.offers(R"({"machine_type": "m5.large"})");
    EXPECT_EQ(all.at(kPoolA).offer.as_of_ns, kDay20260705) << fault;
    EXPECT_EQ(all.at(kOnDemand).offer.nanos_per_hour, 96'000'000) << fault;
    EXPECT_TRUE(rig.noted("spot linux windows prices of us-east-1: ")) << fault;
    EXPECT_TRUE(rig.noted(text)) << fault;
    EXPECT_TRUE(rig.noted("; the built-in catalogue serves")) << fault;
    const auto requests = rig.aws.asked().size();
    rig.host.now_ns += 29 * kSecond;
    const auto warned = rig.host.logs.size();
    EXPECT_GE(warned, 3u) << fault;
    rig.offers(R"({"machine_type": "m5.large"})");
    EXPECT_TRUE(rig.noted(text)) << "told each time: " << fault;
    EXPECT_EQ(rig.host.logs.size(), warned) << "logged once";
    EXPECT_EQ(rig.aws.asked().size(), requests) << "and not asked again at once";
    rig.aws.fault("{}");
    rig.host.now_ns += kSecond;
    EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns,
              rig.host.now_ns);
    EXPECT_TRUE(rig.host.notes.empty());
  }
}

TEST(AwsLive, ABadRefreshLeavesTheLastGoodPrices) {
  Rig rig;
  rig.offers();
  rig.aws.fault(R"({"fault": "refused", "times": 99})");
  rig.host.now_ns += 3 * kHour;
  const auto all = rig.offers(R"({"machine_type": "m5.large"})");
  EXPECT_EQ(all.at(kPoolA).offer.nanos_per_hour, 51'200'000);
  EXPECT_EQ(all.at(kPoolA).offer.as_of_ns, kNow) << "with the age they have";
  EXPECT_TRUE(rig.noted("; those of 2026-10-13T00:00:00Z serve"));
}

TEST(AwsLive, RetriesThroughThrottlingHalfAnswersAndFaults) {
  for (const auto* fault :
       {R"({"fault": "throttle", "times": 2})", R"({"fault": "half", "times": 2})",
        R"({"fault": "500", "times": 2})"}) {
    Rig rig;
    rig.aws.fault(fault);
    EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns, kNow)
        << fault;
    EXPECT_TRUE(rig.host.notes.empty()) << fault;
  }
}

TEST(AwsLive, StopsAtTheDeadlineAndGoesOnAtTheNextCall) {
  Rig rig(R"(, "request_timeout": "30s")");
  rig.aws.fault(
      R"({"fault": "slow", "seconds": 20, "times": 1, "on": "DescribeSpotPriceHistory"})");
  nova_call call = rig.host.call();
  call.deadline_ns = nova::Call::monotonic_ns() + kSecond;
  std::size_t rows = 0;
  const nova_offer_sink sink{
      sizeof sink, 0, &rows,
      [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
        *static_cast<std::size_t*>(s->ctx) += b->count;
        return NOVA_OK;
      }};
  nova_error error{};
  error.struct_size = sizeof error;
  const auto& ops = rig.plugin->ops<nova_cost_ops>();
  EXPECT_EQ(ops.list_offers(rig.plugin->instance(), &call,
                            nova::str(R"({"machine_type": "m5.large"})"), &sink, &error),
            NOVA_OK)
      << error.message;
  EXPECT_GT(rows, 0u);
  EXPECT_TRUE(
      rig.noted("spot linux windows prices of us-east-1: not read whole yet, 0 pages so far"));
  EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns, kNow);
  rig.host.now_ns += kHour;
  rig.host.cancel_now = true;
  offers_of(*rig.plugin);
  EXPECT_EQ(rig.plugin->status, NOVA_CANCELLED);
}

TEST(AwsLive, GivesARequestNoMoreThanItsTime) {
  Rig rig(R"(, "request_timeout": "200ms")");
  rig.aws.fault(R"({"fault": "slow", "seconds": 3, "times": 1})");
  rig.offers(R"({"machine_type": "m5.large"})");
  EXPECT_EQ(rig.aws.asked("DescribeInstanceTypes"), 4u) << "three pages, the first of them twice";
  EXPECT_TRUE(rig.host.notes.empty());
}

TEST(AwsLive, KeepsTheLastGoodPricesOnDisk) {
  Folder folder;
  Rig rig(R"(, "snapshot": ")" + folder.file("prices") + "\"");
  const auto before = rig.offers();
  const auto requests = rig.aws.asked().size();
  rig.host.now_ns += 4 * kMinute;
  rig.open();
  auto after = rig.offers();
  EXPECT_EQ(rig.aws.asked().size(), requests) << "nothing was due";
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [id, told] : before) {
    ASSERT_EQ(after.at(id).offer.nanos_per_hour, told.offer.nanos_per_hour) << id;
    ASSERT_EQ(after.at(id).offer.as_of_ns, told.offer.as_of_ns) << id;
    ASSERT_EQ(after.at(id).offer.source, told.offer.source) << id;
    ASSERT_EQ(after.at(id).offer.vcpus, told.offer.vcpus) << id;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("prices.new")));
}

TEST(AwsLive, ASnapshotOfAnotherEndpointIsNotUsedWhichIsSaidOnce) {
  Folder folder;
  const auto path = folder.file("prices");
  Rig before(R"(, "snapshot": ")" + path + "\"");
  before.offers();
  Rig rig(R"(, "snapshot": ")" + path + "\"");
  rig.aws.fault(R"({"fault": "refused", "times": 999})");
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns,
              kDay20260705);
  }
  int told = 0;
  for (const auto& log : rig.host.logs)
    told += log.text == "the price snapshot " + path + " was read from " + before.aws.url +
                            "/, and " + rig.aws.url +
                            "/ is asked now: what it has from there is not used";
  EXPECT_EQ(told, 1);
}

TEST(AwsLive, ACorruptSnapshotIsRefusedWithASentence) {
  Folder folder;
  const auto path = folder.file("prices");
  Rig rig(R"(, "snapshot": ")" + path + "\"");
  rig.offers();
  std::ifstream file(path, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(file)), {});
  auto flipped = good;
  flipped[good.size() / 2] ^= 1;
  const std::pair<std::string, const char*> cases[] = {
      {"", "does not begin with novascale-aws-prices 1"},
      {"{}", "does not begin with"},
      {good.substr(0, good.size() / 2), "is not whole"},
      {good + "x", "is not whole"},
      {flipped, "its checksum is wrong"},
      {"novascale-aws-prices 1 a3a6bf43 2\n{}", "sections"},
      {"novascale-aws-prices 1 00000000 99999999999\n{}", "does not begin with"}};
  rig.aws.fault(R"({"fault": "refused", "times": 999})");
  for (const auto& [bytes, text] : cases) {
    folder.write("prices", bytes);
    rig.open();
    EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns, kDay20260705)
        << text;
    EXPECT_TRUE(rig.noted("the price snapshot " + path)) << text;
    EXPECT_TRUE(rig.noted(text)) << text;
  }
  folder.write("prices", good);
  rig.host.now_ns = kNow - kHour;
  rig.open();
  rig.offers();
  EXPECT_TRUE(rig.noted("is from the future"));
  // A good refresh replaces it, and there is nothing to tell any more.
  folder.write("prices", flipped);
  rig.host.now_ns = kNow;
  rig.aws.fault("{}");
  rig.open();
  rig.offers();
  EXPECT_TRUE(rig.host.notes.empty());
  rig.open();
  EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns, kNow);
  // One that cannot be written is told, and the prices hold.
  std::filesystem::remove(path);
  std::filesystem::create_directories(path + ".new");
  rig.open();
  EXPECT_EQ(rig.offers(R"({"machine_type": "m5.large"})").at(kPoolA).offer.as_of_ns, kNow);
  EXPECT_TRUE(rig.noted("cannot be written"));
}

TEST(AwsLive, ShowsNoSecretAnywhere) {
  Folder folder;
  Rig rig(R"(, "snapshot": ")" + folder.file("prices") + "\"");
  std::string all;
  const auto collect = [&] {
    rig.offers(R"({"machine_type": "m5.large"})");
    for (const auto& line : rig.host.logs) all += line.text + line.fields_json;
    for (const auto& note : rig.host.notes) all += note.text;
    all += rig.plugin->describe() + rig.plugin->error();
    rig.host.now_ns += 30 * 24 * kHour;
  };
  collect();
  for (const auto* fault : {"refused", "throttle", "garbage"}) {
    rig.aws.fault(std::string(R"({"times": 999, "fault": ")") + fault + "\"}");
    collect();
  }
  std::ifstream file(folder.file("prices"));
  all.append((std::istreambuf_iterator<char>(file)), {});
  ASSERT_NE(all.find("SignatureDoesNotMatch"), all.npos) << "the echo of AWS was read";
  for (const auto* secret : {"wJalrXUtnFEMI", "SESSIONTOKEN", "AKIDEXAMPLE"})
    EXPECT_EQ(all.find(secret), all.npos) << secret;
  // A secret that cannot be used is named by its place.
  rig.host.secrets["env:SECRET"] = "two words";
  rig.host.now_ns += 30 * 24 * kHour;
  rig.offers();
  EXPECT_TRUE(rig.noted("/secret_key: its value is not one word of ASCII"));
  rig.host.secrets.erase("env:SECRET");
  rig.host.now_ns += 30 * 24 * kHour;
  rig.offers();
  EXPECT_TRUE(rig.noted("no secret env:SECRET"));
}

TEST(AwsPages, RefuseWhatIsNoAnswer) {
  using namespace nova::cloud;
  for (const auto* text : {"", "x", "<a/>", "<DescribeInstanceTypesResponse>", "{}", "\xff\xfe<"}) {
    EXPECT_THROW(read_spot_page(text), nova::Error) << text;
    EXPECT_THROW(read_types_page(text), nova::Error) << text;
    EXPECT_THROW(read_products_page(text, "us-east-1", "linux", "USD"), nova::Error) << text;
  }
  for (const auto* text :
       {R"({"PriceList": 1})", R"({"PriceList": [1]})", R"({"PriceList": ["{"]})"})
    EXPECT_THROW(read_products_page(text, "us-east-1", "linux", "USD"), nova::Error) << text;
}

TEST(AwsPages, LeaveOutRowsThatAreNotOurs) {
  using namespace nova::cloud;
  const auto spot = [](const std::string& type, const std::string& zone, const std::string& product,
                       const std::string& price) {
    return read_spot_page(
               "<DescribeSpotPriceHistoryResponse><spotPriceHistorySet><item><instanceType>" +
               type + "</instanceType><availabilityZone>" + zone +
               "</availabilityZone><productDescription>" + product +
               "</productDescription><spotPrice>" + price +
               "</spotPrice></item></spotPriceHistorySet>"
               "</DescribeSpotPriceHistoryResponse>")
        .prices.size();
  };
  EXPECT_EQ(spot("m5.large", "us-east-1a", "Linux/UNIX", "0.1"), 1u);
  EXPECT_EQ(spot("m5.large", "us-east-1a", "Linux/UNIX (Amazon VPC)", "0.1"), 1u);
  for (const auto* price : {"", "-1", "0", "nan", "inf", "1e9", "0.1x", "0x1"})
    EXPECT_EQ(spot("m5.large", "us-east-1a", "Linux/UNIX", price), 0u) << price;
  EXPECT_EQ(spot("m5/large", "us-east-1a", "Linux/UNIX", "0.1"), 0u);
  EXPECT_EQ(spot("m5.large", "", "Linux/UNIX", "0.1"), 0u);
  EXPECT_EQ(spot("m5.large", "us-east-1a", "Linux/UNIXES", "0.1"), 0u);
  const auto product = [](const char* key, const std::string& value, const char* currency = "USD") {
    nova::Json p = {
        {"product",
         {{"attributes",
           {{"instanceType", "m5.large"},
            {"regionCode", "cn-north-1"},
            {"operatingSystem", "Linux"}}}}},
        {"terms",
         {{"OnDemand",
           {{"a",
             {{"priceDimensions",
               {{"b", {{"unit", "Hrs"}, {"pricePerUnit", {{currency, "1.5"}}}}}}}}}}}}}};
    if (*key) p["product"]["attributes"][key] = value;
    return read_products_page(nova::Json{{"PriceList", {p.dump()}}}.dump(), "cn-north-1", "linux",
                              "CNY")
        .prices.size();
  };
  EXPECT_EQ(product("", "", "CNY"), 1u);
  EXPECT_EQ(product("", "", "USD"), 0u) << "a price in another currency is not taken for this one";
  EXPECT_EQ(product("tenancy", "Dedicated", "CNY"), 0u);
  EXPECT_EQ(product("licenseModel", "Bring your own license", "CNY"), 0u);
  EXPECT_EQ(product("regionCode", "us-east-1", "CNY"), 0u);
  EXPECT_EQ(product("instanceType", "mac2.metal", "CNY"), 0u);
}

}  // namespace aws_live_prices_test
