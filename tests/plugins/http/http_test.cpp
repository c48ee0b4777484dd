// Goal: what every plugin that speaks HTTP relies on: bounds, patience, TLS, and no secret in an
// error. Method: a server of this process that answers what a case needs, and openssl's for TLS.
// Deadline, cancel word, redirects and half answers are tried in plugins/aws/client_test.cpp.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <novascale/fake_host.hpp>

#include "plugins/http/exchange.hpp"
#include "plugins/http/instant.hpp"
#include "plugins/http/retry.hpp"
#include "plugins/http/service.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace http_test {

using namespace std::chrono_literals;
using nova::http::Service;
using nova_test::Loopback;
using testing::HasSubstr;
using testing::Not;

constexpr auto kSchema =
    R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_HTTP_PROPERTIES
    "} }";

struct Client {  // a Service as a component of this config has it
  explicit Client(const std::string& json)
      : service(nova::Context(host.get(), nova::Config(json, kSchema))) {}
  nova::http::Answer get(const std::string& path = "") {
    return service.send(path, std::nullopt, {}, nova::Call(call));
  }
  nova::Error failing() {
    try {
      service.must_be_fine(get());
    } catch (const nova::Error& error) {
      return error;
    }
    ADD_FAILURE() << "it did not fail";
    return {NOVA_OK, ""};
  }
  nova::FakeHost host;
  nova_call call = host.call();
  Service service;
};
std::string at(const std::string& url, const std::string& more = "") {
  return R"({"url":")" + url + "\"" + more + "}";
}

TEST(HttpRetry, JitterIsSeededAndBounded) {
  const nova::http::Retry retry{5, 100ms, 1s, 0, 0};
  nova::http::Jitter a(1), same(1), other(2);
  bool differs = false;
  double sum = 0;
  for (int i = 0; i < 4000; ++i) {
    const int failed = i % 8;
    const auto most = std::min<std::chrono::nanoseconds>(1s, 100ms * (1 << failed));
    const auto pause = a.pause(retry, failed);
    EXPECT_EQ(pause, same.pause(retry, failed));
    differs |= pause != other.pause(retry, failed);
    EXPECT_GE(pause.count(), 0);
    EXPECT_LT(pause, most);
    sum += double(pause.count()) / double(most.count());
  }
  EXPECT_TRUE(differs);
  EXPECT_NEAR(sum / 4000, 0.5, 0.02) << "uniform in [0, most)";
  const nova::http::Retry blurred{5, 150ms, 1s, 0, 1.0 / 3};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(a.pause(blurred, 0), 50ms - 1ns);
    EXPECT_LT(a.pause(blurred, 0), 150ms);
  }
}

TEST(HttpInstant, IsReadInAnyZone) {
  using nova::http::instant_of;
  EXPECT_EQ(instant_of("1970-01-01T00:00:00Z"), NOVA_NONE) << "Go's zero values are no times";
  EXPECT_EQ(instant_of("0001-01-01T00:00:00Z"), NOVA_NONE);
  EXPECT_EQ(instant_of("2023-11-14T22:13:20Z"), 1'700'000'000'000'000'000);
  EXPECT_EQ(instant_of("2023-11-14T17:13:20.5-05:00"), 1'700'000'000'000'000'000);
  for (const auto* bad : {"", "yesterday", "2023-11-14", "2023-11-14T22:13:20"})
    EXPECT_EQ(instant_of(bad), NOVA_NONE) << bad;
}

TEST(HttpExchange, EncodesForms) {
  EXPECT_EQ(nova::http::form_of({{"a b", "c&d=\xff/~"}, {"e", ""}}), "a%20b=c%26d%3D%FF%2F~&e=");
}

TEST(HttpService, RepeatsWhatMayHelp) {
  setenv("no_proxy", "127.0.0.1", 1);
  int faults = 0, status = 503;
  Loopback server([&](const std::string&) -> Loopback::Reply {
    return faults-- > 0 ? Loopback::Reply{status, ""} : Loopback::Reply{200, "fine"};
  });
  Client client(at(server.url() + "/", R"(,"retries":1)"));
  for (const int fault : {503, 429, 0}) {  // 0: the connection breaks
    faults = 1, status = fault;
    EXPECT_EQ(client.get("/x").body, "fine") << fault;
  }
  EXPECT_THAT(server.asked().back(), testing::StartsWith("GET /x HTTP"));
  faults = 2, status = 500;
  const auto error = client.failing();
  EXPECT_EQ(error.status(), NOVA_UNAVAILABLE);
  EXPECT_EQ(
      std::string(error.what()),
      server.url() + ": HTTP 500, tried 2 times; does the server run, and is this its address?");
  faults = 1;
  client.service.repeat_only([](const auto& answer) { return answer.status != 500; });
  EXPECT_EQ(client.get().status, 500);
  Client once(at(server.url(), R"(,"retries":0)"));
  faults = 1;
  EXPECT_THAT(once.failing().what(), HasSubstr("tried 1 time"));
}

// libcurl by itself sends again what a kept connection lost; what makes something twice then is not
// for it.
TEST(HttpService, SendsOnceWhatIsNotToBeSentTwice) {
  int status = 200;
  Loopback server([&](const std::string&) -> Loopback::Reply { return {status, "told"}; });
  Client c(at(server.url()));
  c.get();
  const auto ask = [&](const char* method, bool once) {
    return c.service.send({method, "/x", "{}", {}, std::nullopt, once}, nova::Call(c.call));
  };
  status = 0;  // the server takes it and dies
  EXPECT_THROW(ask("POST", true), nova::Error);
  EXPECT_EQ(server.asked().size(), 2u);
  status = 503;
  EXPECT_EQ(ask("POST", true).body, "told") << "an answer of any status";
  EXPECT_EQ(server.asked().size(), 3u);
  EXPECT_THROW(ask("DELETE", false), nova::Error);
  EXPECT_EQ(server.asked().size(), 6u) << "the others are repeated";
  EXPECT_EQ(server.asked().back().find("DELETE /x HTTP/1.1\r\n"), 0u);
}

TEST(HttpService, BoundsAnswersAndTime) {
  Loopback server([](const std::string& asked) -> Loopback::Reply {
    if (asked.find("/slow") != asked.npos) usleep(300'000);
    return {200, std::string(2000, 'x')};
  });
  Client small(at(server.url(), R"(,"max_response_bytes":1024)"));
  EXPECT_EQ(small.failing().status(), NOVA_RESOURCE_EXHAUSTED);
  Client brief(at(server.url() + "/slow", R"(,"timeout":"20ms","retries":0)"));
  EXPECT_EQ(brief.failing().status(), NOVA_UNAVAILABLE);
  Client fine(at(server.url()));
  EXPECT_EQ(fine.get().body.size(), 2000u);
}

TEST(HttpService, SaysWhoItIsAndKeepsItSecret) {
  int status = 401;
  Loopback server([&](const std::string& asked) -> Loopback::Reply {
    return {status, "you sent " + asked.substr(asked.find("Authorization"))};
  });
  Client bearer(at(server.url(), R"(,"bearer_token":"secret:env:TOKEN")"));
  bearer.host.secrets = {{"env:TOKEN", "t0ken\n"}};
  const std::pair<int, nova_status> cases[] = {{401, NOVA_UNAUTHENTICATED},
                                               {403, NOVA_PERMISSION_DENIED},
                                               {404, NOVA_INVALID_ARGUMENT},
                                               {302, NOVA_UNAVAILABLE}};
  for (const auto& [http, want] : cases) {
    status = http;
    const auto error = bearer.failing();
    EXPECT_EQ(error.status(), want);
    EXPECT_THAT(error.what(),
                HasSubstr("HTTP " + std::to_string(http) + ": you sent Authorization: Bearer ***"));
  }
  EXPECT_THAT(server.asked().back(), HasSubstr("Authorization: Bearer t0ken\r\n"));
  EXPECT_GE(bearer.host.secrets_read, 4) << "asked anew each time";
  Client basic(at(server.url(), R"(,"username":"u","password":"secret:env:PASS")"));
  basic.host.secrets = {{"env:PASS", "p4ss"}};
  for (const auto* form : {"p4ss", "dTpwNHNz"})  // also as it went over the wire
    EXPECT_THAT(basic.failing().what(), Not(HasSubstr(form)));
  EXPECT_THAT(server.asked().back(), HasSubstr("Authorization: Basic dTpwNHNz\r\n"));
}

TEST(HttpService, RefusesSettingsThatContradict) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"url":"http://x","username":"u"})", "/username: "},
      {R"({"url":"http://x","username":"u","password":"p","bearer_token":"t"})", "/bearer_token: "},
      {R"({"url":"http://x","ca_file":"ca.pem"})", "/ca_file: has no effect"},
      {R"({"url":"http://x","timeout":"0s"})", "/timeout: must be at least 1ms"},
      {R"({"url":"http://x","retries":11})", "/retries: must be <= 10"},
      {R"({"url":"http://x","max_response_bytes":1})", "/max_response_bytes: must be >= 1024"}};
  for (const auto& [json, want] : cases) try {
      Client client(json);
      ADD_FAILURE() << json;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(e.what(), testing::StartsWith(want));
    }
}

// Runs a program to its end, or leaves it running; its output goes nowhere.
pid_t start(std::vector<const char*> words) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {0, 1, 2})
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  words.push_back(nullptr);
  pid_t pid = -1;
  if (posix_spawnp(&pid, words[0], &files, nullptr, const_cast<char* const*>(words.data()),
                   environ) != 0)
    pid = -1;
  posix_spawn_file_actions_destroy(&files);
  return pid;
}

TEST(HttpService, TrustsTheAuthoritiesItIsTold) {
  nova_test::Folder folder;
  const auto key = folder.file("key.pem"), cert = folder.file("cert.pem");
  const auto made =
      start({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key.c_str(), "-out", cert.c_str(), "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"});
  if (made < 0) GTEST_SKIP() << "openssl is not installed";
  waitpid(made, nullptr, 0);
  int port = 0;
  close(nova_test::listening_socket(port));
  const auto where = "127.0.0.1:" + std::to_string(port);
  const auto server = start({"openssl", "s_server", "-accept", where.c_str(), "-cert", cert.c_str(),
                             "-key", key.c_str(), "-www", "-quiet"});
  Client client(at("https://" + where, R"(,"retries":10,"ca_file":")" + cert + "\""));
  EXPECT_EQ(client.get().status, 200);
  Client stranger(at("https://" + where, R"(,"retries":0)"));
  EXPECT_THAT(stranger.failing().what(), HasSubstr("certificate"));
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
}

}  // namespace http_test
