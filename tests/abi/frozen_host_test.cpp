// Goal: the host of today loads every frozen plugin and gets the answers it would from one of its
// own. Method: the loader's real clients, with deadlines and worker threads, on a clock that is
// set.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/loader/catalogue.hpp"
#include "host/loader/controller_client.hpp"
#include "host/loader/cost_client.hpp"
#include "host/loader/metrics_client.hpp"
#include "host/loader/model_client.hpp"
#include "host/loader/sink_client.hpp"
#include "host/wiring/json_schema.hpp"

namespace nova::loader {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
constexpr Duration kTimeout = seconds(20);

class FrozenHost : public testing::Test {
 protected:
  std::unique_ptr<Instance> make(const std::string& kind, const std::string& config = "{}") {
    LoadPolicy policy;
    policy.check_owner = false;  // a build tree may belong to anybody
    auto library = Library::open(NOVA_FROZEN_DIR "/abi_1_0_" + kind + ".so", policy);
    EXPECT_TRUE(library.ok()) << library.error().message;
    if (!library.ok()) return nullptr;
    const auto* component = (*library)->find("org.novacron.test.abi_1_0." + kind);
    EXPECT_NE(component, nullptr);
    InstanceSpec spec;
    spec.name = kind;
    spec.tenant = "acme";
    spec.config_json = config;
    auto made = Instance::create(context_, *library, *component, spec);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? std::move(*made) : nullptr;
  }

  std::atomic<std::int64_t> now_ns_{0};
  std::shared_ptr<HostContext> context_ = HostContext::make(options());

 private:
  HostOptions options() {
    HostOptions options;
    options.now = [this] { return from_unix_ns(now_ns_); };
    return options;
  }
};

TEST_F(FrozenHost, ForecastsWithTheModel) {
  const auto instance = make("model");
  ASSERT_TRUE(instance);
  ModelClient model(*instance);
  EXPECT_TRUE(model.stateless());
  EXPECT_FALSE(model.can_fit());

  const double missing = std::numeric_limits<double>::quiet_NaN();
  const double values[] = {1, 2, 3, missing, missing, missing};
  ForecastRequest ask;
  ask.history.keys = {1, 2};
  ask.history.points = 3;
  ask.history.values = values;
  ask.leads = {1, 4};
  ask.levels = {0.1, 0.9};
  const auto answer = model.forecast(ask, kTimeout);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->mean_of(0)[1], 3);
  EXPECT_NEAR(answer->quantile_of(0, 1)[1], 3 + 2 * 1.2815515655446004, 1e-9);
  EXPECT_EQ(answer->items[1].code, ErrorCode::failed_precondition);
  EXPECT_EQ(answer->items[1].note, "no sample in the history");
}

TEST_F(FrozenHost, PricesWithTheCostPlugin) {
  const auto instance = make("cost", R"({"nanos_per_hour":216000000})");
  ASSERT_TRUE(instance);
  CostClient cost(*instance);
  const auto offers = cost.list_offers("", kTimeout);
  ASSERT_TRUE(offers.ok()) << offers.error().message;
  ASSERT_EQ(offers->offers.size(), 1u);
  EXPECT_EQ(offers->offers[0].memory_gib, 16);
  QuoteRow row;
  row.offer_id = offers->offers[0].id;
  row.machines = 10;
  const auto quotes = cost.quote({row}, kTimeout);
  ASSERT_TRUE(quotes.ok()) << quotes.error().message;
  EXPECT_EQ(quotes->at(0).total_nanos, 2'160'000'000);
}

TEST_F(FrozenHost, ReadsTheMetricSource) {
  const auto instance = make("metrics");
  ASSERT_TRUE(instance);
  MetricsClient metrics(*instance);
  now_ns_ = Duration(minutes(720)).count();
  const auto bound = metrics.bind({{5, "load", "acme", "{}"}, {6, "laod", "acme", "{}"}}, kTimeout);
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_TRUE(bound->at(0).ok());
  EXPECT_EQ(bound->at(1).code, ErrorCode::invalid_argument);
  const auto latest = metrics.latest({5}, kTimeout);
  ASSERT_TRUE(latest.ok()) << latest.error().message;
  EXPECT_EQ(latest->values[0], 200);
  EXPECT_EQ(latest->refused, 0u);
  EXPECT_EQ(metrics.span(kTimeout).error().code, ErrorCode::unimplemented)
      << "it has no such extension";
}

TEST_F(FrozenHost, ScalesThroughTheController) {
  const auto instance = make("controller", R"({"boot_s":60})");
  ASSERT_TRUE(instance);
  ControllerClient controller(*instance);
  ASSERT_TRUE(controller.bind({{1, "web", "acme", "{}"}}, kTimeout).ok());
  const Token token{1, 2, 3};
  ScaleRow row;
  row.group_id = "web";
  row.desired = 4;
  row.token = token;
  EXPECT_EQ(controller.poll({token}, kTimeout)->at(0).result, ErrorCode::not_found);
  ASSERT_TRUE(controller.can_scale({row}, kTimeout)->at(0).status.ok());
  EXPECT_EQ(controller.scale({row}, kTimeout)->at(0).state, OpState::running);
  EXPECT_EQ(controller.scale({row}, kTimeout)->at(0).state, OpState::running)
      << "the same token again";
  now_ns_ = Duration(seconds(60)).count();
  EXPECT_EQ(controller.poll({token}, kTimeout)->at(0).state, OpState::done);
  const auto groups = controller.list_groups({"web"}, kTimeout);
  ASSERT_TRUE(groups.ok()) << groups.error().message;
  EXPECT_EQ(groups->at(0).rows.at(0).serving, 4u);
  EXPECT_EQ(groups->at(0).generation, 2u) << "changed once";
}

EventQuery of(const char* tenant) {
  EventQuery query;
  query.tenant = tenant;
  return query;
}

TEST_F(FrozenHost, WritesToTheSink) {
  const auto instance = make("sink");
  ASSERT_TRUE(instance);
  SinkClient sink(*instance);
  Event event;
  event.writer = {7};
  event.sequence = 1;
  event.tenant = "acme";
  event.type = "decision.made";
  event.json = R"({"n":1})";
  for (int again = 0; again < 2; ++again) ASSERT_TRUE(sink.write({event}, kTimeout).ok());
  EXPECT_TRUE(sink.flush(kTimeout).ok()) << "no flush: taken is as durable as it gets";
  const auto page = sink.query(of("acme"), kTimeout);
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page->events.size(), 1u);
  EXPECT_EQ(page->events[0].json, R"({"n":1})");
  EXPECT_TRUE(sink.query(of("other"), kTimeout)->events.empty());
}

TEST_F(FrozenHost, GetsAManifestOfThePublishedForm) {
  std::ifstream file(NOVA_SOURCE_DIR "/plugin-api/schema/manifest.json");
  const auto schema = nlohmann::json::parse(file);
  for (const char* kind : {"model", "cost", "metrics", "controller", "sink", "policy"}) {
    const auto instance = make(kind);
    ASSERT_TRUE(instance);
    const auto text = manifest_of(instance->library());
    ASSERT_TRUE(text.ok()) << text.error().message;
    auto manifest = nlohmann::json::parse(*text);
    for (const auto& finding : apply_schema(schema, manifest))
      ADD_FAILURE() << kind << finding.pointer << ": " << finding.message;
    EXPECT_EQ(manifest["components"][0]["kind"], kind);
  }
}

TEST_F(FrozenHost, KnowsTheDraftPolicy) {
  const auto instance = make("policy");
  ASSERT_TRUE(instance);
  EXPECT_EQ(instance->component().kind, Kind::policy);
  EXPECT_NE(instance->ops<nova_policy_ops>().propose, nullptr);
}

}  // namespace
}  // namespace nova::loader
