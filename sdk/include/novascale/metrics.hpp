// Metric sources: ranges and newest values as views, and metrics_component<T>.
//
// Methods of T, the first two mandatory:
//   void bind(Call, Binding&)                    which queries it serves, under which keys
//   void latest(Call, Latest&)
//   void query_range(Call, Range&)
//   void list_series(Call, const Config& filter, SeriesList& out)
//   std::uint64_t subscribe(Call, Keys, const nova_listener&), with
//   void unsubscribe(std::uint64_t id)
//   nova::Span span(Call)                        of recorded history: the run goes on virtual time
// Missing is NaN, never 0; nothing later than the host's clock is ever answered.
#pragma once

#include <novascale/metrics.h>

#include <novascale/columns.hpp>
#include <novascale/component.hpp>
#include <novascale/series.hpp>

namespace nova {
inline namespace sdk_v1 {

class Latest : public detail::Items {
 public:
  Latest(Call call, const nova_latest& io)
      : Items(call, detail::field(io, &nova_latest::count),
              detail::field(io, &nova_latest::item_status)),
        keys_(detail::field(io, &nova_latest::keys)),
        values_(detail::field(io, &nova_latest::values)),
        times_ns_(detail::field(io, &nova_latest::times_ns)) {}

  std::uint64_t key(std::size_t i) const noexcept { return detail::at_or(keys_, i, i); }
  void answer(std::size_t i, double value, std::int64_t time_ns) const noexcept {
    detail::set(values_, i, value);
    detail::set(times_ns_, i, time_ns);
    set_status(i, NOVA_OK);
  }

 private:
  const std::uint64_t* keys_;
  double* values_;
  std::int64_t* times_ns_;
};

class Range : public detail::Items {
 public:
  Range(Call call, const nova_range& io)
      : Items(call, detail::field(io, &nova_range::series_count),
              detail::field(io, &nova_range::item_status)),
        keys_(detail::field(io, &nova_range::keys)),
        points_(detail::field(io, &nova_range::point_count)),
        t0_ns_(detail::field(io, &nova_range::t0_ns)),
        step_ns_(detail::field(io, &nova_range::step_ns)),
        values_(detail::field(io, &nova_range::values)),
        stride_(detail::field(io, &nova_range::series_stride)),
        newest_(detail::field(io, &nova_range::newest_ns)) {
    if (values_ == nullptr && count() * points() != 0)
      throw Error(NOVA_INVALID_ARGUMENT, "no room for the values");
  }

  std::size_t points() const noexcept { return static_cast<std::size_t>(points_); }
  std::uint64_t key(std::size_t s) const noexcept { return detail::at_or(keys_, s, s); }
  std::int64_t step_ns() const noexcept { return step_ns_; }
  // Point t stands for (time_ns(t) - step, time_ns(t)].
  std::int64_t time_ns(std::size_t t) const noexcept {
    return t0_ns_ + static_cast<std::int64_t>(t) * step_ns_;
  }
  double& at(std::size_t s, std::size_t t) const noexcept {
    return values_[static_cast<std::int64_t>(s) * stride_ + static_cast<std::int64_t>(t)];
  }
  std::span<double> row(std::size_t s) const noexcept {
    if (points() == 0) return {};
    return {&at(s, 0), points()};
  }
  // Time of the newest real sample of s, which tells late from dead.
  void newest_ns(std::size_t s, std::int64_t time) const noexcept { detail::set(newest_, s, time); }
  void ok(std::size_t s) const noexcept { set_status(s, NOVA_OK); }

 private:
  const std::uint64_t* keys_;
  std::uint64_t points_;
  std::int64_t t0_ns_, step_ns_;
  double* values_;
  std::int64_t stride_;
  std::int64_t* newest_;
};

// What could be bound, for catalogues and "did you mean".
struct SeriesInfo {
  std::string query, labels_json, unit, description;
  std::int32_t kind = 1;  // gauge 1, counter 2
};

class SeriesList {
 public:
  explicit SeriesList(const nova_series_sink* sink) : sink_(sink) {}
  void add(SeriesInfo info) {
    rows_.push_back(std::move(info));
    if (rows_.size() >= detail::kBatch) flush();
  }
  void flush() {
    if (rows_.empty()) return;
    using detail::column;
    const auto query = column(rows_, &SeriesInfo::query),
               labels = column(rows_, &SeriesInfo::labels_json),
               unit = column(rows_, &SeriesInfo::unit),
               description = column(rows_, &SeriesInfo::description);
    const auto kind = column(rows_, &SeriesInfo::kind);
    nova_series_info b{};
    b.struct_size = sizeof b;
    b.count = rows_.size();
    b.query = query.data(), b.labels_json = labels.data(), b.unit = unit.data();
    b.description = description.data(), b.kind = kind.data();
    detail::emit(sink_, b);
    rows_.clear();
  }

 private:
  const nova_series_sink* sink_;
  std::vector<SeriesInfo> rows_;
};

// What a source of recorded history holds.
struct Span {
  std::int64_t first_ns, last_ns, step_ns;
};

namespace detail {

NOVA_SDK_DETECT(latest, (T & t, const Call& call, Latest& io), (call, io))
NOVA_SDK_DETECT(query_range, (T & t, const Call& call, Range& io), (call, io))
NOVA_SDK_DETECT(list_series, (T & t, const Call& call, const Config& filter, SeriesList& out),
                (call, filter, out))
NOVA_SDK_DETECT(subscribe, (T & t, const Call& call, Keys keys, const nova_listener& listener),
                (call, keys, listener))
NOVA_SDK_DETECT(unsubscribe, (T & t, std::uint64_t id), (id))
NOVA_SDK_DETECT(span, (T & t, const Call& call), (call))

template <class T>
struct MetricsThunks {
  static nova_status latest(nova_instance* s, const nova_call* c, const nova_latest* io,
                            nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Latest arg(call, *io);
      return answer([&] { return self<T>(s).latest(call, arg); });
    });
  }
  static nova_status query_range(nova_instance* s, const nova_call* c, const nova_range* io,
                                 nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Range arg(call, *io);
      return answer([&] { return self<T>(s).query_range(call, arg); });
    });
  }
  static nova_status list_series(nova_instance* s, const nova_call* c, nova_str filter,
                                 const nova_series_sink* out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      SeriesList list(out);
      const auto status =
          answer([&] { return self<T>(s).list_series(call, Config(view(filter), ""), list); });
      if (status == NOVA_OK) list.flush();
      return status;
    });
  }
  static nova_status subscribe(nova_instance* s, const nova_call* c, const std::uint64_t* keys,
                               std::uint64_t n, const nova_listener* listener, std::uint64_t* id,
                               nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      if (listener == nullptr || id == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null argument");
      *id = self<T>(s).subscribe(call, Keys(keys, n), *listener);
    });
  }
  static void unsubscribe(nova_instance* s, std::uint64_t id) noexcept {
    try {
      self<T>(s).unsubscribe(id);
    } catch (...) {
      // Nobody to tell: the subscription is over either way.
    }
  }
  static nova_status span(nova_instance* s, const nova_call* c, std::int64_t* first_ns,
                          std::int64_t* last_ns, std::int64_t* step_ns, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      const Span held = self<T>(s).span(call);
      set(first_ns, 0, held.first_ns);
      set(last_ns, 0, held.last_ns);
      set(step_ns, 0, held.step_ns);
    });
  }
};

template <class T>
inline constexpr nova_metrics_span metrics_span = {sizeof(nova_metrics_span), 0,
                                                   &MetricsThunks<T>::span};

template <class T>
const void* span_extension(nova_instance* instance, const char* id) noexcept {
  if (id != nullptr && std::string_view(id) == NOVA_METRICS_SPAN) return &metrics_span<T>;
  if constexpr (has_get_extension<T>())
    return author_extension<T>(instance, id);
  else
    return nullptr;
}
template <class T>
constexpr auto metrics_extension_of() -> const void* (*)(nova_instance*, const char*) {
  if constexpr (has_span<T>())
    return &span_extension<T>;
  else
    return extension_of<T>();
}

template <class T>
constexpr nova_metrics_ops make_metrics_ops() {
  static_assert(has_bind<T>() && has_latest<T>(),
                "a metric source needs bind(Call, Binding&) and latest(Call, Latest&)");
  static_assert(has_subscribe<T>() == has_unsubscribe<T>(),
                "subscribe and unsubscribe come together");
  nova_metrics_ops ops{};
  ops.struct_size = sizeof ops;
  ops.latest = &MetricsThunks<T>::latest;
  if constexpr (has_query_range<T>()) ops.query_range = &MetricsThunks<T>::query_range;
  if constexpr (has_list_series<T>()) ops.list_series = &MetricsThunks<T>::list_series;
  if constexpr (has_subscribe<T>()) {
    ops.subscribe = &MetricsThunks<T>::subscribe;
    ops.unsubscribe = &MetricsThunks<T>::unsubscribe;
  }
  return ops;
}
template <class T>
inline constexpr nova_metrics_ops metrics_ops = make_metrics_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component metrics_component = detail::make_component<T>(
    NOVA_METRICS, &detail::metrics_ops<T>, detail::metrics_extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
