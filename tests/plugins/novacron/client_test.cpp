// Goal: what NovaCron's servers answer is understood or refused with a sentence that helps; who we
// are is proven anew when it must be, and is shown to nobody. Method: the fake of each server
// (fake_novacron.py) with its faults, and answers of a server of this process.
#include "plugins/novacron/client.hpp"

#include <gmock/gmock.h>

#include "plugins/novacron/machines.hpp"
#include "tests/plugins/fake_server.hpp"
#include "tests/plugins/loopback.hpp"

namespace novacron_client_test {

using nova::Json;
using nova::novacron::Client;
using nova_test::FakeServer;
using nova_test::Loopback;
using testing::HasSubstr;
using testing::Not;

constexpr auto kSchema =
    R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_NOVACRON_PROPERTIES
    "} }";
const std::string kLogin =
    R"(,"auth":"login","username":"scaler","password":"secret:env:PASSWORD")";
const std::string kRole = R"(,"auth":"role","api_prefix":"/api/v1/api/v1")";
const std::string kBearer = R"(,"bearer_token":"secret:env:TOKEN")";

struct Asking {
  explicit Asking(const std::string& url, const std::string& more)
      : client((host.secrets = {{"env:PASSWORD", "pass+word\n"}, {"env:TOKEN", "t0ken"}},
                nova::Context(
                    host.get(),
                    nova::Config(R"({"retries":1,"url":")" + url + '"' + more + "}", kSchema)))) {}
  template <class Do>
  nova::Error failing(Do&& act) {
    try {
      act();
    } catch (const nova::Error& error) {
      EXPECT_THAT(error.what(), Not(HasSubstr("pass+word")));
      EXPECT_THAT(error.what(), Not(HasSubstr("t0ken")));
      EXPECT_THAT(error.what(), Not(HasSubstr("eyJ"))) << "part of a JWT";
      return error;
    }
    ADD_FAILURE() << "it did not fail";
    return {NOVA_OK, ""};
  }
  nova::Error failing_get(const std::string& path = "/vms") {
    return failing([&] { client.get(path, nova::Call(call)); });
  }
  Json make(const std::string& name) {
    return client.create("/vms", {{"name", name}, {"owner_id", "o"}, {"tenant_id", "t"}},
                         nova::Call(call));
  }
  std::vector<nova::novacron::Vm> list() { return list_vms(client, nova::Call(call)); }

  nova::FakeHost host;
  nova_call call = host.call();
  Client client;
};

TEST(NovacronClient, LogsInWhenNeededAndOnceAnewWhenRefused) {
  FakeServer a("novacron/fake_novacron.py", {"a"});
  Asking us(a.url, kLogin);
  us.make("web-1");
  us.make("web-2");
  EXPECT_EQ(a.asked("POST /auth") + a.asked("POST /auth/login"), 0u + a.asked().size() - 2)
      << "one login serves all";
  EXPECT_EQ(us.list().size(), 2u);
  const auto before = a.asked().size();
  a.fault(R"({"fault":"401","on":"POST /vms"})");  // the token was revoked
  us.make("web-3");
  EXPECT_EQ(a.asked().size() - before, 3u) << "refused, login, done";
  EXPECT_EQ(us.list().size(), 3u);
  a.fault(R"({"fault":"401","on":"GET /vms","times":9})");
  EXPECT_EQ(us.failing_get().status(), NOVA_UNAUTHENTICATED) << "once, not for ever";
  EXPECT_THAT(us.failing_get().what(), HasSubstr("look at username and password"));
}

TEST(NovacronClient, SaysWhyItMayNot) {
  FakeServer a("novacron/fake_novacron.py", {"a"}), b("novacron/fake_novacron.py", {"b"});
  const std::tuple<std::string, std::string, nova_status, const char*> cases[] = {
      {a.url, kBearer, NOVA_UNAUTHENTICATED, "invalid or expired token; give a token that has not"},
      {a.url, R"(,"auth":"login","username":"nobody","password":"secret:env:PASSWORD")",
       NOVA_UNAUTHENTICATED, "the login of nobody was refused: invalid credentials"},
      {a.url, R"(,"auth":"login","username":"twofold","password":"secret:env:PASSWORD")",
       NOVA_UNAUTHENTICATED, "wants a second factor"},
      {a.url, R"(,"auth":"role")", NOVA_UNAUTHENTICATED, "authorization header required"},
      {a.url, kLogin + R"(,"api_prefix":"/v2")", NOVA_FAILED_PRECONDITION,
       "there is no such route: api_prefix is /api/v1 on an api-server"},
      {b.url, R"(,"auth":"role")", NOVA_FAILED_PRECONDITION, "/api/v1/api/v1 on a core-server"}};
  for (const auto& [url, more, status, text] : cases) {
    Asking us(url, more);
    const auto error = us.failing_get();
    EXPECT_EQ(error.status(), status) << more;
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
  Asking viewer(b.url, kRole + R"(,"role":"viewer")");
  EXPECT_TRUE(viewer.list().empty());
  const auto error = viewer.failing([&] { viewer.make("x"); });
  EXPECT_EQ(error.status(), NOVA_PERMISSION_DENIED);
  EXPECT_THAT(error.what(), HasSubstr("forbidden: Insufficient permissions; it needs the role"));
  Asking slashed(a.url, kLogin);
  EXPECT_THAT(slashed.failing_get("/vms/").what(), HasSubstr("redirects are not followed"));
}

TEST(NovacronClient, TypesFailuresAndRepeatsOnlyWhatIsHarmless) {
  FakeServer b("novacron/fake_novacron.py", {"b"});
  Asking us(b.url, kRole);
  const auto made = us.make("web-1");
  const std::string start = "/vms/" + made["id"].get<std::string>() + "/start";
  const std::tuple<const char*, nova_status, std::size_t> creating[] = {
      {R"({"fault":"500","on":"POST /vms"})", NOVA_UNAVAILABLE, 1},
      {R"({"fault":"reset","on":"POST /vms"})", NOVA_UNAVAILABLE, 1},
      {R"({"fault":"lost","on":"POST /vms"})", NOVA_UNAVAILABLE, 1},
      {R"({"fault":"half","on":"POST /vms"})", NOVA_UNAVAILABLE, 1},
      {R"({"fault":"garbage","on":"POST /vms"})", NOVA_INTERNAL, 1},
      {R"({"fault":"409","on":"POST /vms"})", NOVA_CAPACITY, 1},
      {R"({"fault":"409","on":"POST /vms","code":"PLACEMENT_UNAVAILABLE"})", NOVA_CAPACITY, 1},
      {R"({"fault":"409","on":"POST /vms","code":"QUOTA_EXCEEDED"})", NOVA_QUOTA, 1}};
  for (const auto& [fault, status, requests] : creating) {
    const auto before = b.asked("POST /vms");
    b.fault(fault);
    EXPECT_EQ(us.failing([&] { us.make("other"); }).status(), status) << fault;
    EXPECT_EQ(b.asked("POST /vms") - before, requests) << fault;
  }
  for (const auto* fault : {"500", "reset", "lost", "half"}) {
    b.fault(R"({"fault":")" + std::string(fault) + R"(","on":"POST /vms/start"})");
    EXPECT_EQ(us.client.change("POST", start, nova::Call(us.call))["state"], "running") << fault;
    b.fault(R"({"fault":")" + std::string(fault) + R"(","on":"GET /vms"})");
    EXPECT_FALSE(us.list().empty()) << fault;
  }
  b.fault("{}");
  EXPECT_EQ(
      us.failing([&] { us.client.change("DELETE", "/vms/none", nova::Call(us.call)); }).status(),
      NOVA_NOT_FOUND);
  EXPECT_EQ(
      us.failing([&] { us.client.create("/vms", Json::object(), nova::Call(us.call)); }).status(),
      NOVA_INVALID_ARGUMENT);
}

TEST(NovacronClient, OpensAsManyEnvelopesAsThereAre) {
  FakeServer b("novacron/fake_novacron.py", {"b"});
  Asking us(b.url, kRole);
  us.make("web-1");
  for (int i = 0; i < 3; ++i) {
    // What makes a core-server wrap its answers, once more each time; not below the doubled prefix.
    Asking other(b.url, R"(,"auth":"role")");
    other.client.change("POST", "/nodes/n1/evacuate", nova::Call(other.call));
    EXPECT_EQ(us.list().size(), 1u) << i;
  }
  std::string body;
  Loopback server([&](const std::string&) -> Loopback::Reply { return {200, body}; });
  Asking raw(server.url(), kBearer);
  body = R"({"data":null,"error":{"code":"x","message":"no t0ken for you"}})";
  EXPECT_THAT(raw.failing_get().what(), HasSubstr("x: no *** for you"));
  body = "<html>";
  EXPECT_EQ(raw.failing_get().status(), NOVA_INTERNAL);
}

TEST(NovacronMachines, AreReadWholeFromEitherServer) {
  for (const auto& [server, how] : {std::pair("a", kLogin), std::pair("b", kRole)}) {
    FakeServer fake("novacron/fake_novacron.py", {server});
    Asking us(fake.url, how);
    for (int i = 0; i < 203; ++i) us.make("m" + std::to_string(i));
    EXPECT_EQ(us.list().size(), 203u) << server;
    EXPECT_EQ(fake.asked("GET /vms"), *server == 'a' ? 1u : 3u);
  }
  std::string body;
  int asked = 0;
  Loopback server([&](const std::string&) -> Loopback::Reply {
    return ++asked, Loopback::Reply{200, body};
  });
  Asking us(server.url(), kBearer + R"(,"tenant":"acme")");
  body = R"([{"id":"1","name":"a","status":"running","tenant_id":"acme"},
             {"id":"2","name":"b","state":"paused","tenant_id":"others"},
             {"id":"3","name":"c","state":"creating","created_at":"2026-01-02T03:04:05.678+01:00"}])";
  const auto vms = us.list();
  ASSERT_EQ(vms.size(), 2u) << "those of another tenant are none of ours";
  EXPECT_EQ(vms[0].state, "running") << "state, else status";
  EXPECT_EQ(vms[1].created_ns, 1'767'319'445'000'000'000);
  body = "null";
  EXPECT_TRUE(us.list().empty()) << "Go's empty list";
  for (const auto* bad : {"{}", "[1]", R"([{"id":"x"}])", R"([{"name":"x","state":"running"}])"}) {
    body = bad;
    EXPECT_EQ(us.failing([&] { us.list(); }).status(), NOVA_INTERNAL) << bad;
  }
  // A hundred exactly, from a server without pages: it answers the same again, and that is the end.
  body = "[";
  for (int i = 0; i < 100; ++i)
    body += std::string(i == 0 ? "" : ",") + R"({"id":")" + std::to_string(i) + R"(","state":"x"})";
  body += "]", asked = 0;
  EXPECT_EQ(us.list().size(), 100u);
  EXPECT_EQ(asked, 2);
}

TEST(NovacronMachines, StatesHaveTheirPhase) {
  using nova::novacron::Phase;
  const std::pair<const char*, Phase> cases[] = {
      {"created", Phase::booting}, {"creating", Phase::booting},   {"provisioning", Phase::booting},
      {"running", Phase::running}, {"migrating", Phase::running},  {"restarting", Phase::booting},
      {"stopped", Phase::idle},    {"paused", Phase::idle},        {"resuming", Phase::booting},
      {"failed", Phase::idle},     {"deleting", Phase::leaving},   {"unknown", Phase::idle},
      {"pausing", Phase::idle},    {"a word of 2030", Phase::idle}};
  for (const auto& [state, phase] : cases)
    EXPECT_EQ(nova::novacron::phase_of(state), phase) << state;
}

TEST(NovacronClient, RefusesAConfigThatContradictsItself) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "/bearer_token: is needed for auth bearer"},
      {R"(,"auth":"login")", "/username: is needed for auth login"},
      {R"(,"auth":"login","username":"u")", "/username: username and password go together"},
      {R"(,"username":"u","password":"secret:env:P","auth":"role")",
       "/username: has no place beside auth role"},
      {kBearer + R"(,"auth":"role")", "/bearer_token: has no place beside auth role"}};
  for (const auto& [more, text] : cases) try {
      Asking us("http://127.0.0.1:9", more);
      ADD_FAILURE() << more;
    } catch (const nova::Error& error) {
      EXPECT_EQ(error.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_STREQ(error.what(), text);
    }
}

}  // namespace novacron_client_test
