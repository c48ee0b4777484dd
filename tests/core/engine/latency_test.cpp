// Goal: a promised latency that is measured is kept at the load where answers really become slow,
// not where a queue would have them.
// Method: four days of a group whose answers follow a law of their own, with the promise by the
// queue alone and by what is seen; the law of the queue itself must change next to nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/slot_fleet.hpp"
#include "core/plan/queueing.hpp"

namespace nova {
namespace latency_test {

using ::testing::HasSubstr;

constexpr double kPerMachine = 100, kWanted = 0.2;
constexpr int kDay = 1440, kDays = 4;
const Machine kTaken{4, kPerMachine};
const TimePoint kStart = from_unix_ns(1'767'225'600'000'000'000);

GroupSpec group(bool measured) {
  GroupSpec g;
  g.id = "web";
  g.min = 2;
  g.max = 200;
  g.lead_time = std::chrono::minutes(3);
  g.machine.vcpus = 4;
  SignalSpec load;
  load.name = "requests";
  load.per_machine = kPerMachine;
  load.key = 1;
  g.signals = {load};
  SignalSpec answers;
  answers.name = "p95";
  answers.role = Role::latency;
  answers.key = 2;
  g.watched = {answers};
  PredictiveSpec policy;
  policy.confidence_threshold = 0;
  policy.promise = PromiseSpec{0.01};
  policy.promise->latency = std::chrono::milliseconds(200);
  policy.promise->at_utilisation = load_within(kTaken, kWanted, 0.05) / kPerMachine;
  if (measured) policy.promise->latency_signal = "p95";
  g.policies = {policy};
  return g;
}

struct Lived {
  double slow = 0;          // share of the steps of the last two days
  double machines = 0;      // mean of the last two days
  std::string early, late;  // reasons
  Json state;
};

// `p95` of an answer by the load of a machine.
Lived live(const GroupSpec& spec, const std::function<double(double)>& p95) {
  const Duration step = std::chrono::minutes(1);
  Engine engine({spec}, step);
  SlotFleet fleet(12, 3);
  const Menu menu(default_offers(spec));
  std::mt19937_64 random(11);
  std::normal_distribution<double> noise(0, 0.05);
  Lived out;
  bool acted = false;
  for (int i = 1; i <= kDays * kDay; ++i) {
    const auto now = kStart + step * i;
    const auto slot = static_cast<std::uint64_t>(unix_ns(now) / step.count());
    const auto served = fleet.serving();
    fleet.begin(slot);
    const double load = (1000 - 700 * std::cos(2 * M_PI * i / kDay)) * std::exp(noise(random));
    const double answer = p95(load / served);
    FleetView view;
    view.known = true;
    view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
    GroupInput input{now, {{load}}, view, acted};
    input.watched = {{answer * std::exp(noise(random))}};
    engine.observe({now, {input}});
    const auto decision = engine.decide(0, menu);
    acted = decision.action != Action::hold;
    if (acted) fleet.scale(slot, decision.desired);
    if (i == 60) out.early = decision.reason;
    out.late = decision.reason;
    if (i <= (kDays - 2) * kDay) continue;
    out.slow += (answer > kWanted) / (2.0 * kDay);
    out.machines += served / (2.0 * kDay);
  }
  out.state = engine.state();
  return out;
}

double by_queue(double load) {
  double low = 0, high = 10;
  for (int k = 0; k < 60; ++k) {
    const double middle = (low + high) / 2;
    (slower_than(kTaken, load, middle) > 0.05 ? low : high) = middle;
  }
  return low;
}

TEST(MeasuredLatency, IsKeptWhereAQueueWouldBreakIt) {
  // A lock: nothing waits until 45 requests a second, then all do; slow from 53 on.
  const auto lock = [](double load) { return 0.04 + (load > 45 ? 0.02 * (load - 45) : 0); };
  const auto reckoned = live(group(false), lock), measured = live(group(true), lock);
  EXPECT_GT(reckoned.slow, 0.5) << "M/M/c takes a machine for "
                                << load_within(kTaken, kWanted, 0.05);
  EXPECT_LT(measured.slow, 0.02);
  EXPECT_LT(measured.machines, 1.6 * 1000 / 53) << "no more than it takes";
  EXPECT_THAT(measured.early, HasSubstr("% of a machine, by M/M/c: "));
  EXPECT_THAT(measured.late, HasSubstr("fitted "));
  EXPECT_THAT(measured.late, HasSubstr("answers within 200ms up to 4"));
  EXPECT_EQ(reckoned.late.find("answers within"), std::string::npos);
}

TEST(MeasuredLatency, OfTheQueueItselfIsAsReckoned) {
  const auto reckoned = live(group(false), by_queue), measured = live(group(true), by_queue);
  EXPECT_NEAR(measured.machines, reckoned.machines, 0.08 * reckoned.machines);
  EXPECT_LT(measured.slow, 0.02);
}

TEST(MeasuredLatency, WithoutAnswersIsTheQueue) {
  const auto reckoned = live(group(false), by_queue);
  const auto dark = live(group(true), [](double) { return std::nan(""); });
  EXPECT_NEAR(dark.machines, reckoned.machines, 0.02 * reckoned.machines);
  EXPECT_THAT(dark.late, HasSubstr("by M/M/c: 0 of 60 pairs of load and latency"));
}

// What it says is what it reckons with: not less than a twentieth for what was seen, unless the
// queue says less.
TEST(MeasuredLatency, SaysTheUtilisationThatItReckonsWith) {
  const auto slow = live(group(true), [](double) { return 1.0; });
  EXPECT_THAT(slow.late, HasSubstr("answers within 200ms up to 5 % of a machine, by M/M/c: in "));
  EXPECT_THAT(slow.late, HasSubstr(" exceeded from "));

  auto little = group(true), reckoned = group(false);
  for (auto* spec : {&little, &reckoned}) {
    spec->max = 2000;
    std::get<PredictiveSpec>(spec->policies[0]).promise->at_utilisation = 0.03;
  }
  const auto nothing = [](double) { return std::nan(""); };
  const auto dark = live(little, nothing), stated = live(reckoned, nothing);
  EXPECT_THAT(dark.late, HasSubstr("answers within 200ms up to 3 % of a machine, by M/M/c: 0 of"));
  EXPECT_NEAR(dark.machines, stated.machines, 0.02 * stated.machines);
}

TEST(MeasuredLatency, OutlivesASnapshot) {
  const auto lock = [](double load) { return 0.04 + (load > 45 ? 0.02 * (load - 45) : 0); };
  const auto lived = live(group(true), lock);
  Engine again({group(true)}, std::chrono::minutes(1));
  std::vector<std::string> problems;
  again.restore(lived.state, problems);
  ASSERT_TRUE(problems.empty()) << problems.front();
  EXPECT_EQ(again.state().dump(), lived.state.dump());
}

}  // namespace latency_test
}  // namespace nova
