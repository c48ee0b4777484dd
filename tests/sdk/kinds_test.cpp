// Goal: what a class has appears in the tables and what it lacks is null, for every kind; rows
// become columns and columns views. Method: a full and a least class of each kind.
#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace {

struct LeastCost {
  static constexpr auto id = "test.cost.least", name = "Least", version = "1";
  void list_offers(const nova_call&, const nova::Config&, nova::Offers&) {}
  void quote(nova::Call, nova::Quote&) {}
};
struct FullCost : LeastCost {
  static constexpr auto id = "test.cost.full";
  void list_offers(nova::Call, const nova::Config& filter, nova::Offers& out) {
    for (int i = 0; i < filter.integer("n"); ++i) {
      nova::Offer o;
      o.machine_type = "m" + std::to_string(i);
      o.vcpus = i;
      out.add(o);
    }
  }
  void spot(nova::Call, nova::Spot& io) {
    for (std::size_t i = 0; i < io.count(); ++i)
      io.answer(i, {.nanos_per_hour = io.horizon_s(), .quality = NOVA_PRICE_OBSERVED});
  }
  void list_rates(nova::Call, const nova::Config&, nova::Rates&) {}
  void commitments(nova::Call, const nova::Config&, nova::Writer& lines) { lines.write("{}\n"); }
};
struct LeastMetrics {
  static constexpr auto id = "test.metrics.least", name = "Least", version = "1";
  void bind(nova::Call, nova::Binding&) {}
  void latest(nova::Call, nova::Latest&) {}
};
struct FullMetrics : LeastMetrics {
  static constexpr auto id = "test.metrics.full";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_VIRTUAL_TIME;
  void forget(nova::Call, nova::Keys) {}
  void query_range(nova::Call, nova::Range& io) {
    for (std::size_t s = 0; s < io.count(); ++s)
      for (double& v : io.row(s)) v = static_cast<double>(io.key(s));
  }
  void list_series(nova::Call, const nova::Config&, nova::SeriesList&) {}
  std::uint64_t subscribe(nova::Call, nova::Keys, const nova_listener&) { return 7; }
  void unsubscribe(std::uint64_t) {}
  nova::Span span(nova::Call) { return {10, 20, 5}; }
  const void* get_extension(const char* which) {
    return std::string_view(which) == "mine" ? this : nullptr;
  }
};
struct Picky : LeastMetrics {
  static constexpr auto id = "test.metrics.picky";
  void bind(nova::Call, nova::Binding& io) {
    io.each([&](std::size_t i) {
      if (io.settings(i).number("n") < 0) throw nova::Error(NOVA_NOT_FOUND, "negative");
    });
  }
};
struct LeastController {
  static constexpr auto id = "test.controller.least", name = "Least", version = "1";
  void list_groups(nova::Call, nova::Strings, nova::Groups&) {}
  void scale(nova::Call, nova::Scale&) {}
  void poll(nova::Call, nova::Operations&) {}
};
struct FullController : LeastController {
  static constexpr auto id = "test.controller.full";
  void list_groups(nova::Call, nova::Strings ids, nova::Groups& out) {
    for (int g = 0; g < 3; ++g)
      for (int o = 0; o < 700; ++o) {
        nova::Group row;
        row.group_id = "g" + std::to_string(g);
        row.offer_id = std::to_string(o);
        row.desired = static_cast<std::uint32_t>(ids.all() ? 1 : 0);
        out.add(row);
      }
  }
  void list_machines(nova::Call, nova::Strings, nova::Machines&) {}
  void can_scale(nova::Call, nova::Scale&) {}
  void act(nova::Call, nova::MachineAction&) {}
  void cancel(nova::Call, nova::Operations&) {}
  std::uint64_t watch(nova::Call, const nova_watcher&) { return 1; }
  void unwatch(std::uint64_t) {}
};
struct LeastSink {
  static constexpr auto id = "test.sink.least", name = "Least", version = "1";
  void write(nova::Call, const nova::Events&) {}
};
struct FullSink : LeastSink {
  static constexpr auto id = "test.sink.full";
  void flush(nova::Call) {}
  void query(nova::Call, const nova::EventQuery&, nova::EventOut&) {}
};
struct LeastPolicy {
  static constexpr auto id = "test.policy.least", name = "Least", version = "1";
  void propose(nova::Call, nova::Proposal&) {}
};
struct FullPolicy : LeastPolicy {
  static constexpr auto id = "test.policy.full";
  void save(nova::Call, nova::Keys, nova::Writer&) {}
  void load(nova::Call, nova::Bytes) {}
};

template <class Ops>
const Ops& ops(const nova_component& c) {
  return *static_cast<const Ops*>(c.ops);
}

TEST(Tables, HoldWhatTheClassHas) {
  const auto& c = ops<nova_cost_ops>(nova::cost_component<FullCost>);
  EXPECT_TRUE(c.list_offers && c.quote && c.spot && c.list_rates && c.commitments);
  const auto& m = ops<nova_metrics_ops>(nova::metrics_component<FullMetrics>);
  EXPECT_TRUE(m.latest && m.query_range && m.list_series && m.subscribe && m.unsubscribe);
  EXPECT_TRUE(nova::metrics_component<FullMetrics>.bind &&
              nova::metrics_component<FullMetrics>.forget);
  EXPECT_EQ(nova::metrics_component<FullMetrics>.flags, unsigned{NOVA_COMPONENT_VIRTUAL_TIME});
  const auto& v = ops<nova_controller_ops>(nova::controller_component<FullController>);
  EXPECT_TRUE(v.list_machines && v.can_scale && v.act && v.cancel && v.watch && v.unwatch);
  EXPECT_TRUE(ops<nova_sink_ops>(nova::sink_component<FullSink>).query);
  EXPECT_TRUE(ops<nova_policy_ops>(nova::policy_component<FullPolicy>).load);
}

TEST(Tables, AreNullWhereTheClassHasNothing) {
  const auto& c = ops<nova_cost_ops>(nova::cost_component<LeastCost>);
  EXPECT_TRUE(c.list_offers && c.quote && !c.spot && !c.list_rates && !c.commitments);
  const auto& m = ops<nova_metrics_ops>(nova::metrics_component<LeastMetrics>);
  EXPECT_TRUE(m.latest && !m.query_range && !m.list_series && !m.subscribe && !m.unsubscribe);
  EXPECT_EQ(nova::metrics_component<LeastMetrics>.get_extension, nullptr);
  EXPECT_EQ(nova::metrics_component<LeastMetrics>.forget, nullptr);
  const auto& v = ops<nova_controller_ops>(nova::controller_component<LeastController>);
  EXPECT_TRUE(v.scale && v.poll && !v.list_machines && !v.can_scale && !v.act && !v.watch);
  EXPECT_EQ(nova::controller_component<LeastController>.bind, nullptr);
  const auto& s = ops<nova_sink_ops>(nova::sink_component<LeastSink>);
  EXPECT_TRUE(s.write && !s.flush && !s.query);
  EXPECT_FALSE(ops<nova_policy_ops>(nova::policy_component<LeastPolicy>).save);
}

TEST(Tables, NameInterfaceAndSize) {
  const std::pair<const nova_component*, const char*> cases[] = {
      {&nova::cost_component<LeastCost>, "nova.cost/1"},
      {&nova::metrics_component<LeastMetrics>, "nova.metrics/1"},
      {&nova::controller_component<LeastController>, "nova.controller/1"},
      {&nova::sink_component<LeastSink>, "nova.sink/1"},
      {&nova::policy_component<LeastPolicy>, "nova.policy/1"}};
  for (const auto& [c, id] : cases) {
    EXPECT_STREQ(c->interface_id, id);
    EXPECT_EQ(c->struct_size, sizeof(nova_component));
    EXPECT_TRUE(nova::Json::parse(c->config_schema).is_object()) << id;
  }
}

TEST(Offers, ArriveInBatchesWithEveryRowOnce) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::cost_component<FullCost>, host);
  struct Seen {
    std::vector<double> vcpus;
    int batches = 0;
  } seen;
  nova_offer_sink sink{sizeof sink, 0, &seen,
                       [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
                         auto& to = *static_cast<Seen*>(s->ctx);
                         to.vcpus.insert(to.vcpus.end(), b->vcpus, b->vcpus + b->count);
                         EXPECT_EQ(b->nanos_per_hour[0],
                                   NOVA_NONE);  // a price not set is not known
                         EXPECT_EQ(nova::view(b->machine_type[0]),
                                   "m" + std::to_string(static_cast<int>(b->vcpus[0])));
                         ++to.batches;
                         return NOVA_OK;
                       }};
  EXPECT_EQ(c.invoke(c.ops<nova_cost_ops>().list_offers, nova::str(R"({"n": 2500})"), &sink),
            NOVA_OK);
  ASSERT_EQ(seen.vcpus.size(), 2500u);
  for (std::size_t i = 0; i < 2500; ++i) EXPECT_EQ(seen.vcpus[i], static_cast<double>(i));
  EXPECT_EQ(seen.batches, 3);
  EXPECT_EQ(c.invoke(c.ops<nova_cost_ops>().list_offers, nova::str("[1]"), &sink),
            NOVA_INVALID_ARGUMENT);
}

TEST(Offers, ASinkThatRefusesEndsTheCallWithItsStatus) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::cost_component<FullCost>, host);
  nova_offer_sink full{sizeof full, 0, nullptr,
                       [](const nova_offer_sink*, const nova_offer_batch*) -> nova_status {
                         return NOVA_CANCELLED;
                       }};
  EXPECT_EQ(c.invoke(c.ops<nova_cost_ops>().list_offers, nova::str(R"({"n": 5})"), &full),
            NOVA_CANCELLED);
}

TEST(Offers, TheIdSaysAllButThePrice) {
  nova::Offer o;
  o.provider = "aws", o.region = "us-east-1", o.zone = "us-east-1a", o.machine_type = "m5/large";
  o.os = "linux", o.purchase = NOVA_SPOT;
  EXPECT_EQ(nova::make_offer_id(o), "aws/us-east-1/us-east-1a/m5%2Flarge/linux/spot");
  EXPECT_EQ(nova::make_offer_id(nova::Offer{}), "/////");
}

TEST(Offers, MoneyIsRoundedOnceAndNeverGuessed) {
  EXPECT_EQ(nova::to_nanos(0.096), 96'000'000);
  EXPECT_EQ(nova::to_nanos(-1e-9), -1);
  EXPECT_EQ(nova::to_nanos(nova::kNaN), NOVA_NONE);
  EXPECT_EQ(nova::to_nanos(1e300), NOVA_NONE);
}

TEST(Spot, ColumnsThatAreAbsentAreSkipped) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::cost_component<FullCost>, host);
  std::int64_t price[] = {0, 0};
  nova_spot io{};
  io.struct_size = sizeof io;
  io.count = 2, io.horizon_s = 3600, io.nanos_per_hour = price;
  EXPECT_EQ(c.invoke(c.ops<nova_cost_ops>().spot, &io), NOVA_OK);
  EXPECT_EQ(price[1], 3600);
}

TEST(Metrics, ARangeIsWrittenRowByRowWithItsStride) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::metrics_component<FullMetrics>, host);
  const std::uint64_t keys[] = {4, 5};
  std::vector<double> values(7, -1);
  nova_range io{};
  io.struct_size = sizeof io;
  io.keys = keys, io.series_count = 2, io.point_count = 2, io.values = values.data() + 4;
  io.series_stride = -3;
  c.invoke(c.ops<nova_metrics_ops>().query_range, &io);
  EXPECT_EQ(values, (std::vector<double>{-1, 5, 5, -1, 4, 4, -1}));
  io.values = nullptr;
  EXPECT_EQ(c.invoke(c.ops<nova_metrics_ops>().query_range, &io), NOVA_INVALID_ARGUMENT);
}

TEST(Metrics, SpanAndOwnExtensionsAreFoundById) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::metrics_component<FullMetrics>, host);
  const auto get = nova::metrics_component<FullMetrics>.get_extension;
  const auto* span = static_cast<const nova_metrics_span*>(get(c.instance(), NOVA_METRICS_SPAN));
  ASSERT_NE(span, nullptr);
  std::int64_t first, last, step;
  c.invoke(span->span, &first, &last, &step);
  EXPECT_EQ(first + last + step, 35);
  EXPECT_NE(get(c.instance(), "mine"), nullptr);
  EXPECT_EQ(get(c.instance(), "other"), nullptr);
}

TEST(Groups, AreNeverTornApart) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::controller_component<FullController>, host);
  struct Seen {
    std::vector<std::string> first, last;
    std::uint64_t rows = 0;
  } seen;
  nova_group_sink sink{sizeof sink, 0, &seen,
                       [](const nova_group_sink* s, const nova_group_batch* b) -> nova_status {
                         auto& to = *static_cast<Seen*>(s->ctx);
                         to.first.emplace_back(nova::view(b->group_id[0]));
                         to.last.emplace_back(nova::view(b->group_id[b->count - 1]));
                         to.rows += b->count;
                         return NOVA_OK;
                       }};
  c.invoke(c.ops<nova_controller_ops>().list_groups, static_cast<const nova_str*>(nullptr),
           std::uint64_t{0}, &sink);
  EXPECT_EQ(seen.rows, 2100u);
  for (std::size_t i = 1; i < seen.first.size(); ++i) EXPECT_NE(seen.first[i], seen.last[i - 1]);
}

TEST(Binding, AThrowIsTheRowsOwn) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::metrics_component<Picky>, host);
  const auto got = c.bind({"a", "b", "c"}, {R"({"n": 1})", R"({"n": -1})", "{"});
  EXPECT_EQ(got, (std::vector<std::int32_t>{NOVA_OK, NOVA_NOT_FOUND, NOVA_INVALID_ARGUMENT}));
  EXPECT_TRUE(host.noted(1, "negative"));
}

TEST(EventQuery, MatchesAsTheContractSays) {
  nova_event_query raw{};
  raw.struct_size = sizeof raw;
  raw.tenant = nova::str("acme"), raw.type = nova::str("machine.");
  raw.from_ns = 10, raw.to_ns = 20;
  raw.flags = NOVA_QUERY_NEWEST_FIRST;
  const nova::EventQuery q(raw);
  EXPECT_TRUE(q.newest_first);
  nova::Event e;
  e.tenant = "acme", e.type = "machine.lost", e.time_ns = 10;
  EXPECT_TRUE(q.matches(e));
  e.time_ns = 20;
  EXPECT_FALSE(q.matches(e));  // [from, to)
  e.time_ns = 15, e.tenant = "acme2";
  EXPECT_FALSE(q.matches(e));
  e.tenant = "acme", e.type = "machine";
  EXPECT_FALSE(q.matches(e));  // the prefix is longer
}

}  // namespace
