// Goal: what a running host says and hears over HTTP is true, and only loopback speaks to it.
// Method: a whole `run` on recorded load in a thread, asked by the verbs and by raw requests over
// sockets of the test's own; the journal is the witness, and a replay must hear the same words.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "host/cli/command.hpp"
#include "host/http/client.hpp"
#include "host/http/server.hpp"
#include "host/http/status.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/recorded.hpp"

namespace nova::web {
namespace http_test {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;
using nlohmann::json;

// A request as given, byte for byte; the whole answer.
std::string raw(std::uint16_t port, const std::string& request) {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      send(s, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char buffer[4096];
    for (ssize_t n; (n = recv(s, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
  }
  close(s);
  return answer;
}

std::string request(const std::string& line, const std::string& headers = "",
                    const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

constexpr const char* kJson = "Content-Type: application/json\r\n";

struct Said {
  int code;
  std::string out, err;
};

Said verb(const std::string& config, std::vector<std::string> words) {
  std::vector<const char*> argv{"novascale",   "--plugin-dir", NOVA_BUILD_DIR "/plugins",
                                "--log-level", "off",          "--config",
                                config.c_str()};
  for (const auto& word : words) argv.push_back(word.c_str());
  std::ostringstream out, err;
  const int code = cli::run_program(static_cast<int>(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

class OperateVerbs : public Recorded {
 protected:
  void SetUp() override {
    record(600, [](int m) { return m % 60 < 30 ? 900 : 100; });
    // A port that was free a moment ago.
    Status idle(std::chrono::seconds(1));
    Pauses nobody;
    Clock clock;
    port_ = Server::start({"127.0.0.1", 0}, idle, nobody, clock).value()->address().port;
    serve_at(json("127.0.0.1:" + std::to_string(port_)));
  }

  void serve_at(const json& http) {
    json config{
        {"host", {{"data_dir", "var"}}},
        {"plugins", trace_and_fleet("60s")},
        {"groups",
         {{{"id", "web"},
           {"controller", "fleet"},
           {"min", 1},
           {"max", 60},
           {"lead_time", "60s"},
           {"signals",
            {{{"name", "requests"}, {"source", "trace"}, {"query", "value"}, {"per_machine", 50}},
             {{"name", "p95"},
              {"source", "trace"},
              {"query", "value"},
              {"role", "latency"},
              {"unit", "ms"},
              {"limit", 2}}}},
           {"policies", {{{"type", "target_tracking"}}}}}}}};
    if (!http.is_null()) config["host"]["http"] = http;
    config_ = write(config);
  }
  // Answers once the host has ticked.
  void wait_for_host() const {
    for (int i = 0; i < 200; ++i) {
      if (raw(port_, request("GET /-/ready")).starts_with("HTTP/1.1 200")) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "the host never got ready";
  }
  void wait_for_ticks(std::uint64_t more) const {
    const auto ticks = [&] { return get({"127.0.0.1", port_}, "/api/v1/groups"); };
    const auto until = ticks().value().at("ticks").get<std::uint64_t>() + more;
    for (int i = 0; i < 200; ++i) {
      const auto now = ticks();
      if (!now || now->at("ticks").get<std::uint64_t>() >= until) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  std::string config_;
  std::uint16_t port_ = 0;
};

TEST_F(OperateVerbs, SeePauseAndResumeARunningHost) {
  auto running = std::async(std::launch::async, [&] {
    return verb(config_, {"run", "--speed", "2400", "--for", "4h"});
  });
  wait_for_host();
  const auto seen = verb(config_, {"status"});
  EXPECT_EQ(seen.code, cli::kFine) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("default/web  "));
  EXPECT_THAT(seen.out, HasSubstr("requests: load "));
  EXPECT_THAT(seen.out, HasSubstr("\n  p95: 0."));
  EXPECT_THAT(seen.out, HasSubstr("% of its limit 2\n"));
  const auto metrics = raw(port_, request("GET /metrics"));
  const std::string labels = "{tenant=\"default\",group=\"web\",signal=\"p95\"} ";
  EXPECT_THAT(metrics, HasSubstr("\nnovascale_watched" + labels + "0."));
  EXPECT_THAT(metrics, HasSubstr("\nnovascale_watched_limit" + labels + "2.0\n"));
  const auto shown = json::parse(verb(config_, {"status", "--format", "json"}).out);
  EXPECT_EQ(shown["groups"][0]["max"], 60);
  EXPECT_TRUE(shown["groups"][0]["paused"].is_null());
  EXPECT_EQ(shown["groups"][0]["dry_run"], false);
  EXPECT_EQ(shown["groups"][0]["default_price"], true);
  EXPECT_THAT(seen.out, HasSubstr(" usd/h at the default price\n"));
  EXPECT_THAT(metrics, HasSubstr("novascale_default_price{tenant=\"default\",group=\"web\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("novascale_dry_run{tenant=\"default\",group=\"web\"} 0"));

  const auto paused = verb(config_, {"pause", "web", "--scope", "up", "--for", "4h"});
  EXPECT_EQ(paused.code, cli::kFine) << paused.err;
  EXPECT_THAT(paused.out, HasSubstr("default/web: scale-out paused until 2001-09-"));
  wait_for_ticks(65);  // more than one period of the load
  const auto held = get({"127.0.0.1", port_}, "/api/v1/groups").value().at("groups")[0];
  EXPECT_THAT(held.at("paused").get<std::string>(), HasSubstr("scale-out paused"));
  EXPECT_THAT(verb(config_, {"status"}).out, HasSubstr("scale-out paused"));
  const auto plans = get({"127.0.0.1", port_}, "/api/v1/recommendations").value().at("plans");
  ASSERT_EQ(plans.size(), 1u) << "an hour has four of them, the newest is shown";
  EXPECT_EQ(plans[0].at("group"), "web");
  EXPECT_FALSE(plans[0].at("recommendations").empty());
  EXPECT_THAT(raw(port_, request("GET /metrics")),
              HasSubstr("novascale_paused{tenant=\"default\",group=\"web\"} 1"));
  EXPECT_THAT(raw(port_, request("GET /metrics")), HasSubstr("\nnovascale_tick_seconds 0.0"));
  const std::string resume = "POST /api/v1/groups/web/resume";
  for (const char* garbage : {"now!", "[]", R"({"scope": "up"})"})
    EXPECT_THAT(raw(port_, request(resume, kJson, garbage)), HasSubstr(" 400 ")) << garbage;
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_THAT(raw(port_, resume + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + kJson + "\r\n"),
              AllOf(HasSubstr(" 200 "), HasSubstr("\"resumed\"")))
      << "no body is an empty one";
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
  EXPECT_EQ(verb(config_, {"resume", "default/web"}).code, cli::kFine);
  wait_for_ticks(65);
  EXPECT_TRUE(
      get({"127.0.0.1", port_}, "/api/v1/groups").value().at("groups")[0].at("paused").is_null());

  EXPECT_EQ(verb(config_, {"pause", "other"}).code, cli::kNo);
  EXPECT_THAT(verb(config_, {"pause", "web", "--for", "soon"}).err, HasSubstr("for: "));
  EXPECT_THAT(verb(config_, {"pause", "web", "--scope", "out"}).err, HasSubstr("scope"));
  EXPECT_EQ(running.get().code, cli::kFine);

  // The journal holds what was said; a scale-out was refused in its name, and came after it.
  std::vector<std::string> causes, words;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::decision) causes.push_back(e.body.at("cause"));
                if (e.type == EntryType::event && !e.body.contains("machines"))
                  words.push_back(e.body.at("text"));
                return true;
              }).ok());
  const auto first = std::find(causes.begin(), causes.end(), "pause");
  ASSERT_NE(first, causes.end());
  EXPECT_NE(std::find(first, causes.end(), "target_tracking"), causes.end());
  ASSERT_EQ(words.size(), 2u) << testing::PrintToString(words);
  EXPECT_THAT(words[0], HasSubstr("scale-out paused until"));
  EXPECT_EQ(words[1], "resumed");
  EXPECT_THAT(verb(config_, {"history", "--replay"}).out, HasSubstr("replayed, 0 differ"));
  EXPECT_THAT(verb(config_, {"history", "--summary"}).out,
              HasSubstr(" USD for machines, at the default of 0.1 USD/h a machine"));
}

// Its load is what the host itself tells; the fleet is a script that fails while a file is there.
TEST_F(OperateVerbs, WhatNobodyTellsIsNoZeroAndHasAReason) {
  const auto script = folder_ / "fleet.sh", down = folder_ / "down";
  std::ofstream(script) << "#!/bin/sh\n[ -e " << down.string() << " ] && exit 3\ncat >/dev/null\n"
                        << R"(echo '{"groups":[{"id":"web","desired":3,"serving":3}]}')"
                        << "\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto host = "127.0.0.1:" + std::to_string(port_);
  const auto signal = [](const char* name, const char* where, json more) {
    more.update({{"name", name}, {"source", "self"}, {"query", where}});
    return more;
  };
  const json parts{{"host", {{"data_dir", "live"}, {"step", "1s"}, {"http", host}}},
                   {"plugins",
                    {{{"name", "self"},
                      {"component", "org.novacron.metrics.http_json"},
                      {"config", {{"url", "http://" + host}, {"retries", 0}}}},
                     {{"name", "fleet"},
                      {"component", "org.novacron.controller.command"},
                      {"config", {{"program", "fleet.sh"}}}}}},
                   {"groups",
                    {{{"id", "web"},
                      {"controller", "fleet"},
                      {"min", 3},
                      {"max", 3},
                      {"signals",
                       {signal("ticks", "/api/v1/groups#/ticks", {{"per_machine", 1000}}),
                        signal("words", "/api/v1/groups#/now", {{"role", "custom"}})}}}}}};
  const auto config = write(parts);
  auto running = std::async(std::launch::async, [&] {
    return verb(config, {"run", "--for", "8s"});
  });
  wait_for_host();
  wait_for_ticks(2);
  EXPECT_THAT(verb(config, {"status"}).out, HasSubstr("3 serving, 0 booting, 3 wanted of 3 to 3"));
  EXPECT_THAT(raw(port_, request("GET /metrics")), HasSubstr("\nnovascale_machines_serving{"));
  std::ofstream(down) << "";
  wait_for_ticks(2);
  EXPECT_THAT(verb(config, {"status"}).out, HasSubstr("- serving, - booting, - wanted of 3 to 3"));
  EXPECT_TRUE(
      get({"127.0.0.1", port_}, "/api/v1/groups").value()["groups"][0]["serving"].is_null());
  EXPECT_THAT(raw(port_, request("GET /metrics")), Not(HasSubstr("\nnovascale_machines_serving{")));
  EXPECT_THAT(raw(port_, request("GET /metrics")),
              HasSubstr("novascale_violations_total{tenant=\"default\",group=\"web\"} 0.0\n"));
  EXPECT_THAT(verb(config, {"history"}).out, HasSubstr("  hold -  the fleet is not known: "));
  EXPECT_THAT(verb(config, {"plan"}).out,
              AllOf(HasSubstr(": its fleet is not known: "), Not(HasSubstr("serving"))));
  EXPECT_TRUE(
      json::parse(verb(config, {"plan", "--format", "json"}).out)["plans"][0].contains("problem"));
  EXPECT_THAT(verb(config, {"explain", "web"}).out,
              AllOf(HasSubstr("how many machines there are is not known"),
                    HasSubstr("cannot be told: the fleet is not known"), Not(HasSubstr("of 0 "))));
  EXPECT_EQ(running.get().code, cli::kFine);
  EXPECT_THAT(verb(config, {"status"}).out, HasSubstr("- serving, - booting, - wanted of 3 to 3"));
  std::string told;
  ASSERT_TRUE(read_journal(folder_ / "live" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::event) told += e.body.value("text", "") + "\n";
                return true;
              }).ok());
  EXPECT_THAT(told, HasSubstr("signal words: invalid_argument: http://" + host +
                              "/api/v1/groups: at \"/now\" stands no number but \"20"));
}

TEST_F(OperateVerbs, APauseOutlivesTheHost) {
  auto first = std::async(std::launch::async, [&] {
    return verb(config_, {"run", "--speed", "2400", "--for", "1h"});
  });
  wait_for_host();
  ASSERT_EQ(verb(config_, {"pause", "web"}).code, cli::kFine);
  ASSERT_EQ(first.get().code, cli::kFine);
  auto second = std::async(std::launch::async, [&] {
    return verb(config_, {"run", "--speed", "2400", "--for", "1h"});
  });
  wait_for_host();
  EXPECT_EQ(get({"127.0.0.1", port_}, "/api/v1/groups").value().at("groups")[0].at("paused"),
            "paused");
  EXPECT_EQ(second.get().code, cli::kFine);
  EXPECT_THAT(verb(config_, {"status"}).out, HasSubstr("  paused  decided at "))
      << "of the journal";
}

TEST_F(OperateVerbs, SayWhatIsMissing) {
  const auto nobody = verb(config_, {"status"});
  EXPECT_EQ(nobody.code, cli::kNo);
  EXPECT_THAT(nobody.err, HasSubstr("nobody answers at 127.0.0.1:" + std::to_string(port_)));
  EXPECT_THAT(nobody.err, HasSubstr("no decision is on record yet"));
  EXPECT_EQ(verb(config_, {"pause"}).code, cli::kUsage);
  EXPECT_EQ(verb(config_, {"status", "--format", "xml"}).code, cli::kUsage);
  serve_at(json());
  const auto closed = verb(config_, {"pause", "web"});
  EXPECT_EQ(closed.code, cli::kUsage);
  EXPECT_THAT(closed.err, HasSubstr("has no host.http"));
  for (const char* address : {"0.0.0.0:80", "10.0.0.1:9464", "127.0.0.1", "127.0.0.1:0",
                              "127.0.0.1:70000", "127.0.0.999:80", "localhost:80"}) {
    serve_at(json(address));
    const auto refused = verb(config_, {"check"});
    EXPECT_EQ(refused.code, cli::kNo) << address;
    EXPECT_THAT(refused.err, HasSubstr("/host/http: must be an address of loopback")) << address;
  }
}

TEST_F(OperateVerbs, StatusReadsTheJournalWhereNobodyAnswers) {
  auto slow = json::parse(std::ifstream(config_));
  slow["plugins"][1]["config"]["boot_time"] = "180s";
  write(slow);
  ASSERT_EQ(verb(config_, {"run", "--speed", "max", "--for", "20m"}).code, cli::kFine);
  const auto live = verb(config_, {"status", "default/web", "--format", "json"});
  ASSERT_EQ(live.code, cli::kFine) << live.err;
  EXPECT_THAT(live.err, HasSubstr("nobody answers"));
  const auto group = json::parse(live.out)["groups"].at(0);
  Entry last, seen;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::decision) last = e;
                if (e.type == EntryType::input) seen = e;
                return true;
              }).ok());
  const auto fleet = seen.body.at("groups").at(0).at("fleet").at("rows").at(0);
  EXPECT_NE(last.body.at("serving"), fleet.at("serving")) << "else this test tells nothing";
  EXPECT_EQ(Json(group["serving"]), fleet.at("serving")) << "as of the last tick, not the decision";
  EXPECT_EQ(Json(group["booting"]), fleet.at("booting"));
  EXPECT_EQ(Json(group["desired"]), last.body.at("desired"));
  EXPECT_EQ(group["decided_at"], to_iso8601(last.time));
  serve_at(json());  // without host.http there is nobody to be asked
  const auto told = verb(config_, {"status", "web"});
  EXPECT_EQ(told.code, cli::kFine);
  EXPECT_EQ(told.err, "");
  EXPECT_THAT(told.out, HasSubstr("default/web  "));
  EXPECT_THAT(told.out, HasSubstr("\n  p95: 0.")) << "as of the decision";
  EXPECT_EQ(verb(config_, {"status", "wbe"}).code, cli::kNo);
}

TEST_F(OperateVerbs, ATakenPortIsAnError) {
  Status status(std::chrono::seconds(1));
  Pauses pauses;
  Clock clock;
  const auto server = Server::start({"127.0.0.1", port_}, status, pauses, clock);
  ASSERT_TRUE(server.ok()) << server.error().message;
  const auto ran = verb(config_, {"run", "--speed", "max", "--for", "1h"});
  EXPECT_EQ(ran.code, cli::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("cannot be had"));
}

TEST(Server, RefusesWhatABrowserElsewhereCouldSend) {
  Status status(std::chrono::seconds(1));
  Pauses pauses;
  Clock clock;
  const auto server = std::move(Server::start({"127.0.0.1", 0}, status, pauses, clock)).value();
  const auto port = server->address().port;
  EXPECT_THAT(raw(port, request("GET /-/healthy")), HasSubstr("healthy"));
  EXPECT_THAT(raw(port, request("GET /-/ready")),
              AllOf(HasSubstr(" 503 "), HasSubstr("the first tick has not ended")));
  EXPECT_THAT(raw(port, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              HasSubstr(" 403 "));
  const std::string pause = "POST /api/v1/groups/web/pause";
  EXPECT_THAT(raw(port, request(pause, "", "{}")), HasSubstr(" 415 "));
  EXPECT_THAT(raw(port, request(pause, "Content-Type: text/plain\r\n", "{}")), HasSubstr(" 415 "));
  EXPECT_THAT(raw(port, request(pause, kJson, "{}")), HasSubstr(" 404 "));
  EXPECT_THAT(raw(port, request("GET /nothing")),
              AllOf(HasSubstr(" 404 "), HasSubstr("is not served here")));
  EXPECT_THAT(raw(port, request(pause, kJson, std::string(100'000, ' '))),
              AllOf(HasSubstr(" 413 "), HasSubstr("larger than 64 KiB")));
  EXPECT_THAT(raw(port, request("DELETE /metrics")),
              AllOf(HasSubstr(" 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
  EXPECT_THAT(raw(port, request("GET /api/v1/groups/web/pause")),
              AllOf(HasSubstr(" 405 "), HasSubstr("takes POST, not GET")));
  EXPECT_THAT(raw(port, request("HEAD /metrics")), HasSubstr(" 200 "));
  EXPECT_THAT(raw(port, "nonsense\r\n\r\n"),
              AllOf(HasSubstr(" 400 "), HasSubstr("cannot be read")));
  EXPECT_THAT(raw(port, request("GET /-/healthy")), HasSubstr("healthy"));  // and lives on
}

// A connection, after some bytes were sent.
int open_with(std::uint16_t port, const std::string& bytes) {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(send(s, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  return s;
}

TEST(Server, AnswersWhileOthersHoldConnections) {
  Status status(std::chrono::seconds(1));
  Pauses pauses;
  Clock clock;
  const auto server = std::move(Server::start({"127.0.0.1", 0}, status, pauses, clock)).value();
  const auto port = server->address().port;
  std::vector<int> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(open_with(port, "GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    held.push_back(open_with(port, "GET /-/healthy HTTP/1.1\r\nHost: 127"));
    held.push_back(open_with(port, ""));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until they have their threads
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_THAT(raw(port, request("GET /-/healthy")), HasSubstr("healthy"));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
  for (const int s : held) close(s);
}

// What a page in a browser may send as text/plain is read by nobody as a request of its own.
TEST(Server, TakesNoRequestOutOfTheBodyOfAnother) {
  Status status(std::chrono::seconds(1));
  Pauses pauses;
  Clock clock;
  const auto server = std::move(Server::start({"127.0.0.1", 0}, status, pauses, clock)).value();
  const auto inner = request("POST /api/v1/groups/web/pause", kJson, "{}");
  // The library reads 4 KiB at a time, and drops what it has read with the request.
  std::string outer =
      "POST /api/v1/groups/web/pause HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Content-Type: text/plain\r\nContent-Length: 9999\r\n\r\n";
  outer.resize(4096, ' ');
  const auto answers = raw(server->address().port, outer + inner);
  EXPECT_THAT(answers, HasSubstr(" 415 "));
  EXPECT_THAT(answers, Not(HasSubstr(" 404 "))) << answers;
}

}  // namespace http_test
}  // namespace nova::web
