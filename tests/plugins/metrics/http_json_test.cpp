// Goal: http_json.so reads the number that was meant, or says what stands there instead; one
// request a document. Method: documents in a table, and a server of this process.
#include <gmock/gmock.h>

#include <cmath>

#include "plugins/metrics/http_json/query.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace metrics_http_json_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova::Json;
using nova_test::Loopback;
using testing::HasSubstr;
namespace hj = nova::http_json;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("http_json");
  return component;
}
hj::Query query(const std::string& text, const std::string& settings = "{}") {
  return hj::make_query(text, nova::Config(settings, ""));
}

TEST(HttpJsonQuery, IsAPathAndAPointer) {
  const auto q = query("/a?b=c#/d/0", R"({"within":"rate","aggregate":"mean"})");
  EXPECT_EQ(q.path, "/a?b=c");
  EXPECT_EQ(q.pointer.to_string(), "/d/0");
  EXPECT_TRUE(q.rate);
  EXPECT_EQ(query("#").path, "");
  EXPECT_FALSE(query("#", R"({"within":"last"})").rate);
  const std::tuple<const char*, const char*, const char*> wrong[] = {
      {"/status", "{}", "must be PATH#POINTER"},
      {"status#/a", "{}", "must be PATH#POINTER"},
      {"/a b#/c", "{}", "percent-encoded"},
      {"/a#c", "{}", "must be a JSON pointer"},
      {"/a#/c", R"({"within":"mean"})", "/within: must be one of"},
      {"/a#/c", R"({"labels":{"a":"b"}})", "/labels: is not a known key"}};
  for (const auto& [text, settings, want] : wrong) try {
      query(text, settings);
      ADD_FAILURE() << text;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
}

TEST(HttpJsonQuery, FindsTheNumber) {
  const auto document =
      Json::parse(R"({"a":{"b~/c":[1,null,3]},"n":null,"t":"5","e":[],"z":[null],"x":2.5})");
  const std::tuple<const char*, const char*, double> good[] = {{"#/x", "", 2.5},
                                                               {"#/a/b~0~1c/2", "", 3},
                                                               {"#/a/b~0~1c", "sum", 4},
                                                               {"#/a/b~0~1c", "mean", 2},
                                                               {"#/a/b~0~1c", "max", 3}};
  for (const auto& [text, aggregate, want] : good) {
    auto q = query(text);
    q.aggregate = aggregate;
    EXPECT_EQ(hj::value_at(document, q), want) << text << aggregate;
  }
  for (const auto* none : {"#/n", "#/e", "#/z"})
    EXPECT_TRUE(std::isnan(hj::value_at(document, query(none, R"({"aggregate":"sum"})")))) << none;
  const std::tuple<const char*, nova_status, const char*> bad[] = {
      {"#/a/b~0~1c", NOVA_INVALID_ARGUMENT, "3 values, give an aggregate"},
      {"#/t", NOVA_INVALID_ARGUMENT, "stands no number but \"5\""},
      {"#/a/missing/deep", NOVA_NOT_FOUND, "at \"/a\" stands b~/c"},
      {"#/a/b~0~1c/7", NOVA_NOT_FOUND, "stands an array of 3"},
      {"#/x/y", NOVA_NOT_FOUND, "at \"/x\" stands no object"}};
  for (const auto& [text, status, want] : bad) try {
      hj::value_at(document, query(text));
      ADD_FAILURE() << text;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), status) << text;
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
}

TEST(HttpJsonRate, IsTheIncreasePerSecond) {
  hj::Rate rate;
  EXPECT_FALSE(rate.look(100, 1'000'000'000));
  EXPECT_EQ(rate.look(130, 3'000'000'000), 15);
  EXPECT_EQ(rate.look(130, 3'000'000'000), 15) << "the same document again";
  EXPECT_EQ(rate.look(8, 5'000'000'000), 4) << "a reset";
  EXPECT_FALSE(rate.look(std::nan(""), 6'000'000'000));
  EXPECT_EQ(rate.look(12, 7'000'000'000), 2);
}

struct Latest {
  std::vector<double> values;
  std::vector<std::int64_t> times;
  std::vector<std::int32_t> status;
};
Latest latest(FakeComponent& c, const std::vector<std::uint64_t>& keys) {
  Latest out{std::vector<double>(keys.size(), nova::kNaN),
             std::vector<std::int64_t>(keys.size(), NOVA_NONE),
             std::vector<std::int32_t>(keys.size(), NOVA_OK)};
  const nova_latest io{
      sizeof io,        0, keys.size(), keys.data(), out.values.data(), out.times.data(),
      out.status.data()};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  return out;
}

TEST(HttpJson, ReadsEachDocumentOnce) {
  int load = 10, served = 100, status = 200;
  double at = 1'700'000'000;
  Loopback server([&](const std::string& asked) -> Loopback::Reply {
    if (asked.find("GET /app/none") == 0) return {404, "no such page"};
    if (asked.find("GET /app/broken") == 0) return {200, "<html>"};
    return {status, Json({{"load", load}, {"served", served}, {"at", at}, {"q", {1, 2}}}).dump()};
  });
  FakeHost host;  // its clock stands at 1 700 000 000 s
  host.secrets = {{"env:TOKEN", "t0ken"}};
  FakeComponent c(
      plugin(), host,
      R"({"url":")" + server.url() +
          R"(/app","retries":0,"bearer_token":"secret:env:TOKEN","time_pointer":"/at"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"/s#/load", "/s#/served", "/s#/q", "/none#/x", "/broken#/x", "/s#/no"},
                   {"{}", R"({"within":"rate"})", R"({"aggregate":"sum"})", "{}", "{}", "{}"}),
            std::vector<std::int32_t>(6, NOVA_OK));
  const auto first = latest(c, {0, 1, 2, 3, 4, 5, 77});
  EXPECT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(server.asked().size(), 3u) << "one request a document";
  EXPECT_THAT(server.asked()[0], HasSubstr("Authorization: Bearer t0ken\r\n"));
  EXPECT_EQ(first.status, (std::vector<std::int32_t>{0, 0, 0, NOVA_INVALID_ARGUMENT, NOVA_INTERNAL,
                                                     NOVA_NOT_FOUND, NOVA_NOT_FOUND}));
  EXPECT_TRUE(host.noted(3, "/app: HTTP 404: no such page"));
  EXPECT_TRUE(host.noted(5, "nothing stands at \"/no\"; at \"\" stands at, load, q, served"));
  EXPECT_EQ(first.values[0], 10);
  EXPECT_EQ(first.times[0], 1'700'000'000'000'000'000);
  EXPECT_TRUE(std::isnan(first.values[1])) << "no rate yet";
  EXPECT_EQ(first.times[1], NOVA_NONE);
  EXPECT_EQ(first.values[2], 3);
  served = 160, at += 30;
  host.now_ns += 60'000'000'000;
  const auto second = latest(c, {1, 0});
  EXPECT_EQ(second.values[0], 2);
  EXPECT_EQ(second.times[1], 1'700'000'030'000'000'000) << "as old as the document says";
  at += 300;
  EXPECT_EQ(latest(c, {0}).times[0], host.now_ns) << "never later than now";
  status = 503;
  latest(c, {0});
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE) << "the service's failure ends the call";
  status = 401;
  latest(c, {0});
  EXPECT_EQ(c.status, NOVA_UNAUTHENTICATED);
  c.forget({0});
  EXPECT_EQ(latest(c, {0}).status[0], NOVA_NOT_FOUND);
}

TEST(HttpJson, ADocumentIsOfNowUnlessItSays) {
  Loopback server([&](const std::string&) -> Loopback::Reply {
    return {200, R"({"a":1,"at":5})"};
  });
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + "\"}");
  c.bind({"#/a"});
  EXPECT_EQ(latest(c, {0}).times[0], host.now_ns);
  FakeComponent wrong(plugin(), host, R"({"url":")" + server.url() + R"(","time_pointer":"at"})");
  EXPECT_EQ(wrong.status, NOVA_INVALID_ARGUMENT);
  EXPECT_THAT(wrong.error(), testing::StartsWith("/time_pointer: must be a JSON pointer"));
}

}  // namespace metrics_http_json_test
