// Goal: the typed clients hand a plugin what it was asked and believe nothing it says.
// Method: chaos in this process, one lie at a time; the honest answers are checked too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "host/loader/controller_client.hpp"
#include "host/loader/cost_client.hpp"
#include "host/loader/metrics_client.hpp"
#include "host/loader/model_client.hpp"
#include "host/loader/sink_client.hpp"
#include "host/loader/state_frame.hpp"
#include "host/loader/text.hpp"

namespace nova::loader {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration kTimeout = 30s;
const TimePoint kNow = from_unix_ns(1'700'000'040'000'000'000);

class ClientsTest : public testing::Test {
 protected:
  ClientsTest() {
    HostOptions options;
    options.now = [] { return kNow; };
    context_ = HostContext::make(std::move(options));
  }
  Instance& make(const char* kind, const std::string& fault = "none") {
    InstanceSpec spec;
    spec.name = "c";
    spec.config_json = R"({"fault":")" + fault + R"("})";
    const auto id = std::string("org.novacron.test.chaos.") + kind;
    instance_ = Instance::create(context_, library_, *library_->find(id), spec).value();
    return *instance_;
  }

  std::shared_ptr<const Library> library_ =
      Library::open(std::filesystem::path(NOVA_BUILD_DIR) / "tests/support/chaos.so").value();
  std::shared_ptr<HostContext> context_;
  std::unique_ptr<Instance> instance_;
};

struct Sample {
  std::vector<double> values;
  ForecastRequest request;

  explicit Sample(std::size_t n, std::size_t points = 30) : values(n * points) {
    for (std::size_t s = 0; s < n; ++s) {
      request.history.keys.push_back(100 + s);
      std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(s * points), points,
                  static_cast<double>(s));
    }
    request.history.points = points;
    request.history.values = values.data();
    request.leads = {1, 4};
    request.levels = {0.1, 0.5, 0.9};
  }
};

TEST_F(ClientsTest, ForecastsInShards) {
  Sample sample(12'000);  // chaos takes 5000 at a time
  sample.values[7'000 * 30 + 29] = std::nan("");
  ModelClient client(make("stateless"));
  for (const bool lent : {false, true}) {
    if (lent) sample.request.history.owner = std::make_shared<int>(0);
    const auto answer = client.forecast(sample.request, kTimeout);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    ASSERT_EQ(answer->items.size(), 12'000u);
    for (std::size_t s = 0; s < 12'000; s += 499) {
      EXPECT_EQ(answer->mean_of(s)[1], static_cast<double>(s));
      EXPECT_EQ(answer->quantile_of(s, 0)[0], static_cast<double>(s) - 8);
      EXPECT_EQ(answer->quantile_of(s, 2)[1], static_cast<double>(s) + 8);
    }
  }
}

TEST_F(ClientsTest, HandsOverStridesLengthsAndRefusesNonsense) {
  Sample sample(2, 40);
  auto& history = sample.request.history;
  history.points = 30, history.row_stride = 40;
  history.lengths = {30, 0};
  ModelClient client(make("stateless"));
  const auto answer = client.forecast(sample.request, kTimeout);
  EXPECT_TRUE(answer->items[0].ok());
  EXPECT_EQ(answer->items[1].code, ErrorCode::failed_precondition);
  EXPECT_EQ(answer->items[1].note, "nothing to forecast from");
  EXPECT_TRUE(std::isnan(answer->mean_of(1)[0]));

  const std::pair<const char*, std::function<void(ForecastRequest&)>> cases[] = {
      {"leads: must name", [](auto& r) { r.leads.clear(); }},
      {"leads: must ascend", [](auto& r) { r.leads = {0}; }},
      {"leads: must ascend",
       [](auto& r) {
         r.leads = {2, 2};
       }},
      {"levels: must ascend",
       [](auto& r) {
         r.levels = {0.5, 0.1};
       }},
      {"levels: must ascend", [](auto& r) { r.levels = {1.0}; }},
      {"step: must be > 0s", [](auto& r) { r.history.step = Duration{0}; }},
      {"row_stride: must be >= points", [](auto& r) { r.history.row_stride = 3; }},
      {"lengths: must be one per series", [](auto& r) { r.history.lengths = {1}; }}};
  for (const auto& [message, spoil] : cases) {
    auto bad = sample.request;
    spoil(bad);
    const auto refused = client.forecast(bad, kTimeout);
    ASSERT_FALSE(refused.ok()) << message;
    EXPECT_THAT(refused.error().message, HasSubstr(message));
  }
}

TEST_F(ClientsTest, DoesNotBelieveAModel) {
  const Sample sample(2);
  const auto ask = [&](const char* fault) {
    return ModelClient(make("stateless", fault)).forecast(sample.request, kTimeout).value();
  };
  for (const char* fault : {"nan", "infinite"}) {
    const auto answer = ask(fault);
    EXPECT_EQ(answer.items[0].code, ErrorCode::internal);
    EXPECT_THAT(answer.items[0].note, HasSubstr("NaN or infinite"));
    EXPECT_TRUE(std::isnan(answer.mean_of(0)[0]));
    EXPECT_EQ(answer.refused, 1u);
    EXPECT_TRUE(answer.items[1].ok());  // the other series is none the worse
  }
  const auto crossed = ask("crossed");
  EXPECT_EQ(crossed.crossed, 4u);  // two series, two leads
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t h = 0; h < 2; ++h) {
      EXPECT_LT(crossed.quantile_of(s, 0)[h], crossed.quantile_of(s, 1)[h]);
      EXPECT_LT(crossed.quantile_of(s, 1)[h], crossed.quantile_of(s, 2)[h]);
    }
}

TEST_F(ClientsTest, FitsObservesSavesAndLoads) {
  const Sample sample(3);
  FitRequest fit;
  fit.history = sample.request.history;
  ModelClient client(make("model"));
  EXPECT_TRUE(client.can_fit() && client.can_observe() && client.can_save());
  ASSERT_TRUE(client.fit(fit, kTimeout).ok());
  const auto frame = client.save({}, kNow, kTimeout).value();
  FitRequest more;
  const std::vector<double> fresh{124, 125, 126};
  more.history.keys = fit.history.keys;
  more.history.points = 1;
  more.history.values = fresh.data();
  more.history.t0 = fit.history.t0 + 30 * fit.history.step;
  ASSERT_TRUE(client.observe(more, kTimeout).ok());
  const auto moved = client.forecast(sample.request, kTimeout)->mean_of(2)[0];
  EXPECT_DOUBLE_EQ(moved, 2 + (126.0 - 2) / 24);
  EXPECT_EQ(client.load(frame, kTimeout).value(), kNow);
  EXPECT_EQ(client.forecast(sample.request, kTimeout)->mean_of(2)[0], 2);

  auto damaged = frame;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_EQ(client.load(damaged, kTimeout).error().code, ErrorCode::data_loss);
  const auto foreign = frame_state({"org.example.other", "1", kNow, "bytes"});
  EXPECT_EQ(client.load(foreign, kTimeout).error().code, ErrorCode::failed_precondition);
  const auto unknown = frame_state({"org.novacron.test.chaos.model", "1", kNow, "bytes"});
  EXPECT_EQ(client.load(unknown, kTimeout).error().code, ErrorCode::failed_precondition);

  ModelClient stateless(make("stateless"));
  EXPECT_EQ(stateless.fit(fit, kTimeout).error().code, ErrorCode::unimplemented);
  EXPECT_EQ(stateless.save({}, kNow, kTimeout).error().code, ErrorCode::unimplemented);
}

TEST(StateFrame, RefusesWhateverIsNotWhole) {
  // RFC 3720, B.4: 32 bytes of zeros.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  const auto frame = frame_state({"a.b", "1.0", kNow, std::string("x\0y", 3)});
  const auto back = unframe_state(frame).value();
  EXPECT_EQ(back.component_id, "a.b");
  EXPECT_EQ(back.component_version, "1.0");
  EXPECT_EQ(back.watermark, kNow);
  EXPECT_EQ(back.bytes, std::string("x\0y", 3));
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_FALSE(unframe_state(frame.substr(0, size)).ok()) << size;
  for (std::size_t at = 0; at < frame.size(); ++at) {
    auto damaged = frame;
    damaged[at] ^= 4;
    EXPECT_FALSE(unframe_state(damaged).ok()) << at;
  }
  EXPECT_FALSE(unframe_state(frame + "x").ok());
}

TEST_F(ClientsTest, ReadsMetrics) {
  MetricsClient client(make("metrics"));
  const auto bound =
      client.bind({{7, "minute", "acme", "{}"}, {8, "hour", "acme", "{}"}}, kTimeout).value();
  EXPECT_TRUE(bound[0].ok());
  EXPECT_EQ(bound[1].code, ErrorCode::not_found);
  EXPECT_EQ(bound[1].note, "there is only \"minute\"");
  const auto latest = client.latest({7, 8}, kTimeout).value();
  EXPECT_EQ(latest.values[0], 14);  // 22:14 UTC
  EXPECT_EQ(latest.times[0], from_unix_ns(1'700'000'040'000'000'000));
  EXPECT_TRUE(std::isnan(latest.values[1]));
  const auto range = client.query_range({{7}, kNow - 2min, 1min, 5}, kTimeout).value();
  EXPECT_EQ(std::vector<double>(range.row(0), range.row(0) + 3), (std::vector<double>{12, 13, 14}));
  EXPECT_TRUE(std::isnan(range.row(0)[3]));
  EXPECT_EQ(client.span(kTimeout)->step, 1min);
  EXPECT_EQ(client.list_series("{}", kTimeout)->at(0).query, "minute");
}

TEST_F(ClientsTest, DoesNotBelieveASource) {
  for (const char* fault : {"future", "infinite"}) {
    MetricsClient client(make("metrics", fault));
    ASSERT_TRUE(client.bind({{7, "minute", "acme", "{}"}}, kTimeout).ok());
    const auto latest = client.latest({7}, kTimeout).value();
    EXPECT_TRUE(std::isnan(latest.values[0])) << fault;
    EXPECT_EQ(latest.refused, 1u);
  }
  MetricsClient client(make("metrics", "future"));
  ASSERT_TRUE(client.bind({{7, "minute", "acme", "{}"}}, kTimeout).ok());
  const auto range = client.query_range({{7}, kNow - 2min, 1min, 6}, kTimeout).value();
  EXPECT_EQ(range.refused, 3u);  // the step that begins now, and those behind it
  EXPECT_EQ(MetricsClient(make("metrics", "span_backwards")).span(kTimeout).error().code,
            ErrorCode::internal);
}

TEST_F(ClientsTest, ListsOffersAndQuotes) {
  CostClient client(make("cost"));
  const auto list = client.list_offers("{}", kTimeout).value();
  ASSERT_EQ(list.offers.size(), 2u);
  const auto& spot = list.offers[1];
  EXPECT_EQ(spot.id, "chaos/r1/r1a/c1.small/linux/spot");
  EXPECT_EQ(spot.plugin, "c");
  EXPECT_EQ(spot.purchase, Purchase::spot);
  EXPECT_EQ(spot.price, UsdPerHour{30'000'000});
  EXPECT_EQ(spot.charge_unit, 1s);
  EXPECT_EQ(spot.charge_minimum, 60s);
  EXPECT_EQ(spot.available, 5);
  EXPECT_EQ(spot.interruption_month, 0.1);
  EXPECT_EQ(spot.nanos_per_hour, 30'000'000);
  EXPECT_FALSE(spot.upfront_nanos);
  EXPECT_FALSE(list.offers[0].available);
  EXPECT_NEAR(spot.memory_gib, 3.7252902984619140625, 1e-12);  // 4e9 bytes
  const auto quotes =
      client.quote({{spot.id, 2, 0, kNow, 3h}, {"none", 1, 0, kNow, 1h}}, kTimeout).value();
  EXPECT_EQ(quotes[0].total_nanos, 180'000'000);
  EXPECT_EQ(quotes[1].status.code, ErrorCode::not_found);
  EXPECT_FALSE(quotes[1].total_nanos);
}

TEST_F(ClientsTest, DoesNotBelieveAProvider) {
  const auto list = [&](const char* fault) {
    return CostClient(make("cost", fault)).list_offers("{}", kTimeout).value();
  };
  for (const char* fault : {"empty_id", "same_id", "negative_price", "negative_size",
                            "negative_upfront", "endless_term", "wild_risk"}) {
    const auto offers = list(fault);
    EXPECT_EQ(offers.offers.size(), 1u) << fault;
    EXPECT_EQ(offers.refused, 1u) << fault;
    EXPECT_FALSE(offers.remarks.empty());
  }
  EXPECT_FALSE(list("nan_price").offers[1].price);
  EXPECT_FALSE(list("euro").offers[1].price);
  EXPECT_EQ(list("euro").offers[1].nanos_per_hour, 30'000'000);
  const auto partial = list("partial");
  EXPECT_EQ(partial.offers.size(), 2u);
  EXPECT_THAT(partial.remarks.at(0), HasSubstr("incomplete"));
  const auto old = list("old_struct");
  ASSERT_EQ(old.offers.size(), 2u);
  EXPECT_EQ(old.offers[0].zone, "r1a");
  EXPECT_FALSE(old.offers[0].price);
  EXPECT_EQ(CostClient(make("cost", "endless")).list_offers("{}", kTimeout).error().code,
            ErrorCode::resource_exhausted);
  CostClient negative(make("cost", "negative_quote"));
  EXPECT_EQ(negative.quote({{"chaos/r1/r1a/c1.small/linux/spot", 1, 0, kNow, 1h}}, kTimeout)
                ->at(0)
                .status.code,
            ErrorCode::internal);
}

TEST_F(ClientsTest, ScalesAndPolls) {
  ControllerClient client(make("controller"));
  ASSERT_TRUE(client.bind({{1, "web", "acme", "{}"}}, kTimeout).ok());
  auto group = client.list_groups({"web", "nobody"}, kTimeout).value();
  ASSERT_EQ(group.size(), 2u);
  EXPECT_EQ(group[0].rows[0].serving, 3u);
  EXPECT_EQ(group[0].max, 50u);
  EXPECT_EQ(group[1].status, ErrorCode::not_found);
  ScaleRow row;
  row.group_id = "web";
  row.desired = 5;
  row.expected_generation = group[0].generation;
  row.token[0] = 9;
  EXPECT_TRUE(client.can_scale({row}, kTimeout)->at(0).status.ok());
  EXPECT_EQ(client.list_groups({"web"}, kTimeout)->at(0).rows[0].desired, 3u);
  EXPECT_EQ(client.scale({row}, kTimeout)->at(0).state, OpState::done);
  EXPECT_EQ(client.list_groups({}, kTimeout)->at(0).rows[0].desired, 5u);
  EXPECT_EQ(client.list_machines({}, kTimeout)->size(), 5u);
  const auto states = client.poll({row.token, Token{}}, kTimeout).value();
  EXPECT_EQ(states[0].state, OpState::done);
  EXPECT_EQ(states[0].progress, 1);
  EXPECT_EQ(states[1].state, OpState::unknown);
  EXPECT_EQ(states[1].result, ErrorCode::not_found);
  auto stale = row;
  stale.token[0] = 10;
  EXPECT_EQ(client.scale({stale}, kTimeout)->at(0).status.code, ErrorCode::aborted);
  auto other = row;
  other.expected_generation.reset();
  EXPECT_EQ(client.scale({row, other}, kTimeout).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.act({}, kTimeout).error().code, ErrorCode::unimplemented);
  EXPECT_EQ(client.cancel({}, kTimeout).error().code, ErrorCode::unimplemented);
}

TEST_F(ClientsTest, DoesNotBelieveAController) {
  for (const auto& [fault, message] :
       {std::pair<const char*, const char*>{"torn_group", "not adjacent"},
        {"lists_twice", "lists an offer twice"},
        {"silly_count", "counts 4000000000 machines"}}) {
    ControllerClient client(make("controller", fault));
    ASSERT_TRUE(client.bind({{1, "web", "acme", "{}"}}, kTimeout).ok());
    const auto groups = client.list_groups({}, kTimeout);
    ASSERT_FALSE(groups.ok()) << fault;
    EXPECT_THAT(groups.error().message, HasSubstr(message));
  }
  ControllerClient client(make("controller", "no_capacity"));
  ASSERT_TRUE(client.bind({{1, "web", "acme", "{}"}}, kTimeout).ok());
  ScaleRow row;
  row.group_id = "web";
  row.desired = 9;
  EXPECT_EQ(client.scale({row}, kTimeout)->at(0).status.code, ErrorCode::capacity);
}

TEST_F(ClientsTest, WritesAndQueriesEvents) {
  SinkClient client(make("sink"));
  std::vector<Event> events(3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    events[i].writer[0] = 1;
    events[i].sequence = i + 1;
    events[i].time = kNow + i * 1s;
    events[i].tenant = i == 2 ? "globex" : "acme";
    events[i].type = "decision";
    events[i].json = "{}";
  }
  ASSERT_TRUE(client.write(events, kTimeout).ok());
  ASSERT_TRUE(client.write(events, kTimeout).ok());
  ASSERT_TRUE(client.flush(kTimeout).ok());
  EXPECT_EQ(client.query({}, kTimeout)->events.size(), 3u);
  EventQuery query;
  query.tenant = "acme";
  query.newest_first = true;
  query.limit = 1;
  const auto page = client.query(query, kTimeout).value();
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].sequence, 2u);
  EXPECT_EQ(page.events[0].time, kNow + 1s);

  SinkClient leaky(make("sink", "mixes_tenants"));
  ASSERT_TRUE(leaky.write(events, kTimeout).ok());
  query.limit = 0;
  const auto kept = leaky.query(query, kTimeout).value();
  EXPECT_EQ(kept.events.size(), 2u);
  EXPECT_EQ(kept.refused, 1u);
}

TEST(CleanText, IsAlwaysUtf8) {
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"caf\xC3\xA9", "caf\xC3\xA9"},
      {"caf\xE9!", "caf\xEF\xBF\xBD!"},
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                  // overlong '/'
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                  // a surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // above U+10FFFF
      {"a\x01"
       "b\tc\n",
       "a b\tc\n"},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"cut \xF0\x9F", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& [given, wanted] : cases) EXPECT_EQ(clean_text(given), wanted);
  EXPECT_EQ(clean_text(std::string(100, 'x'), 10), "xxxxxxxxxx");
  EXPECT_EQ(clean_text(nova_str{nullptr, 99}), "");
  EXPECT_EQ(to_code(NOVA_CAPACITY), ErrorCode::capacity);
  EXPECT_EQ(to_code(0x90E), ErrorCode::unavailable);  // a later refinement: its low byte
  EXPECT_EQ(to_code(0x100), ErrorCode::internal);     // no refinement of OK
  EXPECT_EQ(to_code(77), ErrorCode::internal);
}

}  // namespace
}  // namespace nova::loader
