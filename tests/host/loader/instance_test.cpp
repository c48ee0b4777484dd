// Goal: whatever a plugin does at run time, the host lives on, says what happened, and goes on with
// the others.
// Method: the chaos plugin inside this very process; every row of the failure table's inline
// column.
#include "host/loader/instance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "host/loader/call_gate.hpp"
#include "host/loader/model_client.hpp"

namespace nova::loader {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::filesystem::path kChaos =
    std::filesystem::path(NOVA_BUILD_DIR) / "tests/support/chaos.so";

struct World {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::shared_ptr<HostContext> context;
  std::shared_ptr<const Library> library = Library::open(kChaos).value();

  explicit World(Duration grace = 50ms) {
    HostOptions options;
    options.cancel_grace = grace;
    options.now = [] { return from_unix_ns(1'700'000'000'000'000'000); };
    options.log = [this](const LogLine& line) {
      const std::lock_guard lock(mutex);
      lines.push_back(std::string(line.instance) + ": " + std::string(line.message));
    };
    context = HostContext::make(std::move(options));
  }

  Result<std::unique_ptr<Instance>> make(const std::string& fault, const char* kind = "stateless",
                                         Duration create_timeout = 5s) {
    InstanceSpec spec;
    spec.name = fault;
    spec.config_json = R"({"fault":")" + fault + R"("})";
    spec.create_timeout = create_timeout;
    return Instance::create(context, library,
                            *library->find(std::string("org.novacron.test.chaos.") + kind), spec);
  }
};

ForecastRequest request(std::size_t n = 2) {
  static const std::vector<double> history(480, 5.0);
  ForecastRequest ask;
  for (std::size_t s = 0; s < n; ++s) ask.history.keys.push_back(s + 1);
  ask.history.points = 24;
  static const std::vector<double> many(24 * 10'000, 5.0);
  ask.history.values = n > 20 ? many.data() : history.data();
  ask.leads = {1, 2, 3};
  ask.levels = {0.1, 0.9};
  return ask;
}

TEST(Instance, AnswersAndIsDestroyed) {
  World world;
  auto instance = world.make("none").value();
  const auto answer = ModelClient(*instance).forecast(request(), 5s);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->mean, std::vector<double>(6, 5.0));
  EXPECT_EQ(instance->state(), InstanceState::ready);
  EXPECT_THAT(*instance->describe(5s), HasSubstr("\"max_batch\":5000"));
}

TEST(Instance, AnExceptionQuarantines) {
  World world;
  for (const char* fault : {"throws", "throws_int"}) {
    auto instance = world.make(fault).value();
    ModelClient client(*instance);
    const auto answer = client.forecast(request(), 5s);
    ASSERT_TRUE(answer.ok());  // of the items, not of the request
    // describe() throws first where the fault is "throws"; either way nothing more is called.
    EXPECT_FALSE(answer->items[0].ok());
    EXPECT_EQ(instance->state(), InstanceState::quarantined) << fault;
    EXPECT_THAT(instance->state_reason(), HasSubstr("threw an exception through the C ABI"));
    EXPECT_EQ(client.forecast(request(), 5s)->items[0].code, ErrorCode::unavailable);
  }
  EXPECT_EQ(world.context->stuck_count(), 0u);
  auto good = world.make("none").value();
  EXPECT_TRUE(ModelClient(*good).forecast(request(), 5s)->items[0].ok());
}

TEST(Instance, CreateMayThrowOrLieOrHang) {
  World world;
  const std::tuple<const char*, ErrorCode, const char*> cases[] = {
      {"throws_in_create", ErrorCode::internal,
       "create: threw an exception through the C ABI: thrown in create"},
      {"no_instance", ErrorCode::internal, "said OK but gave no instance"},
      {"hangs_in_create", ErrorCode::deadline_exceeded, "stuck"},
  };
  for (const auto& [fault, code, message] : cases) {
    const auto made = world.make(fault, "stateless", 100ms);
    ASSERT_FALSE(made.ok()) << fault;
    EXPECT_EQ(made.error().code, code) << fault;
    EXPECT_THAT(made.error().message, HasSubstr(message));
    EXPECT_THAT(made.error().message, HasSubstr("plugin \"" + std::string(fault) +
                                                "\" (org.novacron.test.chaos.stateless)"));
  }
  // A create that is slow but heeds the cancel word is in time after all.
  EXPECT_TRUE(world.make("sleeps_in_create", "stateless", 20ms).ok());
  EXPECT_EQ(world.context->stuck_count(), 1u);
}

TEST(Instance, ASlowCallIsCancelled) {
  World world(5s);
  auto instance = world.make("sleeps").value();
  const auto result = instance->call(
      "sleep", Overlap::serial, 20ms,
      [ops = instance->ops<nova_model_ops>()](nova_instance* m, const nova_call* c, nova_error* e) {
        nova_series_view view{};
        view.struct_size = sizeof view;
        nova_forecast io{};
        io.struct_size = sizeof io;
        io.history = &view;
        return ops.forecast(m, c, &io, e);
      });
  EXPECT_EQ(result.error.code, ErrorCode::deadline_exceeded);
  EXPECT_THAT(result.error.message, HasSubstr("cancelled after 20ms: stopped sleeping"));
  EXPECT_EQ(instance->state(), InstanceState::ready);  // it may be called again
}

TEST(Instance, AHangIsAbandoned) {
  World world;
  for (unsigned i = 1; i <= 3; ++i) {
    auto instance = world.make("hangs").value();
    ModelClient client(*instance);
    const auto answer = client.forecast(request(), 50ms);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->items[0].code, ErrorCode::deadline_exceeded);
    EXPECT_THAT(answer->items[0].note, HasSubstr("stuck, abandoned"));
    EXPECT_TRUE(std::isnan(answer->mean[0]));
    EXPECT_EQ(instance->state(), InstanceState::stuck);
    EXPECT_EQ(client.forecast(request(), 50ms)->items[0].code, ErrorCode::unavailable);
    EXPECT_EQ(world.context->stuck_count(), i);
    EXPECT_EQ(world.context->restart_advised(), i == 3);
  }  // destroying a stuck instance returns at once
  auto good = world.make("none").value();
  EXPECT_TRUE(ModelClient(*good).forecast(request(), 5s)->items[0].ok());
}

// A server that was stopped for a while and goes on: nobody needs to start the host anew.
TEST(Instance, AHangThatEndsIsForgiven) {
  World world;
  for (const bool throws : {false, true}) {
    auto instance = world.make("none").value();
    const auto held = std::make_shared<std::promise<void>>();
    const auto result = instance->call("wait", Overlap::serial, 20ms,
                                       [held, throws](auto*, auto*, auto*) -> nova_status {
                                         held->get_future().wait();
                                         if (throws) throw std::runtime_error("too late");
                                         return NOVA_OK;
                                       });
    EXPECT_THAT(result.error.message, HasSubstr("stuck, abandoned"));
    ASSERT_EQ(instance->state(), InstanceState::stuck);
    ModelClient client(*instance);
    EXPECT_EQ(client.forecast(request(), 5s)->items[0].code, ErrorCode::unavailable);
    held->set_value();
    const auto soon = std::chrono::steady_clock::now() + 10s;
    const auto wanted = throws ? InstanceState::quarantined : InstanceState::ready;
    while (instance->state() != wanted && std::chrono::steady_clock::now() < soon)
      std::this_thread::sleep_for(1ms);
    ASSERT_EQ(instance->state(), wanted);
    EXPECT_EQ(client.forecast(request(), 5s)->items[0].ok(), !throws);
    EXPECT_THAT(instance->state_reason(), HasSubstr(throws ? "too late" : ""));
  }
}

TEST(Instance, FloodsAreBounded) {
  World world;
  auto noisy = world.make("floods_notes").value();
  const auto result = noisy->call(
      "note", Overlap::serial, 30s,
      [ops = noisy->ops<nova_model_ops>()](nova_instance* m, const nova_call* c, nova_error* e) {
        nova_series_view view{};
        view.struct_size = sizeof view;
        nova_forecast io{};
        io.struct_size = sizeof io;
        io.history = &view;
        return ops.forecast(m, c, &io, e);
      });
  EXPECT_EQ(result.notes.size(), kNoteCap);
  EXPECT_EQ(result.notes_dropped, 100'000 - kNoteCap);
  auto chatty = world.make("floods_log").value();
  EXPECT_TRUE(ModelClient(*chatty).forecast(request(), 30s).ok());
  const std::lock_guard lock(world.mutex);
  EXPECT_GE(world.lines.size(), 1000u);
  EXPECT_LT(world.lines.size(), 50'000u);
}

TEST(Instance, ErrorsAreTakenWithCare) {
  World world;
  const std::tuple<const char*, ErrorCode, const char*> cases[] = {
      {"long_message", ErrorCode::internal, "xxxx"},
      {"odd_status", ErrorCode::internal, "forecast: answered status 30583, which the contract"},
      {"silent_error", ErrorCode::internal, "internal"},
      {"throttled", ErrorCode::throttled, "slow down (retry after 1500ms)"},
  };
  for (const auto& [fault, code, message] : cases) {
    auto instance = world.make(fault).value();
    const auto answer = ModelClient(*instance).forecast(request(), 5s);
    EXPECT_EQ(answer->items[1].code, code) << fault;
    EXPECT_THAT(answer->items[1].note, HasSubstr(message));
    EXPECT_LT(answer->items[1].note.size(), 700u);
  }
}

TEST(Instance, ANumberNobodyKnowsIsToldOfAnItemToo) {
  World world;
  auto instance = world.make("odd_item").value();
  const auto answer = ModelClient(*instance).forecast(request(), 5s);
  EXPECT_EQ(answer->items[0].code, ErrorCode::internal);
  EXPECT_EQ(answer->items[0].note, "answered status 77, which the contract does not know");
  EXPECT_TRUE(answer->items[1].ok());
}

TEST(Instance, ThrowingOrHangingInDestroyHarmsNobody) {
  World world;
  { auto instance = world.make("throws_in_destroy").value(); }
  const std::lock_guard lock(world.mutex);
  ASSERT_FALSE(world.lines.empty());
  EXPECT_THAT(world.lines.back(), HasSubstr("destroy: threw"));
}

TEST(Instance, SerialCallsExcludeEachOther) {
  World world;
  auto serial = world.make("none", "model").value(), free = world.make("none").value();
  for (auto* instance : {serial.get(), free.get()}) {
    std::atomic<int> inside = 0, most = 0;
    const auto work = [&] {
      for (int i = 0; i < 20; ++i)
        (void)instance->call(
            "work", Overlap::concurrent, 30s, [&](nova_instance*, const nova_call*, nova_error*) {
              const int now = ++inside;
              for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
              }
              std::this_thread::sleep_for(1ms);
              --inside;
              return nova_status{NOVA_OK};
            });
    };
    { std::jthread a(work), b(work), c(work); }
    if (instance == serial.get())
      EXPECT_EQ(most, 1);  // not flagged concurrent
    else
      EXPECT_GT(most, 1);
  }
}

TEST(Instance, WorkersBlockAllSignals) {
  World world;
  auto instance = world.make("none").value();
  sigset_t mask;
  sigemptyset(&mask);
  const auto result = instance->call("mask", Overlap::serial, 5s,
                                     [&](nova_instance*, const nova_call*, nova_error*) {
                                       pthread_sigmask(SIG_BLOCK, nullptr, &mask);
                                       return nova_status{NOVA_OK};
                                     });
  ASSERT_TRUE(result.ok());
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGPIPE, SIGCHLD})
    EXPECT_TRUE(sigismember(&mask, signal)) << signal;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGTERM));  // ours is as it was
}

// What a plugin may ask of the host.
TEST(Services, SecretsOnlyOfItsOwnConfig) {
  World world;
  setenv("NOVA_TEST_SECRET", "swordfish", 1);
  setenv("NOVA_OTHER_SECRET", "not yours", 1);
  const auto file =
      std::filesystem::temp_directory_path() / ("nova-secret-" + std::to_string(getpid()));
  std::ofstream(file) << "hunter2\n";
  InstanceSpec spec;
  spec.name = "secrets";
  spec.config_dir = file.parent_path();
  spec.config_json =
      R"({"fault":"none","password":"secret:env:NOVA_TEST_SECRET","deep":[{"x":"secret:file:)" +
      file.filename().string() + R"("},"secret:env:NOVA_UNSET_SECRET","secret:vault:x"]})";
  auto instance = Instance::create(world.context, world.library,
                                   *world.library->find("org.novacron.test.chaos.sink"), spec)
                      .value();
  struct Peek {  // chaos::Base as far as the host pointer
    void* vtable;
    std::string fault, config;
    const nova_host* host;
  };
  const auto* host = reinterpret_cast<const Peek*>(instance->raw())->host;
  const auto* service =
      static_cast<const nova_host_secrets*>(host->get_extension(host, NOVA_HOST_SECRETS));
  ASSERT_TRUE(service);
  const auto get = [&](const std::string& reference) {
    std::string value;
    const nova_writer writer{
        sizeof writer, 0, &value, [](const nova_writer* w, const void* data, std::uint64_t n) {
          static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data), n);
          return nova_status{NOVA_OK};
        }};
    nova_error error{};
    error.struct_size = sizeof error;
    const auto status = service->get(host, {reference.data(), reference.size()}, &writer, &error);
    return status == NOVA_OK ? value : std::string(error.message);
  };
  EXPECT_EQ(get("secret:env:NOVA_TEST_SECRET"), "swordfish");
  EXPECT_EQ(get("env:NOVA_TEST_SECRET"), "swordfish");
  EXPECT_EQ(get("file:" + file.filename().string()), "hunter2");
  EXPECT_THAT(get("env:NOVA_OTHER_SECRET"), HasSubstr("does not stand in this instance's config"));
  EXPECT_THAT(get("file:/etc/passwd"), HasSubstr("does not stand in this instance's config"));
  EXPECT_THAT(get("env:NOVA_UNSET_SECRET"), HasSubstr("is not set"));
  EXPECT_THAT(get("vault:x"), HasSubstr("env:NAME or file:PATH"));
  EXPECT_EQ(host->now_ns(host, NOVA_CLOCK_TIME), 1'700'000'000'000'000'000);
  EXPECT_GT(host->now_ns(host, NOVA_CLOCK_MONOTONIC), 0);
  EXPECT_EQ(host->get_extension(host, "nova.host.none/1"), nullptr);
  EXPECT_STREQ(host->instance, "secrets");
  std::filesystem::remove(file);

  // The loan of threads: each index once, whatever the grain; nested loans run where they are.
  const auto* pool =
      static_cast<const nova_host_parallel*>(host->get_extension(host, NOVA_HOST_PARALLEL));
  ASSERT_TRUE(pool);
  for (const std::uint64_t grain : {1, 7, 1000, 100'000}) {
    std::vector<std::atomic<int>> hits(10'000);
    const auto body = [](void* ctx, std::uint64_t begin, std::uint64_t end) {
      for (auto i = begin; i < end; ++i) ++(*static_cast<std::vector<std::atomic<int>>*>(ctx))[i];
    };
    EXPECT_EQ(pool->run(host, hits.size(), grain, body, &hits), NOVA_OK);
    for (const auto& hit : hits) EXPECT_EQ(hit, 1);
  }
  EXPECT_EQ(pool->run(
                host, 10, 1, [](void*, std::uint64_t, std::uint64_t) { throw 1; }, nullptr),
            NOVA_INTERNAL);
  EXPECT_EQ(pool->run(
                host, 0, 1, [](void*, std::uint64_t, std::uint64_t) { throw 1; }, nullptr),
            NOVA_OK);
}

TEST(CallGate, ALonerIsNotStarvedAndDeadlinesHold) {
  CallGate gate;
  const auto soon = [] { return std::chrono::steady_clock::now() + 20ms; };
  const auto later = [] { return std::chrono::steady_clock::now() + 30s; };
  ASSERT_TRUE(gate.enter(false, soon()));
  ASSERT_TRUE(gate.enter(false, soon()));
  EXPECT_FALSE(gate.enter(true, soon()));
  std::atomic<bool> alone = false;
  std::jthread loner([&] {
    alone = gate.enter(true, later());
    gate.leave(true);
  });
  while (gate.enter(false, std::chrono::steady_clock::now() + 1ms))
    gate.leave(false);  // until it waits
  gate.leave(false);
  gate.leave(false);
  loner.join();
  EXPECT_TRUE(alone);
  EXPECT_TRUE(gate.enter(false, soon()));
}

TEST(Workers, GiveEveryTaskAThreadAndReuseThem) {
  Workers workers;
  std::atomic<int> done = 0;
  for (int round = 0; round < 50; ++round) {
    ASSERT_TRUE(workers.run([&] { ++done; }));
    while (done <= round) std::this_thread::yield();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_LT(workers.thread_count(), 10u);
}

}  // namespace
}  // namespace nova::loader
