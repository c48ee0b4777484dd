#include "host/loader/verify/model_bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

namespace nova::verify {
namespace {

constexpr double kPoison = -7.7e77;      // where no number counts
constexpr double kSentinel = 123456.75;  // where nothing may be written

std::size_t longest(const Rows& rows) {
  std::size_t m = 0;
  for (const auto& row : rows) m = std::max(m, row.size());
  return m;
}

std::vector<std::uint64_t> keys_from(std::uint64_t first, std::size_t n) {
  std::vector<std::uint64_t> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i] = first + i;
  return keys;
}

bool ragged(const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row.size() != rows.front().size(); });
}

}  // namespace

Sheet::Sheet(const Rows& rows, const Layout& layout, std::uint64_t first_key)
    : n_(rows.size()),
      m_(longest(rows)),
      keys_("history.keys", keys_from(first_key, n_), layout.edge),
      values_("history.values",
              n_ == 0          ? 0
              : layout.columns ? n_ * m_
                               : n_ * m_ + (n_ - 1) * layout.gap,
              kPoison, layout.edge),
      lengths_("history.lengths", ragged(rows) ? n_ : 0, 0u, layout.edge),
      view_("history", 1, nova_series_view{}) {
  const auto row_cells = static_cast<std::int64_t>(m_ + layout.gap);
  std::int64_t series = layout.columns ? 1 : row_cells;
  std::int64_t time = layout.columns ? static_cast<std::int64_t>(n_) : 1;
  const double* base = values_.data();
  if (layout.series_backwards && n_)
    base += static_cast<std::int64_t>(n_ - 1) * series, series = -series;
  if (layout.time_backwards && m_) base += static_cast<std::int64_t>(m_ - 1) * time, time = -time;
  for (std::size_t s = 0; s < n_; ++s) {
    const auto& row = rows[s];
    const auto skipped = m_ - row.size();  // valid points are the last ones
    for (std::size_t t = 0; t < row.size(); ++t)
      const_cast<double*>(base)[static_cast<std::int64_t>(s) * series +
                                static_cast<std::int64_t>(t + skipped) * time] = row[t];
    if (lengths_.size()) lengths_[s] = static_cast<std::uint32_t>(row.size());
  }
  auto& view = view_[0];
  view.struct_size = sizeof view;
  view.series_count = n_;
  view.point_count = m_;
  view.keys = keys_.data();
  view.values = base;
  view.series_stride = series;
  view.time_stride = time;
  view.t0_ns = 1'699'000'200'000'000'000 / ModelBench::kStepNs * ModelBench::kStepNs;
  view.step_ns = ModelBench::kStepNs;
  view.lengths = lengths_.size() ? lengths_.data() : nullptr;
  values_.seal();
  lengths_.seal();
  view_.seal();
}

void Sheet::vanish() const {
  keys_.vanish();
  values_.vanish();
  lengths_.vanish();
  view_.vanish();
}

std::vector<std::int32_t> ModelBench::learn(const Ask& ask) {
  const auto n = ask.rows.size();
  if (!ops_.fit) return std::vector<std::int32_t>(n, NOVA_OK);
  const auto& sheet = *lent_.emplace_back(std::make_unique<Sheet>(ask.rows, ask.layout));
  const Column<std::uint32_t> seasons("fit.seasons", std::vector<std::uint32_t>(n, 24)),
      leads("fit.leads", ask.leads);
  const Column<std::int32_t> status("fit.item_status", n, NOVA_OK);
  nova_fit io{};
  io.struct_size = sizeof io;
  io.history = sheet.view();
  io.seasons = seasons.data();
  io.season_count = 1;
  io.leads = leads.data();
  io.lead_count = ask.leads.size();
  io.seed = ask.seed;
  io.item_status = status.data();
  CallBox box;
  box.expect_ok(ops_.fit(raw(), &box.call, &io, &box.error), "fit");
  sheet.vanish();  // borrowed: who kept a pointer into it dies at the next use
  return status.copy();
}

std::vector<std::int32_t> ModelBench::observe(const Rows& rows, std::int64_t after_points) {
  const Sheet sheet(rows, {});
  const auto shifted = [&] {
    nova_series_view view = *sheet.view();
    view.t0_ns += after_points * kStepNs;
    return view;
  }();
  const Column<std::int32_t> status("observe.item_status", rows.size(), NOVA_OK);
  nova_fit io{};
  io.struct_size = sizeof io;
  io.history = &shifted;
  io.item_status = status.data();
  CallBox box;
  box.expect_ok(ops_.observe(raw(), &box.call, &io, &box.error), "observe");
  return status.copy();
}

Got ModelBench::forecast(const Ask& ask, CallBox* given) {
  const auto n = ask.rows.size(), leads = ask.leads.size(), levels = ask.levels.size();
  const auto gap = ask.output_gap;
  const auto cells = [&](std::size_t rows) { return rows ? rows * leads + (rows - 1) * gap : 0; };
  const auto& sheet = *lent_.emplace_back(std::make_unique<Sheet>(ask.rows, ask.layout));
  const Column<std::uint32_t> lead("forecast.leads", ask.leads, ask.layout.edge);
  const Column<double> level("forecast.levels", ask.levels, ask.layout.edge);
  const Column<double> mean("forecast.mean", ask.mean ? cells(n) : 0, kNaN, ask.layout.edge),
      quantiles("forecast.quantiles", cells(n * levels), kNaN, ask.layout.edge);
  const Column<std::int32_t> status("forecast.item_status", n, NOVA_OK, ask.layout.edge);
  const auto in_gap = [&](std::size_t i) { return gap && i % (leads + gap) >= leads; };
  for (const auto* out : {&mean, &quantiles})
    for (std::size_t i = 0; i < out->size(); ++i)
      if (in_gap(i)) (*out)[i] = kSentinel;

  const Column<nova_forecast> box_io("forecast", 1, nova_forecast{});
  auto& io = box_io[0];
  io.struct_size = sizeof io;
  io.history = sheet.view();
  io.origin_ns = sheet.view()->t0_ns + static_cast<std::int64_t>(longest(ask.rows)) * kStepNs;
  io.leads = lead.data();
  io.lead_count = leads;
  io.levels = levels ? level.data() : nullptr;
  io.level_count = levels;
  io.mean = ask.mean ? mean.data() : nullptr;
  io.mean_series_stride = static_cast<std::int64_t>(leads + gap);
  io.quantiles = levels ? quantiles.data() : nullptr;
  io.q_series_stride = static_cast<std::int64_t>(levels * (leads + gap));
  io.q_level_stride = static_cast<std::int64_t>(leads + gap);
  io.seed = ask.seed;
  io.item_status = status.data();
  box_io.seal();
  CallBox own;
  auto& box = given ? *given : own;
  Got got;
  got.code = ops_.forecast(raw(), &box.call, &io, &box.error);
  sheet.vanish();  // as in learn
  if (got.code != NOVA_OK) got.message = box.message();
  got.notes = box.notes;
  got.status = status.copy();
  for (const auto* out : {&mean, &quantiles})
    for (std::size_t i = 0; i < out->size(); ++i) {
      if (in_gap(i))
        require((*out)[i] == kSentinel, "wrote between the rows of its output columns (strides)");
      else
        (out == &mean ? got.mean : got.quantiles).push_back((*out)[i]);
    }
  return got;
}

Got ModelBench::answer(const Ask& ask) {
  const auto fitted = learn(ask);
  auto got = forecast(ask);
  require(got.code == NOVA_OK, "forecast answered " + status_name(got.code) + " " + got.message);
  for (std::size_t s = 0; s < ask.rows.size(); ++s) {
    const auto why = got.notes.empty() ? std::string() : ": " + got.notes.front();
    require(got.status[s] == NOVA_OK, "forecast of series " + std::to_string(s) + " of " +
                                          std::to_string(ask.rows[s].size()) +
                                          " clean points answered " + status_name(got.status[s]) +
                                          why);
  }
  for (const auto* out : {&got.mean, &got.quantiles})
    for (const double x : *out)
      require(std::isfinite(x), "a forecast said OK but holds a NaN or infinite number");
  return got;
}

Rows plain_rows(std::size_t n, std::size_t m) {
  Rows rows(n, std::vector<double>(m));
  for (std::size_t s = 0; s < n; ++s) {
    std::uint64_t state = 88172645463325252u + s;
    for (std::size_t t = 0; t < m; ++t) {
      state ^= state << 13, state ^= state >> 7,
          state ^= state << 17;  // xorshift64, Marsaglia 2003
      const double noise = static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
      rows[s][t] = 100.0 + 10.0 * static_cast<double>(s % 7) +
                   20.0 * std::sin(2 * std::numbers::pi * static_cast<double>(t % 24) / 24) +
                   4.0 * noise;
    }
  }
  return rows;
}

std::size_t many_series_for(const Rig& rig, std::size_t points) {
  constexpr std::size_t kTried = 8, kMost = 10'000;
  constexpr double kSeconds = 2;
  ModelBench bench(rig);
  const Ask ask{.rows = plain_rows(kTried, points)};
  const auto start = std::chrono::steady_clock::now();
  bench.learn(ask);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  const double affordable = kSeconds * static_cast<double>(kTried) / std::max(1e-9, spent.count());
  return static_cast<std::size_t>(std::clamp<double>(affordable, kTried, kMost));
}

std::string difference(const Got& a, const Got& b, double tolerance) {
  if (a.code != b.code) return status_name(a.code) + " against " + status_name(b.code);
  const std::pair<const char*, std::pair<const std::vector<double>*, const std::vector<double>*>>
      columns[] = {{"mean", {&a.mean, &b.mean}}, {"quantiles", {&a.quantiles, &b.quantiles}}};
  for (const auto& [name, pair] : columns) {
    const auto& [x, y] = pair;
    if (x->size() != y->size()) return std::string(name) + " of another size";
    for (std::size_t i = 0; i < x->size(); ++i) {
      const double u = (*x)[i], v = (*y)[i];
      if (std::isnan(u) && std::isnan(v)) continue;
      if (!(std::abs(u - v) <= tolerance * std::max(std::abs(u), std::abs(v))))
        return std::string(name) + "[" + std::to_string(i) + "] is " + std::to_string(u) +
               " against " + std::to_string(v);
    }
  }
  if (a.status != b.status) return "item_status differs";
  return {};
}

}  // namespace nova::verify
