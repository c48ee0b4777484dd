// Goal: a model of one series becomes a batch model that loses nothing: bad series stay alone,
// states follow keys and time, budgets and cancels hold. Method: models whose right answer is
// plain.
#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace {

constexpr double kNaN = nova::kNaN;

// Answers the last value; a negative one is a fault of its own kind.
struct Last {
  static constexpr auto id = "test.last", name = "Last", version = "1";
  void forecast(std::span<const double> y, std::span<double> out) const {
    if (y.back() < 0) throw nova::Error(NOVA_INVALID_ARGUMENT, "negative");
    if (y.back() == 666) throw std::bad_alloc();
    for (double& o : out) o = y.back();
  }
};

// Counts what it has seen: the answer h steps ahead is 100 * points + h, so a wrong gap shows.
struct Counter {
  static constexpr auto id = "test.counter", name = "Counter", version = "1";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_DETERMINISTIC;
  struct State {
    std::uint32_t points = 0, missing = 0;
    std::vector<std::uint32_t> seasons;
  };
  State fit(const nova::OneSeries& y) const {
    State s;
    observe(s, y);
    s.seasons.assign(y.seasons.begin(), y.seasons.end());
    if (y.values.back() == 666) throw nova::Error(NOVA_FAILED_PRECONDITION, "no");
    return s;
  }
  void observe(State& s, const nova::OneSeries& y) const {
    for (const double v : y.values) ++(std::isnan(v) ? s.missing : s.points);
  }
  void forecast(const State& s, nova::OneForecast& out) const {
    for (std::size_t h = 0; h < out.leads(); ++h) {
      out.mean(h) = 100.0 * s.points + out.ahead(h) + 0.01 * s.missing;
      for (std::size_t q = 0; q < out.levels().size(); ++q)
        out.quantile(q, h) = out.mean(h) - static_cast<double>(q);  // falling: to be mended
    }
  }
  void save(const State& s, nova::StateWriter& w) const { w.put(s.points), w.put(s.missing); }
  State load(nova::StateReader& r) const {
    State s;
    s.points = r.get<std::uint32_t>();
    s.missing = r.get<std::uint32_t>();
    return s;
  }
};
constexpr auto& kLast = nova::model_component<nova::per_series<Last>>;
constexpr auto& kCounter = nova::model_component<nova::per_series<Counter>>;

TEST(PerSeriesFunction, OneBadSeriesStaysAlone) {
  nova::FakeHost host;
  nova::FakeComponent c(kLast, host);
  const auto a = c.forecast({{1, 2, 3}, {1, 2, -3}, {1, 2, kNaN}, {1, 2, 666}, {7, 8, 9}}, 2);
  EXPECT_EQ(a.status, NOVA_OK);
  EXPECT_EQ(a.item_status,
            (std::vector<std::int32_t>{NOVA_OK, NOVA_INVALID_ARGUMENT, NOVA_FAILED_PRECONDITION,
                                       NOVA_RESOURCE_EXHAUSTED, NOVA_OK}));
  EXPECT_EQ(a.mean[4][1], 9);
  EXPECT_TRUE(std::isnan(a.mean[1][0]));
  EXPECT_TRUE(host.noted(1, "negative"));
  EXPECT_TRUE(host.noted(2, "no finite answer"));
}

TEST(PerSeriesFunction, QuantilesComeFromItsErrorsAtPastOrigins) {
  // Errors of the last value on +1 -1 +1 ... are 2 (odd leads) or 0: the mean square of lead 1
  // is 4.
  std::vector<double> y(60);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = t % 2 == 0 ? 10 : 8;
  nova::FakeHost host;
  nova::FakeComponent c(kLast, host);
  const auto a = c.forecast({y}, 3, {0.1, 0.5, 0.975});
  EXPECT_NEAR(a.quantiles[0][2][0], 8 + 1.959963984540054 * 2, 1e-12);
  EXPECT_EQ(a.quantiles[0][1][2], 8);
  EXPECT_GE(a.quantiles[0][2][1], a.quantiles[0][2][0]);  // never narrower farther out
  const auto few = c.forecast({{1, 2}}, 1, {0.5});
  EXPECT_EQ(few.item_status[0], NOVA_FAILED_PRECONDITION);  // nothing to judge the spread by
  EXPECT_EQ(c.forecast({{1, 2}}, 1).item_status[0], NOVA_OK);
}

TEST(PerSeriesFunction, UsesTheHostsPoolForLargeBatches) {
  nova::FakeHost host;
  nova::FakeComponent c(kLast, host);
  const auto a = c.forecast(nova::FakeComponent::Matrix(200, {1, 5}), 1);
  EXPECT_EQ(host.pool_parts, 4);
  for (const auto& m : a.mean) EXPECT_EQ(m[0], 5);
}

TEST(PerSeriesFunction, KnowsNothingAfterTheOrigin) {
  nova::FakeHost host;
  nova::FakeComponent c(kLast, host);
  const double values[] = {1, 2, 3, 4};
  nova_series_view y{};
  y.struct_size = sizeof y;
  y.series_count = 1, y.point_count = 4, y.values = values, y.series_stride = 4, y.time_stride = 1;
  y.t0_ns = 1000, y.step_ns = 10;
  double mean = 0;
  std::int32_t status = 0;
  nova_forecast io{};
  io.struct_size = sizeof io;
  io.history = &y, io.lead_count = 1, io.mean = &mean, io.mean_series_stride = 1;
  io.item_status = &status;
  for (const auto& [origin, want] :
       {std::pair<std::int64_t, double>{1030, 4}, {1020, 3}, {1029, 3}, {1000, 1}}) {
    io.origin_ns = origin;
    c.invoke(c.ops<nova_model_ops>().forecast, &io);
    EXPECT_EQ(mean, want) << origin;
  }
  io.origin_ns = 999;
  c.invoke(c.ops<nova_model_ops>().forecast, &io);
  EXPECT_EQ(status, NOVA_FAILED_PRECONDITION);
}

TEST(PerSeriesState, FlagsSayWhatItCan) {
  EXPECT_EQ(static_cast<const nova_model_ops*>(kCounter.ops)->flags,
            unsigned{NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC});
  EXPECT_EQ(static_cast<const nova_model_ops*>(kLast.ops)->fit, nullptr);
  EXPECT_NE(static_cast<const nova_model_ops*>(kCounter.ops)->observe, nullptr);
}

TEST(PerSeriesState, IsStatelessWithHistory) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  EXPECT_EQ(c.forecast({{1, 2, 3}, {1, kNaN, 3}}, 2).mean,
            (nova::FakeComponent::Matrix{{301, 302}, {201.01, 202.01}}));
  const auto a = c.forecast({{}}, 1);
  EXPECT_EQ(a.item_status[0], NOVA_FAILED_PRECONDITION);
}

TEST(PerSeriesState, FollowsTimeThroughFitObserveAndGaps) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  EXPECT_EQ(c.fit({{1, 2, 3}})[0], NOVA_OK);
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 301);  // no values: the state answers
  c.origin_ns += 2 * c.step_ns;
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 303);  // two steps were not seen: farther ahead
  EXPECT_EQ(c.observe({{4, 5}})[0], NOVA_OK);
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 501);
  EXPECT_EQ(c.observe({{4, 5}})[0], NOVA_OK);  // known already: skipped
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 501);
  c.origin_ns += 3 * c.step_ns;
  EXPECT_EQ(c.observe({{8}})[0], NOVA_OK);  // a hole of two before it counts as missing
  EXPECT_NEAR(c.forecast({{}}, 1).mean[0][0], 601.02, 1e-9);
}

TEST(PerSeriesState, CatchesUpFromTheHistoryOfTheCallWithoutKeepingIt) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  c.fit({{1, 2, 3}});
  c.origin_ns += c.step_ns;
  EXPECT_EQ(c.forecast({{1, 2, 3, 4}}, 1).mean[0][0], 401);
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 302);
}

TEST(PerSeriesState, AnEarlierOriginIsAnsweredFromHistoryOnly) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  c.fit({{1, 2, 3}});
  c.origin_ns -= c.step_ns;
  EXPECT_EQ(c.forecast({{}}, 1).item_status[0], NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(c.forecast({{1, 2}}, 1).mean[0][0], 201);
}

TEST(PerSeriesState, ObserveAndForgetByKey) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  EXPECT_EQ(c.observe({{1}})[0], NOVA_FAILED_PRECONDITION);
  c.fit({{1}, {1, 2}});
  c.forget({0});
  const auto a = c.forecast({{}, {}}, 1);
  EXPECT_EQ(a.item_status[0], NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(a.item_status[1], NOVA_OK);
}

TEST(PerSeriesState, AFailedFitKeepsTheFormerState) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  c.fit({{1, 2, 3}});
  EXPECT_EQ(c.fit({{666}})[0], NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(c.forecast({{}}, 1).mean[0][0], 301);
}

TEST(PerSeriesState, QuantilesNeverCross) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  const auto a = c.forecast({{1, 2}}, 1, {0.1, 0.5, 0.9});
  EXPECT_EQ(a.quantiles[0][0][0], 201);
  EXPECT_EQ(a.quantiles[0][2][0], 201);
}

TEST(PerSeriesState, SavesAndLoadsAllOrNothing) {
  nova::FakeHost host;
  nova::FakeComponent a(kCounter, host), b(kCounter, host);
  a.fit({{1, 2, 3}, {1, 2, 3}});
  const auto state = a.save();
  EXPECT_EQ(state, a.save());
  ASSERT_EQ(b.load(state), NOVA_OK);
  EXPECT_EQ(b.forecast({{}, {}}, 1).mean, a.forecast({{}, {}}, 1).mean);
  b.fit({{1}, {1}});
  auto damaged = state;
  damaged.back() ^= 1;
  EXPECT_EQ(b.load(damaged), NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(b.forecast({{}}, 1).mean[0][0], 101);
}

TEST(PerSeriesState, SavesTheKeysAskedFor) {
  nova::FakeHost host;
  nova::FakeComponent a(kCounter, host), b(kCounter, host);
  a.fit({{1}, {1, 2}, {1, 2, 3}});
  const std::uint64_t keys[] = {1, 99};
  std::string out;
  const auto w = nova::FakeComponent::writer(out);
  a.invoke(a.ops<nova_model_ops>().save, static_cast<const std::uint64_t*>(keys), std::uint64_t{2},
           &w);
  ASSERT_EQ(b.load(out), NOVA_OK);
  const auto got = b.forecast({{}, {}, {}}, 1);
  EXPECT_EQ(got.item_status, (std::vector<std::int32_t>{NOVA_FAILED_PRECONDITION, NOVA_OK,
                                                        NOVA_FAILED_PRECONDITION}));
}

TEST(PerSeriesState, CancelAndDeadlineStopTheBatch) {
  nova::FakeHost host;
  nova::FakeComponent c(kCounter, host);
  host.cancel_now = true;
  EXPECT_EQ(c.forecast({{1, 2}}, 1).status, NOVA_CANCELLED);
  host.cancel_now = false;
  host.deadline_passed = true;
  EXPECT_EQ(c.forecast({{1, 2}}, 1).status, NOVA_DEADLINE_EXCEEDED);
}

// Burns CPU time, so that a budget can run out.
struct Slow {
  static constexpr auto id = "test.slow", name = "Slow", version = "1";
  struct State {
    double value;
  };
  State fit(const nova::OneSeries& y) const {
    const auto end = nova::detail::thread_cpu_ns() + 2'000'000;
    while (nova::detail::thread_cpu_ns() < end) {
    }
    return {y.values.back()};
  }
  void forecast(const State& s, nova::OneForecast& out) const {
    for (double& m : out.means()) m = s.value;
  }
};

TEST(PerSeriesState, ABudgetIsSpentInOrderAndTheRestKeepsItsState) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::model_component<nova::per_series<Slow>>, host);
  c.fit({{1}, {1}, {1}});
  const std::uint64_t keys[] = {0, 1, 2};
  const double values[] = {2, 2, 2};
  std::int32_t status[] = {0, 0, 0};
  nova_series_view y{};
  y.struct_size = sizeof y;
  y.series_count = 3, y.point_count = 1, y.keys = keys, y.values = values, y.series_stride = 1;
  y.t0_ns = c.origin_ns, y.step_ns = c.step_ns;
  nova_fit io{};
  io.struct_size = sizeof io;
  io.history = &y, io.item_status = status;
  io.budget_ns = 1'000'000;  // less than one fit: the first is done, the others are not
  c.invoke(c.ops<nova_model_ops>().fit, &io);
  EXPECT_EQ(status[0], NOVA_OK);
  EXPECT_EQ(status[1], NOVA_DEADLINE_EXCEEDED);
  EXPECT_EQ(status[2], NOVA_DEADLINE_EXCEEDED);
  EXPECT_EQ(c.forecast({{}, {}, {}}, 1).mean, (nova::FakeComponent::Matrix{{2}, {1}, {1}}));
}

// Counts how often it was fitted from nothing and from what it knew.
struct Warm {
  static constexpr auto id = "org.novacron.test.warm", name = "Warm", version = "1";
  struct State {
    double fits = 0, refits = 0;
  };
  State fit(const nova::OneSeries& y) const { return {static_cast<double>(y.values.size()), 0}; }
  bool refit(State& s, const nova::OneSeries& y) const {
    s.refits += 1;
    if (y.values.back() == 666) throw nova::Error(NOVA_FAILED_PRECONDITION, "no");
    return y.values.back() != 555;
  }
  void forecast(const State& s, nova::OneForecast& out) const {
    for (std::size_t h = 0; h < out.leads(); ++h) out.mean(h) = 100 * s.refits + s.fits;
  }
};

// One call of fit with series 0 alone.
std::int32_t fit_with(nova::FakeComponent& c, std::uint32_t flags, std::vector<double> values,
                      std::int64_t step_ns, std::vector<std::uint32_t> seasons = {0}) {
  const std::uint64_t key = 0;
  std::int32_t status = 0;
  nova_series_view y{};
  y.struct_size = sizeof y;
  y.series_count = 1, y.point_count = values.size(), y.keys = &key, y.values = values.data();
  y.series_stride = static_cast<std::int64_t>(values.size()), y.time_stride = 1;
  y.step_ns = step_ns;
  y.t0_ns = c.origin_ns - step_ns * static_cast<std::int64_t>(values.size() - 1);
  nova_fit io{};
  io.struct_size = sizeof io;
  io.flags = flags, io.history = &y, io.item_status = &status;
  io.seasons = seasons.data(), io.season_count = seasons.size();
  c.invoke(c.ops<nova_model_ops>().fit, &io);
  return status;
}

TEST(PerSeriesState, AWarmFitStartsFromWhatIsKnown) {
  nova::FakeHost host;
  nova::FakeComponent c(nova::model_component<nova::per_series<Warm>>, host);
  const auto answer = [&] { return c.forecast({{}}, 1).mean[0][0]; };
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 2, 3}, c.step_ns), NOVA_OK);
  EXPECT_EQ(answer(), 3);  // nothing is known yet: an ordinary fit
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 2, 3, 4}, c.step_ns), NOVA_OK);
  EXPECT_EQ(answer(), 103);
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 666}, c.step_ns), NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(answer(), 103);  // the former state is kept as it was
  EXPECT_EQ(fit_with(c, 0, {1, 2}, c.step_ns), NOVA_OK);
  EXPECT_EQ(answer(), 2);  // not asked to be warm
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 2, 3}, 2 * c.step_ns), NOVA_OK);
  EXPECT_EQ(answer(), 3);  // another grid: what is known means nothing
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 2, 3, 4}, 2 * c.step_ns, {24}), NOVA_OK);
  EXPECT_EQ(answer(), 4);  // other seasons ask for another choice
  EXPECT_EQ(fit_with(c, NOVA_FIT_WARM, {1, 2, 555}, 2 * c.step_ns, {24}), NOVA_OK);
  EXPECT_EQ(answer(), 3);  // the model would rather begin anew
}

}  // namespace
