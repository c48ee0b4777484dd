// Goal: prometheus.so tells what real servers know, Prometheus and VictoriaMetrics alike, also of
// the seconds just past; and that they are gone, and back. Method: Debian's prometheus and
// victoria-metrics on free loopback ports, scraping a known load of this process (skipped where one
// is not installed).
#include <gmock/gmock.h>

#include <cmath>
#include <optional>

#include "tests/plugins/loopback.hpp"
#include "tests/plugins/metrics/metric_calls.hpp"
#include "tests/plugins/plugin_file.hpp"
#include "tests/plugins/server_process.hpp"

namespace metrics_prometheus_servers_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova_test::kSecond;
using nova_test::Latest;
using nova_test::latest;
using nova_test::latest_of;
using nova_test::Loopback;
using nova_test::now_ns;
using nova_test::range;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("prometheus");
  return component;
}

// A server and the load it scrapes twice a second: two hosts at 3 and 4, a counter of 10 a second,
// and the time of the scrape, so that a value tells when it was taken.
class RealServer {
 public:
  enum Kind { prometheus, victoria_metrics };
  explicit RealServer(Kind kind)
      : kind_(kind), start_(now_ns()), load_([this](const std::string&) -> Loopback::Reply {
          const double age = static_cast<double>(now_ns() - start_) / 1e9;
          return {200, "load{host=\"a\"} 3\nload{host=\"b\"} 4\nage " + std::to_string(age) +
                           "\n# TYPE served_total counter\nserved_total " +
                           std::to_string(1000 + 10 * age) + "\n"};
        }) {
    setenv("no_proxy", "127.0.0.1", 1);
    close(nova_test::listening_socket(port_));
    config_ = folder_.write(
        "prometheus.yml",
        "scrape_configs:\n- job_name: load\n  scrape_interval: 500ms\n  scrape_timeout: 400ms\n"
        "  static_configs:\n  - targets: ['127.0.0.1:" +
            std::to_string(load_.port()) + "']\n");
    begin();
  }
  void begin() {
    const auto address = "127.0.0.1:" + std::to_string(port_);
    process_.emplace(
        kind_ == prometheus
            ? std::vector<std::string>{"prometheus", "--config.file=" + config_,
                                       "--storage.tsdb.path=" + folder_.file("data"),
                                       "--web.listen-address=" + address}
            : std::vector<std::string>{"victoria-metrics", "-promscrape.config=" + config_,
                                       "-storageDataPath=" + folder_.file("data"),
                                       "-httpListenAddr=" + address},
        folder_.file("log"));
  }
  void end() { process_->end(); }
  bool installed() const { return process_->started(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  double age_at(std::int64_t ns) const { return static_cast<double>(ns - start_) / 1e9; }

 private:
  Kind kind_;
  std::int64_t start_;
  Loopback load_;
  nova_test::Folder folder_;
  std::string config_;
  int port_ = 0;
  std::optional<nova_test::ServerProcess> process_;
};

// Asks until the value is above 0: two scrapes have been made once there is a rate.
Latest wait_for(FakeHost& host, FakeComponent& c, std::uint64_t key) {
  Latest seen;
  for (int tried = 0; tried < 1000 && !(seen.value > 0); ++tried) {
    usleep(50'000);
    host.now_ns = now_ns();
    seen = latest(c, key);
  }
  return seen;
}

TEST(PrometheusServer, TellsWhatItKnows) {
  RealServer server(RealServer::prometheus);
  if (!server.installed()) GTEST_SKIP() << "prometheus is not installed";
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(","rate_window":"3s"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"load", "load", "load", "served_total", "sum(load) * 2", "nothing", "load["},
                   {R"({"aggregate":"sum"})", R"({"labels":{"host":"b"}})", "{}",
                    R"({"within":"rate"})", "{}", "{}", "{}"}),
            std::vector<std::int32_t>(7, NOVA_OK));
  const auto rate = wait_for(host, c, 3);
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

// The clock of a value that was taken at t, asked for as of t: what is told of the last seconds
// must be of these seconds.
void expect_young(const RealServer& server, FakeHost& host, FakeComponent& c, std::uint64_t age,
                  std::int64_t step_ns, std::uint64_t points) {
  const auto last = now_ns() / kSecond * kSecond - kSecond;  // what is just being taken in may lack
  host.now_ns = now_ns();
  const auto t0 = last - static_cast<std::int64_t>(points - 1) * step_ns;
  const auto seen = range(c, age, t0, step_ns, points);
  ASSERT_EQ(seen.status, NOVA_OK) << c.error();
  for (std::uint64_t t = 0; t < points; ++t) {
    const auto end = t0 + static_cast<std::int64_t>(t) * step_ns;
    EXPECT_LE(seen.values[t], server.age_at(end) + 0.1) << t;
    EXPECT_GE(seen.values[t], server.age_at(end - step_ns) - 0.1) << t;
  }
  EXPECT_LE(seen.newest, last);
  EXPECT_GT(seen.newest, last - 2 * kSecond);
}

TEST(PrometheusServer, IsVictoriaMetricsUnchanged) {
  RealServer server(RealServer::victoria_metrics);
  if (!server.installed()) GTEST_SKIP() << "victoria-metrics is not installed";
  FakeHost host;
  const auto open = [&](const std::string& more) {
    auto c = std::make_unique<FakeComponent>(
        plugin(), host, R"({"url":")" + server.url() + R"(","rate_window":"3s")" + more + "}");
    EXPECT_EQ(c->status, NOVA_OK) << c->error();
    const auto bound = c->bind(
        {"load", "load", "load", "served_total", "sum(load) * 2", "nothing", "load[", "age"},
        {R"({"aggregate":"sum"})", R"({"labels":{"host":"b"}})", "{}", R"({"within":"rate"})", "{}",
         "{}", "{}", R"({"within":"last"})"});
    EXPECT_EQ(bound, std::vector<std::int32_t>(8, NOVA_OK));
    return c;
  };
  auto c = open("");
  const auto rate = wait_for(host, *c, 3);
  EXPECT_NEAR(rate.value, 10, 5) << c->error();
  usleep(6'000'000);

  // The same as of a Prometheus (TellsWhatItKnows).
  host.now_ns = now_ns();
  const auto all = latest_of(*c, {0, 1, 2, 3, 4, 5, 6});
  EXPECT_EQ(all[0].value, 7);
  EXPECT_GT(all[0].time, host.now_ns - 3 * kSecond);
  EXPECT_EQ(all[1].value, 4);
  EXPECT_EQ(all[2].status, NOVA_INVALID_ARGUMENT) << "two series";
  EXPECT_NEAR(all[3].value, 10, 0.5);
  EXPECT_EQ(all[4].value, 14);
  EXPECT_TRUE(std::isnan(all[5].value));
  EXPECT_EQ(all[5].status, NOVA_OK);
  EXPECT_EQ(all[6].status, NOVA_INVALID_ARGUMENT) << "no PromQL";
  expect_young(server, host, *c, 7, kSecond, 4);
  expect_young(server, host, *c, 7, kSecond, 1);
  expect_young(server, host, *c, 7, 5 * kSecond, 1);
  const auto sums = range(*c, 0, now_ns() / kSecond * kSecond - 4 * kSecond, kSecond, 4);
  EXPECT_EQ(sums.values, (std::vector<double>(4, 7)));

  // Seen with a lag it is that much older.
  auto late = open(R"(,"lag":"2s")");
  host.now_ns = now_ns();
  const auto before = latest(*late, 7);
  EXPECT_LE(before.value, server.age_at(host.now_ns - 2 * kSecond) + 0.1);
  EXPECT_GE(before.value, server.age_at(host.now_ns - 3 * kSecond) - 0.1);
  EXPECT_GT(latest(*c, 7).value, before.value);
  EXPECT_LE(before.time, host.now_ns - 2 * kSecond);

  // Gone, it is said; back, it tells of what is new.
  server.end();
  latest(*c, 0);
  EXPECT_EQ(c->status, NOVA_UNAVAILABLE);
  const auto ended = now_ns();
  server.begin();
  Latest back;
  for (int tried = 0; tried < 400 && !(back.time > ended); ++tried) {
    usleep(50'000);
    back = wait_for(host, *c, 0);
  }
  EXPECT_GT(back.time, ended) << c->error();
  EXPECT_EQ(back.value, 7);
}

}  // namespace metrics_prometheus_servers_test
