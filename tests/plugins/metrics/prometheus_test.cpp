// Goal: prometheus.so tells what a Prometheus knows: folded over the step, never later than now,
// as old as it is; and keeps its calm when the server does not. Method: a server of our own that
// says what a real one rarely does; real ones are asked by prometheus_servers_test.cpp.
#include <gmock/gmock.h>

#include <cmath>

#include "plugins/metrics/prometheus/answer.hpp"
#include "plugins/metrics/prometheus/expression.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/metrics/metric_calls.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace metrics_prometheus_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova::kNaN;
using nova_test::kSecond;
using nova_test::latest;
using nova_test::latest_of;
using nova_test::Loopback;
using nova_test::range;
using testing::HasSubstr;
namespace prom = nova::prometheus;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("prometheus");
  return component;
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

// In a range VictoriaMetrics repeats older values in place of those of the last 30 s.
TEST(Prometheus, AsksForYoungPointsOneByOne) {
  Loopback server([](const std::string& request) -> Loopback::Reply {
    EXPECT_THAT(request, HasSubstr("nocache=1"));
    if (request.find("step=0.001") != std::string::npos)
      return {200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})"};
    if (request.find("/api/v1/query_range ") != std::string::npos) {
      EXPECT_THAT(request, HasSubstr("start=1700000000.000&end=1700000010.000"));
      return {200, R"({"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"nova_part":"value"},"values":[[1700000000,"1"],[1700000010,"2"]]}]}})"};
    }
    const auto at = request.substr(request.find("time=") + 5, 14);
    return {
        200,
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"nova_part":"value"},"value":[)" +
            at + R"(,")" + at.substr(7) + R"("]}]}})"};
  });
  FakeHost host;
  host.now_ns = 1'700'000'045 * kSecond;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"("})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  c.bind({"load"});
  const auto seen = range(c, 0, 1'700'000'000 * kSecond, 10 * kSecond, 6);
  EXPECT_EQ(seen.status, NOVA_OK) << c.error();
  EXPECT_THAT(seen.values, testing::ElementsAre(1, 2, 20, 30, 40, testing::IsNan()));
  EXPECT_EQ(seen.newest, 1'700'000'040 * kSecond);
  EXPECT_EQ(server.asked().size(), 4u);
  // A tick is one request, whatever its step.
  range(c, 0, 1'700'000'040 * kSecond, kSecond, 1);
  EXPECT_EQ(server.asked().size(), 5u);
  // Points too many to be asked for one by one are not.
  range(c, 0, 1'700'000'045 * kSecond - 999'000'000, kSecond / 1000, 1000);
  EXPECT_EQ(server.asked().size(), 5u + 1 + 30);
}

TEST(Prometheus, SaysWhyThereHasBeenNoValue) {
  std::string folded, newest;
  Loopback server([&](const std::string& request) -> Loopback::Reply {
    const bool of_step = request.find("_over_time") != std::string::npos;
    return {200, R"({"status":"success","data":{"resultType":"vector","result":[)" +
                     (of_step ? folded : newest) + "]}}"};
  });
  const auto part = [](const char* name, const char* value) {
    return std::string(R"({"metric":{"nova_part":")") + name + R"("},"value":[1700000060,")" +
           value + R"("]})";
  };
  const std::tuple<const char*, std::string, std::string, const char*> cases[] = {
      {"a name that is none", "", "", "no series matches (query: load)"},
      {"stale", "", part("value", "7") + "," + part("time", "1699999940"),
       "its newest sample is 120 s old (query: load)"},
      {"0/0", part("value", "NaN"), "", "the query gives no finite number"}};
  for (const auto& [name, of_step, of_newest, why] : cases) {
    folded = of_step;
    newest = of_newest;
    FakeHost host;
    host.now_ns = 1'700'000'060 * kSecond;
    FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"("})");
    ASSERT_EQ(c.status, NOVA_OK) << c.error();
    c.bind({"load"});
    const auto ask = [&] { return range(c, 0, 1'700'000'060 * kSecond, 10 * kSecond, 1).status; };
    EXPECT_EQ(ask(), NOVA_OK) << name;
    EXPECT_EQ(ask(), NOVA_OK) << name << ": a gap is no news";
    EXPECT_EQ(ask(), NOVA_NOT_FOUND) << name;
    EXPECT_TRUE(host.noted(0, why)) << name << ": " << host.notes.back().text;
    folded = part("value", "5");
    EXPECT_EQ(ask(), NOVA_OK) << name;
    folded = of_step;
    EXPECT_EQ(ask(), NOVA_OK) << name << ": counted anew";
  }
}

TEST(Prometheus, AnErrorShowsTheQueryAsItWasGiven) {
  Loopback server([](const std::string&) -> Loopback::Reply {
    return {400, R"({"status":"error","errorType":"bad_data","error":"1:20: parse error"})"};
  });
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"("})");
  c.bind({"sum(load"});
  EXPECT_EQ(latest(c, 0).status, NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(0, "Prometheus: 1:20: parse error (query: sum(load)"));
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

}  // namespace metrics_prometheus_test
