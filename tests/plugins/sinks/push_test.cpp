// Goal: a worker takes its turns and ends at once; instants read as RFC 3339 wants; an event is let
// in once. Method: a turn that counts, known instants, batches that overlap.
#include <gtest/gtest.h>

#include <atomic>

#include "plugins/sinks/push/intake.hpp"
#include "plugins/sinks/push/text.hpp"
#include "plugins/sinks/push/worker.hpp"
#include "tests/plugins/sinks/events.hpp"

namespace sinks_push_test {

using namespace std::chrono_literals;

void until(const std::function<bool()>& done) {
  for (int i = 0; i < 2000 && !done(); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(done());
}

TEST(PushWorker, TakesATurnWhenWokenAndWhenTheTimeHasCome) {
  std::atomic<int> turns{0};
  nova::push::Worker worker([&](const nova::Call&) -> std::chrono::nanoseconds {
    return ++turns < 3 ? std::chrono::nanoseconds(1ms) : std::chrono::nanoseconds(1h);
  });
  until([&] { return turns == 3; });
  worker.wake();
  until([&] { return turns == 4; });
}

TEST(PushWorker, EndsATurnByItsCancelWord) {
  std::atomic<bool> began{false}, cancelled{false};
  const auto start = std::chrono::steady_clock::now();
  {
    nova::push::Worker worker([&](const nova::Call& call) -> std::chrono::nanoseconds {
      began = true;
      while (!call.cancelled()) std::this_thread::sleep_for(1ms);
      cancelled = true;
      return 1h;
    });
    until([&] { return began.load(); });
  }
  EXPECT_TRUE(cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST(PushText, IsRfc3339AndAUuid) {
  EXPECT_EQ(nova::push::to_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(nova::push::to_rfc3339(1'700'000'000'250'999'999), "2023-11-14T22:13:20.250Z");
  EXPECT_EQ(nova::push::to_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  nova_uuid id{};
  id.b[0] = 0xab, id.b[15] = 0x01;
  EXPECT_EQ(nova::push::to_text(id), "ab000000-0000-0000-0000-000000000001");
}

TEST(PushIntake, LetsEachEventInOnce) {
  nova::push::Intake intake("default");
  std::vector<std::uint64_t> in;
  const auto offer = [&](std::vector<nova::Event> rows) {
    nova::as_batch(rows, [&](const nova_event_batch& b) {
      const nova::Events events(b);
      intake.admit(events);
      for (std::size_t i = 0; i < events.count(); ++i)
        if (intake.is_new(events, i)) intake.taken(events, i), in.push_back(events.sequence(i));
    });
  };
  using nova_test::event;
  offer({event(1, "a", "{}"), event(2, "a", "{}")});
  offer({event(2, "a", "{}"), event(4, "a", "{}")});
  auto other = event(1, "a", "{}");
  other.writer.b[0] = 1;
  offer({other});
  EXPECT_EQ(in, (std::vector<std::uint64_t>{1, 2, 4, 1}));
  other.tenant = "rival";
  EXPECT_THROW(offer({other}), nova::Error);
}

}  // namespace sinks_push_test
