// Goal: a policy plugin is told the group in units it can use, is not asked about a fleet that
// nobody knows, and its answer is a proposal among the others.
// Method: one tick of a group with demand, utilisation and a latency; the questions as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"

namespace nova {
namespace policy_question_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Duration kStep = std::chrono::minutes(1);
const TimePoint kNow = from_unix_ns(1'000'000'200'000'000'000);

GroupSpec group() {
  GroupSpec g;
  g.id = "web";
  g.min = 2;
  g.max = 40;
  SignalSpec requests, cpu, p95;
  requests.name = "requests";
  requests.per_machine = 50;
  cpu.name = "cpu";
  cpu.role = Role::utilisation;
  cpu.scale = 0.01;  // percent
  p95.name = "p95";
  p95.role = Role::latency;
  p95.scale = 0.001;  // milliseconds
  g.signals = {requests, cpu};
  g.watched = {p95};
  g.policies = {PluginSpec{"rule", "{}", 1}, TargetTrackingSpec{"requests", {}}};
  return g;
}

// Four machines serve and two boot.
struct Tick {
  Engine engine{std::vector<GroupSpec>{group()}, kStep};
  Menu menu{default_offers(engine.specs()[0])};

  explicit Tick(bool known = true) {
    GroupInput input{kNow, {{130.0}, {80.0}}, {}, false};
    input.watched = {{250.0}};
    input.fleet.known = known;
    input.fleet.rows.push_back({"", 6, 2, 4, 0, 0});
    engine.observe({kNow, {input}});
  }
  std::vector<PolicyQuestion> questions() {
    return engine.policy_questions([this](std::size_t) -> const Menu& { return menu; });
  }
  Decision after(PolicyAnswer answer) {
    answer.plugin = "rule";
    engine.answer(answer);
    return engine.decide(0, menu);
  }
};

TEST(PolicyQuestion, TellsTheGroupInItsUnits) {
  Tick tick;
  const auto all = tick.questions();
  ASSERT_EQ(all.size(), 1u) << "the policies that are built in are not asked";
  const auto& q = all[0];
  EXPECT_EQ(q.policy->plugin, "rule");
  EXPECT_EQ(std::tuple(q.min, q.max, q.desired, q.booting, q.serving),
            std::tuple(2u, 40u, 6u, 2u, 4u));
  ASSERT_EQ(q.signals.size(), 3u);
  EXPECT_EQ(q.signals[0].unit, 1);
  EXPECT_THAT(q.signals[0].recent, ElementsAre(130));
  // Utilisation of the machines that serve, not the demand that it was turned into.
  EXPECT_EQ(q.signals[1].unit, 4);
  EXPECT_THAT(q.signals[1].recent, ElementsAre(0.8));
  // What is watched comes last, as it is.
  EXPECT_EQ(q.signals[2].spec->name, "p95");
  EXPECT_THAT(q.signals[2].recent, ElementsAre(0.25));
}

TEST(PolicyQuestion, NobodyIsAskedAboutAFleetThatIsNotKnown) {
  EXPECT_TRUE(Tick(false).questions().empty());
}

TEST(PolicyQuestion, AnAnswerIsAProposalAmongOthers) {
  PolicyAnswer answer, failure;
  answer.machines = 9;
  answer.note = "zones";
  failure.status = Error{ErrorCode::internal, "out of order"};
  const auto wants = Tick().after(answer);
  EXPECT_EQ(wants.desired, 9u);
  ASSERT_EQ(wants.proposals.size(), 2u);
  EXPECT_EQ(wants.proposals[0].reason, "zones");
  // Target tracking alone wants ceil(130 / (50 x 0.65)) = 4, which is less than is there.
  const auto silent = Tick().after({});
  EXPECT_FALSE(silent.proposals[0].active);
  EXPECT_THAT(silent.proposals[0].reason, HasSubstr("has no opinion"));
  const auto failed = Tick().after(failure);
  EXPECT_TRUE(failed.proposals[0].failed);
  EXPECT_THAT(failed.proposals[0].reason, HasSubstr("out of order"));
  EXPECT_GE(failed.desired, 6u) << "beside one that fails nobody removes";
}

}  // namespace policy_question_test
}  // namespace nova
