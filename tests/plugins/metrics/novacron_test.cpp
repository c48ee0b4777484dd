// Goal: no number is taken for load that nobody measured. Method: rows in tables; the built plugin
// against the fake of an api-server, whose zeros are its own, and of a core-server.
#include <gmock/gmock.h>

#include <cmath>

#include "plugins/metrics/novacron/rows.hpp"
#include "tests/plugins/fake_server.hpp"

namespace metrics_novacron_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova::Json;
using namespace nova::novacron;
using nova_test::FakeServer;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z
constexpr std::int64_t kAge = 300'000'000'000;

Query query(const std::string& text, const std::string& settings) {
  return make_query(text, nova::Config(settings, ""));
}

TEST(NovacronQuery, IsAPrefixAndAField) {
  const auto q = query("web-#cpu_usage", R"({"aggregate":"mean"})");
  EXPECT_EQ(q.prefix, "web-");
  EXPECT_EQ(q.field, "cpu_usage");
  EXPECT_FALSE(q.counts());
  EXPECT_EQ(query("a#b#running", "{}").prefix, "a#b");
  EXPECT_TRUE(query("#machines", R"({"within":"last"})").counts());
  const std::tuple<const char*, const char*, const char*> wrong[] = {
      {"web-", "{}", "must be PREFIX#FIELD"},
      {"web-#load", "{}", "the query's field must be machines, running, cpu_usage"},
      {"web-#cpu_usage", "{}", "/aggregate: is required"},
      {"web-#running", R"({"aggregate":"sum"})", "/aggregate: has no place"},
      {"web-#running", R"({"within":"rate"})", "/within: must be one of"},
      {"web-#running", R"({"labels":{}})", "/labels: is not a known key"}};
  for (const auto& [text, settings, want] : wrong) try {
      query(text, settings);
      ADD_FAILURE() << text;
    } catch (const nova::Error& error) {
      EXPECT_EQ(error.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(error.what(), HasSubstr(want));
    }
}

TEST(NovacronRows, AreMeasurementsOrRefused) {
  const std::pair<const char*, const char*> bad[] = {
      {R"({"id":"x","cpu_usage":0,"memory_usage":0})", "have no time"},  // an api-server's
      {R"({"cpu_usage":50,"memory_usage":70})", "have no time"},
      {R"({"cpu_usage":50,"last_updated":"0001-01-01T00:00:00Z"})", "have no time"},
      {R"({"cpu_usage":50,"last_updated":"2023-11-14T22:08:19Z"})", "are 301 s old"},
      {R"({"cpu_usage":0,"memory_usage":0,"network_sent":0,"network_recv":0,
           "last_updated":"2023-11-14T22:13:20Z"})",  // a core-server's
       "are all zero"},
      {R"({"memory_usage":70,"last_updated":"2023-11-14T22:13:20Z"})", "have no cpu_usage"},
      {R"({"cpu_usage":"50","memory_usage":70,"last_updated":"2023-11-14T22:13:20Z"})",
       "have no cpu_usage"},
      {"[]", "no object"}};
  for (const auto& [row, why] : bad) try {
      sample_in(Json::parse(row), "cpu_usage", kNow, kAge);
      ADD_FAILURE() << row;
    } catch (const nova::Error& error) {
      EXPECT_EQ(error.status(), NOVA_FAILED_PRECONDITION);
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  const auto idle = sample_in(
      Json::parse(R"({"cpu_usage":0,"memory_usage":70,"timestamp":"2023-11-14T22:13:10Z"})"),
      "cpu_usage", kNow, kAge);
  EXPECT_EQ(idle.value, 0) << "a machine that is measured may do nothing";
  EXPECT_EQ(idle.time_ns, kNow - 10'000'000'000);
  const auto ahead =
      sample_in(Json::parse(R"({"cpu_usage":5,"updated_at":"2023-11-14T23:13:10Z"})"), "cpu_usage",
                kNow, kAge);
  EXPECT_EQ(ahead.time_ns, kNow) << "never later than now";
  const std::vector<Sample> two = {{10, 5}, {30, 3}};
  EXPECT_EQ(folded(two, "sum").value, 40);
  EXPECT_EQ(folded(two, "mean").value, 20);
  EXPECT_EQ(folded(two, "max").value, 30);
  EXPECT_EQ(folded(two, "max").time_ns, 3) << "as old as the oldest";
}

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("novacron_metrics");
  return component;
}

struct Source {  // the plugin, before a fake that has machines
  explicit Source(const std::string& server)
      : fake("novacron/fake_novacron.py", {server}),
        how(server == "a"
                ? R"(,"auth":"login","username":"scaler","password":"secret:env:PASSWORD")"
                : R"(,"auth":"role","api_prefix":"/api/v1/api/v1","tenant":"acme")"),
        c((host.secrets = {{"env:PASSWORD", "pass+word"}}, plugin()), host,
          R"({"timeout":"5s","retries":0,"url":")" + fake.url + '"' + how + "}") {
    EXPECT_EQ(c.status, NOVA_OK) << c.error();
    host.now_ns = std::int64_t{std::time(nullptr)} * 1'000'000'000;  // as the fake's
    const auto call = host.call();
    Client client(nova::Context(
        host.get(),
        nova::Config(R"({"url":")" + fake.url + '"' + how + "}",
                     R"({"type":"object","properties":{)" NOVA_NOVACRON_PROPERTIES "}}")));
    for (const auto* vm : {"web-1", "web-2", "db-1"}) {
      const auto made = client.create(
          "/vms", {{"name", vm}, {"owner_id", "o"}, {"tenant_id", "acme"}}, nova::Call(call));
      if (std::string(vm) != "web-2" || server == "b")
        client.change("POST", "/vms/" + made["id"].get<std::string>() + "/start", nova::Call(call));
    }
    EXPECT_EQ(c.bind({"web-#running", "web-#machines", "web-#cpu_usage", "#memory_usage"},
                     {"{}", "{}", R"({"aggregate":"mean"})", R"({"aggregate":"sum"})"}),
              std::vector<std::int32_t>(4, NOVA_OK));
  }
  void look() {
    host.notes.clear();
    const std::vector<std::uint64_t> keys = {0, 1, 2, 3, 9};
    values.assign(5, nova::kNaN), times.assign(5, NOVA_NONE), status.assign(5, NOVA_OK);
    const nova_latest io{sizeof io, 0, 5, keys.data(), values.data(), times.data(), status.data()};
    c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  }
  FakeHost host;
  FakeServer fake;
  std::string how;
  FakeComponent c;
  std::vector<double> values;
  std::vector<std::int64_t> times;
  std::vector<std::int32_t> status;
};

TEST(NovacronMetrics, CountsMachinesAndRefusesZeros) {
  Source a("a");
  a.look();
  EXPECT_EQ(a.c.status, NOVA_OK) << a.c.error();
  EXPECT_EQ(a.values[0], 1) << "web-2 was not started";
  EXPECT_EQ(a.values[1], 2);
  EXPECT_EQ(a.times[0], a.host.now_ns);
  EXPECT_TRUE(std::isnan(a.values[2]));
  EXPECT_EQ(a.status[2], NOVA_FAILED_PRECONDITION);
  EXPECT_TRUE(a.host.noted(2, "no machine of web- tells its cpu_usage, 1 are new"));
  EXPECT_EQ(a.status[4], NOVA_NOT_FOUND);
  EXPECT_EQ(a.fake.asked("GET /vms"), 1u) << "one list for all";
  EXPECT_EQ(a.fake.asked("GET /vms/metrics"), 2u) << "one request a running machine";
  a.host.now_ns += 2 * kAge;  // they are new no longer
  a.look();
  EXPECT_TRUE(std::isnan(a.values[2]));
  EXPECT_TRUE(a.host.noted(2, "web-1: its metrics have no time"));
  EXPECT_TRUE(a.host.noted(2, "take this signal from a source that measures"));
  Source b("b");
  b.host.now_ns += 2 * kAge;
  b.look();
  EXPECT_EQ(b.values[0], 2);
  EXPECT_TRUE(b.host.noted(2, "this server has no route to metrics of machines"));
}

TEST(NovacronMetrics, TakesWhatIsMeasured) {
  Source a("a");
  const auto at = [&](int seconds_ago) {
    const std::time_t t = a.host.now_ns / 1'000'000'000 - seconds_ago;
    char text[32];
    std::tm parts{};
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &parts));
    return std::string(text);
  };
  a.fake.give("metrics.json",
              Json{{"web-1", {{"cpu_usage", 62.5}, {"memory_usage", 40}, {"last_updated", at(30)}}},
                   {"db-1", {{"cpu_usage", 10}, {"memory_usage", 20}, {"last_updated", at(50)}}}}
                  .dump());
  a.look();
  EXPECT_EQ(a.status[2], NOVA_OK);
  EXPECT_EQ(a.values[2], 62.5);
  EXPECT_EQ(a.times[2], a.host.now_ns - 30'000'000'000);
  EXPECT_EQ(a.values[3], 60);
  EXPECT_EQ(a.times[3], a.host.now_ns - 50'000'000'000);
  // One that stands still fails what it is a part of, and only that.
  a.fake.give(
      "metrics.json",
      Json{{"web-1", {{"cpu_usage", 62.5}, {"memory_usage", 40}, {"last_updated", at(-600)}}},
           {"db-1", {{"cpu_usage", 10}, {"memory_usage", 20}, {"last_updated", at(50)}}}}
          .dump());
  a.host.now_ns += 600'000'000'000;
  a.look();
  EXPECT_EQ(a.values[2], 62.5);
  EXPECT_TRUE(std::isnan(a.values[3]));
  EXPECT_TRUE(a.host.noted(3, "db-1: its metrics are 650 s old"));
  a.fake.fault(R"({"fault":"500","on":"GET /vms","times":9})");
  a.look();
  EXPECT_EQ(a.c.status, NOVA_UNAVAILABLE) << "the service's failure ends the call";
  a.fake.fault(R"({"fault":"garbage","on":"GET /vms/metrics","times":9})");
  a.look();
  EXPECT_EQ(a.status[2], NOVA_INTERNAL);
  EXPECT_EQ(a.values[0], 1) << "the others are told";
  a.fake.fault(R"({"fault":"401","times":9})");
  a.look();
  EXPECT_EQ(a.c.status, NOVA_UNAUTHENTICATED);
  EXPECT_THAT(a.c.error(), testing::Not(HasSubstr("pass+word")));
}

}  // namespace metrics_novacron_test
