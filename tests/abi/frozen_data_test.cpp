// Goal: plugins of ABI 1.0 that answer from data (model, cost, metrics, policy) serve callers of
// every age. Method: the same questions through shorter, equal and longer structs; answers from
// closed forms.
#include "frozen.hpp"

namespace nova::abi_test {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

TEST(FrozenDescriptor, IsWhatItWasAtItsRelease) {
  for (const char* kind : {"model", "cost", "metrics", "controller", "sink", "policy"}) {
    const Frozen<void> frozen(kind, Age::today);
    ASSERT_EQ(frozen.created, NOVA_OK) << kind << ": " << frozen.error.message;
    EXPECT_EQ(frozen.plugin->abi_major, 1);
    EXPECT_EQ(frozen.plugin->abi_minor, 0);
    EXPECT_EQ(frozen.plugin->component_count, 1u);
    EXPECT_EQ(frozen.component->interface_id, std::string("nova.") + kind + "/1");
    EXPECT_EQ(frozen.component->id, std::string("org.novacron.test.abi_1_0.") + kind);
  }
}

TEST(FrozenModel, ForecastsTheLastValueWithASpreadThatGrows) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Frozen<nova_model_ops> model("model", age);
    ASSERT_EQ(model.created, NOVA_OK);

    // Changes of 1, 1, 1: their root mean square is 1. The second series has nothing to say.
    const double values[] = {3, 4, kNaN, 5, 6, kNaN, kNaN, kNaN, kNaN, kNaN};
    const std::uint64_t keys[] = {7, 8};
    nova_series_view view{};
    view.series_count = 2;
    view.point_count = 5;
    view.keys = keys;
    view.values = values;
    view.series_stride = 5;
    view.time_stride = 1;
    view.step_ns = kMinute;
    Shaped<nova_series_view> history(view, age, offsetof(nova_series_view, times_ns));

    const std::uint32_t leads[] = {1, 4};
    const double levels[] = {0.1, 0.5, 0.9};
    std::vector<double> mean(4, kNaN), quantiles(12, kNaN);
    std::vector<std::int32_t> status(2, NOVA_OK);
    nova_forecast ask{};
    ask.history = history.get();
    ask.leads = leads;
    ask.lead_count = 2;
    ask.levels = levels;
    ask.level_count = 3;
    ask.mean = mean.data();
    ask.mean_series_stride = 2;
    ask.quantiles = quantiles.data();
    ask.q_series_stride = 6;
    ask.q_level_stride = 2;
    ask.item_status = status.data();
    Shaped<nova_forecast> io(ask, age, offsetof(nova_forecast, seed));
    ASSERT_EQ(model.ops->forecast(model.instance, model.call(), io.get(), &model.error), NOVA_OK);

    EXPECT_EQ(mean[0], 6);
    EXPECT_EQ(mean[1], 6);
    const double z90 = 1.2815515655446004;  // of the standard normal distribution, from its tables
    EXPECT_NEAR(quantiles[0], 6 - z90, 1e-9);
    EXPECT_NEAR(quantiles[2], 6, 1e-9);
    EXPECT_NEAR(quantiles[4], 6 + z90, 1e-9);
    EXPECT_NEAR(quantiles[5], 6 + 2 * z90, 1e-9) << "four steps ahead: twice the spread of one";
    EXPECT_TRUE(std::isnan(mean[2]) && std::isnan(quantiles[6])) << "no answer stays no answer";
    EXPECT_EQ(status[0], NOVA_OK);
    EXPECT_EQ(status[1], age == Age::older ? NOVA_OK : NOVA_FAILED_PRECONDITION);
    EXPECT_EQ(model.notes.size(), age == Age::older ? 0u : 1u);

    model.cancel = 1;
    EXPECT_EQ(model.ops->forecast(model.instance, model.call(), io.get(), &model.error),
              NOVA_CANCELLED);
    model.cancel = 0;
    io.get()->flags = 0x10000;
    EXPECT_EQ(model.ops->forecast(model.instance, model.call(), io.get(), &model.error),
              NOVA_UNIMPLEMENTED);
  }
}

TEST(FrozenCost, ListsItsOfferAndChargesStartedHours) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Frozen<nova_cost_ops> cost("cost", age, R"({"nanos_per_hour": 200000000})");
    ASSERT_EQ(cost.created, NOVA_OK);

    std::vector<std::string> offers;
    nova_offer_sink sink{};
    sink.ctx = &offers;
    sink.emit = [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
      for (std::uint64_t i = 0; i < b->count; ++i)
        static_cast<std::vector<std::string>*>(s->ctx)->push_back(to_string(b->offer_id[i]));
      EXPECT_EQ(b->nanos_per_hour[0], 200000000);
      EXPECT_EQ(b->family, nullptr) << "a column that is not known";
      return NOVA_OK;
    };
    Shaped<nova_offer_sink> out(sink, age, sizeof sink);
    ASSERT_EQ(cost.ops->list_offers(cost.instance, cost.call(), str(""), out.get(), &cost.error),
              NOVA_OK);
    ASSERT_EQ(offers, std::vector<std::string>{"example/local/a/standard/linux/on_demand"});

    const nova_str ids[] = {str(offers[0]), str("aws/x"), str(offers[0])};
    const std::uint64_t machines[] = {3, 1, std::numeric_limits<std::uint64_t>::max()};
    const std::int64_t duration[] = {3601, 60, 60}, start[] = {0, 0, 0};
    std::vector<std::int64_t> total(3, NOVA_NONE);
    std::vector<std::int32_t> status(3, NOVA_OK), quality(3, 0);
    nova_quote ask{};
    ask.count = 3;
    ask.offer_id = ids;
    ask.machines = machines;
    ask.start_ns = start;
    ask.duration_s = duration;
    ask.total_nanos = total.data();
    ask.quality = quality.data();
    ask.item_status = status.data();
    Shaped<nova_quote> io(ask, age, offsetof(nova_quote, quality));
    ASSERT_EQ(cost.ops->quote(cost.instance, cost.call(), io.get(), &cost.error), NOVA_OK);
    EXPECT_EQ(total, (std::vector<std::int64_t>{3 * 2 * 200000000, NOVA_NONE, NOVA_NONE}));
    if (age == Age::older) continue;  // it has no column for the rest
    EXPECT_EQ(status, (std::vector<std::int32_t>{NOVA_OK, NOVA_NOT_FOUND, NOVA_INVALID_ARGUMENT}));
    EXPECT_EQ(quality, (std::vector<std::int32_t>{NOVA_PRICE_LIST, 0, 0}));
  }
}

TEST(FrozenCost, RefusesABadConfigWithTheSettingsName) {
  const Frozen<nova_cost_ops> cost("cost", Age::today, R"({"nanos_per_hour": "much"})");
  EXPECT_EQ(cost.created, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(cost.instance, nullptr);
  EXPECT_NE(std::string(cost.error.message).find("/nanos_per_hour"), std::string::npos);
}

TEST(FrozenMetrics, AnswersNothingLaterThanNow) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Frozen<nova_metrics_ops> metrics("metrics", age);
    ASSERT_EQ(metrics.created, NOVA_OK);
    const auto bound = metrics.bind({11, 12, 13}, {"load", "constant", "laod"});
    EXPECT_EQ(bound[2], age == Age::older ? NOVA_OK : NOVA_INVALID_ARGUMENT);
    metrics.world.now = 720 * kMinute + 5;  // just past noon, when the load is 200

    const std::uint64_t keys[] = {11, 12, 13};
    std::vector<double> values(3, kNaN);
    std::vector<std::int64_t> times(3, NOVA_NONE);
    std::vector<std::int32_t> status(3, NOVA_OK);
    nova_latest ask{};
    ask.count = 3;
    ask.keys = keys;
    ask.values = values.data();
    ask.times_ns = times.data();
    ask.item_status = status.data();
    Shaped<nova_latest> latest(ask, age, offsetof(nova_latest, item_status));
    ASSERT_EQ(metrics.ops->latest(metrics.instance, metrics.call(), latest.get(), &metrics.error),
              NOVA_OK);
    EXPECT_EQ(values[0], 200);
    EXPECT_EQ(values[1], 42);
    EXPECT_TRUE(std::isnan(values[2]));
    EXPECT_EQ(times[0], 720 * kMinute);
    EXPECT_EQ(status[2], age == Age::older ? NOVA_OK : NOVA_NOT_FOUND);

    std::vector<double> past(6, kNaN);
    nova_range range{};
    range.keys = keys;
    range.series_count = 2;
    range.point_count = 3;
    range.t0_ns = 360 * kMinute;
    range.step_ns = 360 * kMinute;
    range.values = past.data();
    range.series_stride = 3;
    Shaped<nova_range> io(range, age, offsetof(nova_range, newest_ns));
    ASSERT_EQ(metrics.ops->query_range(metrics.instance, metrics.call(), io.get(), &metrics.error),
              NOVA_OK);
    // The mean of a straight line over (from, to] lies half a minute's rise past the middle.
    const double half_minute = 0.5 * 100 / 720;
    EXPECT_NEAR(past[0], 125 + half_minute, 1e-9);
    EXPECT_NEAR(past[1], 175 + half_minute, 1e-9);
    EXPECT_TRUE(std::isnan(past[2])) << "the step after noon has not been";
    EXPECT_EQ(past[3], 42);

    const std::uint64_t gone[] = {11};
    ASSERT_EQ(metrics.component->forget(metrics.instance, metrics.call(), gone, 1, &metrics.error),
              NOVA_OK);
    values.assign(3, kNaN);
    ASSERT_EQ(metrics.ops->latest(metrics.instance, metrics.call(), latest.get(), &metrics.error),
              NOVA_OK);
    EXPECT_TRUE(std::isnan(values[0]));
    EXPECT_EQ(values[1], 42);
  }
}

TEST(FrozenPolicy, ProposesTheNeedOfTheNewestDemand) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Frozen<nova_policy_ops> policy("policy", age);
    ASSERT_EQ(policy.created, NOVA_OK);

    const double values[] = {100, 605, 300, kNaN};  // two signals of two points
    nova_series_view view{};
    view.series_count = 2;
    view.point_count = 2;
    view.values = values;
    view.series_stride = 2;
    view.time_stride = 1;
    Shaped<nova_series_view> signals(view, age, offsetof(nova_series_view, times_ns));
    const std::uint64_t keys[] = {1, 2}, group[] = {0, 0};
    const std::int32_t role[] = {NOVA_SIGNAL_DEMAND, NOVA_SIGNAL_DEMAND};
    const double per_machine[] = {100, 100}, target[] = {0.5, 0.5};
    std::vector<std::int64_t> proposed(2, NOVA_NONE);
    nova_proposal ask{};
    ask.count = 2;
    ask.keys = keys;
    ask.signals = signals.get();
    ask.signal_group = group;
    ask.signal_role = role;
    ask.per_machine = per_machine;
    ask.target_utilisation = target;
    ask.proposed = proposed.data();
    Shaped<nova_proposal> io(ask, age, offsetof(nova_proposal, confidence));
    ASSERT_EQ(policy.ops->propose(policy.instance, policy.call(), io.get(), &policy.error),
              NOVA_OK);
    EXPECT_EQ(proposed[0], 13) << "ceil(605 / 50); the other signal asks for 6";
    EXPECT_EQ(proposed[1], NOVA_NONE) << "a group without signals: no opinion";
  }
}

}  // namespace
}  // namespace nova::abi_test
