// Goal: an Auto Scaling group is what its answers say, a chosen victim takes one machine away and
// never two, and what AWS cannot give is told with its kind. Method: answers in tables; the built
// plugin against the fake of AWS (fake_groups.py), which the official SDK and aws4 judge in
// plugins/aws/groups_test.py.
#include <gmock/gmock.h>

#include "plugins/controllers/aws_asg/answers.hpp"
#include "tests/plugins/aws/fake_aws.hpp"
#include "tests/plugins/controllers/fleet_calls.hpp"

namespace aws_asg_test {

using nova::FakeComponent;
using nova::FakeHost;
using namespace nova::aws_asg;
using nova_test::FakeAws;
using nova_test::FleetCalls;
using testing::HasSubstr;
using testing::Not;

std::string groups_xml(const std::string& inside) {
  return "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>"
         "<member><AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize>"
         "<MaxSize>9</MaxSize><DesiredCapacity>4</DesiredCapacity>" +
         inside +
         "</member></AutoScalingGroups><NextToken>t</NextToken></DescribeAutoScalingGroupsResult>"
         "</DescribeAutoScalingGroupsResponse>";
}
std::string instance(const std::string& id, const std::string& lifecycle,
                     const std::string& more = "") {
  return "<member><InstanceId>" + id +
         "</InstanceId><InstanceType>m5.large</InstanceType>"
         "<AvailabilityZone>us-east-1a</AvailabilityZone><LifecycleState>" +
         lifecycle + "</LifecycleState>" +
         (more.empty() ? "<HealthStatus>Healthy</HealthStatus>" : more) + "</member>";
}

TEST(AwsAsgAnswers, CountEachMachineOnce) {
  const auto page = read_groups(groups_xml(
      "<Instances>" + instance("a", "Pending") + instance("b", "Pending:Wait") +
      instance("c", "InService") +
      instance("d", "InService", "<HealthStatus>Unhealthy</HealthStatus>") +
      instance("e", "Terminating:Wait") + instance("f", "Standby") + instance("g", "Terminated") +
      instance("h", "InService", "<ProtectedFromScaleIn>true</ProtectedFromScaleIn>") +
      instance("i", "Quarantined") + "</Instances>"));
  EXPECT_EQ(page.next, "t");
  const auto seen = seen_of(page.rows.at(0), "ours");
  EXPECT_EQ(seen.id, "ours");
  EXPECT_EQ(seen.status, NOVA_OK);
  EXPECT_EQ(seen.min, 1u);
  EXPECT_EQ(seen.max, 9u);
  EXPECT_TRUE(seen.one_kind) << "the group chooses its mix";
  const auto& held = seen.offers.at(0);
  EXPECT_EQ(held.desired, 4u);
  EXPECT_EQ(held.booting, 2u);
  EXPECT_EQ(held.serving, 2u);
  EXPECT_EQ(held.unhealthy, 2u);
  EXPECT_EQ(held.draining, 2u);
  ASSERT_EQ(seen.machines->size(), 8u) << "who is gone is not listed";
  EXPECT_EQ(seen.machines->at(6).marks, unsigned{NOVA_MARK_PROTECTED});
  EXPECT_EQ(seen.machines->at(6).node, "us-east-1a");
}

TEST(AwsAsgAnswers, SayWhyAGroupMustNotBeScaled) {
  const std::pair<std::string, const char*> cases[] = {
      {"<Status>Delete in progress</Status>", "its status is \"Delete in progress\""},
      {"<SuspendedProcesses><member><ProcessName>Launch</ProcessName></member></"
       "SuspendedProcesses>",
       "the process Launch is suspended: resume it"},
      {"<DesiredCapacityType>vcpu</DesiredCapacityType>", "counts units of capacity"},
      {"<Instances>" + instance("a", "InService", "<WeightedCapacity>2</WeightedCapacity>") +
           "</Instances>",
       "take out its instance weights"},
      {"<MixedInstancesPolicy><LaunchTemplate><Overrides><member><WeightedCapacity>2"
       "</WeightedCapacity></member></Overrides></LaunchTemplate></MixedInstancesPolicy>",
       "take out its instance weights"}};
  for (const auto& [inside, why] : cases) {
    const auto seen = seen_of(read_groups(groups_xml(inside)).rows.at(0), "ours");
    EXPECT_EQ(seen.status, NOVA_FAILED_PRECONDITION) << inside;
    EXPECT_THAT(seen.why, HasSubstr(why));
  }
  const auto fine = groups_xml(
      "<DesiredCapacityType>units</DesiredCapacityType><SuspendedProcesses><member><ProcessName>"
      "AZRebalance</ProcessName></member></SuspendedProcesses>");
  EXPECT_EQ(seen_of(read_groups(fine).rows.at(0), "ours").status, NOVA_OK);
  for (const auto& bad : {std::string(), std::string("<html/>"), std::string("{}"),
                          groups_xml("<MinSize>1</MinSize>").substr(0, 120),
                          std::string("<DescribeInstancesResponse/>")})
    EXPECT_THROW(read_groups(bad), nova::Error) << bad;
  EXPECT_THROW(read_activities("<a/>"), nova::Error);
  EXPECT_THROW(read_instances("<a/>"), nova::Error);
}

TEST(AwsAsgAnswers, TypeWhatCouldNotBeLaunched) {
  const auto activity = [](const char* status, const char* message,
                           const char* what = "Launching") {
    return Activity{"1", status, what, message, 7};
  };
  // Texts as AWS writes them ("Troubleshoot Amazon EC2 Auto Scaling").
  const std::pair<const char*, nova_status> cases[] = {
      {"We currently do not have sufficient m5.large capacity in the Availability Zone you "
       "requested "
       "(us-east-1a). Launching EC2 instance failed.",
       NOVA_CAPACITY},
      {"Could not launch Spot Instances. InsufficientInstanceCapacity - There is no capacity.",
       NOVA_CAPACITY},
      {"Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to "
       "your request configuration.",
       NOVA_CAPACITY},
      {"Could not launch Spot Instances. SpotMaxPriceTooLow - Your Spot request price of 0.01 is "
       "lower than the minimum required Spot request fulfillment price of 0.03.",
       NOVA_CAPACITY},
      {"Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count "
       "exceeded. Launching EC2 instance failed.",
       NOVA_QUOTA},
      {"You have requested more vCPU capacity than your current vCPU limit of 32 allows for the "
       "instance bucket. Launching EC2 instance failed.",
       NOVA_QUOTA},
      {"You are not authorized to perform this operation.", NOVA_PERMISSION_DENIED},
      {"The image id '[ami-1]' does not exist. Launching EC2 instance failed.",
       NOVA_FAILED_PRECONDITION}};
  for (const auto& [message, status] : cases) {
    const auto trouble = trouble_in(
        {activity("InProgress", "", "Terminating EC2 instance: i-1"), activity("Failed", message)});
    ASSERT_TRUE(trouble) << message;
    EXPECT_EQ(trouble->status, status) << message;
    EXPECT_EQ(trouble->at_ns, 7);
  }
  EXPECT_FALSE(trouble_in({activity("Successful", ""), activity("Failed", "old")}))
      << "it launches again";
  EXPECT_FALSE(trouble_in({activity("Failed", "x", "Terminating EC2 instance: i-1")}));
  EXPECT_FALSE(trouble_in({}));
}

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("aws_asg");
  return component;
}

struct Fleet {  // the plugin, before the fake of AWS
  Fleet()
      : c((host.secrets = {{"env:KEY", "AKIDEXAMPLE"},
                           {"env:SECRET", "wJalrXUtnFEMI\n"},
                           {"env:TOKEN", "SESSIONTOKEN"}},
           plugin()),
          host,
          R"({"region":"us-east-1","access_key":"secret:env:KEY","secret_key":"secret:env:SECRET",
              "session_token":"secret:env:TOKEN","endpoint":")" +
              fake.url + "\"}"),
        calls(c) {
    host.now_ns =
        std::int64_t{std::time(nullptr)} * 1'000'000'000;  // as the fake's, which AWS compares
    EXPECT_EQ(c.status, NOVA_OK) << c.error();
    EXPECT_EQ(c.bind({"web", "db", "none", "weights"}, {R"({"auto_scaling_group":"web-asg"})"}),
              std::vector<std::int32_t>(4, NOVA_OK));
  }
  void silent() const {  // about secrets
    for (const auto& log : host.logs)
      for (const auto* secret : {"AKIDEXAMPLE", "wJalrXUtnFEMI", "SESSIONTOKEN"})
        EXPECT_THAT(log.text, Not(HasSubstr(secret)));
    for (const auto& note : host.notes)
      for (const auto* secret : {"AKIDEXAMPLE", "wJalrXUtnFEMI", "SESSIONTOKEN"})
        EXPECT_THAT(note.text, Not(HasSubstr(secret)));
  }
  FakeHost host;
  FakeAws fake;
  FakeComponent c;
  FleetCalls calls;
};

TEST(AwsAsg, ScalesAGroup) {
  Fleet fleet;
  fleet.calls.groups();
  EXPECT_EQ(fleet.fake.asked("DescribeAutoScalingGroups"), 2u)
      << "all groups in one call, two pages";
  const auto before = fleet.calls.group("web");
  EXPECT_EQ(before.desired, 2u);
  EXPECT_EQ(before.serving, 2u);
  EXPECT_EQ(before.max, 8u) << "the group's own";
  EXPECT_EQ(fleet.calls.group("none").status, NOVA_NOT_FOUND);
  EXPECT_EQ(fleet.calls.group("weights").status, NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(fleet.calls.can_scale("web", 4, 1).status, NOVA_OK);
  EXPECT_EQ(fleet.fake.asked("SetDesiredCapacity"), 0u);
  EXPECT_EQ(fleet.calls.scale("web", 4, 1, before.generation).state, NOVA_OP_RUNNING)
      << fleet.c.error();
  EXPECT_EQ(fleet.calls.group("web").booting, 2u);
  EXPECT_EQ(fleet.calls.poll(1).state, NOVA_OP_DONE);
  EXPECT_EQ(fleet.calls.scale("web", 4, 1, before.generation).state, NOVA_OP_DONE) << "same token";
  EXPECT_EQ(fleet.fake.asked("SetDesiredCapacity"), 1u);
  EXPECT_EQ(fleet.calls.scale("web", 5, 2, before.generation).status, NOVA_ABORTED);
  EXPECT_EQ(fleet.calls.scale("web", 9, 3).status, NOVA_QUOTA);
  EXPECT_EQ(fleet.calls.scale("weights", 3, 4).status, NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(fleet.calls.scale("web", 3, 5).state, NOVA_OP_RUNNING);
  fleet.silent();
}

TEST(AwsAsg, TellsHowEachMachineIsBought) {
  Fleet fleet;
  fleet.calls.scale("web", 4, 1);
  fleet.calls.groups();
  std::set<std::string> offers;
  const nova_machine_sink sink{
      sizeof sink, 0, &offers, [](const nova_machine_sink* s, const nova_machine_batch* b) {
        for (std::uint64_t i = 0; i < b->count; ++i) {
          static_cast<std::set<std::string>*>(s->ctx)->insert(nova_test::text(b->offer_id, i));
          EXPECT_NE(b->created_ns[i], NOVA_NONE);
        }
        return nova_status{NOVA_OK};
      }};
  const auto web = nova::str("web");
  const auto list = [&] {
    return fleet.c.invoke(fleet.c.ops<nova_controller_ops>().list_machines, &web, std::uint64_t{1},
                          &sink);
  };
  EXPECT_EQ(list(), NOVA_OK) << fleet.c.error();
  EXPECT_EQ(offers, (std::set<std::string>{"aws/us-east-1//m5.large/linux/on-demand",
                                           "aws/us-east-1/us-east-1a/c5.large/linux/spot"}));
  list();
  EXPECT_EQ(fleet.fake.asked("DescribeInstances"), 1u) << "what is bought stays so";
  Fleet blind;
  blind.fake.fault(
      R"({"fault":"error","on":"DescribeInstances","times":9,"status":403,"code":"UnauthorizedOperation","message":"no"})");
  EXPECT_EQ(blind.calls.machines().size(), 3u) << "of web and db, without their offers";
  ASSERT_FALSE(blind.host.logs.empty());
  EXPECT_THAT(blind.host.logs[0].text,
              HasSubstr("the key's policy must allow ec2:DescribeInstances"));
}

// One victim, one machine fewer, whatever answer is lost.
TEST(AwsAsg, TakesAChosenVictimOnce) {
  for (const auto* fault : {"", "lost", "half", "500", "throttle"}) {
    Fleet fleet;
    fleet.calls.scale("web", 5, 1);
    fleet.calls.groups(), fleet.calls.groups();
    std::vector<std::string> ids;
    for (const auto& machine : fleet.calls.machines())
      if (machine.group == "web") ids.push_back(machine.id);
    ASSERT_EQ(ids.size(), 5u);
    if (*fault != '\0')
      fleet.fake.fault(R"({"fault":")" + std::string(fault) +
                       R"(","on":"TerminateInstanceInAutoScalingGroup"})");
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REMOVE, "web", ids[3], 2).state, NOVA_OP_RUNNING)
        << fault << fleet.c.error();
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REMOVE, "web", ids[3], 2).status, NOVA_OK) << "same token";
    EXPECT_EQ(fleet.calls.group("web").desired, 4u) << fault;
    fleet.calls.groups();
    EXPECT_EQ(fleet.calls.poll(2).state, NOVA_OP_DONE) << fault;
    for (const auto& machine : fleet.calls.machines()) EXPECT_NE(machine.id, ids[3]);
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REMOVE, "web", ids[3], 3).status, NOVA_NOT_FOUND);
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REPLACE, "web", ids[0], 4).state, NOVA_OP_RUNNING);
    EXPECT_EQ(fleet.calls.group("web").desired, 4u) << "a replacement keeps the number";
    fleet.silent();
  }
}

TEST(AwsAsg, TellsWhatCannotBeHad) {
  Fleet fleet;
  fleet.fake.give(
      "groups.json",
      R"({"web-asg":{"most":3,"message":"We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1a)."}})");
  EXPECT_EQ(fleet.calls.scale("web", 6, 1).state, NOVA_OP_RUNNING) << fleet.c.error();
  fleet.calls.groups();
  const auto polled = fleet.calls.poll(1);
  EXPECT_EQ(polled.state, NOVA_OP_PARTIAL);
  EXPECT_EQ(polled.result, NOVA_CAPACITY);
  EXPECT_TRUE(fleet.host.noted(0, "do not have sufficient m5.large capacity"));
  const std::tuple<const char*, const char*, nova_status, const char*> cases[] = {
      {"ScalingActivityInProgress", "busy", NOVA_FAILED_PRECONDITION, "busy"},
      {"AccessDenied", "User: x is not authorized", NOVA_PERMISSION_DENIED,
       "the key's policy must allow autoscaling:SetDesiredCapacity"},
      {"ExpiredToken", "The security token included in the request is expired",
       NOVA_UNAUTHENTICATED, "look at access_key, secret_key and session_token"},
      {"LimitExceeded", "too many", NOVA_QUOTA, "too many"}};
  std::uint8_t token = 10;
  for (const auto& [code, message, status, text] : cases) {
    fleet.fake.fault(nova::Json{
        {"fault", "error"}, {"on", "SetDesiredCapacity"}, {"code", code}, {"message", message}}
                         .dump());
    fleet.host.notes.clear();
    EXPECT_EQ(fleet.calls.scale("db", 2, ++token).status, status) << code;
    EXPECT_TRUE(fleet.host.noted(0, text)) << code;
    EXPECT_TRUE(fleet.host.noted(0, "SetDesiredCapacity in us-east-1 at http://127.0.0.1:"))
        << code;
  }
  // Throttled and failing for a moment: the same again, which is absolute and does no harm.
  for (const auto* fault : {"throttle", "500", "half", "lost"}) {
    fleet.fake.fault(R"({"fault":")" + std::string(fault) + R"(","on":"SetDesiredCapacity"})");
    const auto now = fleet.calls.group("db").desired;
    EXPECT_EQ(fleet.calls.scale("db", now == 3 ? 2 : 3, ++token).state, NOVA_OP_RUNNING) << fault;
  }
  fleet.fake.fault(R"({"fault":"refused","times":9})");  // AWS echoes what was signed
  fleet.calls.groups();
  EXPECT_EQ(fleet.c.status, NOVA_UNAUTHENTICATED);
  EXPECT_THAT(fleet.c.error(), Not(HasSubstr("SESSIONTOKEN")));
  fleet.silent();
}

TEST(AwsAsg, RefusesSettingsThatCannotWork) {
  FakeHost host;
  const std::pair<const char*, const char*> configs[] = {
      {R"({"region":"us-east-1","access_key":"a","secret_key":"b","endpoint":"ftp://x"})",
       "/endpoint: must be a URL"},
      {R"({"region":"us-east-1","access_key":"a","secret_key":"b","request_timeout":"0s"})",
       "/request_timeout: must be at least 1ms"}};
  for (const auto& [config, text] : configs) {
    FakeComponent c(plugin(), host, config);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << config;
    EXPECT_THAT(c.error(), HasSubstr(text));
  }
  FakeComponent c(plugin(), host, R"({"region":"us-east-1","access_key":"a","secret_key":"b"})");
  EXPECT_EQ(
      c.bind({"a", "b"}, {R"({"auto_scaling_group":"x"})", R"({"auto_scaling_group":"x"})"})[1],
      NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(1, "x is scaled as group a already"));
}

}  // namespace aws_asg_test
