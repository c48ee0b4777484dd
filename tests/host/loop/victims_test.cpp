// Goal: who is given up first, by use and by what is paid for. Method: a table of fleets.
#include "host/loop/victims.hpp"

#include <gmock/gmock.h>

namespace nova {
namespace loop_victims_test {

using loader::Health;
using loader::Machine;
using loader::MachineState;
using std::chrono::minutes;
using testing::ElementsAre;
const TimePoint kNow = from_unix_ns(1'000'000'020'000'000'000);
constexpr ChargeRule kByUse{Duration{1}, Duration{0}};
constexpr ChargeRule kByHour{std::chrono::hours(1), std::chrono::hours(1)};

Machine machine(const char* id, int age_min, MachineState state = MachineState::running) {
  Machine m;
  m.group_id = "web", m.id = id, m.offer_id = "o";
  m.state = state, m.created = kNow - minutes(age_min);
  return m;
}

std::optional<std::vector<std::string>> choose(const std::vector<Machine>& all, std::uint32_t held,
                                               std::uint32_t count,
                                               const ChargeRule& rule = kByUse) {
  return choose_victims(all, "web", "o", held, count, rule, kNow, minutes(1));
}

TEST(Victims, WhoServesNobodyGoesFirstThenTheNewest) {
  auto ill = machine("ill", 500), announced = machine("announced", 400), kept = machine("kept", 1);
  ill.health = Health::unhealthy, announced.interrupted = true, kept.is_protected = true;
  const std::vector<Machine> all = {machine("old", 300),
                                    machine("new", 5),
                                    machine("boots", 2, MachineState::booting),
                                    machine("drains", 90, MachineState::draining),
                                    machine("failed", 9, MachineState::failed),
                                    ill,
                                    announced,
                                    kept,
                                    machine("stops", 3, MachineState::stopping),
                                    machine("gone", 3, MachineState::gone)};
  EXPECT_THAT(*choose(all, 8, 7),
              ElementsAre("failed", "ill", "drains", "announced", "boots", "new", "old"));
  EXPECT_FALSE(choose(all, 8, 8)) << "one is protected";
  EXPECT_FALSE(choose(all, 7, 1)) << "not the fleet that was seen";
  EXPECT_FALSE(choose_victims(all, "web", "other", 8, 1, kByUse, kNow, minutes(1)));
  EXPECT_FALSE(choose_victims(all, "api", "o", 8, 1, kByUse, kNow, minutes(1)));
}

TEST(Victims, PaidTimeIsUsedUp) {
  const std::vector<Machine> all = {machine("a", 10), machine("b", 119), machine("c", 30),
                                    machine("d", 59)};
  EXPECT_THAT(*choose(all, 4, 4), ElementsAre("a", "c", "d", "b")) << "by use: the newest";
  EXPECT_THAT(*choose(all, 4, 4, kByHour), ElementsAre("d", "b", "c", "a"))
      << "by the hour: whose hour ends; of two the newer";
  auto unknown = all;
  unknown[0].created.reset();
  EXPECT_THAT(*choose(unknown, 4, 4, kByHour), ElementsAre("d", "b", "c", "a"));
  EXPECT_THAT(*choose(unknown, 4, 4), ElementsAre("c", "d", "b", "a")) << "who knows may be old";
}

}  // namespace loop_victims_test
}  // namespace nova
