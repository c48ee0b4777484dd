// What a tick of very many groups costs, and one group's whole analysis.
//
// big_tick PLUGIN_DIR [GROUPS] [POINTS]
// GROUPS (10 000) groups of four signals, one demand and three utilisations, each with POINTS
// (2016) forecast steps of history and a predictive policy with the regression plugin beside target
// tracking. After the history a quarter of an hour of ticks settles them (models are fitted, so
// many a tick), then ten ticks are timed: real and processor milliseconds of each part, and the
// peak of memory. Then one group that may buy any of AWS's offers in one region, spot and on
// demand, scales out: milliseconds a decision.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"

namespace {

using namespace nova;
using Clock = std::chrono::steady_clock;

constexpr Duration kStep = std::chrono::seconds(60);

std::vector<GroupSpec> make_groups(std::size_t n, std::size_t points) {
  std::vector<GroupSpec> all(n);
  for (std::size_t g = 0; g < n; ++g) {
    auto& group = all[g];
    group.id = "g" + std::to_string(g);
    group.max = 200;
    for (int s = 0; s < 4; ++s) {
      SignalSpec signal;
      signal.name = "s" + std::to_string(s);
      signal.role = s == 0 ? Role::demand : Role::utilisation;
      if (s == 0) signal.per_machine = 100;
      signal.key = 4 * g + static_cast<std::size_t>(s) + 1;
      group.signals.push_back(signal);
    }
    PredictiveSpec predictive;
    predictive.models = {"regression"};
    predictive.training_window = std::chrono::minutes(5) * static_cast<std::int64_t>(points);
    group.policies = {predictive, TargetTrackingSpec{"s0", {}}};
  }
  return all;
}

double load(std::size_t g, TimePoint t) {
  const auto minute = unix_ns(t) / 60'000'000'000;
  return 1000 +
         700 * std::sin(static_cast<double>(minute % 1440) / 229.2 + static_cast<double>(g)) +
         static_cast<double>((minute * 31 + static_cast<std::int64_t>(g) * 7) % 97);
}

// The `steps` steps that end at `now`.
TickInput input(TimePoint now, std::size_t n, std::int64_t steps) {
  TickInput tick{now, std::vector<GroupInput>(n)};
  for (std::size_t g = 0; g < n; ++g) {
    auto& group = tick.groups[g];
    group.first_end = now - kStep * (steps - 1);
    group.samples.resize(4);
    for (std::int64_t k = 0; k < steps; ++k) {
      const double x = load(g, group.first_end + kStep * k);
      for (std::size_t s = 0; s < 4; ++s) group.samples[s].push_back(s == 0 ? x : x / 3000);
    }
    group.fleet.known = true;
    group.fleet.rows.push_back({"", 16, 0, 16, 0, 0});
  }
  return tick;
}

double ms(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double, std::milli>(b - a).count();
}
double cpu_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// One group with a promise, and every offer that there is.
void analyse() {
  auto specs = make_groups(1, 2016);
  specs[0].cost = {"made"};
  PredictiveSpec promise;
  promise.confidence_threshold = 0;
  promise.promise = PromiseSpec{0.01, 1.0, false};
  specs[0].policies = {promise};
  specs[0].buying.spot = true;
  std::vector<PricedOffer> offers;
  for (int type = 0; type < 600; ++type)
    for (int zone = 0; zone < 2; ++zone)
      for (const bool spot : {false, true}) {
        PricedOffer o;
        o.machine_type = "t" + std::to_string(type);
        o.family = "f" + std::to_string(type / 12);
        o.zone = "z" + std::to_string(zone);
        o.region = "r";
        o.id = "aws/r/" + o.zone + "/" + o.machine_type + (spot ? "/spot" : "/on-demand");
        o.capacity = 0.5 + 0.25 * (type % 60);
        o.price = UsdPerHour::from_dollars(o.capacity * (0.1 + 1e-4 * (type * 37 % 101)) *
                                           (spot ? 0.4 : 1));
        if (spot) {
          o.purchase = Purchase::spot;
          o.interruption_month = 0.05 + 0.01 * (type % 13);
        }
        offers.push_back(o);
      }
  std::stable_sort(offers.begin(), offers.end(), [](const auto& a, const auto& b) {
    return std::pair(a.spot(), a.price.dollars() / a.capacity) <
           std::pair(b.spot(), b.price.dollars() / b.capacity);
  });
  const Menu menu(offers);
  Engine engine(std::move(specs), kStep);
  auto now = from_unix_ns(1'000'000'200'000'000'000);
  engine.observe(input(now, 1, 10080));
  double total = 0, worst = 0;
  int scaled = 0;
  for (int i = 0; i < 200; ++i) {
    now += kStep;
    auto tick = input(now, 1, 1);
    // Half of what is needed runs, of the first offer, so that every tick buys.
    tick.groups[0].fleet.rows = {{offers[0].id, 4, 0, 4, 0, 0}};
    const auto began = cpu_ms();
    engine.observe(tick);
    const auto round = engine.decide_all([&](std::size_t) -> const Menu& { return menu; });
    const double took = cpu_ms() - began;
    scaled += round.decisions[0].action != Action::hold;
    total += took;
    worst = std::max(worst, took);
  }
  std::printf(
      "one group, %zu offers: %.2f ms a decision, worst %.2f (processor), %d of 200 scaled\n",
      offers.size(), total / 200, worst, scaled);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("big_tick PLUGIN_DIR [GROUPS] [POINTS]\n", stderr), 2;
  const auto n = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 10'000);
  const auto points = argc > 3 ? std::atoi(argv[3]) : 2016;
  analyse();
  loader::PluginCatalogue catalogue({argv[1]});
  const auto found = catalogue.open("org.novacron.model.regression").value();
  auto instance =
      loader::Instance::create(loader::HostContext::make({}), found.library, *found.component, {})
          .value();
  loader::ModelClient client(*instance);
  ModelService models([&](const auto&, const auto&) { return &client; },
                      [](const auto&) { return Duration(std::chrono::minutes(30)); });
  Engine engine(make_groups(n, static_cast<std::size_t>(points)), kStep);
  std::vector<Menu> menus;
  for (const auto& spec : engine.specs()) menus.emplace_back(default_offers(spec));
  const auto menu_of = [&](std::size_t g) -> const Menu& { return menus[g]; };
  auto now = from_unix_ns(1'000'000'200'000'000'000);
  const auto began = Clock::now();
  constexpr std::int64_t kBlock = 360;
  for (std::int64_t left = 5ll * points; left > 0; left -= kBlock) {
    now += kStep * kBlock;
    engine.observe(input(now, n, kBlock));
    if (left % (kBlock * 4) == 0)
      std::fprintf(stderr, "history: %lld steps left\n", static_cast<long long>(left));
  }
  std::printf("%zu groups x 4 signals, %d points: history %.0f s, peak %.0f MB\n", n, points,
              ms(began, Clock::now()) / 1e3, peak_mb());
  double worst = 0, sum = 0;
  constexpr int kSettle = 215, kTimed = 10;  // 40 000 models at 1000 fits in each fifth tick
  for (int i = 0; i < kSettle + kTimed; ++i) {
    now += kStep;
    const auto tick = input(now, n, 1);
    const auto t0 = Clock::now();
    const double c0 = cpu_ms();
    engine.observe(tick);
    const auto t1 = Clock::now();
    const auto questions = engine.questions();
    for (auto rest = std::span(questions); !rest.empty();) {
      const auto some = rest.first(std::min(rest.size(), ModelService::kAtATime));
      for (const auto& answer : models.ask(some)) engine.answer(answer);
      rest = rest.subspan(some.size());
    }
    const auto t2 = Clock::now();
    const auto round = engine.decide_all(menu_of);
    const auto t3 = Clock::now();
    if (i % 40 == 0 || i >= kSettle)
      std::printf(
          "tick %d: observe %.0f, %zu questions %.0f, decide %.0f, all %.0f ms (processor %.0f)\n",
          i, ms(t0, t1), questions.size(), ms(t1, t2), ms(t2, t3), ms(t0, t3), cpu_ms() - c0);
    std::fflush(stdout);
    if (i < kSettle) continue;
    worst = std::max(worst, ms(t0, t3));
    sum += ms(t0, t3);
  }
  std::printf("settled: %.0f ms a tick, worst %.0f ms, peak %.0f MB\n", sum / kTimed, worst,
              peak_mb());
}
