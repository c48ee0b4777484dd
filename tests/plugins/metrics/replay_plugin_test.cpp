// Goal: replay.so behind the contract: what is bound, what is answered at which time, what is
// refused. Method: the built library, called through its tables by the SDK's fake host, on a clock
// of our own.
#include "tests/plugins/plugin_file.hpp"

namespace metrics_replay_plugin_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova::kNaN;
constexpr std::int64_t kSecond = 1'000'000'000;

const nova_component& replay() {
  static const nova_component& component = nova_test::component_of("replay");
  return component;
}
std::string config(const std::string& file) { return nova::Json{{"file", file}}.dump(); }

struct Latest {
  std::vector<double> values;
  std::vector<std::int64_t> times;
  std::vector<std::int32_t> status;
};
Latest latest(FakeComponent& c, std::vector<std::uint64_t> keys) {
  Latest out{std::vector<double>(keys.size(), kNaN),
             std::vector<std::int64_t>(keys.size(), NOVA_NONE),
             std::vector<std::int32_t>(keys.size(), NOVA_OK)};
  const nova_latest io{
      sizeof io,        0, keys.size(), keys.data(), out.values.data(), out.times.data(),
      out.status.data()};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  return out;
}
struct Range {
  std::vector<double> values;  // [series][stride], cells beyond the points must stay -7
  std::vector<std::int64_t> newest;
  std::vector<std::int32_t> status;
};
Range range(FakeComponent& c, std::vector<std::uint64_t> keys, std::int64_t t0_s,
            std::int64_t step_s, std::uint64_t points, std::int64_t stride) {
  Range out{std::vector<double>(keys.size() * static_cast<std::size_t>(stride), -7),
            std::vector<std::int64_t>(keys.size(), NOVA_NONE),
            std::vector<std::int32_t>(keys.size(), NOVA_OK)};
  const nova_range io{sizeof io,        0,
                      keys.data(),      keys.size(),
                      points,           t0_s * kSecond,
                      step_s * kSecond, out.values.data(),
                      stride,           out.newest.data(),
                      out.status.data()};
  c.invoke(c.ops<nova_metrics_ops>().query_range, &io);
  return out;
}

constexpr auto kHosts =
    "timestamp,\"cpu{host=\"\"a\"\"}\",\"cpu{host=\"\"b\"\"}\",requests\n"
    "600,1,10,100\n660,2,,200\n720,3,30,300\n";

TEST(ReplayPlugin, AnswersWhatIsCompleteOnTheHostsClock) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host, config(folder.write("t.csv", kHosts)));
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"requests"}), std::vector<std::int32_t>{NOVA_OK});
  host.now_ns = 659 * kSecond;
  auto now = latest(c, {0});
  EXPECT_TRUE(std::isnan(now.values[0]));
  EXPECT_EQ(now.times[0], NOVA_NONE);
  EXPECT_EQ(now.status[0], NOVA_OK);
  host.now_ns = 725 * kSecond;
  now = latest(c, {0});
  EXPECT_EQ(now.values[0], 200);
  EXPECT_EQ(now.times[0], 720 * kSecond);

  const auto past = range(c, {0}, 660, 60, 4, 6);
  EXPECT_EQ(past.values[0], 100);
  EXPECT_EQ(past.values[1], 200);
  EXPECT_TRUE(std::isnan(past.values[2]) && std::isnan(past.values[3])) << "not yet complete";
  EXPECT_EQ(past.values[4], -7) << "beyond the points";
  EXPECT_EQ(past.newest[0], 720 * kSecond);
}

TEST(ReplayPlugin, FoldsSeriesByLabelsAndAggregate) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host, config(folder.write("t.csv", kHosts)));
  const auto status =
      c.bind({"cpu", "cpu", "cpu", "cpu{host=\"b\"}", "cpu"},
             {R"({"aggregate":"sum"})", R"({"aggregate":"mean"})", R"({"labels":{"host":"b"}})", "",
              R"({"aggregate":"max","within":"max"})"});
  EXPECT_EQ(status, std::vector<std::int32_t>(5, NOVA_OK));
  const auto all = range(c, {0, 1, 2, 3, 4}, 660, 60, 3, 3);
  const double want[] = {11, kNaN, 33, 5.5, 2, 16.5, 10, kNaN, 30, 10, kNaN, 30, 10, 2, 30};
  for (int i = 0; i < 15; ++i)
    EXPECT_TRUE(all.values[i] == want[i] || (std::isnan(all.values[i]) && std::isnan(want[i])))
        << i << ": " << all.values[i];
  host.now_ns = 720 * kSecond;
  const auto now = latest(c, {0, 1, 2});
  EXPECT_EQ(now.values, (std::vector<double>{12, 2, 10}));  // b is known up to 660 only
  EXPECT_EQ(now.times, (std::vector<std::int64_t>{660 * kSecond, 720 * kSecond, 660 * kSecond}));
}

TEST(ReplayPlugin, TellsWhyAQueryCannotBeBound) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host, config(folder.write("t.csv", kHosts)));
  const std::tuple<const char*, const char*, std::int32_t, const char*> cases[] = {
      {"request", "{}", NOVA_NOT_FOUND,
       "there is no series \"request\"; the file has \"requests\""},
      {"value", "{}", NOVA_NOT_FOUND, "there is no series \"value\""},
      {"cpu", "{}", NOVA_INVALID_ARGUMENT, "cpu{host=\"a\"}\", \"cpu{host=\"b\"}"},
      {"cpu", R"({"labels":{"host":"z"}})", NOVA_NOT_FOUND, "no series \"cpu\" has the labels"},
      {"cpu", R"({"labels":{"host":1}})", NOVA_INVALID_ARGUMENT,
       "/labels/host: must be a text, got 1"},
      {"requests", R"({"within":"median"})", NOVA_INVALID_ARGUMENT, "/within: must be one of"},
      {"requests", R"({"agregate":"sum"})", NOVA_INVALID_ARGUMENT, "/agregate: is not a known key"},
      {"requests", "{", NOVA_INVALID_ARGUMENT, "not valid JSON"},
  };
  for (const auto& [query, settings, status, note] : cases) {
    host.notes.clear();
    // The row beside a bad one is bound all the same.
    EXPECT_EQ(c.bind({query, "requests"}, {settings, "{}"}),
              (std::vector<std::int32_t>{status, NOVA_OK}))
        << query;
    EXPECT_TRUE(host.noted(0, note))
        << query << ": " << (host.notes.empty() ? "no note" : host.notes[0].text);
    EXPECT_EQ(latest(c, {0, 1}).status, (std::vector<std::int32_t>{NOVA_NOT_FOUND, NOVA_OK}));
  }
}

TEST(ReplayPlugin, ForgetsAndRebinds) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host, config(folder.write("t.csv", "timestamp,load\n600,1\n660,2\n")));
  c.bind({"value", "load"});
  EXPECT_EQ(latest(c, {0, 1, 9}).status,
            (std::vector<std::int32_t>{NOVA_OK, NOVA_OK, NOVA_NOT_FOUND}));
  EXPECT_EQ(c.forget({0}), NOVA_OK);
  EXPECT_EQ(latest(c, {0, 1}).status, (std::vector<std::int32_t>{NOVA_NOT_FOUND, NOVA_OK}));
  c.bind({"load"});
  EXPECT_EQ(latest(c, {0}).values[0], 2);
}

TEST(ReplayPlugin, TellsItsSpanItsSeriesAndItsRepairs) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host,
                  config(folder.write("t.csv", "timestamp,a,b\n720,3,4\n600,1,2\n600,5,6\n")));
  const auto* extension = static_cast<const nova_metrics_span*>(
      replay().get_extension(c.instance(), NOVA_METRICS_SPAN));
  ASSERT_NE(extension, nullptr);
  EXPECT_EQ(replay().get_extension(c.instance(), "nova.metrics.other/1"), nullptr);
  std::int64_t first = 0, last = 0, step = 0;
  c.invoke(extension->span, &first, &last, &step);
  EXPECT_EQ(std::tuple(first, last, step), std::tuple(600 * kSecond, 840 * kSecond, 120 * kSecond));

  std::vector<std::string> names;
  const nova_series_sink sink{
      sizeof sink, 0, &names,
      [](const nova_series_sink* s, const nova_series_info* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i)
          static_cast<std::vector<std::string>*>(s->ctx)->emplace_back(nova::view(b->query[i]));
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_metrics_ops>().list_series, nova::str("{}"), &sink);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));

  const auto told = nova::Json::parse(c.describe());
  EXPECT_EQ(told["capabilities"]["repaired"]["duplicate"], 1);
  EXPECT_EQ(told["capabilities"]["repaired"]["unordered"], 2);
  EXPECT_EQ(told["capabilities"]["first"], "1970-01-01T00:10:00Z");
  bool warned = false;
  for (const auto& line : host.logs) warned = warned || line.level == nova::Level::warn;
  EXPECT_TRUE(warned) << "repairs are logged";
}

TEST(ReplayPlugin, RefusesABadConfigOrFile) {
  const nova_test::Folder folder;
  const auto good = folder.write("good.csv", "timestamp,value\n0,1\n60,2\n");
  const auto bad = folder.write("bad.csv", "timestamp,value\n0,one\n");
  const std::tuple<std::string, std::int32_t, std::string> cases[] = {
      {"{}", NOVA_INVALID_ARGUMENT, "/file: is required"},
      {R"({"file": 7})", NOVA_INVALID_ARGUMENT, "/file: must be a text, got 7"},
      {R"({"file": "x", "speed": 2})", NOVA_INVALID_ARGUMENT, "/speed: is not a known key"},
      {config(folder.file("none.csv")), NOVA_NOT_FOUND,
       "none.csv: cannot be opened: No such file or directory"},
      {config(bad), NOVA_INVALID_ARGUMENT, "bad.csv:2: value must be a number, got \"one\""},
      {nova::Json{{"file", good}, {"step", "-60s"}}.dump(), NOVA_INVALID_ARGUMENT,
       "/step: must be > 0s, got -60s"},
      {nova::Json{{"file", good}, {"step", "0"}}.dump(), NOVA_INVALID_ARGUMENT,
       "/step: must be > 0s, got 0"},
      {nova::Json{{"file", good}, {"step", "often"}}.dump(), NOVA_INVALID_ARGUMENT,
       "/step: must be a duration"},
  };
  for (const auto& [json, status, text] : cases) {
    FakeHost host;
    FakeComponent c(replay(), host, json);
    EXPECT_EQ(c.status, status) << json;
    EXPECT_NE(c.error().find(text), std::string::npos) << c.error();
    EXPECT_EQ(c.instance(), nullptr);
  }
}

TEST(ReplayPlugin, RefusesGridsThatCannotBe) {
  const nova_test::Folder folder;
  FakeHost host;
  FakeComponent c(replay(), host, config(folder.write("t.csv", "timestamp,value\n0,1\n60,2\n")));
  c.bind({"value"});
  std::vector<double> room(4);
  std::vector<std::int32_t> item(1);
  const std::uint64_t key = 0;
  const std::pair<std::int64_t, std::int64_t> grids[] = {
      {0, 0}, {0, -60}, {INT64_MIN, 60}, {INT64_MAX, 60}, {0, INT64_MAX}, {0, INT64_MIN}};
  for (const auto& [t0, step] : grids) {
    const nova_range io{sizeof io, 0, &key, 1, 4, t0, step, room.data(), 4, nullptr, item.data()};
    EXPECT_EQ(c.invoke(c.ops<nova_metrics_ops>().query_range, &io), NOVA_INVALID_ARGUMENT)
        << t0 << " " << step;
  }
}

}  // namespace metrics_replay_plugin_test
