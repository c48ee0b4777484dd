// Goal: the simulated fleet keeps the rules of a controller (tokens, generations, fences, partial
// success) and, untroubled, is exactly the fleet that backtests assume. Method: tables and small
// stories on a clock of our own; a slow twin for the machine counts.
#include <gtest/gtest.h>
#include <novascale/controller.h>

#include <cmath>
#include <map>
#include <random>

#include "plugins/controllers/simulated/fleet.hpp"

namespace controllers_simulated_fleet_test {

using namespace nova::simulated;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 897350400 * kSecond;
constexpr std::int64_t kBoot = 180 * kSecond;

Token token(std::uint64_t n) {
  Token t{};
  for (int i = 0; i < 8; ++i) t[15 - i] = static_cast<std::uint8_t>((n + 1) >> (8 * i));
  return t;
}
Behaviour calm() { return {}; }

struct Counts {
  std::uint32_t booting = 0, serving = 0, unhealthy = 0, draining = 0;
  bool operator==(const Counts&) const = default;
};
Counts counts(const Fleet& fleet, const std::string& group = "web", const std::string& offer = "") {
  Counts c;
  for (const auto& row : fleet.find(group)->rows)
    if (row.offer == offer)
      for (const auto& m : row.machines)
        ++(m.state == NOVA_MACHINE_BOOTING    ? c.booting
           : m.state == NOVA_MACHINE_DRAINING ? c.draining
           : m.healthy                        ? c.serving
                                              : c.unhealthy);
  return c;
}

// One group "web" and requests numbered as they come.
struct World {
  explicit World(const Behaviour& behaviour = calm(), GroupRules rules = {}) : fleet(behaviour) {
    fleet.add_group("web", rules, kStart);
  }
  Answer scale(std::uint32_t desired, std::int64_t at_s, const std::string& offer = "") {
    const Request r{"web", offer, desired, token(next++), {}, {}};
    return fleet.scale({&r, 1}, kStart + at_s * kSecond)[0];
  }
  Progress poll(std::uint64_t n) { return fleet.poll(token(n)).value(); }
  Fleet fleet;
  std::uint64_t next = 0;
};

TEST(SimulatedFleet, AMachineServesExactlyOneBootTimeAfterItsRequest) {
  World w;
  EXPECT_EQ(w.scale(3, 0).state, NOVA_OP_RUNNING);
  EXPECT_EQ(counts(w.fleet), (Counts{3, 0, 0, 0}));
  w.fleet.advance(kStart + kBoot - 1);
  EXPECT_EQ(counts(w.fleet), (Counts{3, 0, 0, 0}));
  EXPECT_EQ(w.poll(0).eta_ns, kStart + kBoot);
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(counts(w.fleet), (Counts{0, 3, 0, 0}));
  const auto p = w.poll(0);
  EXPECT_EQ(p.state, NOVA_OP_DONE);
  EXPECT_EQ(p.machines, 3u);
  EXPECT_EQ(p.progress, 1);
  EXPECT_EQ(p.started_ns, kStart);
  EXPECT_EQ(p.ended_ns, kStart + kBoot);
  EXPECT_EQ(w.fleet.find("web")->rows[0].machines[0].serving_ns, kStart + kBoot);
}

TEST(SimulatedFleet, InitialMachinesServeAtOnceAndOnlyOnce) {
  World w(calm(), {5, "a", 0, 100});
  EXPECT_EQ(counts(w.fleet, "web", "a"), (Counts{0, 5, 0, 0}));
  w.fleet.add_group("web", {7, "a", 1, 50}, kStart + kSecond);
  EXPECT_EQ(w.fleet.find("web")->size(), 5u);
  EXPECT_EQ(w.fleet.find("web")->rules.max, 50u);
}

// The twin: launches as a list of slots in which they begin to serve.
TEST(SimulatedFleet, AgreesWithTheBacktestModelOnRandomRequests) {
  std::mt19937_64 random{20240229};
  for (int round = 0; round < 20; ++round) {
    World w(calm(), {4, "", 0, 1000});
    std::vector<int> serves_from(4, 0);  // one entry a machine, oldest first
    for (int slot = 0; slot < 300; ++slot) {
      const auto desired = static_cast<std::uint32_t>(1 + random() % 40);
      w.scale(desired, slot * 60);
      while (serves_from.size() > desired) serves_from.pop_back();  // booting ones are the newest
      while (serves_from.size() < desired) serves_from.push_back(slot + 3);
      const auto serving = static_cast<std::uint32_t>(
          std::count_if(serves_from.begin(), serves_from.end(), [&](int s) { return s <= slot; }));
      ASSERT_EQ(counts(w.fleet), (Counts{desired - serving, serving, 0, 0})) << "slot " << slot;
    }
  }
}

TEST(SimulatedFleet, ScaleInTakesBootingThenDrainingThenIllThenNewestAndNeverProtected) {
  World w(calm(), {4, "", 0, 100});
  const auto act = [&](std::int32_t what, const char* machine) {
    return w.fleet.act({what, "web", machine, token(1000 + w.next++), {}}, kStart + 60 * kSecond);
  };
  EXPECT_EQ(act(NOVA_ACT_PROTECT, "sim-4").state, NOVA_OP_DONE);
  EXPECT_EQ(act(NOVA_ACT_DRAIN, "sim-1").state, NOVA_OP_DONE);
  w.scale(6, 60);
  const auto ids = [&] {
    std::string all;
    for (const auto& m : w.fleet.find("web")->rows[0].machines) all += std::to_string(m.number);
    return all;
  };
  EXPECT_EQ(ids(), "123456");
  EXPECT_EQ(counts(w.fleet), (Counts{2, 3, 0, 1}));
  const std::pair<std::uint32_t, const char*> steps[] = {
      {5, "12345"}, {4, "1234"}, {3, "234"}, {2, "24"}, {1, "4"}};
  for (const auto& [desired, left] : steps) {
    EXPECT_EQ(w.scale(desired, 61).state, NOVA_OP_DONE);
    EXPECT_EQ(ids(), left);
  }
  EXPECT_EQ(w.scale(0, 61).status, NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(act(NOVA_ACT_REMOVE, "sim-4").status, NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(act(NOVA_ACT_UNPROTECT, "sim-4").state, NOVA_OP_DONE);
  EXPECT_EQ(act(NOVA_ACT_REMOVE, "sim-4").state, NOVA_OP_DONE);
  EXPECT_EQ(ids(), "");
}

TEST(SimulatedFleet, OneTokenIsOneOperationAlsoWithAnOldGeneration) {
  World w;
  const Request first{"web", "", 3, token(7), 1, {}};
  EXPECT_EQ(w.fleet.scale({&first, 1}, kStart)[0].state, NOVA_OP_RUNNING);
  EXPECT_EQ(w.fleet.find("web")->generation, 2u);
  EXPECT_EQ(w.fleet.scale({&first, 1}, kStart + kSecond)[0].state, NOVA_OP_RUNNING);
  EXPECT_EQ(w.fleet.find("web")->size(), 3u);
  w.scale(1, 2);
  const auto again = w.fleet.scale({&first, 1}, kStart + 3 * kSecond)[0];
  EXPECT_EQ(again.status, NOVA_OK);
  EXPECT_EQ(again.state, NOVA_OP_RUNNING);
  EXPECT_EQ(w.fleet.find("web")->size(), 1u) << "no second effect";
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(w.fleet.poll(token(7))->state, NOVA_OP_PARTIAL);
  EXPECT_EQ(w.fleet.poll(token(7))->result, NOVA_CANCELLED);
}

TEST(SimulatedFleet, AMixUnderOneTokenIsOneOperationOfSeveralRows) {
  World w;
  const Request rows[] = {{"web", "a", 2, token(1), 1, {}}, {"web", "b/spot", 3, token(1), 1, {}}};
  const auto answers = w.fleet.scale(rows, kStart);
  EXPECT_EQ(answers[0].state, NOVA_OP_RUNNING);
  EXPECT_EQ(answers[1].state, NOVA_OP_RUNNING)
      << "the generation is compared before the first row only";
  EXPECT_EQ(w.fleet.find("web")->size(), 5u);
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(w.fleet.poll(token(1))->state, NOVA_OP_DONE);
  EXPECT_EQ(w.fleet.poll(token(1))->machines, 5u);
  const Request same[] = {{"web", "a", 2, token(2), {}, {}},
                          {"web", "b/spot", 4, token(2), {}, {}}};
  EXPECT_EQ(w.fleet.scale(same, kStart + kBoot)[0].state, NOVA_OP_NOTHING);
  w.fleet.advance(kStart + 2 * kBoot);
  EXPECT_EQ(w.fleet.poll(token(2))->state, NOVA_OP_DONE);
}

TEST(SimulatedFleet, RefusesWhatItMust) {
  World w(calm(), {2, "", 1, 10});
  const Request fenced{"web", "", 3, token(50), {}, 9};
  EXPECT_EQ(w.fleet.scale({&fenced, 1}, kStart)[0].status, NOVA_OK);
  const std::tuple<const char*, Request, std::int32_t> cases[] = {
      {"no token", {"web", "", 4, Token{}, {}, {}}, NOVA_INVALID_ARGUMENT},
      {"unknown group", {"db", "", 4, token(51), {}, {}}, NOVA_NOT_FOUND},
      {"stale generation", {"web", "", 4, token(52), 1, {}}, NOVA_ABORTED},
      {"future generation", {"web", "", 4, token(53), 99, {}}, NOVA_ABORTED},
      {"old fence", {"web", "", 4, token(54), {}, 8}, NOVA_ABORTED},
      {"beyond max", {"web", "", 11, token(55), {}, {}}, NOVA_QUOTA},
      {"beyond max by another offer", {"web", "b", 8, token(56), {}, {}}, NOVA_QUOTA},
      {"below min", {"web", "", 0, token(57), {}, {}}, NOVA_INVALID_ARGUMENT},
  };
  for (const auto& [what, request, status] : cases) {
    const auto before = w.fleet.find("web")->generation;
    EXPECT_EQ(w.fleet.would_scale({&request, 1})[0].status, status) << what;
    const auto answer = w.fleet.scale({&request, 1}, kStart)[0];
    EXPECT_EQ(answer.status, status) << what;
    EXPECT_NE(answer.note, "") << what;
    EXPECT_EQ(w.fleet.find("web")->size(), 3u) << what;
    EXPECT_EQ(w.fleet.find("web")->generation, before) << what;
    EXPECT_FALSE(w.fleet.poll(request.token)) << what << ": a refused request never arrived";
  }
}

TEST(SimulatedFleet, OneStaleGroupDoesNotHoldUpTheOthers) {
  World w;
  w.fleet.add_group("db", {}, kStart);
  const Request rows[] = {{"web", "a", 1, token(1), 5, {}},
                          {"db", "a", 1, token(2), 1, {}},
                          {"web", "b", 1, token(3), 5, {}}};
  const auto answers = w.fleet.scale(rows, kStart);
  EXPECT_EQ(answers[0].status, NOVA_ABORTED);
  EXPECT_EQ(answers[1].status, NOVA_OK);
  EXPECT_EQ(answers[2].status, NOVA_ABORTED);
}

Behaviour troubled() {
  Behaviour b;
  b.boot_p95_ns = 600 * kSecond;
  b.capacity = 0.3;
  b.boot_fails = 0.1;
  b.quota = b.throttled = b.unavailable = 0.1;
  b.interruptions_month = 400;
  b.illnesses_month = 100;
  b.seed = 42;
  return b;
}

// A long story of random requests, as text: equal stories are equal fleets.
std::string story(const Behaviour& behaviour, bool ask_first) {
  Fleet fleet(behaviour);
  fleet.add_group("web", {3, "a", 0, 100}, kStart);
  std::mt19937_64 random{7};
  std::string told;
  for (int slot = 0; slot < 500; ++slot) {
    const std::int64_t now = kStart + slot * 60 * kSecond;
    fleet.advance(now);
    const Request rows[] = {
        {"web", "a", static_cast<std::uint32_t>(random() % 20), token(random() % 900), {}, {}},
        {"web", "b/spot", static_cast<std::uint32_t>(random() % 20), token(random()), {}, {}}};
    std::vector<Answer> expected;
    if (ask_first) expected = fleet.would_scale(rows);
    const auto answers = fleet.scale(rows, now);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (ask_first) {
        EXPECT_EQ(expected[i].status, answers[i].status) << slot;
        EXPECT_EQ(expected[i].note, answers[i].note) << slot;
      }
      told += std::to_string(answers[i].status) + ":" + std::to_string(answers[i].state) + " ";
    }
    for (const auto& row : fleet.find("web")->rows)
      for (const auto& m : row.machines)
        told += std::to_string(m.number) + "/" + std::to_string(m.state) + "/" +
                std::to_string(m.serving_ns) + "/" + std::to_string(m.marks) + " ";
    told += std::to_string(fleet.find("web")->generation) + "\n";
  }
  return told;
}

TEST(SimulatedFleet, RepeatsItselfAndAskingFirstChangesNothing) {
  const auto once = story(troubled(), false);
  EXPECT_EQ(once, story(troubled(), false));
  EXPECT_EQ(once, story(troubled(), true));
  auto other = troubled();
  other.seed = 43;
  EXPECT_NE(once, story(other, false));
}

TEST(SimulatedFleet, TypedFailuresComeAsOftenAsTold) {
  const std::pair<double Behaviour::*, std::int32_t> kinds[] = {
      {&Behaviour::unavailable, NOVA_UNAVAILABLE},
      {&Behaviour::throttled, NOVA_THROTTLED},
      {&Behaviour::quota, NOVA_QUOTA},
      {&Behaviour::capacity, NOVA_CAPACITY}};
  for (const auto& [rate, status] : kinds) {
    Behaviour b;
    b.*rate = 0.25;
    World w(b);
    int failed = 0;
    for (int i = 0; i < 4000; ++i) {
      const auto answer = w.scale(1, i);  // one machine: not to be had means refused as a whole
      if (answer.status != NOVA_OK) {
        EXPECT_EQ(answer.status, status);
        EXPECT_FALSE(w.fleet.poll(token(w.next - 1)));
        ++failed;
      } else {
        while (w.scale(0, i).status != NOVA_OK) {
        }
      }
    }
    EXPECT_NEAR(failed, 1000, 110) << status;  // four standard deviations of a binomial
  }
}

TEST(SimulatedFleet, MachinesNotToBeHadMakeThePartialOperation) {
  Behaviour b;
  b.capacity = 0.5;
  World w(b);
  const auto answer = w.scale(100, 0);
  EXPECT_EQ(answer.state, NOVA_OP_RUNNING);
  const auto got = w.fleet.find("web")->size();
  EXPECT_GT(got, 20u);
  EXPECT_LT(got, 80u);
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(w.poll(0).state, NOVA_OP_PARTIAL);
  EXPECT_EQ(w.poll(0).result, NOVA_CAPACITY);
  EXPECT_EQ(w.poll(0).machines, got);
  EXPECT_EQ(w.poll(0).progress, 1);
}

TEST(SimulatedFleet, SoldOutOffersHaveNoMachineMore) {
  auto b = calm();
  b.sold_out = {"aws/*/us-east-1a/*/spot", "x?"};
  World w(b, {3, "x1", 0, 100});
  for (const auto* offer : {"aws/us-east-1/us-east-1a/m5.large/linux/spot", "x2"})
    EXPECT_EQ(w.scale(1, 1, offer).status, NOVA_CAPACITY) << offer;
  for (const auto* offer : {"aws/us-east-1/us-east-1b/m5.large/linux/spot", "x10"})
    EXPECT_EQ(w.scale(1, 1, offer).status, NOVA_OK) << offer;
  EXPECT_EQ(w.scale(2, 1, "x1").status, NOVA_OK) << "what runs may go";
  EXPECT_EQ(w.scale(3, 1, "x1").status, NOVA_CAPACITY);
}

TEST(SimulatedFleet, AMachineThatNeverComesUpLeavesASmallerGroupAndANewGeneration) {
  Behaviour b;
  b.boot_fails = 1;
  World w(b);
  w.scale(2, 0);
  const auto generation = w.fleet.find("web")->generation;
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(w.fleet.find("web")->size(), 0u);
  EXPECT_EQ(w.fleet.find("web")->generation, generation + 2);
  EXPECT_EQ(w.fleet.find("web")->changed_ns, kStart + kBoot);
  EXPECT_EQ(w.poll(0).state, NOVA_OP_FAILED);
  EXPECT_EQ(w.poll(0).result, NOVA_UNAVAILABLE);
}

TEST(SimulatedFleet, SpotMachinesAreLostAtTheirRateAndAnnouncedBefore) {
  Behaviour b;
  b.interruptions_month = 1;
  World w(b);
  w.scale(2000, 0, "x/spot");
  w.scale(2000, 0, "x/on-demand");
  const std::int64_t month = 730 * 3600 * kSecond;
  std::uint64_t announced = 0, alive = 0;
  for (int hour = 0; hour <= 730; ++hour) {
    w.fleet.advance(kStart + hour * 3600 * kSecond);
    for (const auto& m : w.fleet.find("web")->rows[0].machines)
      announced += (m.marks & NOVA_MARK_INTERRUPTED) != 0;
  }
  EXPECT_EQ(w.fleet.find("web")->rows[1].machines.size(), 2000u);
  alive = w.fleet.find("web")->rows[0].machines.size();
  EXPECT_NEAR(static_cast<double>(alive), 2000 * std::exp(-1.0), 90);
  EXPECT_GT(announced, 5u);
  w.fleet.advance(kStart + 40 * month);
  EXPECT_EQ(w.fleet.find("web")->rows[0].machines.size(), 0u);
}

TEST(SimulatedFleet, BootTimesFollowTheMedianAndTheNinetyFifthPercentile) {
  Behaviour b;
  b.boot_ns = 100 * kSecond;
  b.boot_p95_ns = 300 * kSecond;
  World w(b);
  w.scale(20000, 0);
  w.fleet.advance(kStart + 100 * kSecond);
  EXPECT_NEAR(counts(w.fleet).serving, 10000, 300);
  w.fleet.advance(kStart + 300 * kSecond);
  EXPECT_NEAR(counts(w.fleet).serving, 19000, 130);
}

TEST(SimulatedFleet, CancelStopsWhatStillBoots) {
  World w(calm(), {1, "", 0, 10});
  w.scale(4, 0);
  EXPECT_FALSE(w.fleet.cancel(token(99), kStart));
  const auto p = w.fleet.cancel(token(0), kStart + 60 * kSecond);
  EXPECT_EQ(p->state, NOVA_OP_CANCELLED);
  EXPECT_EQ(counts(w.fleet), (Counts{0, 1, 0, 0}));
  w.scale(2, 60);
  w.fleet.advance(kStart + 60 * kSecond + kBoot);
  EXPECT_EQ(w.fleet.cancel(token(1), kStart + 60 * kSecond + kBoot)->state, NOVA_OP_DONE);
  EXPECT_EQ(counts(w.fleet), (Counts{0, 2, 0, 0}));
}

TEST(SimulatedFleet, ActsOnSingleMachines) {
  World w(calm(), {3, "", 2, 10});
  const auto act = [&](std::int32_t what, const char* machine, std::uint64_t t,
                       std::optional<std::uint64_t> fence = {}) {
    return w.fleet.act({what, "web", machine, token(t), fence}, kStart);
  };
  EXPECT_EQ(act(NOVA_ACT_REPLACE, "sim-2", 1).state, NOVA_OP_RUNNING);
  EXPECT_EQ(act(NOVA_ACT_REPLACE, "sim-2", 1).state, NOVA_OP_RUNNING) << "the same operation";
  EXPECT_EQ(counts(w.fleet), (Counts{1, 2, 0, 0}));
  EXPECT_EQ(act(NOVA_ACT_REPLACE, "sim-2", 2).status, NOVA_NOT_FOUND);
  EXPECT_EQ(act(NOVA_ACT_DRAIN, "sim-4", 3).status, NOVA_FAILED_PRECONDITION) << "it boots";
  EXPECT_EQ(act(NOVA_ACT_DRAIN, "sim-1", 4).state, NOVA_OP_DONE);
  EXPECT_EQ(counts(w.fleet), (Counts{1, 1, 0, 1}));
  EXPECT_EQ(act(NOVA_ACT_UNDRAIN, "sim-1", 5).state, NOVA_OP_DONE);
  EXPECT_EQ(act(NOVA_ACT_REMOVE, "sim-1", 6).state, NOVA_OP_DONE);
  EXPECT_EQ(act(NOVA_ACT_REMOVE, "sim-1", 6).state, NOVA_OP_DONE) << "the same operation";
  EXPECT_EQ(act(NOVA_ACT_REMOVE, "sim-3", 7).status, NOVA_FAILED_PRECONDITION) << "min is 2";
  EXPECT_EQ(act(NOVA_ACT_MIGRATE, "sim-3", 8).status, NOVA_UNIMPLEMENTED);
  EXPECT_EQ(act(77, "sim-3", 9).status, NOVA_UNIMPLEMENTED);
  EXPECT_EQ(act(NOVA_ACT_PROTECT, "sim-3", 10, 5).status, NOVA_OK);
  EXPECT_EQ(act(NOVA_ACT_UNPROTECT, "sim-3", 11, 4).status, NOVA_ABORTED);
  w.fleet.advance(kStart + kBoot);
  EXPECT_EQ(w.fleet.poll(token(1))->state, NOVA_OP_DONE);
}

TEST(SimulatedFleet, TimeNeverRunsBackAndOldOperationsAreForgottenAfterADay) {
  World w;
  w.scale(1, 3600);
  w.fleet.advance(kStart);
  EXPECT_EQ(w.scale(2, 0).state, NOVA_OP_RUNNING);
  EXPECT_EQ(w.fleet.find("web")->rows[0].machines[1].created_ns, kStart + 3600 * kSecond);
  w.fleet.advance(kStart + 24 * 3600 * kSecond);
  EXPECT_TRUE(w.fleet.poll(token(0)));
  w.fleet.advance(kStart + 26 * 3600 * kSecond);
  EXPECT_FALSE(w.fleet.poll(token(0)));
}

TEST(SimulatedFleet, AGroupSetAsideKeepsItsMachinesForTheNextTime) {
  World w(calm(), {3, "", 0, 10});
  w.fleet.set_aside("web");
  EXPECT_EQ(w.fleet.find("web"), nullptr);
  EXPECT_EQ(w.scale(5, 0).status, NOVA_NOT_FOUND);
  w.fleet.add_group("web", {9, "", 0, 10}, kStart);
  EXPECT_EQ(counts(w.fleet), (Counts{0, 3, 0, 0}));
}

}  // namespace controllers_simulated_fleet_test
