// Goal: the examples of the documentation do what they say, driven as an author's test would drive
// them.
#include "sdk/examples/drift.cpp"

#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace {

const nova_component& drift() { return *nova_plugin_entry_v1()->components[0]; }

TEST(Drift, IsTheLineThroughFirstAndLast) {
  nova::FakeHost host;
  nova::FakeComponent c(drift(), host, R"({"damping": 0.5})");
  const auto a = c.forecast({{1, 9, 3}, {0, 0, 4}}, 2, {0.1, 0.9});
  EXPECT_EQ(a.mean, (nova::FakeComponent::Matrix{{3.5, 4}, {5, 6}}));
  EXPECT_EQ(a.quantiles[1][0], (std::vector<double>{5, 6}));
  EXPECT_EQ(a.item_status, (std::vector<std::int32_t>{NOVA_OK, NOVA_OK}));
}
TEST(Drift, TakesTheDefaultOfItsSchema) {
  nova::FakeHost host;
  nova::FakeComponent c(drift(), host);
  EXPECT_EQ(c.forecast({{1, 2}}, 1).mean[0][0], 3);
  EXPECT_EQ(nova::Json::parse(c.describe())["config"]["damping"], 1);
}
TEST(Drift, SaysWhatIsWrong) {
  nova::FakeHost host;
  nova::FakeComponent c(drift(), host);
  EXPECT_EQ(c.forecast({{1}}, 1).status, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(c.error(), "drift needs two points");
  EXPECT_EQ(c.forecast({{nova::kNaN, 2}}, 1).item_status[0], NOVA_FAILED_PRECONDITION);
  nova::FakeComponent bad(drift(), host, R"({"damping": "x"})");
  EXPECT_EQ(bad.error(), "/damping: must be a number, got \"x\"");
}
TEST(Drift, IsDescribedByThePlugin) {
  const nova_plugin& p = *nova_plugin_entry_v1();
  EXPECT_EQ(&p, nova_plugin_entry_v1());
  EXPECT_EQ(p.struct_size, sizeof(nova_plugin));
  EXPECT_EQ(p.abi_major, NOVA_ABI_MAJOR);
  EXPECT_STREQ(p.id, "com.example.drift");
  EXPECT_EQ(p.component_count, 1u);
  const auto& ops = *static_cast<const nova_model_ops*>(drift().ops);
  EXPECT_EQ(ops.flags, unsigned{NOVA_MODEL_STATELESS});
  EXPECT_TRUE(!ops.fit && !ops.observe && ops.forecast && !ops.save && !ops.load);
}
TEST(FakeHost, SwitchesActAtOnce) {
  nova::FakeHost host;
  nova::FakeComponent c(drift(), host);
  host.call_flags = 0x80000000;
  EXPECT_EQ(c.forecast({{1, 2}}, 1).status, NOVA_UNIMPLEMENTED);
  host.call_flags = 0;
  EXPECT_EQ(c.forecast({{1, 2}}, 1).status, NOVA_OK);
}

}  // namespace
