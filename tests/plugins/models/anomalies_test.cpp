// Goal: whatever a metric does, a model answers sensibly or says why not, for that series alone.
// Method: every odd history between two healthy ones, through the contract: a finite, ordered
// forecast near what was seen, or an item status with a message and no numbers; the neighbours'
// answers are those they get without it.
#include <cmath>
#include <random>

#include "tests/plugins/models/library.hpp"

namespace models_anomalies_test {

constexpr double kNaN = nova::kNaN, kHuge = 1.7e308;
constexpr std::size_t kLeads = 40;
using Matrix = nova::FakeComponent::Matrix;
using Anomalies = nova::library::EveryModel;
INSTANTIATE_TEST_SUITE_P(All, Anomalies, ::testing::ValuesIn(nova::library::kModels),
                         nova::library::name_of);
const std::vector<double> kLevels{0.025, 0.1, 0.5, 0.9, 0.975};

std::vector<double> healthy(std::uint64_t seed, std::size_t n = 200) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  std::vector<double> y(n);
  for (std::size_t t = 0; t < n; ++t)
    y[t] = 50 + 10 * std::sin(2 * M_PI * static_cast<double>(t) / 12) + noise(random);
  return y;
}
template <class Change>
std::vector<double> changed(Change change, std::size_t n = 200) {
  auto y = healthy(7, n);
  for (std::size_t t = 0; t < n; ++t) change(t, y[t]);
  return y;
}

enum Want { answer, refusal, either };
struct Case {
  const char* name;
  Want want;
  std::vector<double> y;
};

std::vector<Case> cases() {
  std::mt19937_64 random{11};
  const auto every = [](double value) { return std::vector<double>(200, value); };
  return {
      {"constant", answer, every(4)},
      {"all zeros", answer, every(0)},
      {"negative", answer, changed([](std::size_t, double& y) { y = -y; })},
      {"constant 1e300", answer, every(1e300)},
      {"around 1e300", answer, changed([](std::size_t, double& y) { y *= 1e298; })},
      {"1e300 of both signs", answer,
       changed([](std::size_t t, double& y) { y = t % 3 ? 1e300 : -1e300; })},
      {"1e-300", answer, changed([](std::size_t, double& y) { y *= 1e-302; })},
      {"largest doubles", either,
       changed([](std::size_t t, double& y) { y = t % 2 ? kHuge : -kHuge; })},
      {"small noise on a high level", answer,
       changed([](std::size_t, double& y) { y = 1e9 + 1e-3 * y; })},
      {"gaps", answer, changed([](std::size_t t, double& y) { y = t % 40 < 9 ? kNaN : y; })},
      {"half missing", answer,
       changed([&](std::size_t, double& y) { y = random() % 2 ? kNaN : y; })},
      {"every second missing", answer,
       changed([](std::size_t t, double& y) { y = t % 2 ? kNaN : y; })},
      {"one phase of the season missing", answer,
       changed([](std::size_t t, double& y) { y = t % 12 == 3 ? kNaN : y; })},
      {"0.1 % there", answer,
       changed([](std::size_t t, double& y) { y = t % 1000 == 500 ? y : kNaN; }, 3000)},
      {"unequal steps, as they lie on a grid", answer,
       changed([&, next = std::size_t{0}](std::size_t t, double& y) mutable {
         if (t != next)
           y = kNaN;
         else
           next += 1 + random() % 5;
       })},
      {"missing at the end", answer,
       changed([](std::size_t t, double& y) { y = t >= 150 ? kNaN : y; })},
      {"missing at the start", answer,
       changed([](std::size_t t, double& y) { y = t < 150 ? kNaN : y; })},
      {"infinite points", answer, changed([](std::size_t t, double& y) {
         y = t % 50 == 7 ? HUGE_VAL : t % 50 == 9 ? -HUGE_VAL : y;
       })},
      {"level shift", answer, changed([](std::size_t t, double& y) { y += t >= 120 ? 500 : 0; })},
      {"level shift just now", answer,
       changed([](std::size_t t, double& y) { y += t >= 198 ? 500 : 0; })},
      {"spikes", answer, changed([](std::size_t t, double& y) { y *= t % 61 == 17 ? 100 : 1; })},
      {"a spike as the last point", answer,
       changed([](std::size_t t, double& y) { y *= t == 199 ? 100 : 1; })},
      {"mostly zeros", answer, changed([](std::size_t t, double& y) { y = t % 37 == 5 ? y : 0; })},
      {"zeros, then load", answer, changed([](std::size_t t, double& y) { y = t < 150 ? 0 : y; })},
      {"whole numbers of two values", answer,
       changed([](std::size_t t, double& y) { y = t % 12 < 6 ? 1 : 2; })},
      {"two points", answer, {1, 2}},
      {"three points", answer, {1, 2, 1}},
      {"less than a season", answer, healthy(7, 11)},
      {"one season", answer, healthy(7, 12)},
      {"two seasons less a point", answer, healthy(7, 23)},
      {"two seasons", answer, healthy(7, 24)},
      {"one point", refusal, {7}},
      {"one point among missing", refusal,
       changed([](std::size_t t, double& y) { y = t == 90 ? y : kNaN; })},
      {"all missing", refusal, every(kNaN)}};
}

// The answer to series s is a forecast, or no forecast and a reason.
void expect_sensible(const nova::FakeComponent::Answer& a, std::size_t s, const Case& c,
                     const nova::FakeHost& host) {
  const bool ok = a.item_status[s] == NOVA_OK;
  EXPECT_TRUE(c.want == either || ok == (c.want == answer)) << c.name;
  if (!ok) {
    EXPECT_TRUE(host.noted(s, "")) << c.name << ": refused without a word";
    for (const double y : a.mean[s]) EXPECT_TRUE(std::isnan(y)) << c.name;
    return;
  }
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double y : c.y)
    if (std::isfinite(y)) low = std::min(low, y), high = std::max(high, y);
  // Near: within three times the range seen; trends of a few points may run on for 40 steps.
  const double room = (c.y.size() < 30 ? 50 : 3) * (high / 2 - low / 2) * 2 +
                      1e-9 * std::max(std::fabs(low), std::fabs(high));
  for (std::size_t h = 0; h < kLeads; ++h) {
    EXPECT_TRUE(std::isfinite(a.mean[s][h])) << c.name << " lead " << h + 1;
    EXPECT_GE(a.mean[s][h], low - room) << c.name << " lead " << h + 1;
    EXPECT_LE(a.mean[s][h], high + room) << c.name << " lead " << h + 1;
    for (std::size_t q = 0; q < kLevels.size(); ++q) {
      EXPECT_TRUE(std::isfinite(a.quantiles[s][q][h])) << c.name;
      EXPECT_LE(a.quantiles[s][q == 0 ? 0 : q - 1][h], a.quantiles[s][q][h]) << c.name;
    }
  }
}

TEST_P(Anomalies, AreAnsweredSensiblyAndAlone) {
  for (const auto& c : cases()) {
    const Matrix history{healthy(1, c.y.size()), c.y, healthy(2, c.y.size())};
    const Matrix none(3);
    nova::FakeHost quiet;
    nova::FakeComponent with(model(), quiet), without(model(), host);
    const auto fitted = with.fit(history, {12});
    auto a = with.forecast(none, kLeads, kLevels);
    if (fitted[1] != NOVA_OK) a.item_status[1] = fitted[1];
    EXPECT_EQ(a.status, NOVA_OK) << c.name;
    expect_sensible(a, 1, c, quiet);
    without.fit({history[0], history[0], history[2]}, {12});
    const auto b = without.forecast(none, kLeads, kLevels);
    for (const std::size_t s : {0u, 2u}) {
      EXPECT_EQ(a.item_status[s], b.item_status[s]) << c.name;
      if (a.item_status[s] != NOVA_OK) continue;  // one healthy point is no more than an odd one
      EXPECT_EQ(a.mean[s], b.mean[s]) << c.name;
      EXPECT_EQ(a.quantiles[s], b.quantiles[s]) << c.name;
    }
  }
}

TEST_P(Anomalies, AreAnsweredSensiblyWithoutAFit) {
  for (const auto& c : cases()) {
    nova::FakeHost quiet;
    nova::FakeComponent component(model(), quiet);
    expect_sensible(component.forecast({healthy(1, c.y.size()), c.y}, kLeads, kLevels), 1, c,
                    quiet);
  }
}

TEST_P(Anomalies, OfOnePointOnlyTheSpreadIsUnknown) {
  nova::FakeComponent c(model(), host);
  EXPECT_EQ(c.forecast({{7}}, 3).mean[0], (std::vector<double>{7, 7, 7}));
  EXPECT_EQ(c.forecast({{kNaN, 7, kNaN}}, 3).mean[0], (std::vector<double>{7, 7, 7}));
}

TEST_P(Anomalies, AnEmptyHistoryIsRefused) {
  nova::FakeComponent c(model(), host);
  const auto a = c.forecast({{}}, 3);
  EXPECT_EQ(a.status, NOVA_OK);
  EXPECT_EQ(a.item_status[0], NOVA_FAILED_PRECONDITION);
}

TEST_P(Anomalies, AmongNewPointsDoNotPoisonTheState) {
  const std::pair<const char*, std::vector<double>> cases[] = {
      {"missing", std::vector<double>(30, kNaN)},
      {"infinite", {HUGE_VAL, -HUGE_VAL, HUGE_VAL}},
      {"zero", {0, 0, 0}},
      {"negative", {-50, -50}},
      {"huge", {1e300, 50, -1e300}}};
  for (const auto& [name, points] : cases) {
    nova::FakeComponent c(model(), host);
    c.fit({healthy(3)}, {12});
    c.origin_ns += static_cast<std::int64_t>(points.size()) * c.step_ns;
    c.observe({points});
    const auto a = c.forecast({{}}, kLeads, kLevels);
    if (a.item_status[0] != NOVA_OK) {
      EXPECT_TRUE(host.noted(0, "")) << name;
      continue;
    }
    for (std::size_t h = 0; h < kLeads; ++h) {
      EXPECT_TRUE(std::isfinite(a.mean[0][h])) << name;
      for (std::size_t q = 1; q < kLevels.size(); ++q)
        EXPECT_LE(a.quantiles[0][q - 1][h], a.quantiles[0][q][h]) << name;
    }
    // Healthy points bring it back.
    c.origin_ns += 60 * c.step_ns;
    c.observe({healthy(4, 60)});
    const auto b = c.forecast({{}}, kLeads, kLevels);
    EXPECT_EQ(b.item_status[0], NOVA_OK) << name;
  }
}

}  // namespace models_anomalies_test
