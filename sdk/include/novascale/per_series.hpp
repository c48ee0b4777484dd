// nova::per_series<M>: a model component from a class that knows one series only.
//
// Two shapes of M:
//   a function     void forecast(std::span<const double> y, std::span<double> out) const
//                  out[h] = value h + 1 steps ahead. Quantiles come from M's own errors at past
//                  origins.
//   with a state   struct State;  State fit(const OneSeries&) const;
//                  void forecast(const State&, OneForecast&) const;
//                  optional: void observe(State&, const OneSeries& new_points) const;
//                  optional: bool refit(State&, const OneSeries& window) const;  from what it
//                  knows, all points of the window; false, or another set of seasons: fit() anew
//                  optional: void save(const State&, StateWriter&) const, with
//                  State load(StateReader&) const;
// The adapter loops over the batch (on the host's pool where there is one), checks cancel and
// deadline, keeps states by series key with the time they know, spends the budget of a fit in
// order, and turns a throw into that series' item_status and note. A model with a state is
// stateless, too: a series without one is fitted from the history of the call. Methods are const:
// series may run at once. A method of one of these names with other arguments does not compile.
#pragma once

#include <novascale/normal.hpp>
#include <novascale/one_series.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <ctime>
#include <map>
#include <optional>

namespace nova {
inline namespace sdk_v1 {
namespace detail {

// Runs one(i) for all i in [0, n) on the host's pool; stops early when cancelled or late.
template <class One>
void for_each_series(const Context& context, const Call& call, std::size_t n, One&& one) {
  constexpr std::uint64_t kGrain = 64;
  std::atomic<bool> stop{false};
  context.parallel(n, kGrain, [&](std::uint64_t begin, std::uint64_t end) noexcept {
    for (std::uint64_t i = begin; i < end && !stop.load(std::memory_order_relaxed); ++i) {
      if (call.cancelled() || (i % 16 == 0 && call.late()))
        stop.store(true, std::memory_order_relaxed);
      else
        one(static_cast<std::size_t>(i));
    }
  });
  call.check();
}

// Points of series s that lie at or before the origin; 0 = the origin is not known, all of them.
inline std::size_t known_points(const Series& y, std::size_t s, std::int64_t origin_ns) {
  std::size_t n = y.points();
  if (origin_ns == 0) return n;
  if (y.regular() && y.step_ns() > 0) {
    if (origin_ns < y.t0_ns()) return 0;
    const auto fit = static_cast<std::uint64_t>((origin_ns - y.t0_ns()) / y.step_ns()) + 1;
    return fit < n ? static_cast<std::size_t>(fit) : n;
  }
  while (n > 0 && y.time_ns(s, n - 1) > origin_ns) --n;
  return n;
}

inline std::int64_t thread_cpu_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Statics and describe of M, passed on by both adapters.
template <class M>
struct AuthorStatics {
  static constexpr auto id = M::id;
  static constexpr auto name = M::name;
  static constexpr auto version = M::version;
  static constexpr auto schema = schema_of<M>();
  static constexpr auto description = description_of<M>();
  // Const methods on separate series: several calls at once are as safe as one.
  static constexpr std::uint32_t flags = flags_of<M>() | NOVA_COMPONENT_CONCURRENT;
};

}  // namespace detail

// ---- a function
// ----------------------------------------------------------------------------------
template <class M>
class PerSeriesFunction : public detail::AuthorStatics<M> {
 public:
  static constexpr std::uint32_t model_flags = [] {
    if constexpr (requires { M::model_flags; })
      return M::model_flags | NOVA_MODEL_STATELESS;
    else
      return NOVA_MODEL_STATELESS;
  }();
  explicit PerSeriesFunction(const Context& context)
      : context_(context), model_(detail::Instance<M>::make(context)) {}

  void forecast(const Call& call, Forecast& io) {
    detail::for_each_series(context_, call, io.count(), [&](std::size_t s) noexcept {
      try {
        one(io, s);
        io.ok(s);
      } catch (...) {
        detail::describe_current_exception(
            [&](nova_status status, const char* text, const Error*) { io.fail(s, status, text); });
      }
    });
  }
  Json capabilities() requires(detail::has_capabilities<M>()) { return model_.capabilities(); }

 private:
  void one(const Forecast& io, std::size_t s) const {
    std::vector<double> scratch;
    const auto& y = io.history();
    auto row = y.row(s, scratch);
    const std::size_t known = detail::known_points(y, s, io.origin_ns());
    row = row.first(row.size() - std::min(row.size(), y.points() - known));
    if (row.empty()) throw Error(NOVA_FAILED_PRECONDITION, "no history was given");
    std::uint32_t longest = 0;
    for (std::size_t h = 0; h < io.leads(); ++h) longest = std::max(longest, io.lead(h));
    std::vector<double> out(longest, kNaN);
    model_.forecast(row, std::span<double>(out));
    std::vector<double> sd;
    if (!io.levels().empty()) sd = error_sd(row, longest);
    for (std::size_t h = 0; h < io.leads(); ++h) {
      const std::size_t lead = io.lead(h);
      io.mean(s, h) = out[lead - 1];
      for (std::size_t q = 0; q < io.levels().size(); ++q)
        io.quantile(s, q, h) = out[lead - 1] + normal_quantile(io.levels()[q]) * sd[lead - 1];
    }
  }

  // Root mean squared error of M at each lead, over up to kOrigins origins in the later half of the
  // history, each forecast from what came before it. Never falls with the lead; beyond the leads
  // that could be scored it grows as that of a random walk, by the square root.
  std::vector<double> error_sd(std::span<const double> y, std::size_t longest) const {
    constexpr std::size_t kOrigins = 24;
    std::vector<double> squares(longest, 0.0), sd(longest, 0.0), out(longest);
    std::vector<std::size_t> counts(longest, 0);
    const std::size_t half = y.size() / 2, stride = std::max<std::size_t>(1, half / kOrigins);
    for (std::size_t j = 1; j <= kOrigins && j * stride <= half; ++j) {
      const std::size_t origin = y.size() - j * stride;
      const std::size_t n = std::min(longest, y.size() - origin);
      if (origin < 2) break;
      try {
        model_.forecast(y.first(origin), std::span<double>(out).first(n));
      } catch (const Error&) {
        break;  // too little history for M at this origin and at all earlier ones
      }
      for (std::size_t h = 0; h < n; ++h) {
        const double e = y[origin + h] - out[h];
        if (std::isfinite(e)) squares[h] += e * e, ++counts[h];
      }
    }
    std::size_t scored = 0;  // the longest lead with enough errors to speak of
    for (std::size_t h = 0; h < longest; ++h) {
      if (counts[h] >= 3) {
        sd[h] = std::sqrt(squares[h] / static_cast<double>(counts[h]));
        scored = h + 1;
      }
      if (h > 0) sd[h] = std::max(sd[h], sd[h - 1]);
    }
    if (scored == 0)
      throw Error(NOVA_FAILED_PRECONDITION, "too little history to judge the spread of forecasts");
    for (std::size_t h = scored; h < longest; ++h)
      sd[h] = sd[scored - 1] * std::sqrt(static_cast<double>(h + 1) / static_cast<double>(scored));
    return sd;
  }

  Context context_;
  M model_;
};

// ---- with a state
// --------------------------------------------------------------------------------
template <class M>
class PerSeriesState : public detail::AuthorStatics<M> {
  using State = typename M::State;
  struct Entry {
    State state;
    std::int64_t watermark_ns = 0, step_ns = 0;  // the last point it knows; 0 = not known
    std::vector<std::uint32_t> seasons{};        // it was fitted with; not saved
  };
  static constexpr bool kObserves = requires(const M& m, State& state, const OneSeries& y) {
    m.observe(state, y);
  };
  static constexpr bool kRefits = requires(const M& m, State& state, const OneSeries& y) {
    { m.refit(state, y) } -> std::same_as<bool>;
  };
  static constexpr bool kSaves =
      requires(const M& m, const State& state, StateWriter& w, StateReader& r) {
    m.save(state, w);
    { m.load(r) } -> std::convertible_to<State>;
  };
  // What is there under the name and cannot be called so was meant, and would be left out silently.
  static_assert(kObserves || !requires { &M::observe; },
                "observe must be: void observe(State&, const nova::OneSeries&) const");
  static_assert(kRefits || !requires { &M::refit; },
                "refit must be: bool refit(State&, const nova::OneSeries&) const");
  static_assert(kSaves || !(requires { &M::save; } || requires { &M::load; }),
                "save and load come together: void save(const State&, nova::StateWriter&) const, "
                "State load(nova::StateReader&) const");
  static constexpr std::uint32_t kStateVersion = [] {
    if constexpr (requires { M::state_version; })
      return M::state_version;
    else
      return 1u;
  }();
  // Beyond so many missing steps a state is too old to be carried on point by point.
  static constexpr std::int64_t kLongestGap = 100'000;

 public:
  static constexpr std::uint32_t model_flags = [] {
    if constexpr (requires { M::model_flags; })
      return M::model_flags | NOVA_MODEL_STATELESS;
    else
      return NOVA_MODEL_STATELESS;
  }();
  explicit PerSeriesState(const Context& context)
      : context_(context), model_(detail::Instance<M>::make(context)) {}

  void fit(const Call& call, Fit& io) {
    std::vector<std::optional<Entry>> fitted(io.count());
    std::atomic<std::int64_t> spent{0};
    detail::for_each_series(context_, call, io.count(), [&](std::size_t s) noexcept {
      if (io.budget_ns() > 0 && spent.load(std::memory_order_relaxed) >= io.budget_ns())
        return io.set_status(s, NOVA_DEADLINE_EXCEEDED);
      const std::int64_t before = io.budget_ns() > 0 ? detail::thread_cpu_ns() : 0;
      try {
        fitted[s] = fit_one(io.history(), s, io.history().points(), io.seasons(s), io.seed(), call,
                            io.warm() ? known(io.history().key(s)) : nullptr);
        io.ok(s);
      } catch (...) {
        detail::describe_current_exception(
            [&](nova_status status, const char* text, const Error*) { io.fail(s, status, text); });
      }
      if (io.budget_ns() > 0) spent += detail::thread_cpu_ns() - before;
    });
    for (std::size_t s = 0; s < io.count(); ++s)
      if (fitted[s]) entries_.insert_or_assign(io.history().key(s), std::move(*fitted[s]));
  }

  void observe(const Call& call, Fit& io) requires(kObserves) {
    const Series& y = io.history();
    for (std::size_t s = 0; s < io.count(); ++s) {
      if (s % 256 == 0) call.check();
      try {
        const auto found = entries_.find(y.key(s));
        if (found == entries_.end()) throw Error(NOVA_FAILED_PRECONDITION, "not fitted yet");
        observe_one(found->second, y, s, y.points(), call);
        io.ok(s);
      } catch (...) {
        detail::describe_current_exception(
            [&](nova_status status, const char* text, const Error*) { io.fail(s, status, text); });
      }
    }
  }

  void forecast(const Call& call, Forecast& io) {
    detail::for_each_series(context_, call, io.count(), [&](std::size_t s) noexcept {
      try {
        forecast_one(call, io, s);
      } catch (...) {
        detail::describe_current_exception(
            [&](nova_status status, const char* text, const Error*) { io.fail(s, status, text); });
      }
    });
  }

  void forget(const Call&, Keys keys) {
    for (const auto key : keys) entries_.erase(key);
  }

  void save(const Call&, Keys keys, Writer& out) requires(kSaves) {
    std::vector<const typename Entries::value_type*> chosen;
    if (keys.all())
      for (const auto& entry : entries_) chosen.push_back(&entry);
    for (const auto key : keys)
      if (const auto found = entries_.find(key); found != entries_.end()) chosen.push_back(&*found);
    StateWriter writer(M::id, kStateVersion);
    writer.put<std::uint64_t>(chosen.size());
    for (const auto* entry : chosen) {
      writer.put(entry->first);
      writer.put(entry->second.watermark_ns);
      writer.put(entry->second.step_ns);
      model_.save(entry->second.state, writer);
    }
    writer.send(out);
  }

  void load(const Call&, Bytes state) requires(kSaves) {
    StateReader reader(M::id, kStateVersion, state);
    Entries loaded;  // all of it is read before any of it counts
    for (auto n = reader.get<std::uint64_t>(); n > 0; --n) {
      const auto key = reader.get<std::uint64_t>();
      const auto watermark = reader.get<std::int64_t>(), step = reader.get<std::int64_t>();
      loaded.insert_or_assign(key, Entry{model_.load(reader), watermark, step});
    }
    if (!reader.at_end()) StateReader::refuse("longer than its content");
    for (auto& [key, entry] : loaded) entries_.insert_or_assign(key, std::move(entry));
  }

  Json capabilities() requires(detail::has_capabilities<M>()) { return model_.capabilities(); }

 private:
  using Entries =
      std::map<std::uint64_t, Entry>;  // ordered, so a saved state is the same every time

  const Entry* known(std::uint64_t key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  // `former`: what a warm fit starts from; null = from nothing.
  Entry fit_one(const Series& y, std::size_t s, std::size_t points,
                std::span<const std::uint32_t> seasons, std::uint64_t seed, const Call& call,
                const Entry* former = nullptr) const {
    std::vector<double> scratch;
    auto row = y.row(s, scratch);
    row = row.first(row.size() - std::min(row.size(), y.points() - points));
    if (row.empty()) throw Error(NOVA_FAILED_PRECONDITION, "no history was given");
    const std::int64_t end = y.time_ns(s, points - 1);
    const OneSeries window{row, seasons, end, y.step_ns(), seed, &call, s};
    if constexpr (kRefits) {
      if (former != nullptr && carries_on(*former, end, y.step_ns(), seasons)) {
        Entry own = *former;
        if constexpr (kObserves) observe_one(own, y, s, points, call);
        if (model_.refit(own.state, window)) {
          own.watermark_ns = end;
          return own;
        }
      }
    }
    return Entry{model_.fit(window), end, y.step_ns(), {seasons.begin(), seasons.end()}};
  }

  // May a warm fit to a window that ends at `end` start from this?
  static bool carries_on(const Entry& former, std::int64_t end, std::int64_t step,
                         std::span<const std::uint32_t> seasons) {
    return former.step_ns == step && former.watermark_ns <= end &&
           (step == 0 || (end - former.watermark_ns) / step <= kLongestGap) &&
           std::equal(seasons.begin(), seasons.end(), former.seasons.begin(), former.seasons.end());
  }

  // Feeds the points of (watermark, origin] that y holds, as missing where y has a hole before
  // them.
  void observe_one(Entry& entry, const Series& y, std::size_t s, std::size_t known,
                   const Call& call) const requires(kObserves) {
    std::size_t from = std::min(known, y.first(s));
    while (from < known && y.time_ns(s, from) <= entry.watermark_ns) ++from;
    if (from == known) return;
    std::vector<double> points;
    const std::int64_t step = entry.step_ns;
    if (step > 0) {
      const std::int64_t hole = (y.time_ns(s, from) - entry.watermark_ns) / step - 1;
      if (hole > kLongestGap)
        throw Error(NOVA_FAILED_PRECONDITION, "too long since the last point: fit again");
      if (hole > 0) points.assign(static_cast<std::size_t>(hole), kNaN);
    }
    for (std::size_t t = from; t < known; ++t) points.push_back(y.at(s, t));
    const std::int64_t end = y.time_ns(s, known - 1);
    model_.observe(entry.state, OneSeries{points, {}, end, step, 0, &call, s});
    entry.watermark_ns = end;
  }

  void forecast_one(const Call& call, const Forecast& io, std::size_t s) const {
    const Series& y = io.history();
    const auto found = entries_.find(y.key(s));
    const bool has_points = y.has_values() && y.length(s) > 0;
    const std::size_t known = has_points ? detail::known_points(y, s, io.origin_ns()) : 0;
    std::optional<Entry> own;
    const Entry* entry = found == entries_.end() ? nullptr : &found->second;
    // A state that knows more than the origin allows must not be asked.
    if (entry != nullptr && io.origin_ns() != 0 && entry->watermark_ns > io.origin_ns())
      entry = nullptr;
    if (entry == nullptr) {
      if (known == 0) throw Error(NOVA_FAILED_PRECONDITION, "not fitted, and no history was given");
      own = fit_one(y, s, known, {}, io.seed(), call);
      entry = &*own;
    } else if (known > 0 && y.time_ns(s, known - 1) > entry->watermark_ns) {
      if constexpr (kObserves) {
        own = *entry;
        observe_one(*own, y, s, known, call);
      } else {
        own = fit_one(y, s, known, {}, io.seed(), call);
      }
      entry = &*own;
    }
    std::int64_t gap = 0;
    if (io.origin_ns() != 0 && entry->step_ns > 0)
      gap = (io.origin_ns() - entry->watermark_ns) / entry->step_ns;
    if (gap < 0 || gap > kLongestGap)
      throw Error(NOVA_FAILED_PRECONDITION, "too long since the last point: fit again");
    OneForecast out(io, s, static_cast<std::uint32_t>(gap));
    model_.forecast(entry->state, out);
    for (std::size_t h = 0; h < io.leads(); ++h)  // rounding must not make quantiles cross
      for (std::size_t q = 1; q < io.levels().size(); ++q)
        io.quantile(s, q, h) = std::max(io.quantile(s, q, h), io.quantile(s, q - 1, h));
    io.ok(s);
  }

  Context context_;
  M model_;
  Entries entries_;
};

namespace detail {
template <class M>
struct PerSeriesOf {
  using type = PerSeriesFunction<M>;
};
template <class M>
requires requires { typename M::State; }
struct PerSeriesOf<M> {
  using type = PerSeriesState<M>;
};
}  // namespace detail

template <class M>
using per_series = typename detail::PerSeriesOf<M>::type;

}  // namespace sdk_v1
}  // namespace nova
