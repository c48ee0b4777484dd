// What a tick of very many groups costs, and one group's whole analysis.
//
// big_tick PLUGIN_DIR [GROUPS] [POINTS] [WATCHED]
// GROUPS (10 000) groups of four signals: one demand, WATCHED (3) that are only watched, and
// utilisations; each with POINTS (2016) forecast steps of history and a predictive policy with the
// regression plugin beside target tracking. After the history a quarter of an hour of ticks settles
// them (models are fitted, so many a tick), then ten ticks are timed: real and processor
// milliseconds of each part, and the peak of memory. Then one group that may buy any of AWS's
// offers in one region, spot and on demand, scales out: milliseconds a decision.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/bench/many.hpp"

namespace {

using namespace nova;
using many::kStep;
using Clock = std::chrono::steady_clock;

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
  const many::Shape shape{.utilisations = 3};
  auto specs = many::specs(shape);
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
  engine.observe(many::input(now, shape, 10080));
  double total = 0, worst = 0;
  int scaled = 0;
  for (int i = 0; i < 200; ++i) {
    now += kStep;
    auto tick = many::input(now, shape);
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
  if (argc < 2) return std::fputs("big_tick PLUGIN_DIR [GROUPS] [POINTS] [WATCHED]\n", stderr), 2;
  const auto number = [&](int at, int otherwise) {
    return static_cast<std::size_t>(argc > at ? std::atoi(argv[at]) : otherwise);
  };
  many::Shape shape{.groups = number(2, 10'000), .watched = std::min(number(4, 3), std::size_t{3})};
  shape.utilisations = 3 - shape.watched;
  shape.points = static_cast<std::int64_t>(number(3, 2016));
  analyse();
  many::Regression models(argv[1]);
  Engine engine(many::specs(shape), kStep);
  const auto menus = many::menus(engine);
  const auto menu_of = [&](std::size_t g) -> const Menu& { return menus[g]; };
  auto now = from_unix_ns(1'000'000'200'000'000'000);
  const double began = cpu_ms();
  constexpr std::int64_t kBlock = 360;
  for (std::int64_t left = 5 * shape.points; left > 0; left -= kBlock) {
    now += kStep * kBlock;
    engine.observe(many::input(now, shape, kBlock));
  }
  std::printf(
      "%zu groups, %zu signals forecast and %zu watched in each, %lld points: history %.0f s"
      " (processor), peak %.0f MB\n",
      shape.groups, 1 + shape.utilisations, shape.watched, static_cast<long long>(shape.points),
      (cpu_ms() - began) / 1e3, peak_mb());
  double worst = 0, sum = 0, cpu_worst = 0, cpu_sum = 0;
  // A thousand models are fitted a tick, ten thousand forecasts made.
  const int settle = static_cast<int>(shape.groups * (1 + shape.utilisations) / 200) + 15;
  constexpr int kTimed = 10;
  for (int i = 0; i < settle + kTimed; ++i) {
    now += kStep;
    const auto tick = many::input(now, shape);
    const auto t0 = Clock::now();
    const double c0 = cpu_ms();
    engine.observe(tick);
    const auto t1 = Clock::now();
    const auto questions = engine.questions();
    models.answer(engine, questions);
    const auto t2 = Clock::now();
    const auto round = engine.decide_all(menu_of);
    const auto t3 = Clock::now();
    const double cpu = cpu_ms() - c0;
    if (i % 40 == 0 || i >= settle)
      std::printf(
          "tick %d: observe %.0f, %zu questions %.0f, decide %.0f, all %.0f ms (processor %.0f)\n",
          i, ms(t0, t1), questions.size(), ms(t1, t2), ms(t2, t3), ms(t0, t3), cpu);
    std::fflush(stdout);
    if (i < settle) continue;
    worst = std::max(worst, ms(t0, t3));
    sum += ms(t0, t3);
    cpu_worst = std::max(cpu_worst, cpu);
    cpu_sum += cpu;
  }
  std::printf("settled: %.0f ms a tick, worst %.0f ms (processor %.0f, %.0f), peak %.0f MB\n",
              sum / kTimed, worst, cpu_sum / kTimed, cpu_worst, peak_mb());
}
