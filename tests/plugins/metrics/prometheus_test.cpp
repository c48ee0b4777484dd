// Goal: prometheus.so tells what a Prometheus knows: folded over the step, never later than now,
// as old as it is; and keeps its calm when the server does not. Method: Debian's prometheus on a
// free loopback port, scraping a known load of this process (skipped where it is not installed);
// and a server of our own for what a real one rarely says.
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>

#include "plugins/metrics/prometheus/answer.hpp"
#include "plugins/metrics/prometheus/expression.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/plugin_file.hpp"
#include "tests/plugins/server_process.hpp"

namespace metrics_prometheus_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova::kNaN;
using nova_test::Loopback;
using testing::HasSubstr;
namespace prom = nova::prometheus;

constexpr std::int64_t kSecond = 1'000'000'000;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("prometheus");
  return component;
}
std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Latest {
  double value = kNaN;
  std::int64_t time = NOVA_NONE;
  std::int32_t status = NOVA_OK;
};
Latest latest(FakeComponent& c, std::uint64_t key) {
  Latest out;
  const nova_latest io{sizeof io, 0, 1, &key, &out.value, &out.time, &out.status};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  return out;
}
std::vector<Latest> latest_of(FakeComponent& c, const std::vector<std::uint64_t>& keys) {
  std::vector<double> values(keys.size(), -7);
  std::vector<std::int64_t> times(keys.size(), NOVA_NONE);
  std::vector<std::int32_t> statuses(keys.size(), NOVA_OK);
  const nova_latest io{sizeof io,      0, keys.size(), keys.data(), values.data(), times.data(),
                       statuses.data()};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  std::vector<Latest> out;
  for (std::size_t i = 0; i < keys.size(); ++i) out.push_back({values[i], times[i], statuses[i]});
  return out;
}
struct Range {
  std::vector<double> values;
  std::int64_t newest = NOVA_NONE;
  std::int32_t status = NOVA_OK;
};
Range range(FakeComponent& c, std::uint64_t key, std::int64_t t0_ns, std::int64_t step_ns,
            std::uint64_t points) {
  Range out{std::vector<double>(points, -7), NOVA_NONE, NOVA_OK};
  const nova_range io{sizeof io,
                      0,
                      &key,
                      1,
                      points,
                      t0_ns,
                      step_ns,
                      out.values.data(),
                      static_cast<std::int64_t>(points),
                      &out.newest,
                      &out.status};
  c.invoke(c.ops<nova_metrics_ops>().query_range, &io);
  return out;
}
nova::Config settings(const std::string& json) { return nova::Config(json, ""); }

TEST(PrometheusExpression, FoldsASelectorOverTheStep) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"load", "{}", "avg_over_time(load[59999ms])"},
      {"load", R"({"within":"rate"})", "rate(load[119999ms])"},
      {"load{a=\"x}\"}", R"({"within":"last","aggregate":"mean"})",
       "avg(last_over_time(load{a=\"x}\"}[59999ms]))"},
      {"load", R"({"labels":{"a":"q\"\\"}})", "avg_over_time(load{a=\"q\\\"\\\\\"}[59999ms])"},
      {"load{}", R"({"labels":{"a":"b"},"aggregate":"sum"})",
       "sum(avg_over_time(load{a=\"b\"}[59999ms]))"},
      {"load{a=\"b\"}", R"({"labels":{"c":"d"}})", "avg_over_time(load{a=\"b\",c=\"d\"}[59999ms])"},
      {"sum(load) / 2", "{}", "label_replace(sum(load) / 2,"}};
  for (const auto& [query, json, want] : cases)
    EXPECT_THAT(prom::make_expression(query, settings(json)).over(60'000, 120'000),
                HasSubstr(want));
  const auto sum = prom::make_expression("load", settings(R"({"aggregate":"sum"})"));
  EXPECT_EQ(sum.newest(),
            "label_replace(sum(load),\"nova_part\",\"value\",\"\",\"\") or "
            "label_replace(min(timestamp(load)),\"nova_part\",\"time\",\"\",\"\")");
  const std::tuple<const char*, const char*, const char*> wrong[] = {
      {" ", "{}", "empty"},
      {"a + b", R"({"within":"max"})", "/within: only a plain selector"},
      {"a + b", R"({"labels":{"x":"y"}})", "/labels: only a plain selector"},
      {"a", R"({"labels":{"x y":"z"}})", "no name of a label"},
      {"a", R"({"labels":{"x":3}})", "/labels/x: must be a text"},
      {"a", R"({"within":"median"})", "within"}};
  for (const auto& [query, json, want] : wrong) try {
      prom::make_expression(query, settings(json));
      ADD_FAILURE() << query << json;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
}

TEST(PrometheusExpression, JoinsWhatDiffersInLabelsOnly) {
  const auto row = [](const std::string& json) {
    return prom::make_expression("load{job=\"j\"}", settings(json));
  };
  const auto a = row(R"({"labels":{"host":"a.b","zone":"z"},"aggregate":"sum"})");
  const auto b = row(R"({"labels":{"host":"c","zone":"z"},"aggregate":"sum"})");
  ASSERT_TRUE(prom::are_alike(a, b));
  const std::vector<const prom::Expression*> both{&a, &b};
  const auto joined = prom::together(both);
  EXPECT_EQ(joined.by, (std::vector<std::string>{"host", "zone"}));
  const std::string selector = "load{job=\"j\",host=~\"a\\\\.b|c\",zone=\"z\"}";
  EXPECT_EQ(
      joined.newest(),
      "label_replace(sum by (host,zone) (" + selector +
          "),\"nova_part\",\"value\",\"\",\"\") or label_replace(min by (host,zone) (timestamp(" +
          selector + ")),\"nova_part\",\"time\",\"\",\"\")");
  for (const char* other :
       {R"({"labels":{"host":"c"},"aggregate":"sum"})",
        R"({"labels":{"host":"c","zone":"z"},"aggregate":"max"})",
        R"({"labels":{"host":"c","zone":"z"},"aggregate":"sum","within":"max"})",
        R"({"labels":{"host":"c","area":"z"},"aggregate":"sum"})"})
    EXPECT_FALSE(prom::are_alike(a, row(other))) << other;
  EXPECT_FALSE(prom::are_alike(row("{}"), row("{}")));
}

TEST(PrometheusAnswer, IsReadStrictly) {
  const auto good = prom::parse_answer(
      R"({"status":"success","warnings":["w"],"data":{"resultType":"matrix","result":[
        {"metric":{"nova_part":"value","a":"b"},"values":[[1,"2.5"],[61.5,"NaN"]]},
        {"metric":{"nova_part":"time"},"values":[[61.5,"60"]]}]}})",
      200);
  ASSERT_EQ(good.series.size(), 2u);
  EXPECT_EQ(good.series[0].labels, (std::map<std::string, std::string>{{"a", "b"}}));
  EXPECT_EQ(good.series[0].points[0], (std::pair<std::int64_t, double>{1000, 2.5}));
  EXPECT_EQ(good.series[0].points[1].first, 61'500);
  EXPECT_TRUE(std::isnan(good.series[0].points[1].second));
  EXPECT_TRUE(good.series[1].is_time);
  EXPECT_EQ(good.warnings, std::vector<std::string>{"w"});
  const std::tuple<const char*, int, std::int32_t> bad[] = {
      {"<html>", 200, NOVA_INTERNAL},
      {"<html>", 404, NOVA_UNAVAILABLE},
      {"", 401, NOVA_UNAUTHENTICATED},
      {"", 403, NOVA_PERMISSION_DENIED},
      {R"({"status":"error","errorType":"bad_data","error":"x"})", 400, NOVA_INVALID_ARGUMENT},
      {R"({"status":"error","errorType":"timeout","error":"x"})", 503, NOVA_UNAVAILABLE},
      {R"({"status":"success"})", 200, NOVA_INTERNAL},
      {R"({"status":"success","data":{"resultType":"scalar","result":[1,"2"]}})", 200,
       NOVA_INTERNAL},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}})",
       200, NOVA_INTERNAL},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}})",
       200, NOVA_INTERNAL},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e99,"1"]}]}})",
       200, NOVA_INTERNAL},
      {R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[2,"1"],[1,"1"]]}]}})",
       200, NOVA_INTERNAL}};
  for (const auto& [body, http, want] : bad) try {
      prom::parse_answer(body, http);
      ADD_FAILURE() << body;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), want) << body << ": " << e.what();
    }
}

// A server of ours that answers a vector, after `faults` faults.
std::string vector_of(const std::string& value) {
  return R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"nova_part":"value"},"value":[1700000000,")" +
         value + R"("]}]}})";
}

TEST(Prometheus, RepeatsWhatMayHelpOnOneConnection) {
  int faults = 0;
  Loopback server([&](const std::string&) -> Loopback::Reply {
    if (faults-- > 0) return {faults % 2 ? 429 : 502, ""};
    return {200, vector_of("5")};
  });
  FakeHost host;
  host.now_ns = 1'700'000'060 * kSecond;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(/"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  c.bind({"load"});
  EXPECT_EQ(latest(c, 0).value, 5);
  faults = 2;
  EXPECT_EQ(latest(c, 0).value, 5) << "the third try";
  EXPECT_EQ(server.asked().size(), 4u);
  EXPECT_EQ(server.connections(), 1);
  faults = 3;
  latest(c, 0);
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE);
  EXPECT_THAT(c.error(), HasSubstr("HTTP 502, tried 3 times"));
}

TEST(Prometheus, AsksOnceForAllRowsOfAQuery) {
  bool refuse = false;
  Loopback server([&](const std::string& request) -> Loopback::Reply {
    if (refuse && request.find("by") != std::string::npos &&
        request.find("%7C") != std::string::npos)
      return {400, R"({"status":"error","errorType":"bad_data","error":"too many"})"};
    const auto of = [](const char* part, const char* host, const char* value) {
      return std::string(R"({"metric":{"nova_part":")") + part + R"(","host":")" + host +
             R"("},"value":[1700000000,")" + value + R"("]})";
    };
    return {200, R"({"status":"success","data":{"resultType":"vector","result":[)" +
                     of("value", "a", "1") + "," + of("value", "b", "2") + "," +
                     of("time", "b", "1699999990") + "," + of("value", "stranger", "9") + "]}}"};
  });
  FakeHost host;
  host.now_ns = 1'700'000'060 * kSecond;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(/"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  const auto labels = [](const std::string& value) {
    return R"({"labels":{"host":")" + value + R"("}})";
  };
  c.bind({"load", "load", "load", "load", "other"},
         {labels("a"), labels("b"), labels("c"), labels("b"), labels("a")});
  const auto all = latest_of(c, {0, 1, 2, 3, 99});
  EXPECT_EQ(server.asked().size(), 1u);
  EXPECT_EQ(all[0].value, 1);
  EXPECT_EQ(all[0].time, 1'700'000'000 * kSecond);
  EXPECT_EQ(all[1].value, 2);
  EXPECT_EQ(all[1].time, 1'699'999'990 * kSecond);
  EXPECT_TRUE(std::isnan(all[2].value));
  EXPECT_EQ(all[2].status, NOVA_OK);
  EXPECT_EQ(all[3].value, 2);
  EXPECT_EQ(all[4].status, NOVA_NOT_FOUND);
  latest_of(c, {0, 1, 4});  // another query is another request
  EXPECT_EQ(server.asked().size(), 3u);
  // What is too much at once is asked for row by row.
  refuse = true;
  const auto again = latest_of(c, {0, 1});
  EXPECT_EQ(server.asked().size(), 6u);
  EXPECT_EQ(again[0].status, NOVA_INVALID_ARGUMENT);  // ours answers two series to one row
}

TEST(Prometheus, WaitsForAServerThatTellsLate) {
  Loopback server([](const std::string& request) -> Loopback::Reply {
    // One point, wherever it is asked for: 30 s before the grid's.
    EXPECT_THAT(request, HasSubstr("start=1700000010.000"));
    return {200, R"({"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"nova_part":"value"},"values":[[1700000010,"5"],[1700000020,"6"]]}]}})"};
  });
  FakeHost host;
  host.now_ns = 1'700'000'050 * kSecond;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(","lag":"30s"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  c.bind({"load"});
  const auto seen = range(c, 0, 1'700'000'040 * kSecond, 10 * kSecond, 2);
  EXPECT_EQ(seen.status, NOVA_OK) << c.error();
  EXPECT_EQ(seen.values, (std::vector<double>{5, 6}));
  EXPECT_EQ(seen.newest, 1'700'000'020 * kSecond);  // as old as it is
}

TEST(Prometheus, SaysWhoItIsAndKeepsItSecret) {
  Loopback server([](const std::string&) -> Loopback::Reply { return {401, ""}; });
  FakeHost host;
  host.secrets = {{"env:TOKEN", "t0ken\n"}, {"env:PASS", "p4ss"}};
  const auto open = [&](const std::string& more) {
    return std::make_unique<FakeComponent>(plugin(), host,
                                           R"({"url":")" + server.url() + "\"" + more + "}");
  };
  auto bearer = open(R"(,"bearer_token":"secret:env:TOKEN")");
  bearer->bind({"load"});
  latest(*bearer, 0);
  EXPECT_EQ(bearer->status, NOVA_UNAUTHENTICATED);
  EXPECT_THAT(server.asked().back(), HasSubstr("Authorization: Bearer t0ken\r\n"));
  EXPECT_THAT(bearer->error(), testing::Not(HasSubstr("t0ken")));
  auto basic = open(R"(,"username":"u","password":"secret:env:PASS")");
  basic->bind({"load"});
  latest(*basic, 0);
  EXPECT_THAT(server.asked().back(), HasSubstr("Authorization: Basic dTpwNHNz\r\n"));
  EXPECT_EQ(open(R"(,"username":"u")")->status, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(open(R"(,"username":"u","password":"p","bearer_token":"t")")->status,
            NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(open(R"(,"step":"0s")")->status, NOVA_INVALID_ARGUMENT);
}

TEST(Prometheus, BoundsWhatItReadsAndHowLongItWaits) {
  Loopback server([](const std::string& asked) -> Loopback::Reply {
    if (asked.find("dead") != asked.npos) return {0, ""};
    return {200, vector_of(std::string(5000, '1'))};
  });
  FakeHost host;
  FakeComponent c(plugin(), host,
                  R"({"url":")" + server.url() + R"(","max_response_bytes":1024,"retries":1})");
  c.bind({"load", "dead"});
  EXPECT_EQ(latest(c, 0).status, NOVA_RESOURCE_EXHAUSTED);
  latest(c, 1);
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE);
  EXPECT_THAT(c.error(), HasSubstr("tried 2 times"));
  EXPECT_EQ(latest(c, 7).status, NOVA_NOT_FOUND);
}

// Debian's prometheus and the load it scrapes: two hosts at 3 and 4, and a counter of 10 a second.
class RealPrometheus {
 public:
  RealPrometheus()
      : start_(now_ns()), load_([this](const std::string&) -> Loopback::Reply {
          const double age = static_cast<double>(now_ns() - start_) / 1e9;
          return {200,
                  "load{host=\"a\"} 3\nload{host=\"b\"} 4\n# TYPE served_total counter\n"
                  "served_total " +
                      std::to_string(1000 + 10 * age) + "\n"};
        }) {
    close(nova_test::listening_socket(port_));
    const auto config = folder_.write(
        "prometheus.yml",
        "scrape_configs:\n- job_name: load\n  scrape_interval: 500ms\n  scrape_timeout: 400ms\n"
        "  static_configs:\n  - targets: ['127.0.0.1:" +
            std::to_string(load_.port()) + "']\n");
    process_.emplace(
        std::vector<std::string>{"prometheus", "--config.file=" + config,
                                 "--storage.tsdb.path=" + folder_.file("data"),
                                 "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        folder_.file("log"));
  }
  bool installed() const { return process_->started(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  std::int64_t start_;
  Loopback load_;
  nova_test::Folder folder_;
  int port_ = 0;
  std::optional<nova_test::ServerProcess> process_;
};

TEST(Prometheus, TellsWhatARealOneKnows) {
  setenv("no_proxy", "127.0.0.1", 1);
  RealPrometheus server;
  if (!server.installed()) GTEST_SKIP() << "prometheus is not installed";
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(","rate_window":"3s"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"load", "load", "load", "served_total", "sum(load) * 2", "nothing", "load["},
                   {R"({"aggregate":"sum"})", R"({"labels":{"host":"b"}})", "{}",
                    R"({"within":"rate"})", "{}", "{}", "{}"}),
            std::vector<std::int32_t>(7, NOVA_OK));
  Latest rate;  // two scrapes have been made once there is one
  for (int tried = 0; tried < 1000 && !(rate.value > 0); ++tried) {
    usleep(50'000);
    host.now_ns = now_ns();
    rate = latest(c, 3);
  }
  // By how much scrapes that a busy machine lost lower it is Prometheus's own matter.
  EXPECT_GT(rate.value, 0) << c.error();
  EXPECT_LT(rate.value, 20);
  usleep(2'000'000);  // so that whole seconds lie behind the first scrape
  host.now_ns = now_ns();
  const auto sum = latest(c, 0);
  EXPECT_EQ(sum.value, 7);
  EXPECT_LE(sum.time, host.now_ns);
  EXPECT_GT(sum.time, host.now_ns - 30 * kSecond);
  EXPECT_NE(sum.time % kSecond, host.now_ns % kSecond) << "the sample's own time, not the query's";
  EXPECT_EQ(latest(c, 1).value, 4);
  const auto several = latest(c, 2);
  EXPECT_EQ(several.status, NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(0, "the query selects 2 series, give labels or an aggregate"));
  EXPECT_EQ(latest(c, 4).value, 14);
  const auto none = latest(c, 5);
  EXPECT_TRUE(std::isnan(none.value));
  EXPECT_EQ(none.time, NOVA_NONE);
  EXPECT_EQ(none.status, NOVA_OK);
  EXPECT_EQ(latest(c, 6).status, NOVA_INVALID_ARGUMENT) << "no PromQL";

  // Several rows of one query at once are each what they are alone, folded or not.
  c.bind(
      {"load", "load", "load", "load", "load", "load"},
      {R"({"labels":{"host":"a"}})", R"({"labels":{"host":"b"}})", R"({"labels":{"host":"none"}})",
       R"({"labels":{"host":"a"},"aggregate":"max","within":"max"})",
       R"({"labels":{"host":"b"},"aggregate":"max","within":"max"})", "{}"});
  host.now_ns = now_ns();
  const auto together = latest_of(c, {0, 1, 2, 3, 4});
  for (std::uint64_t key = 0; key < 5; ++key) {
    const auto alone = latest(c, key);
    if (key == 2)
      EXPECT_TRUE(std::isnan(together[key].value));
    else
      EXPECT_EQ(together[key].value, alone.value) << key;
    EXPECT_EQ(together[key].status, NOVA_OK);
  }
  EXPECT_EQ(together[0].value + together[1].value, 7);
  c.bind({"load"}, {R"({"aggregate":"sum"})"});

  // The grid: nothing before there was a server, nothing later than now.
  const auto last = now_ns() / kSecond * kSecond;
  host.now_ns = last;
  const auto past = range(c, 0, last - 19'999 * kSecond, kSecond, 20'003);
  EXPECT_EQ(past.status, NOVA_OK) << c.error();
  EXPECT_TRUE(std::isnan(past.values[0]));
  EXPECT_EQ(std::count(past.values.begin(), past.values.end(), 7.0) > 0, true);
  for (std::size_t t = 0; t < past.values.size(); ++t)
    EXPECT_TRUE(std::isnan(past.values[t]) || (past.values[t] == 7 && t < 20'000)) << t;
  EXPECT_LE(past.newest, last);
  EXPECT_GT(past.newest, last - 30 * kSecond);
}

}  // namespace metrics_prometheus_test
