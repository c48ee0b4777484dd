// Goal: webhook.so delivers each event that was asked for, in order, signed, and tells what it
// could not deliver. Method: RFC vectors, an outbox whose receiver fails on request, and the built
// library against a server of this process.
#include <gmock/gmock.h>

#include <atomic>

#include "plugins/sinks/webhook/message.hpp"
#include "plugins/sinks/webhook/outbox.hpp"
#include "tests/plugins/loopback.hpp"
#include "tests/plugins/sinks/events.hpp"

namespace sinks_webhook_test {

using namespace std::chrono_literals;
using nova::FakeComponent;
using nova::FakeHost;
using nova::Json;
using nova_test::event;
using nova_test::flush;
using nova_test::Loopback;
using nova_test::write;
using testing::HasSubstr;
namespace wh = nova::webhook;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("webhook");
  return component;
}
void until(const std::function<bool()>& done) {
  for (int i = 0; i < 2000 && !done(); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(done());
}

TEST(WebhookMessage, SaysWhatHappenedOnce) {
  const std::vector<nova::Event> batch{event(7, "decision", R"({"b":1,"a":[2]})"),
                                       event(9, "event.alert", "no json \xff")};
  const auto body = wh::body_of(batch);
  EXPECT_THAT(body, HasSubstr(R"("body":{"b":1,"a":[2]})")) << "keys keep their order";
  const auto read = Json::parse(body).at("events");
  EXPECT_EQ(read[0].at("sequence"), 7);
  EXPECT_EQ(read[0].at("time"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(read[0].at("writer"), "ab000000-0000-0000-0000-000000000000");
  EXPECT_TRUE(read[1].at("body").is_string()) << "what is not JSON is a text";
  EXPECT_EQ(wh::key_of(batch), "ab000000-0000-0000-0000-000000000000-7-9");
}

TEST(WebhookMessage, IsSignedAsRfc4231Says) {
  EXPECT_EQ(wh::signature_of("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// An outbox and its receiver, which takes a batch, refuses it or is not there.
struct Post {
  explicit Post(wh::OutboxRules rules)
      : outbox(rules, nova::Log(), [this](const auto& batch, const nova::Call&) { take(batch); }) {}
  void take(const std::vector<nova::Event>& batch) {
    const std::lock_guard lock(mutex);
    ++tries;
    if (down) throw nova::Error(NOVA_UNAVAILABLE, "nobody there");
    for (const auto& e : batch)
      if (e.type == "bad") throw nova::Error(NOVA_INVALID_ARGUMENT, "no such type");
    for (const auto& e : batch) got.push_back(e.sequence);
    sizes.push_back(batch.size());
  }
  nova_status flush() {
    nova_call call{};
    call.struct_size = sizeof call;
    try {
      outbox.flush(nova::Call(call));
      return NOVA_OK;
    } catch (const nova::Error& e) {
      EXPECT_THAT(e.what(), HasSubstr("nobody there"));
      return e.status();
    }
  }
  std::mutex mutex;
  bool down = false;
  int tries = 0;
  std::vector<std::uint64_t> got;
  std::vector<std::size_t> sizes;
  wh::Outbox outbox;
};

TEST(WebhookOutbox, KeepsOrderThroughAnOutage) {
  Post post({.most = 5, .batch = 2, .pause = 1ms, .pause_most = 4ms});
  post.down = true;
  for (std::uint64_t i = 1; i <= 5; ++i) EXPECT_TRUE(post.outbox.put(event(i, "a", "{}")));
  EXPECT_FALSE(post.outbox.put(event(6, "a", "{}"))) << "the queue is bounded";
  EXPECT_EQ(post.flush(), NOVA_UNAVAILABLE);
  until([&] {
    const std::lock_guard lock(post.mutex);
    return post.tries > 3;
  });
  {
    const std::lock_guard lock(post.mutex);
    post.down = false;
  }
  until([&] { return post.flush() == NOVA_OK; });
  EXPECT_EQ(post.got, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  for (const auto size : post.sizes) EXPECT_LE(size, 2u);
  EXPECT_EQ(post.outbox.dropped(), 0u);
}

TEST(WebhookOutbox, DropsTheOneThatIsRefusedAndCountsIt) {
  Post post({.most = 10, .batch = 4, .pause = 1ms});
  for (std::uint64_t i = 1; i <= 5; ++i) post.outbox.put(event(i, i == 2 ? "bad" : "a", "{}"));
  EXPECT_EQ(post.flush(), NOVA_OK);
  EXPECT_EQ(post.got, (std::vector<std::uint64_t>{1, 3, 4, 5}));
  EXPECT_EQ(post.outbox.dropped(), 1u);
}

TEST(Webhook, PostsWhatWasAskedForSignedAndOnce) {
  Loopback server([](const std::string&) -> Loopback::Reply { return {204, ""}; });
  FakeHost host;
  host.secrets = {{"env:KEY", "k3y"}, {"env:TOKEN", "t0ken"}};
  FakeComponent c(
      plugin(), host,
      R"({"url":")" + server.url() +
          R"(/hook","hmac_secret":"secret:env:KEY","bearer_token":"secret:env:TOKEN"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(server.connections(), 0) << "a check of the config asks nobody";
  const std::vector<nova::Event> events{
      event(1, "decision", "{}"), event(2, "outcome", "{}"), event(3, "event", "{}"),
      event(4, "event.alert", R"({"alert":"signal_lost","firing":true})")};
  EXPECT_EQ(write(c, events), NOVA_OK) << c.error();
  EXPECT_EQ(write(c, events), NOVA_OK) << "a repetition";
  EXPECT_EQ(flush(c), NOVA_OK) << c.error();
  std::vector<std::uint64_t> got;
  for (const auto& asked : server.asked()) {
    EXPECT_EQ(asked.find("POST /hook HTTP/1.1\r\n"), 0u);
    EXPECT_THAT(asked, HasSubstr("Authorization: Bearer t0ken\r\n"));
    const auto body = asked.substr(asked.find("\r\n\r\n") + 4);
    EXPECT_THAT(asked, HasSubstr("X-Novascale-Signature: " + wh::signature_of("k3y", body)));
    EXPECT_THAT(asked, HasSubstr("Idempotency-Key: ab000000-0000-0000-0000-000000000000-"));
    const auto read = Json::parse(body);
    for (const auto& e : read.at("events")) got.push_back(e.at("sequence"));
  }
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 4}));
}

TEST(Webhook, WaitsForAServerThatIsDownAndTellsWhatItCannotTake) {
  std::atomic<int> status{500};
  Loopback server([&](const std::string&) -> Loopback::Reply { return {status, "no\r\nsecond"}; });
  FakeHost host;
  {
    FakeComponent c(plugin(), host, R"({"url":")" + server.url() + R"(","retries":0,"queue":2})");
    EXPECT_EQ(c.status, NOVA_OK) << c.error();
  }
  FakeComponent c(plugin(), host,
                  R"({"url":")" + server.url() + R"(","retries":0,"queue":2,"types":["event"]})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(write(c, {event(1, "event", "{}")}), NOVA_OK);
  EXPECT_EQ(flush(c), NOVA_UNAVAILABLE);
  EXPECT_THAT(c.error(), HasSubstr("1 event wait"));
  EXPECT_THAT(c.error(), HasSubstr("HTTP 500"));
  const std::vector<nova::Event> more{event(2, "event", "{}"), event(3, "event", "{}"),
                                      event(4, "event", "{}")};
  EXPECT_EQ(write(c, more), NOVA_RESOURCE_EXHAUSTED);
  EXPECT_THAT(c.error(), HasSubstr("the queue is full, 2 events were not taken"));
  status = 401;
  EXPECT_EQ(flush(c), NOVA_UNAVAILABLE) << "who we are may be mended";
  status = 200;
  until([&] { return flush(c) == NOVA_OK; });
  EXPECT_EQ(write(c, more), NOVA_OK) << c.error();
  until([&] { return flush(c) == NOVA_OK; });
  std::vector<std::uint64_t> got;
  for (const auto& asked : server.asked()) {
    const auto read = Json::parse(asked.substr(asked.find("\r\n\r\n") + 4));
    for (const auto& e : read.at("events"))
      if (got.empty() || got.back() < e.at("sequence")) got.push_back(e.at("sequence"));
  }
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 2, 3, 4})) << "late, but each of them";
  status = 422;
  EXPECT_EQ(write(c, {event(5, "event", "{}")}), NOVA_OK);
  EXPECT_EQ(flush(c), NOVA_OK) << "what is refused for good is not waited for";
}

}  // namespace sinks_webhook_test
