// Threads and time: cancel words, deadlines, calls side by side.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include "host/loader/verify/model_bench.hpp"
#include "host/loader/verify/standard.hpp"

namespace nova::verify {
namespace {

using loader::Kind;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// 100 ms is the rule; a busy machine may stop us for as long again.
constexpr milliseconds kPatience{kSanitized ? 2500 : 250};

constexpr milliseconds kOverlap{300};  // calls of a few us overlap seldom, so they go on for long

std::size_t many_items(const Rig& rig) {
  if (rig.info.kind == Kind::policy) return 4096;  // as many as the host asks about in one call
  return rig.info.kind == Kind::model ? many_series_for(rig, rig.setup.points) : 10'000;
}

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void stops_in_time(const StandardAnswer& answer, double ms, const char* operation) {
  require(ms < static_cast<double>(kPatience.count()),
          std::string(operation) + " went on for " + std::to_string(static_cast<int>(ms)) + " ms");
  require(answer.code == NOVA_OK || answer.code == NOVA_CANCELLED ||
              answer.code == NOVA_DEADLINE_EXCEEDED,
          std::string(operation) + " that was stopped answered " + status_name(answer.code));
}

// The cancel word is set 10 ms into a call on many items.
void cancel(Rig& rig) {
  const auto call = standard_call(rig, many_items(rig));
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  std::atomic<std::int64_t> cancelled{0};
  std::jthread canceller([&] {
    std::this_thread::sleep_for(milliseconds(10));
    cancelled = Clock::now().time_since_epoch().count();
    __atomic_store_n(&box.cancel, 1, __ATOMIC_RELAXED);
  });
  const auto answer = call->run(object, box);
  const auto end = Clock::now();
  canceller.join();
  const auto late = end - Clock::time_point(Clock::duration(cancelled.load()));
  stops_in_time(answer, std::chrono::duration<double, std::milli>(late).count(), call->operation());
}

void cancelled_before(Rig& rig) {
  const auto call = standard_call(rig, many_items(rig));
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  box.cancel = 1;
  const auto start = Clock::now();
  const auto answer = call->run(object, box);
  stops_in_time(answer, ms_since(start), call->operation());
}

// A deadline that is over: the answer may be there, but must come at once.
void deadline(Rig& rig) {
  const auto call = standard_call(rig, 3);
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  box.call.deadline_ns = 1;
  const auto start = Clock::now();
  const auto answer = call->run(object, box);
  stops_in_time(answer, ms_since(start), call->operation());
}

// Calls that may overlap answer as if alone.
void concurrent(Rig& rig) {
  if (!rig.info.concurrent()) throw Skipped{"not flagged NOVA_COMPONENT_CONCURRENT"};
  if (rig.info.kind == Kind::controller || rig.info.kind == Kind::sink)
    throw Skipped{"its standard call is a serial one"};
  const auto object = rig.make();
  constexpr std::size_t kThreads = 4;
  constexpr int kRounds = 25;
  const auto items = std::clamp<std::size_t>(many_items(rig) / 100, 4, 100);  // learnt in 20 ms
  // Each thread asks about series of its own, so that what calls share shows.
  std::vector<std::unique_ptr<StandardCall>> calls;
  std::vector<StandardAnswer> alone;
  for (std::size_t i = 0; i < kThreads; ++i) {
    calls.push_back(standard_call(rig, items, i));
    calls.back()->prepare(object);
  }
  for (const auto& call : calls) {
    CallBox box;
    alone.push_back(call->run(object, box));
  }
  // What a live source has is another number a moment later.
  const bool steady = rig.info.kind != Kind::metrics || rig.info.virtual_time();
  std::atomic<int> made = 0, different = 0;
  std::latch start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        const auto end = Clock::now() + kOverlap;
        for (int round = 0; round < kRounds || Clock::now() < end; ++round, ++made) {
          CallBox own;
          const auto answer = calls[i]->run(object, own);
          if (answer.code != alone[i].code || (steady && answer.output != alone[i].output))
            ++different;
        }
      });
  }
  require(different == 0, std::to_string(different) + " of " + std::to_string(made) +
                              " overlapping calls answered otherwise than alone");
}

// Serial calls may come from any thread, one after the other.
void any_thread(Rig& rig) {
  const auto call = standard_call(rig);
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  const auto here = call->run(object, box);
  StandardAnswer there;
  CallBox other;
  std::jthread([&] { there = call->run(object, other); }).join();
  require(there.code == here.code && there.output == here.output,
          "another thread gets another answer");
}

void own_threads(Rig& rig) {
  const auto before = ProcessState::now().threads;
  auto object = rig.make();
  const auto call = standard_call(rig);
  call->prepare(object);
  CallBox box;
  (void)call->run(object, box);
  // A new thread blocks all signals until it has begun: give it time to show its own mask.
  std::this_thread::sleep_for(milliseconds(50));
  require(threads_open_to_signals() == 0, "a thread it made does not block signals");
  object.destroy();
  require(ProcessState::now().threads <= before, "a thread it made outlives destroy");
}

constexpr Check kThreadsChecks[] = {
    {"cancel", Kind::unknown, "the cancel word ends a call within 100 ms", cancel},
    {"cancelled-before", Kind::unknown, "a call that is cancelled already ends at once",
     cancelled_before},
    {"deadline", Kind::unknown, "a deadline that is over ends a call at once", deadline},
    {"concurrent", Kind::unknown, "if flagged: overlapping calls answer as if alone", concurrent},
    {"any-thread", Kind::unknown, "serial calls may come from any thread", any_thread},
    {"own-threads", Kind::unknown, "own threads block signals and end before destroy does",
     own_threads},
};

}  // namespace

std::span<const Check> thread_checks() { return kThreadsChecks; }

}  // namespace nova::verify
