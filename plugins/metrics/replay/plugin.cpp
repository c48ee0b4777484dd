// metrics/replay: a recorded history, answered as if it were live. See README.md.
#include <novascale.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "recording.hpp"
#include "selection.hpp"
#include "timestamp.hpp"

namespace nova::replay {
namespace {

// Times far outside what a file can hold would overflow the grid arithmetic.
constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max() / 4;

// Several series' values of one instant as one; NaN where too few have one.
double fold(Aggregate how, std::span<const double> values) {
  double sum = 0, high = kNaN;
  std::size_t count = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    high = std::isnan(high) || v > high ? v : high;
    ++count;
  }
  switch (how) {
    // A sum that lacks a part would read as a fall in demand.
    case Aggregate::sum:
      return count == values.size() ? sum : kNaN;
    case Aggregate::mean:
      return count > 0 ? sum / static_cast<double>(count) : kNaN;
    case Aggregate::max:
      return high;
    case Aggregate::none:
      break;
  }
  return values.empty() ? kNaN : values[0];
}

class Replay {
 public:
  static constexpr auto id = "org.novacron.metrics.replay";
  static constexpr auto name = "Replay";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Recorded series from a CSV or CSV.gz file, on the file's own time";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["file"],
    "properties": {
      "file": { "type": "string", "minLength": 1, "x-path": true, "title": "CSV or CSV.gz file" },
      "step": { "type": "string", "x-unit": "duration", "title": "Spacing of the samples",
                "description": "Found from the timestamps when absent. Turns an index into a time (60s when absent)." }
    } })";

  explicit Replay(Context context) : context_(context), recording_(load(context)) {
    catalogue_ = Catalogue(recording_);
    tell();
  }

  Json capabilities() const {
    return {{"series", recording_.size()},
            {"first", to_iso(recording_.first_ns()).text},
            {"last", to_iso(recording_.last_ns()).text},
            {"step_s", static_cast<double>(recording_.step_ns()) / 1e9},
            {"repaired",
             {{"unordered", recording_.repairs().unordered},
              {"duplicate", recording_.repairs().duplicate},
              {"irregular", recording_.repairs().irregular},
              {"gaps", recording_.repairs().gaps}}}};
  }

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      bound_.erase(io.key(i));  // a row that fails must not go on answering what it replaced
      const Selection selection = catalogue_.select(io.name(i), io.settings(i));
      if (selection.within == Within::rate)
        for (const auto s : selection.series) recording_.prepare_rate(s);
      bound_[io.key(i)] = selection;
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) bound_.erase(key);
  }

  void latest(const Call& call, Latest& io) {
    const std::int64_t now = context_.now_ns();
    for (std::size_t i = 0; i < io.count(); ++i) {
      if (i % 4096 == 0) call.check();
      const Selection* selection = find(io, i);
      if (selection == nullptr) continue;
      if (const auto sample = newest(*selection, now))
        io.answer(i, sample->value, sample->time_ns);
      else
        io.answer(i, kNaN, NOVA_NONE);
    }
  }

  void query_range(const Call& call, Range& io) {
    const auto points = static_cast<std::int64_t>(io.points());
    std::int64_t last = 0;
    if (io.step_ns() <= 0)
      throw Error(NOVA_INVALID_ARGUMENT,
                  "step_ns must be > 0, got " + std::to_string(io.step_ns()));
    if (__builtin_mul_overflow(points, io.step_ns(), &last) || last > kFarthest ||
        std::abs(io.time_ns(0) / 2) > kFarthest / 2)
      throw Error(NOVA_INVALID_ARGUMENT, "the grid reaches beyond the years a time can tell");
    const std::int64_t now = context_.now_ns();
    for (std::size_t i = 0; i < io.count(); ++i) {
      call.check();
      const Selection* selection = find(io, i);
      if (selection == nullptr) continue;
      fill(*selection, now, io.time_ns(0), io.step_ns(), io.row(i));
      const auto sample = newest(*selection, now);
      io.newest_ns(i, sample ? sample->time_ns : NOVA_NONE);
      io.ok(i);
    }
  }

  void list_series(const Call&, const Config&, SeriesList& out) {
    for (std::size_t s = 0; s < recording_.size(); ++s) {
      Json labels = Json::object();
      for (const auto& [key, value] : recording_.labels(s).pairs) labels[key] = value;
      SeriesInfo info;
      info.query = recording_.name(s);
      info.labels_json = labels.dump(-1, ' ', false, Json::error_handler_t::replace);
      info.kind = 0;  // a file does not say
      out.add(std::move(info));
    }
  }

  Span span(const Call&) const {
    return {recording_.first_ns(), recording_.last_ns(), recording_.step_ns()};
  }

 private:
  static Recording load(const Context& context) {
    std::int64_t step = 0;
    if (context.has("step")) {
      step = context.duration("step").count();
      if (step <= 0)
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/step: must be > 0s, got " + context.config().text("step"));
    }
    const std::string file = context.text("file");
    return Recording::make(read_csv(file), step, file);
  }

  void tell() const {
    const auto& r = recording_.repairs();
    const auto log = context_.log();
    log.info(context_.text("file") + ": " + std::to_string(recording_.size()) + " series from " +
             to_iso(recording_.first_ns()).text + " to " + to_iso(recording_.last_ns()).text +
             ", step " + std::to_string(recording_.step_ns() / 1'000'000) + " ms" +
             (recording_.indexed() ? ", timestamps are an index" : ""));
    if (r.any())
      log.warn(context_.text("file") + ": " + std::to_string(r.unordered) +
               " points out of order sorted, " + std::to_string(r.duplicate) +
               " duplicates dropped, " + std::to_string(r.irregular) + " off the step, " +
               std::to_string(r.gaps) + " steps without a point");
  }

  template <class Items>
  const Selection* find(const Items& io, std::size_t i) const {
    const auto at = bound_.find(io.key(i));
    if (at != bound_.end()) return &at->second;
    io.fail(i, NOVA_NOT_FOUND, "no series is bound under key " + std::to_string(io.key(i)));
    return nullptr;
  }

  void fill(const Selection& selection, std::int64_t now, std::int64_t t0, std::int64_t step,
            std::span<double> out) const {
    if (selection.series.size() == 1) {
      recording_.points(selection.series[0], selection.within, now, t0, step, out);
      return;
    }
    const std::size_t n = selection.series.size(), m = out.size();
    std::vector<double> rows(n * m), cell(n);
    for (std::size_t s = 0; s < n; ++s)
      recording_.points(selection.series[s], selection.within, now, t0, step,
                        std::span(rows).subspan(s * m, m));
    for (std::size_t t = 0; t < m; ++t) {
      for (std::size_t s = 0; s < n; ++s) cell[s] = rows[s * m + t];
      out[t] = fold(selection.aggregate, cell);
    }
  }

  // Of several series: a sum is as old as its oldest part, a mean or maximum is of the newest ones.
  std::optional<Sample> newest(const Selection& selection, std::int64_t now) const {
    const bool rate = selection.within == Within::rate;
    std::vector<Sample> samples;
    for (const auto s : selection.series)
      if (const auto sample = recording_.newest(s, rate, now)) samples.push_back(*sample);
    const bool sum = selection.aggregate == Aggregate::sum;
    if (samples.empty() || (sum && samples.size() < selection.series.size())) return std::nullopt;
    const auto [oldest, latest] =
        std::minmax_element(samples.begin(), samples.end(),
                            [](const Sample& a, const Sample& b) { return a.time_ns < b.time_ns; });
    const std::int64_t time = sum ? oldest->time_ns : latest->time_ns;
    std::vector<double> values;
    for (const auto& sample : samples)
      if (sum || sample.time_ns == time) values.push_back(sample.value);
    return Sample{time, fold(selection.aggregate, values)};
  }

  Context context_;
  Recording recording_;
  Catalogue catalogue_;
  std::unordered_map<std::uint64_t, Selection> bound_;
};

}  // namespace
}  // namespace nova::replay

NOVA_PLUGIN("org.novacron.replay", "NovaCron", "1.0.0",
            nova::metrics_component<nova::replay::Replay>)
