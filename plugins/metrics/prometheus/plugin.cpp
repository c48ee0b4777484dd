// metrics/prometheus: series of a Prometheus server, by its HTTP API. See README.md.
#include <novascale.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "answer.hpp"
#include "expression.hpp"
#include "plugins/http/service.hpp"

namespace nova::prometheus {
namespace {

constexpr std::int64_t kMs = 1'000'000;          // ns
constexpr std::int64_t kPointsAtOnce = 10'000;   // Prometheus refuses more than 11 000
constexpr std::size_t kRowsAtOnce = 5'000;       // in one request
constexpr std::int64_t kValuesAtOnce = 500'000;  // in one answer: some 30 MB with their times
// What is younger is asked for point by point, the youngest so many: in a range VictoriaMetrics
// puts older values in its place (-search.latencyOffset, of steps below a minute), or none.
constexpr std::int64_t kYoungMs = 30'000, kYoungMost = 30;
// Questions in a row without any value until it is said why, and until that is looked for again.
constexpr std::uint64_t kMisses = 3, kLookAgain = 60;
constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max() / 4;

// "1700000000.123" of milliseconds.
std::string seconds_of(std::int64_t ms) {
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(ms / 1000),
                static_cast<long long>(ms % 1000));
  return text;
}

class Prometheus {
 public:
  static constexpr auto id = "org.novacron.metrics.prometheus";
  static constexpr auto name = "Prometheus";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Series of a Prometheus server, by its HTTP API";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_HTTP_PROPERTIES
      R"(,
      "step": { "type": "string", "x-unit": "duration", "default": "60s", "title": "Step that the newest value is folded over where a signal says `within`" },
      "rate_window": { "type": "string", "x-unit": "duration", "default": "2m", "title": "Least window of a rate: some scrapes must lie in it" },
      "lag": { "type": "string", "x-unit": "duration", "default": "0s", "title": "How late the server tells what it knows: every value is that much older" }
    } })";

  explicit Prometheus(Context context)
      : context_(context),
        step_ms_(positive_ms("step")),
        rate_window_ms_(positive_ms("rate_window")),
        lag_ms_(context.duration("lag").count() / kMs),
        service_(context) {
    // 503 tells of a query that took too long: the text says so, and again would take as long.
    service_.repeat_only(
        [](const http::Answer& answer) { return answer.status != 503 || answer.body.empty(); });
  }

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      misses_.erase(io.key(i));
      bound_.erase(io.key(i));  // a row that fails must not go on answering what it replaced
      bound_[io.key(i)] = make_expression(io.name(i), io.settings(i));
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) {
      bound_.erase(key);
      misses_.erase(key);
    }
  }

  void latest(const Call& call, Latest& io) {
    for_each_batch(call, io, kRowsAtOnce, [&](const Batch& batch) {
      const auto now_ms = context_.now_ns() / kMs - lag_ms_;
      const auto& expression = batch.expression;
      const auto answer =
          ask(call, "/api/v1/query",
              {{"query", expression.within.empty() ? expression.newest()
                                                   : expression.over(step_ms_, rate_window_ms_)},
               {"time", seconds_of(now_ms)},
               kNewest});
      batch.each(io, answer, [&](std::size_t i, const std::vector<const Series*>& series) {
        const auto [values, newest] = one_series(series);
        const double value = values == nullptr ? kNaN : values->points.back().second;
        const auto at = newest.value_or(values == nullptr ? 0 : values->points.back().first);
        io.answer(i, value, std::isnan(value) ? NOVA_NONE : std::min(at, now_ms) * kMs);
      });
    });
  }

  void query_range(const Call& call, Range& io) {
    const auto step_ms = io.step_ns() / kMs;
    const auto points = static_cast<std::int64_t>(io.points());
    std::int64_t last = 0;
    if (io.step_ns() <= 0 || step_ms * kMs != io.step_ns() || io.time_ns(0) % kMs != 0)
      throw Error(NOVA_INVALID_ARGUMENT, "the grid must lie on whole milliseconds, step " +
                                             std::to_string(io.step_ns()) + " ns");
    if (__builtin_mul_overflow(points, io.step_ns(), &last) || last > kFarthest ||
        std::abs(io.time_ns(0) / 2) > kFarthest / 2)
      throw Error(NOVA_INVALID_ARGUMENT, "the grid reaches beyond the years a time can tell");
    const auto first_ms = io.time_ns(0) / kMs;
    // Nothing later than now is answered.
    const auto known =
        std::clamp<std::int64_t>((context_.now_ns() / kMs - first_ms) / step_ms + 1, 0, points);
    const auto start_ms = first_ms - lag_ms_;
    const auto of_age = (context_.now_ns() / kMs - kYoungMs - start_ms) / step_ms + 1;
    const auto old =
        std::clamp<std::int64_t>(of_age, std::max<std::int64_t>(0, known - kYoungMost), known);
    const auto rows = std::max<std::int64_t>(1, kValuesAtOnce / std::max<std::int64_t>(1, known));
    for_each_batch(call, io, static_cast<std::size_t>(rows), [&](const Batch& batch) {
      std::map<std::size_t, std::int64_t> newest;
      std::set<std::size_t> no_number;
      for (const auto i : batch.rows) {
        std::fill(io.row(i).begin(), io.row(i).end(), kNaN);
        newest[i] = NOVA_NONE;
        io.ok(i);
      }
      const auto take = [&](const Answer& answer) {
        batch.each(io, answer, [&](std::size_t i, const std::vector<const Series*>& series) {
          const auto [values, at] = one_series(series);
          if (values != nullptr) fill(*values, start_ms, step_ms, io.row(i), newest[i]);
          if (values != nullptr && std::isnan(values->points.back().second)) no_number.insert(i);
          if (at) newest[i] = *at * kMs;
        });
      };
      const auto query = batch.expression.over(step_ms, rate_window_ms_);
      for (std::int64_t from = 0; from < old; from += kPointsAtOnce) {
        const auto to = std::min(old, from + kPointsAtOnce) - 1;
        take(ask(call, "/api/v1/query_range",
                 {{"query", query},
                  {"start", seconds_of(start_ms + from * step_ms)},
                  {"end", seconds_of(start_ms + to * step_ms)},
                  {"step", seconds_of(step_ms)},
                  kNewest}));
      }
      for (auto t = old; t < known; ++t)
        take(ask(call, "/api/v1/query",
                 {{"query", query}, {"time", seconds_of(start_ms + t * step_ms)}, kNewest}));
      for (const auto& [i, time] : newest) io.newest_ns(i, time);
      for (const auto i : batch.rows)
        if (known > 0) count_misses(call, io, i, no_number.contains(i));
    });
  }

  void list_series(const Call& call, const Config& filter, SeriesList& out) {
    const auto answer = service_.send("/api/v1/label/__name__/values", std::nullopt, {}, call);
    const auto prefix = filter.has("query") ? filter.text("query") : std::string();
    for (auto& metric : parse_names(answer.body, answer.status)) {
      if (metric.compare(0, prefix.size(), prefix) != 0) continue;
      SeriesInfo info;
      info.kind = metric.ends_with("_total") ? NOVA_SERIES_COUNTER : 0;
      info.query = std::move(metric);
      out.add(std::move(info));
    }
  }

 private:
  // VictoriaMetrics: what is new counts, and times are not to be moved for a cache's sake.
  inline static const std::pair<std::string, std::string> kNewest{"nocache", "1"};

  std::int64_t positive_ms(const char* key) const {
    return http::Service::positive(context_, key).count() / kMs;
  }

  Answer ask(const Call& call, const std::string& path,
             const std::vector<std::pair<std::string, std::string>>& form) {
    const auto answer = service_.send(path, http::form_of(form), {}, call);
    auto parsed = parse_answer(answer.body, answer.status);
    for (const auto& warning : parsed.warnings)
      if (warned_.size() < 100 && warned_.insert(warning).second)
        context_.log().warn("Prometheus: " + warning);
    return parsed;
  }

  // The series of values, if any, and when the newest sample was taken. Throws where there are
  // several.
  static std::pair<const Series*, std::optional<std::int64_t>> one_series(
      const std::vector<const Series*>& all) {
    const Series* values = nullptr;
    std::optional<std::int64_t> newest;
    std::string names;
    std::size_t count = 0;
    for (const auto* series : all) {
      if (series->points.empty()) continue;
      if (series->is_time) {
        const double seconds = series->points.back().second;
        if (std::fabs(seconds) < 9e12) newest = std::llround(seconds * 1000);
        continue;
      }
      if (++count <= 4)
        names += (names.empty() ? "" : ", ") +
                 Json(series->labels).dump(-1, ' ', false, Json::error_handler_t::replace);
      values = series;
    }
    if (count > 1)
      throw Error(NOVA_INVALID_ARGUMENT, "the query selects " + std::to_string(count) +
                                             " series, give labels or an aggregate: " + names +
                                             (count > 4 ? " and more" : ""));
    return {values, newest};
  }

  static void fill(const Series& series, std::int64_t first_ms, std::int64_t step_ms,
                   std::span<double> row, std::int64_t& newest) {
    for (const auto& [at, value] : series.points) {
      const auto point = (at - first_ms) / step_ms;
      if (at < first_ms || (at - first_ms) % step_ms != 0 ||
          point >= static_cast<std::int64_t>(row.size()))
        throw Error(NOVA_INTERNAL, "Prometheus answered a point that is not on the grid");
      row[static_cast<std::size_t>(point)] = value;
      if (!std::isnan(value)) newest = at * kMs;
    }
  }

  // A row that has had no value for some questions gets a reason.
  void count_misses(const Call& call, Range& io, std::size_t i, bool no_number) {
    const auto row = io.row(i);
    auto& misses = misses_[io.key(i)];
    if (std::any_of(row.begin(), row.end(), [](double x) { return !std::isnan(x); })) {
      misses = {};
      return;
    }
    if (++misses.times < kMisses) return;
    if (no_number)
      misses.why = "the query gives no finite number, such as 0/0";
    else if (misses.times % kLookAgain == kMisses)
      misses.why = why_nothing(call, bound_.at(io.key(i)));
    if (!misses.why.empty()) io.fail(i, NOVA_NOT_FOUND, misses.why + with_query(io.key(i)));
  }

  // "" where it cannot be found out.
  std::string why_nothing(const Call& call, const Expression& expression) try {
    const auto now_ms = context_.now_ns() / kMs - lag_ms_;
    const auto answer =
        ask(call, "/api/v1/query",
            {{"query", expression.newest()}, {"time", seconds_of(now_ms)}, kNewest});
    std::vector<const Series*> series;
    for (const auto& one : answer.series) series.push_back(&one);
    const auto [values, newest] = one_series(series);
    if (values == nullptr) return "no series matches";
    return newest ? "its newest sample is " + std::to_string((now_ms - *newest) / 1000) + " s old"
                  : "its samples come less often than they are asked for";
  } catch (const Error&) {
    return "";
  }

  std::string with_query(std::uint64_t key) const {
    const auto at = bound_.find(key);
    return at == bound_.end() ? "" : " (query: " + at->second.query + ")";
  }

  // Rows asked for by one expression.
  struct Batch {
    Expression expression;
    std::vector<std::size_t> rows;
    std::map<std::vector<std::string>, std::vector<std::size_t>> by;  // values of expression.by

    // Calls take(row, its series) for each row; what take() throws is that row's error.
    template <class Items, class Take>
    void each(Items& io, const Answer& answer, Take&& take) const {
      std::map<std::size_t, std::vector<const Series*>> series_of;
      for (const auto& series : answer.series) {
        if (by.empty()) {
          series_of[rows.front()].push_back(&series);
          continue;
        }
        std::vector<std::string> values;
        for (const auto& label : expression.by) {
          const auto at = series.labels.find(label);
          values.push_back(at == series.labels.end() ? "" : at->second);
        }
        if (const auto found = by.find(values); found != by.end())
          for (const auto row : found->second) series_of[row].push_back(&series);
      }
      for (const auto row : rows) try {
          take(row, series_of[row]);
        } catch (const Error& e) {
          if (e.status() != NOVA_INVALID_ARGUMENT) throw;
          io.fail(row, e.status(), e.what());
        }
    }
  };

  template <class Items>
  std::vector<Batch> batches(Items& io, std::size_t at_once) const {
    std::vector<std::vector<std::pair<std::size_t, const Expression*>>> alike;
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> open;
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto at = bound_.find(io.key(i));
      if (at == bound_.end()) {
        io.fail(i, NOVA_NOT_FOUND, "no series is bound under key " + std::to_string(io.key(i)));
        continue;
      }
      const auto& e = at->second;
      std::string names;
      for (const auto& label : e.labels) names += label.first + ",";
      const auto [where, fresh] =
          open.try_emplace({e.query, e.within, e.aggregate, names}, alike.size());
      if (fresh || !are_alike(e, *alike[where->second].front().second) ||
          alike[where->second].size() >= at_once) {
        where->second = alike.size();
        alike.emplace_back();
      }
      alike[where->second].emplace_back(i, &e);
    }
    std::vector<Batch> out;
    for (const auto& group : alike) out.push_back(batch_of(group));
    return out;
  }

  static Batch batch_of(const std::vector<std::pair<std::size_t, const Expression*>>& group) {
    Batch batch;
    std::vector<const Expression*> expressions;
    for (const auto& [row, expression] : group) {
      batch.rows.push_back(row);
      expressions.push_back(expression);
    }
    batch.expression = group.size() == 1 ? *expressions[0] : together(expressions);
    for (const auto& [row, expression] : group) {
      if (group.size() == 1) break;
      std::vector<std::string> values;
      for (const auto& label : expression->labels) values.push_back(label.second);
      batch.by[values].push_back(row);
    }
    return batch;
  }

  // Runs one(batch) for all rows; what is wrong with a query is its row's, what is wrong with the
  // server ends the call. A batch that is too much, or of which one row is wrong, is asked again
  // row by row.
  template <class Items, class One>
  void for_each_batch(const Call& call, Items& io, std::size_t at_once, One&& one) {
    const auto is_of_query = [](const Error& e) {
      return e.status() == NOVA_INVALID_ARGUMENT || e.status() == NOVA_RESOURCE_EXHAUSTED ||
             e.status() == NOVA_INTERNAL;
    };
    for (const auto& batch : batches(io, at_once)) {
      call.check();
      try {
        one(batch);
        continue;
      } catch (const Error& e) {
        if (!is_of_query(e)) throw;
        if (batch.rows.size() == 1)
          io.fail(batch.rows[0], e.status(), e.what() + with_query(io.key(batch.rows[0])));
      }
      for (const auto i : batch.rows) try {
          if (batch.rows.size() > 1) one(batch_of({{i, &bound_.at(io.key(i))}}));
        } catch (const Error& e) {
          if (!is_of_query(e)) throw;
          io.fail(i, e.status(), e.what() + with_query(io.key(i)));
        }
    }
  }

  struct Misses {
    std::uint64_t times = 0;
    std::string why;
  };

  Context context_;
  std::int64_t step_ms_, rate_window_ms_, lag_ms_;
  http::Service service_;
  std::unordered_map<std::uint64_t, Expression> bound_;
  std::unordered_map<std::uint64_t, Misses> misses_;  // by key
  std::set<std::string> warned_;
};

}  // namespace
}  // namespace nova::prometheus

NOVA_PLUGIN("org.novacron.prometheus", "NovaCron", "1.0.0",
            nova::metrics_component<nova::prometheus::Prometheus>)
