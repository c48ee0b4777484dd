// Goal: views read what the contract says, whatever the strides, lengths and struct sizes, and
// write nowhere else. Method: small arrays with hand-placed values; sentinels around every output.
#include <gtest/gtest.h>

#include <novascale.hpp>
#include <novascale/eigen.hpp>
#include <numeric>

namespace {

nova_call plain_call() {
  nova_call c{};
  c.struct_size = sizeof c;
  return c;
}

// 2 series x 3 points: 0 1 2 / 10 11 12, laid out in the order that the strides say.
struct Layout {
  const char* name;
  std::int64_t series_stride, time_stride, offset;
  std::vector<double> memory;
};

std::vector<Layout> layouts() {
  return {{"rows", 3, 1, 0, {0, 1, 2, 10, 11, 12}},
          {"rows with a gap", 4, 1, 0, {0, 1, 2, -1, 10, 11, 12, -1}},
          {"columns", 1, 2, 0, {0, 10, 1, 11, 2, 12}},
          {"time backwards", 3, -1, 2, {2, 1, 0, 12, 11, 10}},
          {"series backwards", -3, 1, 3, {10, 11, 12, 0, 1, 2}},
          {"both backwards", -3, -1, 5, {12, 11, 10, 2, 1, 0}}};
}

nova_series_view view_of(const Layout& l) {
  nova_series_view v{};
  v.struct_size = sizeof v;
  v.series_count = 2, v.point_count = 3;
  v.values = l.memory.data() + l.offset;
  v.series_stride = l.series_stride, v.time_stride = l.time_stride;
  v.t0_ns = 1000, v.step_ns = 60;
  return v;
}

TEST(Series, ReadsEveryLayoutAlike) {
  for (const auto& l : layouts()) {
    const auto v = view_of(l);
    const nova::Series y(&v);
    std::vector<double> scratch;
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t t = 0; t < 3; ++t)
        EXPECT_EQ(y.at(s, t), static_cast<double>(10 * s + t)) << l.name;
      const auto row = y.row(s, scratch);
      ASSERT_EQ(row.size(), 3u) << l.name;
      for (std::size_t t = 0; t < 3; ++t) EXPECT_EQ(row[t], y.at(s, t)) << l.name;
      const auto column = nova::vector(y, s);
      for (int t = 0; t < 3; ++t) EXPECT_EQ(column[t], 10.0 * static_cast<double>(s) + t) << l.name;
    }
    const auto m = nova::matrix(y);
    EXPECT_EQ(m.rows(), 2) << l.name;
    EXPECT_EQ(m(1, 2), 12) << l.name;
    EXPECT_EQ(m.sum(), 36) << l.name;
  }
}

TEST(Series, ValidPointsAreTheLastOnes) {
  for (const auto& l : layouts()) {
    auto v = view_of(l);
    const std::uint32_t lengths[] = {2, 0};
    v.lengths = lengths;
    const nova::Series y(&v);
    std::vector<double> scratch;
    EXPECT_TRUE(std::isnan(y.at(0, 0))) << l.name;
    EXPECT_EQ(y.at(0, 1), 1) << l.name;
    EXPECT_EQ(y.row(0, scratch).front(), 1) << l.name;
    EXPECT_EQ(y.row(0, scratch).size(), 2u) << l.name;
    EXPECT_TRUE(y.row(1, scratch).empty()) << l.name;
    EXPECT_EQ(nova::vector(y, 0).size(), 2) << l.name;
    EXPECT_EQ(nova::vector(y, 1).size(), 0) << l.name;
  }
}

TEST(Series, TimesComeFromTheGridOrTheRow) {
  auto v = view_of(layouts()[0]);
  EXPECT_EQ(nova::Series(&v).time_ns(1, 2), 1120);
  const std::int64_t times[] = {1, 5, 9};
  v.times_ns = times;  // one row for all
  EXPECT_EQ(nova::Series(&v).time_ns(1, 2), 9);
  EXPECT_FALSE(nova::Series(&v).regular());
}

TEST(Series, AShorterStructMeansAbsentFields) {
  const auto all = layouts();
  auto v = view_of(all[0]);
  const std::uint32_t lengths[] = {1, 1};
  v.lengths = lengths;
  v.struct_size = offsetof(nova_series_view, lengths);  // its writer never heard of lengths
  EXPECT_EQ(nova::Series(&v).length(0), 3u);
  v.struct_size = offsetof(nova_series_view, values);
  EXPECT_FALSE(nova::Series(&v).has_values());
  EXPECT_EQ(nova::Series(&v).count(), 2u);
  EXPECT_EQ(nova::Series(nullptr).count(), 0u);
}

TEST(Series, ALongerStructIsNoProblem) {
  struct Newer {
    nova_series_view v;
    std::uint64_t more[4];
  };
  const auto all = layouts();  // the view points into it
  Newer newer{view_of(all[0]), {1, 2, 3, 4}};
  newer.v.struct_size = sizeof newer;
  EXPECT_EQ(nova::Series(&newer.v).at(1, 1), 11);
}

// ---- outputs -----------------------------------------------------------------------------------

struct Outputs {
  // 2 series, 2 levels, 3 leads, with room that nobody may touch between and around.
  static constexpr double kSentinel = -7777;
  std::vector<double> mean = std::vector<double>(40, kSentinel);
  std::vector<double> quantiles = std::vector<double>(80, kSentinel);
  std::vector<std::int32_t> status = std::vector<std::int32_t>(4, 99);
  double levels[2] = {0.1, 0.9};
  nova_series_view history{};
  nova_forecast io{};

  Outputs() {
    history.struct_size = sizeof history;
    history.series_count = 2;
    io.struct_size = sizeof io;
    io.history = &history;
    io.lead_count = 3;
    io.levels = levels, io.level_count = 2;
    io.mean = mean.data() + 25, io.mean_series_stride = -10;  // the second series lies before
    io.quantiles = quantiles.data() + 40, io.q_series_stride = -20, io.q_level_stride = 7;
    io.item_status = status.data() + 1;
  }
  static std::size_t touched(const std::vector<double>& v) {
    return static_cast<std::size_t>(
        std::count_if(v.begin(), v.end(), [](double x) { return x != kSentinel; }));
  }
};

TEST(Forecast, WritesOnlyItsOwnPlaces) {
  Outputs o;
  const auto call = plain_call();
  nova::Forecast f(call, o.io);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t h = 0; h < 3; ++h) {
      f.mean(s, h) = 1;
      for (std::size_t q = 0; q < 2; ++q) f.quantile(s, q, h) = 2;
    }
    f.ok(s);
  }
  EXPECT_EQ(Outputs::touched(o.mean), 6u);
  EXPECT_EQ(o.mean[25], 1);
  EXPECT_EQ(o.mean[17], 1);
  EXPECT_EQ(Outputs::touched(o.quantiles), 12u);
  EXPECT_EQ(o.quantiles[40 - 20 + 7 + 2], 2);
  EXPECT_EQ(o.status, (std::vector<std::int32_t>{99, 0, 0, 99}));
  const auto eigen = nova::quantiles(f, 1);
  EXPECT_EQ(eigen.sum(), 12);
  EXPECT_EQ(nova::mean(f).sum(), 6);
}

TEST(Forecast, AnAnswerThatIsNotFiniteIsTakenBack) {
  for (const double bad : {nova::kNaN, HUGE_VAL, -HUGE_VAL}) {
    Outputs o;
    const auto call = plain_call();
    nova::Forecast f(call, o.io);
    for (std::size_t h = 0; h < 3; ++h) {
      f.mean(0, h) = 1;
      for (std::size_t q = 0; q < 2; ++q) f.quantile(0, q, h) = 2;
    }
    f.quantile(0, 1, 2) = bad;
    f.ok(0);
    EXPECT_EQ(o.status[1], NOVA_FAILED_PRECONDITION);
    EXPECT_TRUE(std::isnan(f.mean(0, 0)));
  }
}

TEST(Forecast, MeanAndQuantilesMayBeLeftOut) {
  Outputs o;
  o.io.mean = nullptr;
  o.io.quantiles = nullptr;
  const auto call = plain_call();
  nova::Forecast f(call, o.io);
  EXPECT_TRUE(f.levels().empty());
  f.mean(1, 2) = 5;  // kept for the author, given to nobody
  EXPECT_EQ(f.mean(1, 2), 5);
  EXPECT_EQ(Outputs::touched(o.mean), 0u);
}

TEST(Forecast, LeadsCountFromOneWhenNoneAreNamed) {
  Outputs o;
  const auto call = plain_call();
  EXPECT_EQ(nova::Forecast(call, o.io).lead(2), 3u);
  const std::uint32_t leads[] = {1, 4, 11};
  o.io.leads = leads;
  EXPECT_EQ(nova::Forecast(call, o.io).lead(2), 11u);
}

TEST(Forecast, AnOlderCallerHasNoItemStatus) {
  Outputs o;
  o.io.struct_size = offsetof(nova_forecast, item_status);
  const auto call = plain_call();
  nova::Forecast f(call, o.io);
  f.ok(0);
  f.fail(1, NOVA_NOT_FOUND, "x");
  EXPECT_EQ(o.status, (std::vector<std::int32_t>(4, 99)));
}

TEST(Call, StopsByExceptionOnCancelAndDeadline) {
  auto c = plain_call();
  EXPECT_NO_THROW(nova::Call(c).check());
  std::int32_t word = 0;
  c.cancel = &word;
  EXPECT_NO_THROW(nova::Call(c).check());
  word = 1;
  try {
    nova::Call(c).check();
    FAIL();
  } catch (const nova::Error& e) {
    EXPECT_EQ(e.status(), NOVA_CANCELLED);
  }
  word = 0;
  c.deadline_ns = nova::Call::monotonic_ns() - 1;
  try {
    nova::Call(c).check();
    FAIL();
  } catch (const nova::Error& e) {
    EXPECT_EQ(e.status(), NOVA_DEADLINE_EXCEEDED);
  }
  c.deadline_ns = nova::Call::monotonic_ns() + 3'600'000'000'000;
  EXPECT_NO_THROW(nova::Call(c).check());
  c.struct_size = offsetof(nova_call, deadline_ns);  // an older caller knows neither
  word = 1;
  EXPECT_NO_THROW(nova::Call(c).check());
}

}  // namespace
