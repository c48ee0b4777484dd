// Metric sources: missing is NaN, nothing later than now, one bad key never costs the others.
#include <cmath>
#include <nlohmann/json.hpp>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

constexpr std::int64_t kMinute = 60'000'000'000;

struct Range {
  nova_status code = NOVA_OK;
  std::vector<double> values;
  std::vector<std::int64_t> newest;
  std::vector<std::int32_t> status;
};

class Source {
 public:
  explicit Source(Rig& rig) : ops_(rig.ops<nova_metrics_ops>()), object_(rig.make()) {
    if (rig.setup.bindings.empty()) throw Skipped{std::string(kNoBindings) + " (queries)"};
    rig.bind(object_);
  }

  const nova_metrics_ops& ops() const { return ops_; }
  nova_instance* raw() const { return object_.get(); }

  Range query(const std::vector<std::uint64_t>& which, std::int64_t t0, std::size_t points,
              std::int64_t step = kMinute, std::size_t gap = 0) {
    if (!ops_.query_range) throw Skipped{"no query_range"};
    const auto n = which.size();
    const auto stride = points + gap;
    const Column<std::uint64_t> keys("range.keys", which);
    const Column<double> values("range.values", n ? n * stride - gap : 0, kNaN);
    for (std::size_t s = 0; s + 1 < n; ++s)
      for (std::size_t g = 0; g < gap; ++g) values[s * stride + points + g] = 77.5;
    const Column<std::int64_t> newest("range.newest_ns", n, NOVA_NONE);
    const Column<std::int32_t> status("range.item_status", n, NOVA_OK);
    const nova_range io{sizeof io,
                        0,
                        keys.data(),
                        n,
                        points,
                        t0,
                        step,
                        values.data(),
                        static_cast<std::int64_t>(stride),
                        newest.data(),
                        status.data()};
    CallBox box;
    Range range;
    range.code = ops_.query_range(raw(), &box.call, &io, &box.error);
    box.expect_ok(range.code, "query_range");
    for (std::size_t s = 0; s < n; ++s) {
      for (std::size_t t = 0; t < points; ++t) range.values.push_back(values[s * stride + t]);
      for (std::size_t g = 0; g < gap && s + 1 < n; ++g)
        require(values[s * stride + points + g] == 77.5, "wrote between the rows (series_stride)");
    }
    range.newest = newest.copy();
    range.status = status.copy();
    return range;
  }

  // Of the setup's bindings again, whatever their `within`, as the last sample of a step; their
  // keys.
  std::vector<std::uint64_t> bind_last(Rig& rig) {
    const auto& bindings = rig.setup.bindings;
    const auto n = bindings.size();
    std::vector<std::uint64_t> keys(n);
    std::vector<std::string> texts(n);
    std::vector<nova_str> names, tenants, settings;
    for (std::size_t i = 0; i < n; ++i) {
      auto asked = nlohmann::json::parse(bindings[i].settings_json);
      asked["within"] = "last";
      texts[i] = asked.dump();
      keys[i] = 1000 + i;
      names.push_back(str(bindings[i].name));
      tenants.push_back(str(bindings[i].tenant));
      settings.push_back(str(texts[i]));
    }
    const Column<std::int32_t> status("binding.item_status", n, NOVA_OK);
    const nova_binding io{
        sizeof io, 0, n, keys.data(), names.data(), tenants.data(), settings.data(), status.data()};
    CallBox box;
    box.expect_ok(rig.component.bind(raw(), &box.call, &io, &box.error), "bind");
    std::vector<std::uint64_t> bound;
    for (std::size_t i = 0; i < n; ++i)
      if (status[i] == NOVA_OK) bound.push_back(keys[i]);
    return bound;
  }

  struct Latest {
    std::vector<double> values;
    std::vector<std::int64_t> times;
    std::vector<std::int32_t> status;
  };
  Latest latest(const std::vector<std::uint64_t>& which) {
    const auto n = which.size();
    const Column<std::uint64_t> keys("latest.keys", which);
    const Column<double> values("latest.values", n, kNaN);
    const Column<std::int64_t> times("latest.times_ns", n, NOVA_NONE);
    const Column<std::int32_t> status("latest.item_status", n, NOVA_OK);
    const nova_latest io{sizeof io, 0, n, keys.data(), values.data(), times.data(), status.data()};
    CallBox box;
    box.expect_ok(ops_.latest(raw(), &box.call, &io, &box.error), "latest");
    return {values.copy(), times.copy(), status.copy()};
  }

 private:
  nova_metrics_ops ops_;
  Object object_;
};

void answers(Rig& rig) {
  Source source(rig);
  const auto got = source.latest(rig.bound_keys());
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    require(got.status[i] == NOVA_OK, "latest of \"" + rig.setup.bindings[i].name + "\" answered " +
                                          status_name(got.status[i]));
    require(!std::isinf(got.values[i]), "latest answered infinity");
    require(std::isnan(got.values[i]) || got.times[i] != NOVA_NONE,
            "latest gives a value without its time");
  }
}

void not_later_than_now(Rig& rig) {
  Source source(rig);
  const auto keys = rig.bound_keys();
  const std::int64_t first = rig.now_ns;
  // Also after the clock was set back, as a replay starts.
  for (const std::int64_t now : {first, first - 30 * kMinute}) {
    rig.now_ns = now;
    const auto got = source.latest(keys);
    for (std::size_t i = 0; i < keys.size(); ++i)
      require(std::isnan(got.values[i]) || got.times[i] <= now,
              "latest answers a sample that is later than the host's clock");
    if (!source.ops().query_range) continue;
    const auto t0 = now - 10 * kMinute;
    const auto range = source.query(keys, t0, 30);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      require(range.newest[i] <= now, "newest_ns is later than the host's clock");
      for (std::int64_t t = 0; t < 30; ++t)
        require(t0 + (t - 1) * kMinute < now ||
                    std::isnan(range.values[i * 30 + static_cast<std::size_t>(t)]),
                "query_range fills steps that begin after the host's clock");
    }
  }
}

void missing_is_nan(Rig& rig) {
  Source source(rig);
  const auto keys = rig.bound_keys();
  const auto range = source.query(keys, -30'000'000'000'000'000, 20);  // the year 1969
  for (const double x : range.values)
    require(std::isnan(x), "answered " + std::to_string(x) + " for 1969; missing is NaN, never 0");
}

void unknown_key(Rig& rig) {
  Source source(rig);
  auto keys = rig.bound_keys();
  const auto alone = source.latest(keys);
  keys.insert(keys.begin(), 0xDEADBEEF);
  const auto got = source.latest(keys);
  require(got.status[0] != NOVA_OK, "answers for a key that was never bound");
  for (std::size_t i = 0; i + 1 < keys.size(); ++i)
    require(got.status[i + 1] == alone.status[i], "one unknown key changes the others' status");
}

void range_layout(Rig& rig) {
  Source source(rig);
  const auto keys = rig.bound_keys();
  const auto t0 = rig.now_ns - 20 * kMinute;
  const auto plain = source.query(keys, t0, 20), gaps = source.query(keys, t0, 20, kMinute, 3);
  for (std::size_t i = 0; i < plain.values.size(); ++i)
    require(std::isnan(plain.values[i]) ? std::isnan(gaps.values[i])
                                        : plain.values[i] == gaps.values[i],
            "series_stride changes the values");
  // The same instants asked for one by one.
  for (std::size_t t = 0; t < 20; t += 7) {
    const auto one = source.query(keys, t0 + static_cast<std::int64_t>(t) * kMinute, 1);
    for (std::size_t s = 0; s < keys.size(); ++s) {
      const double x = plain.values[s * 20 + t];
      require(std::isnan(x) ? std::isnan(one.values[s]) : x == one.values[s],
              "a step asked alone has another value than in a range");
    }
  }
  (void)source.query({}, t0, 20);
  (void)source.query(keys, t0, 0);
}

// What is newest is also the last of its step: pull by one function must tell what the other tells.
void latest_agrees(Rig& rig) {
  Source source(rig);
  if (!source.ops().query_range) throw Skipped{"no query_range"};
  const auto keys = source.bind_last(rig);
  if (keys.empty()) throw Skipped{"no binding takes within = last"};
  const auto latest = source.latest(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (latest.status[i] != NOVA_OK || std::isnan(latest.values[i])) continue;
    const auto range = source.query({keys[i]}, latest.times[i], 1);
    const double x = range.values[0];
    require(std::isnan(x) || x == latest.values[i],
            "latest answers " + std::to_string(latest.values[i]) + ", query_range " +
                std::to_string(x) + " for the step that ends at the same sample");
  }
}

void list_series(Rig& rig) {
  Source source(rig);
  if (!source.ops().list_series) throw Skipped{"no list_series"};
  std::vector<std::string> found;
  const nova_series_sink sink{sizeof sink, 0, &found,
                              [](const nova_series_sink* s, const nova_series_info* b) {
                                for (std::uint64_t i = 0; i < b->count && b->query; ++i)
                                  static_cast<std::vector<std::string>*>(s->ctx)->emplace_back(
                                      b->query[i].ptr, b->query[i].len);
                                return nova_status{NOVA_OK};
                              }};
  CallBox box;
  box.expect_ok(source.ops().list_series(source.raw(), &box.call, str("{}"), &sink, &box.error),
                "list_series");
  for (const auto& query : found) require(!query.empty(), "lists a series without a query");
  nova_series_sink refusing = sink;
  refusing.emit = [](const nova_series_sink*, const nova_series_info*) {
    return nova_status{NOVA_CANCELLED};
  };
  CallBox again;
  if (!found.empty())
    require(source.ops().list_series(source.raw(), &again.call, str("{}"), &refusing,
                                     &again.error) == NOVA_CANCELLED,
            "a sink's refusal is not passed on by list_series");
}

void span(Rig& rig) {
  const auto object = rig.make();
  const auto* extension = rig.component.get_extension
                              ? static_cast<const nova_metrics_span*>(
                                    rig.component.get_extension(object.get(), NOVA_METRICS_SPAN))
                              : nullptr;
  if (!extension) throw Skipped{"no recorded history"};
  require(rig.info.virtual_time(),
          "holds recorded history, but is not flagged NOVA_COMPONENT_VIRTUAL_TIME");
  std::int64_t first = NOVA_NONE, last = NOVA_NONE, step = 0;
  CallBox box;
  box.expect_ok(extension->span(object.get(), &box.call, &first, &last, &step, &box.error), "span");
  require(first != NOVA_NONE && first <= last && step >= 0, "span is no range of time");
}

constexpr Check kMetricsChecks[] = {
    {"latest", Kind::metrics, "bound queries are answered", answers},
    {"not-later-than-now", Kind::metrics, "nothing later than the host's clock",
     not_later_than_now},
    {"missing-is-nan", Kind::metrics, "missing is NaN, never 0", missing_is_nan},
    {"unknown-key", Kind::metrics, "a key that is not bound fails alone", unknown_key},
    {"range-layout", Kind::metrics, "ranges agree with each other, strides are kept", range_layout},
    {"latest-agrees", Kind::metrics, "latest and query_range tell the same", latest_agrees},
    {"list-series", Kind::metrics, "what could be bound", list_series},
    {"span", Kind::metrics, "recorded history says from when to when", span},
};

}  // namespace

std::span<const Check> metrics_checks() { return kMetricsChecks; }

}  // namespace nova::verify
