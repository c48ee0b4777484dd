// Goal: alertmanager.so makes alerts stand, once, and fall, whatever befalls the Alertmanager.
// Method: the board by hand; then the built library against Debian's prometheus-alertmanager on a
// free loopback port (skipped where it is not installed), killed and started again.
#include <gmock/gmock.h>

#include <set>

#include "plugins/http/exchange.hpp"
#include "plugins/sinks/alertmanager/board.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/server_process.hpp"
#include "tests/plugins/sinks/events.hpp"

namespace sinks_alertmanager_test {

using namespace std::chrono_literals;
using nova::FakeComponent;
using nova::FakeHost;
using nova::Json;
using nova_test::event;
using nova_test::flush;
using nova_test::Loopback;
using nova_test::write;
using testing::HasSubstr;
namespace am = nova::alertmanager;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("alertmanager");
  return component;
}
std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
std::string alert(const std::string& name, bool firing, const std::string& severity = "critical") {
  return Json({{"alert", name},
               {"firing", firing},
               {"about", "signal requests"},
               {"severity", severity},
               {"text", "no value for 3 steps"}})
      .dump();
}
am::Change change(const std::string& json, std::int64_t at = 5'000'000'000) {
  return am::change_in("default", "web", at, json, {{"cluster", "eu"}}).value();
}

TEST(AlertmanagerBoard, ReadsAnAlertOutOfAnEvent) {
  const auto fires = change(alert("signal_lost", true));
  EXPECT_EQ(fires.alert.labels, (am::Labels{{"alertname", "signal_lost"},
                                            {"tenant", "default"},
                                            {"group", "web"},
                                            {"about", "signal requests"},
                                            {"cluster", "eu"},
                                            {"severity", "critical"}}));
  EXPECT_EQ(fires.alert.annotations.at("summary"), "no value for 3 steps");
  EXPECT_FALSE(fires.alert.ends_ns);
  const auto since = change(R"({"alert":"x","firing":false,"since_unix_ns":1000000000})");
  EXPECT_EQ(since.alert.starts_ns, 1'000'000'000);
  EXPECT_EQ(since.alert.ends_ns, 5'000'000'000);
  for (const auto* none : {"", "[]", R"({"text":"x"})", R"({"alert":"","firing":true})",
                           R"({"alert":"x","firing":"yes"})"})
    EXPECT_FALSE(am::change_in("t", "g", 1, none, {})) << none;
  const auto body = Json::parse(am::body_of({fires.alert, since.alert}, 65'000'000'000));
  EXPECT_EQ(body[0].at("endsAt"), "1970-01-01T00:01:05.000Z");
  EXPECT_EQ(body[1].at("endsAt"), "1970-01-01T00:00:05.000Z");
}

TEST(AlertmanagerBoard, TellsEachReceiverUntilItKnows) {
  am::Board board(2);
  board.take(change(alert("a", true)));
  board.take(change(alert("b", true)));
  const auto first = board.for_receiver(0);
  EXPECT_EQ(first.alerts.size(), 2u);
  board.take(change(alert("a", false)));  // while the first post is on its way
  board.told(0, first);
  EXPECT_FALSE(board.is_current(0));
  EXPECT_EQ(board.for_receiver(0).alerts.size(), 2u) << "b fires, and a is resolved";
  board.told(0, board.for_receiver(0));
  EXPECT_TRUE(board.is_current(0));
  EXPECT_EQ(board.for_receiver(0).alerts.size(), 1u) << "what fires is repeated";
  EXPECT_EQ(board.for_receiver(1).alerts.size(), 2u) << "the other does not know yet";
  board.told(1, board.for_receiver(1));
  EXPECT_EQ(board.for_receiver(1).alerts.size(), 1u);
}

TEST(AlertmanagerBoard, ResolvesTheOldSeverity) {
  am::Board board(1);
  board.take(change(alert("budget", true, "warning")));
  board.told(0, board.for_receiver(0));
  board.take(change(alert("budget", true, "critical")));
  std::map<std::string, bool> fires;
  for (const auto& one : board.for_receiver(0).alerts)
    fires[one.labels.at("severity")] = !one.ends_ns;
  EXPECT_EQ(fires, (std::map<std::string, bool>{{"warning", false}, {"critical", true}}));
}

TEST(Alertmanager, RefusesSettingsThatCannotBeMeant) {
  FakeHost host;
  const std::tuple<const char*, const char*> wrong[] = {
      {R"({"urls":["http://h"],"labels":{"9a":"x"}})", "/labels/9a: must be a text under a name"},
      {R"({"urls":["http://h"],"labels":{"a":1}})", "/labels/a: must be a text"},
      {R"({"urls":["http://h"],"labels":{"severity":"x"}})", "/labels/severity: is set by every"},
      {R"({"urls":["http://h"],"repeat":"0s"})", "/repeat: must be at least 1ms"},
      {R"({"urls":["http://h"],"ca_file":"x"})", "/ca_file: has no effect"}};
  for (const auto& [config, want] : wrong) {
    FakeComponent c(plugin(), host, config);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << config;
    EXPECT_THAT(c.error(), HasSubstr(want));
  }
}

TEST(Alertmanager, OneThatIsDownDoesNotHoldUpTheOther) {
  Loopback up([](const std::string&) -> Loopback::Reply { return {200, ""}; });
  FakeHost host;
  FakeComponent c(plugin(), host,
                  R"({"urls":["http://127.0.0.1:9",")" + up.url() + R"("],"retries":0})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(write(c, {event(1, "event.alert", alert("a", true)), event(2, "decision", "{}")}),
            NOVA_OK);
  EXPECT_EQ(flush(c), NOVA_UNAVAILABLE);
  EXPECT_THAT(c.error(), HasSubstr("alerts wait: http://127.0.0.1:9"));
  for (int i = 0; i < 1000 && up.asked().empty(); ++i) std::this_thread::sleep_for(5ms);
  ASSERT_FALSE(up.asked().empty());
  EXPECT_EQ(up.asked()[0].find("POST /api/v2/alerts HTTP/1.1\r\n"), 0u);
}

class RealAlertmanager {
 public:
  RealAlertmanager() {
    close(nova_test::listening_socket(port_));
    folder_.write("am.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n");
    start();
  }
  void start() {
    process_.emplace(
        std::vector<std::string>{
            "prometheus-alertmanager", "--config.file=" + folder_.file("am.yml"),
            "--storage.path=" + folder_.file("data"),
            "--cluster.listen-address=", "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        folder_.file("log"));
  }
  void kill() { process_->end(); }
  bool installed() const { return process_->started(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Names of what stands, with the severity; "" while it does not answer.
  std::string standing() {
    nova::http::Exchange exchange({});
    nova_call call{};
    call.struct_size = sizeof call;
    const nova::Call c(call);
    nova::http::Request request;
    request.url = url() + "/api/v2/alerts";
    try {
      std::set<std::string> sorted;
      const auto all = Json::parse(exchange.send(request, {c}).body);
      for (const auto& one : all)
        sorted.insert(one.at("labels").at("alertname").get<std::string>() + ":" +
                      one.at("labels").at("severity").get<std::string>() + "|");
      EXPECT_EQ(sorted.size(), all.size()) << "the same alert twice";
      std::string names = "|";
      for (const auto& name : sorted) names += name;
      return names;
    } catch (const std::exception&) {
      return "";
    }
  }
  bool comes_to(const std::string& want) {
    for (int i = 0; i < 600 && standing() != want; ++i) std::this_thread::sleep_for(50ms);
    return standing() == want;
  }

 private:
  nova_test::Folder folder_;
  int port_ = 0;
  std::optional<nova_test::ServerProcess> process_;
};

TEST(Alertmanager, ARealOneShowsWhatStandsAndForgetsWhatIsResolved) {
  setenv("no_proxy", "127.0.0.1", 1);
  RealAlertmanager server;
  if (!server.installed()) GTEST_SKIP() << "prometheus-alertmanager is not installed";
  FakeHost host;
  host.now_ns = now_ns();
  FakeComponent c(plugin(), host,
                  R"({"urls":[")" + server.url() + R"("],"repeat":"300ms","retries":0})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  host.now_ns += 60'000'000'000;  // its clock stands: what fires must not end within this test
  EXPECT_EQ(write(c, {event(1, "event.alert", alert("signal_lost", true), now_ns()),
                      event(2, "event.alert", alert("plugin_down", true, "warning"), now_ns())}),
            NOVA_OK);
  EXPECT_TRUE(server.comes_to("|plugin_down:warning|signal_lost:critical|")) << server.standing();
  // The same again, with another number: still one alert.
  write(c, {event(3, "event.alert", alert("signal_lost", true), now_ns())});
  EXPECT_EQ(flush(c), NOVA_OK) << c.error();
  EXPECT_EQ(server.standing(), "|plugin_down:warning|signal_lost:critical|");

  server.kill();
  write(c, {event(4, "event.alert", alert("plugin_down", false, "warning"), now_ns())});
  EXPECT_EQ(flush(c), NOVA_UNAVAILABLE);
  server.start();
  EXPECT_TRUE(server.comes_to("|signal_lost:critical|"))
      << "what fires is told to who forgot it: " << server.standing();
  write(c, {event(5, "event.alert", alert("signal_lost", false), now_ns())});
  EXPECT_TRUE(server.comes_to("|")) << server.standing();
}

}  // namespace sinks_alertmanager_test
