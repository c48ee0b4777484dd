// Goal: what a policy plugin proposes comes back whole, and what no group can be is refused alone.
// Method: chaos, over the C ABI: one fault each.
#include "host/loader/policy_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "host/loader/library.hpp"

namespace nova::loader {
namespace policy_client_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

ProposeRequest two_groups() {
  ProposeRequest ask;
  ask.now = from_unix_ns(1'000'000'200'000'000'000);
  ask.keys = {7, 9};
  ask.min = {1, 1}, ask.max = {50, 50}, ask.desired = {4, 4};
  ask.booting = {0, 0}, ask.serving = {4, 4};
  ask.lead_time_ns = {1, 1}, ask.nanos_per_machine_hour = {1, 1};
  ask.points = 2;
  ask.values = {300, 325, std::nan(""), 650};
  ask.lengths = {2, 1};
  ask.signal_keys = {70, 90}, ask.signal_group = {0, 1};
  ask.signal_role = {NOVA_SIGNAL_DEMAND, NOVA_SIGNAL_DEMAND};
  ask.per_machine = {50, 50}, ask.target_utilisation = {0.65, 0.65};
  ask.max_utilisation = {0.8, 0.8};
  return ask;
}

struct Chaos {
  explicit Chaos(const std::string& fault) {
    const auto library =
        Library::open(std::filesystem::path(NOVA_BUILD_DIR) / "tests/support/chaos.so").value();
    InstanceSpec spec;
    spec.name = "c";
    spec.config_json = R"({"fault":")" + fault + "\"}";
    spec.cancel_grace = 100ms;
    instance = Instance::create(HostContext::make({}), library,
                                *library->find("org.novacron.test.chaos.policy"), spec)
                   .value();
  }
  std::unique_ptr<Instance> instance;
};

TEST(PolicyClient, AsksForGroupsAndTakesTheirAnswers) {
  Chaos chaos("none");
  PolicyClient client(*chaos.instance);
  EXPECT_TRUE(chaos.instance->can_bind());
  ASSERT_TRUE(client.bind({{7, "web", "t", R"({"k":1})"}}, 5s).ok());
  const auto answer = client.propose(two_groups(), 5s);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->machines[0], 10u) << "325 / (50 x 0.65)";
  EXPECT_EQ(answer->machines[1], 20u);
  EXPECT_EQ(answer->confidence[0], 0.9);
  EXPECT_EQ(answer->items[0].note, "asked 1 {\"k\":1}");
  auto with = two_groups();
  with.origin = with.now;
  with.forecast_step = 5min;
  with.leads = {1, 3};
  with.levels = {0.5};
  with.mean = with.quantiles = {1, 2, 3, 4};
  EXPECT_THAT(client.propose(with, 5s)->items[0].note, HasSubstr("with a forecast"));
  auto dark = two_groups();
  dark.values[1] = std::nan("");
  const auto half = client.propose(dark, 5s);
  EXPECT_FALSE(half->machines[0].has_value());
  EXPECT_EQ(half->items[0].note, "no load");
  EXPECT_TRUE(half->items[0].ok()) << "no opinion is no error";
  EXPECT_EQ(half->machines[1], 20u);
}

TEST(PolicyClient, GivesBackWhatWasRemembered) {
  Chaos chaos("none"), again("none");
  PolicyClient client(*chaos.instance), other(*again.instance);
  ASSERT_TRUE(client.can_save());
  for (int t = 0; t < 3; ++t) ASSERT_TRUE(client.propose(two_groups(), 5s).ok());
  const auto now = from_unix_ns(1'000'000'200'000'000'000);
  auto frame = client.save(now, 5s).value();
  EXPECT_EQ(other.load(frame, 5s).value(), now);
  EXPECT_THAT(other.propose(two_groups(), 5s)->items[0].note, HasSubstr("asked 4 "));
  frame.back() ^= 1;
  EXPECT_EQ(other.load(frame, 5s).error().code, ErrorCode::data_loss);
  EXPECT_EQ(other.load("", 5s).error().code, ErrorCode::data_loss);
  Chaos full("cannot_save");
  EXPECT_THAT(PolicyClient(*full.instance).save(now, 5s).error().message,
              HasSubstr("no room to write"));
}

TEST(PolicyClient, RefusesWhatNoGroupCanBe) {
  const std::tuple<const char*, const char*> cases[] = {
      {"negative", "proposed -3 machines, must be in [0, 1000000] (less than none)"},
      {"absurd", "proposed 4000000000 machines"},
      {"too_sure", "gave a confidence of 3.000000, must be in [0, 1]"},
      {"fails_a_group", "this group is odd"}};
  for (const auto& [fault, why] : cases) {
    Chaos chaos(fault);
    const auto answer = PolicyClient(*chaos.instance).propose(two_groups(), 5s);
    ASSERT_TRUE(answer.ok()) << fault;
    EXPECT_FALSE(answer->machines[0].has_value()) << fault;
    EXPECT_EQ(answer->items[0].code, ErrorCode::internal) << fault;
    EXPECT_THAT(answer->items[0].note, HasSubstr(why)) << fault;
  }
  Chaos odd("fails_a_group");
  EXPECT_EQ(PolicyClient(*odd.instance).propose(two_groups(), 5s)->machines[1], 20u)
      << "one group costs no other";
}

TEST(PolicyClient, ACallThatThrowsOrHangsIsAnError) {
  Chaos throws("throws");
  EXPECT_EQ(PolicyClient(*throws.instance).propose(two_groups(), 5s).error().code,
            ErrorCode::internal);
  Chaos hangs("hangs");
  EXPECT_EQ(PolicyClient(*hangs.instance).propose(two_groups(), 50ms).error().code,
            ErrorCode::deadline_exceeded);
}

}  // namespace policy_client_test
}  // namespace nova::loader
