// Models: sizes, layouts, odd numbers, and what a forecast must look like.
#include <algorithm>
#include <cmath>
#include <limits>

#include "host/loader/verify/model_bench.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

constexpr double kInf = std::numeric_limits<double>::infinity();
// Layouts may change the order of a sum, not its worth.
constexpr double kRounding = 1e-9;

Ask plain(const Rig& rig, std::size_t n) { return {.rows = plain_rows(n, rig.setup.points)}; }

void plain_forecast(Rig& rig) { ModelBench(rig).answer(plain(rig, 3)); }

void empty_batch(Rig& rig) {
  ModelBench bench(rig);
  const auto got = bench.answer({.rows = {}});
  require(got.mean.empty(), "answered for no series");
}

void many_series(Rig& rig) {
  const auto points = std::min<std::size_t>(rig.setup.points, 336);
  ModelBench bench(rig);
  const auto rows = plain_rows(7, points);
  Ask ask;
  const auto n = many_series_for(rig, points);
  for (std::size_t s = 0; s < n; ++s) ask.rows.push_back(rows[s % rows.size()]);
  const auto got = bench.answer(ask);
  const auto one = ModelBench(rig).answer({.rows = {rows[3]}});
  const auto leads = ask.leads.size(), last = (n - 4) / 7 * 7 + 3;  // the last one like rows[3]
  for (std::size_t h = 0; h < leads; ++h)
    require(std::abs(got.mean[last * leads + h] - one.mean[h]) <= kRounding * std::abs(one.mean[h]),
            "series " + std::to_string(last) + " of " + std::to_string(n) +
                " is forecast otherwise than alone");
}

void quantiles_ascend(Rig& rig) {
  auto ask = plain(rig, 5);
  ask.levels = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
  ask.leads = {1, 6, 24, 100};
  const auto got = ModelBench(rig).answer(ask);
  const auto leads = ask.leads.size(), levels = ask.levels.size();
  for (std::size_t s = 0; s < ask.rows.size(); ++s)
    for (std::size_t h = 0; h < leads; ++h)
      for (std::size_t q = 1; q < levels; ++q)
        require(got.quantiles[(s * levels + q) * leads + h] >=
                    got.quantiles[(s * levels + q - 1) * leads + h],
                "quantile " + std::to_string(ask.levels[q]) + " of series " + std::to_string(s) +
                    " lies below the one of " + std::to_string(ask.levels[q - 1]));
}

void leads_are_honoured(Rig& rig) {
  auto ask = plain(rig, 2);
  ask.leads = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  ModelBench bench(rig);
  const auto all = bench.answer(ask);
  ask.leads = {1, 4, 11};
  const auto some = bench.answer(ask);
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t i = 0; i < 3; ++i)
      require(std::abs(some.mean[s * 3 + i] - all.mean[s * 12 + ask.leads[i] - 1]) <=
                  kRounding * std::abs(some.mean[s * 3 + i]),
              "the forecast of lead " + std::to_string(ask.leads[i]) +
                  " depends on which leads are asked for");
}

void null_outputs(Rig& rig) {
  auto ask = plain(rig, 2);
  ModelBench bench(rig);
  const auto both = bench.answer(ask);
  ask.mean = false;
  auto got = bench.answer(ask);
  got.mean = both.mean;
  require(difference(got, both, kRounding).empty(), "quantiles change when no mean is asked for");
  ask.mean = true;
  ask.levels.clear();
  got = bench.answer(ask);
  got.quantiles = both.quantiles;
  require(difference(got, both, kRounding).empty(),
          "the mean changes when no quantiles are asked for");
}

void strides(Rig& rig) {
  auto ask = plain(rig, 4);
  const auto wanted = ModelBench(rig).answer(ask);
  const std::pair<const char*, Layout> layouts[] = {
      {"rows with gaps between them", {.gap = 5}},
      {"time backwards (time_stride -1)", {.time_backwards = true}},
      {"series backwards (negative series_stride)", {.series_backwards = true}},
      {"columns (series_stride 1)", {.columns = true}},
      {"all of it backwards", {.gap = 3, .time_backwards = true, .series_backwards = true}}};
  for (const auto& [name, layout] : layouts) {
    ask.layout = layout;
    const auto got = ModelBench(rig).answer(ask);
    const auto why = difference(got, wanted, kRounding);
    require(why.empty(), std::string(name) + ": " + why);
  }
  ask.layout = {};
  ask.output_gap = 3;
  const auto why = difference(ModelBench(rig).answer(ask), wanted, kRounding);
  require(why.empty(), "gaps between output rows: " + why);
}

void lengths(Rig& rig) {
  auto ask = plain(rig, 3);
  const auto wanted = ModelBench(rig).answer({.rows = {ask.rows[1]}});
  // The others are longer, so row 1 gets invalid cells in front of its points.
  for (const std::size_t s : {std::size_t{0}, std::size_t{2}}) {
    auto longer = plain_rows(1, rig.setup.points + 24)[0];
    ask.rows[s] = longer;
  }
  const auto got = ModelBench(rig).answer(ask);
  for (std::size_t h = 0; h < ask.leads.size(); ++h)
    require(std::abs(got.mean[ask.leads.size() + h] - wanted.mean[h]) <=
                kRounding * std::abs(wanted.mean[h]),
            "points before the last `lengths` ones change the forecast");
}

// Anything but a crash and a lie: an item is answered with finite numbers, or says why not.
void odd_numbers(Rig& rig) {
  const auto m = rig.setup.points;
  auto holes = plain_rows(1, m)[0];
  for (std::size_t t = 0; t < m; t += 3) holes[t] = kNaN;
  auto late = plain_rows(1, m)[0];
  std::fill(late.begin(), late.end() - 2, kNaN);
  auto infinite = plain_rows(1, m)[0];
  infinite[m / 2] = kInf;
  infinite[m - 1] = -kInf;
  auto spike = plain_rows(1, m)[0];
  spike[m / 2] = 1e300;
  std::vector<double> alternating(m);
  for (std::size_t t = 0; t < m; ++t) alternating[t] = t % 2 ? 1e308 : -1e308;
  const std::pair<const char*, std::vector<double>> cases[] = {
      {"holes", holes},
      {"two points after a long gap", late},
      {"all missing", std::vector<double>(m, kNaN)},
      {"infinities", infinite},
      {"constant", std::vector<double>(m, 42.0)},
      {"zeros", std::vector<double>(m, 0.0)},
      {"huge", std::vector<double>(m, 1e300)},
      {"tiny", std::vector<double>(m, 1e-300)},
      {"a spike of 1e300", spike},
      {"alternating 1e308", alternating},
      {"negative", std::vector<double>(m, -5.0)},
      {"one point", {7.0}},
      {"two points", {7.0, 8.0}},
      {"no points", {}}};
  for (const auto& [name, row] : cases) {
    ModelBench bench(rig);
    Ask ask{.rows = {row}};
    (void)bench.learn(ask);
    const auto got = bench.forecast(ask);
    require(got.code == NOVA_OK, std::string(name) + ": the whole call failed with " +
                                     status_name(got.code) + "; one bad series is an item_status");
    if (got.status[0] != NOVA_OK) continue;
    for (const auto* out : {&got.mean, &got.quantiles})
      for (const double x : *out)
        require(std::isfinite(x),
                std::string(name) + ": said OK and answered " + std::to_string(x));
  }
}

void bad_series_alone(Rig& rig) {
  auto ask = plain(rig, 3);
  const auto wanted = ModelBench(rig).answer(ask);
  const auto m = rig.setup.points;
  for (const double bad : {kNaN, kInf, 1e308}) {
    ask.rows[1] = std::vector<double>(m, bad);
    ModelBench bench(rig);
    (void)bench.learn(ask);
    const auto got = bench.forecast(ask);
    require(got.code == NOVA_OK,
            "one bad series made the whole call fail with " + status_name(got.code));
    for (const std::size_t s : {std::size_t{0}, std::size_t{2}}) {
      require(got.status[s] == NOVA_OK, "one bad series made a good one fail");
      for (std::size_t h = 0; h < ask.leads.size(); ++h)
        require(
            std::abs(got.mean[s * ask.leads.size() + h] - wanted.mean[s * ask.leads.size() + h]) <=
                kRounding * std::abs(wanted.mean[s * ask.leads.size() + h]),
            "one bad series changes the forecast of another");
    }
  }
}

void deterministic(Rig& rig) {
  const auto ask = plain(rig, 3);
  if (!(rig.info.ops_flags & NOVA_MODEL_DETERMINISTIC))
    throw Skipped{"not flagged NOVA_MODEL_DETERMINISTIC"};
  const auto first = ModelBench(rig).answer(ask);
  ModelBench bench(rig);
  const auto again = bench.answer(ask), third = bench.forecast(ask);
  for (const auto* other : {&again, &third}) {
    const auto why = difference(first, *other);
    require(why.empty(), "same input and seed, other bits: " + why);
  }
}

void stateless(Rig& rig) {
  if (!(rig.info.ops_flags & NOVA_MODEL_STATELESS))
    throw Skipped{"not flagged NOVA_MODEL_STATELESS"};
  const auto ask = plain(rig, 2);
  const auto wanted = ModelBench(rig).forecast(ask);
  ModelBench other(rig);
  (void)other.forecast({.rows = plain_rows(5, rig.setup.points / 2)});
  const auto why = difference(wanted, other.forecast(ask), kRounding);
  require(why.empty(), "what was forecast before changes the forecast: " + why);
}

void observe(Rig& rig) {
  const auto m = rig.setup.points, extra = std::size_t{24};
  const auto rows = plain_rows(2, m + extra);
  Ask first, full{.rows = rows};
  Rows fresh;
  for (const auto& row : rows) {
    first.rows.emplace_back(row.begin(), row.end() - static_cast<std::ptrdiff_t>(extra));
    fresh.emplace_back(row.end() - static_cast<std::ptrdiff_t>(extra), row.end());
  }
  ModelBench bench(rig);
  if (!bench.ops().observe) throw Skipped{"no observe"};
  (void)bench.learn(first);
  for (const auto status : bench.observe(fresh, static_cast<std::int64_t>(m)))
    require(status == NOVA_OK, "observe of clean points answered " + status_name(status));
  const auto once = bench.forecast(full);
  for (const auto status : bench.observe(fresh, static_cast<std::int64_t>(m)))
    require(status == NOVA_OK, "observe of known points answered " + status_name(status));
  const auto why = difference(once, bench.forecast(full), kRounding);
  require(why.empty(), "points observed twice count twice: " + why);
}

constexpr Check kModelChecks[] = {
    {"plain-forecast", Kind::model, "clean series are forecast with finite numbers",
     plain_forecast},
    {"empty-batch", Kind::model, "no series at all is a legal call", empty_batch},
    {"many-series", Kind::model, "thousands of series in one call, each as if alone", many_series},
    {"quantiles-ascend", Kind::model, "quantiles never fall as the level rises", quantiles_ascend},
    {"leads", Kind::model, "a lead's forecast is the same whichever leads are asked",
     leads_are_honoured},
    {"null-outputs", Kind::model, "mean or quantiles may be null", null_outputs},
    {"strides", Kind::model, "any stride, also negative, gives the same forecast", strides},
    {"lengths", Kind::model, "only the last `lengths` points count", lengths},
    {"odd-numbers", Kind::model, "NaN, infinite, constant, huge, short: finite or refused",
     odd_numbers},
    {"bad-series-alone", Kind::model, "one bad series never costs the others", bad_series_alone},
    {"deterministic", Kind::model, "if flagged: same input and seed, same bits", deterministic},
    {"stateless", Kind::model, "if flagged: the past calls do not matter", stateless},
    {"observe", Kind::model, "points that are known already are skipped", observe},
};

}  // namespace

std::span<const Check> model_checks() { return kModelChecks; }

}  // namespace nova::verify
