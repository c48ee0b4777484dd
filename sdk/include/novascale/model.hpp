// Models: the arguments of fit, observe and forecast as views, and model_component<T>.
//
// Methods of T: forecast(Call, Forecast&) is mandatory; fit(Call, Fit&), observe(Call, Fit&),
// save(Call, Keys, Writer&), load(Call, Bytes) as the model has them. model_flags
// (NOVA_MODEL_...) when the default does not fit: a class without fit is NOVA_MODEL_STATELESS, one
// with it NOVA_MODEL_NEEDS_FIT. For one series at a time see <novascale/per_series.hpp>.
#pragma once

#include <novascale/model.h>

#include <novascale/component.hpp>
#include <novascale/series.hpp>
#include <novascale/state.hpp>

#include <cmath>

namespace nova {
inline namespace sdk_v1 {

class Fit : public detail::Items {
 public:
  Fit(Call call, const nova_fit& io)
      : Items(call, Series(detail::field(io, &nova_fit::history)).count(),
              detail::field(io, &nova_fit::item_status)),
        history_(detail::field(io, &nova_fit::history)),
        exog_(detail::field(io, &nova_fit::exog)),
        exog_count_(detail::field(io, &nova_fit::exog_count)),
        seasons_(detail::field(io, &nova_fit::seasons)),
        season_count_(detail::field(io, &nova_fit::season_count)),
        leads_(detail::field(io, &nova_fit::leads)),
        lead_count_(detail::field(io, &nova_fit::lead_count)),
        budget_ns_(detail::field(io, &nova_fit::budget_ns)),
        seed_(detail::field(io, &nova_fit::seed)),
        warm_((detail::field(io, &nova_fit::flags) & NOVA_FIT_WARM) != 0) {}

  const Series& history() const noexcept { return history_; }
  const Series& exog() const noexcept { return exog_; }
  std::size_t exog_count() const noexcept { return static_cast<std::size_t>(exog_count_); }
  // Season lengths in steps that the host found for series s; 0 = none. Empty = not known.
  std::span<const std::uint32_t> seasons(std::size_t s) const noexcept {
    if (seasons_ == nullptr) return {};
    return {seasons_ + s * season_count_, static_cast<std::size_t>(season_count_)};
  }
  std::span<const std::uint32_t> leads() const noexcept {
    if (leads_ == nullptr) return {};
    return {leads_, static_cast<std::size_t>(lead_count_)};
  }
  std::int64_t budget_ns() const noexcept { return budget_ns_; }  // CPU time, 0 = free
  std::uint64_t seed() const noexcept { return seed_; }
  bool warm() const noexcept { return warm_; }
  void ok(std::size_t s) const noexcept { set_status(s, NOVA_OK); }

 private:
  Series history_, exog_;
  std::uint64_t exog_count_;
  const std::uint32_t* seasons_;
  std::uint64_t season_count_;
  const std::uint32_t* leads_;
  std::uint64_t lead_count_;
  std::int64_t budget_ns_;
  std::uint64_t seed_;
  bool warm_;
};

class Forecast : public detail::Items {
 public:
  Forecast(Call call, const nova_forecast& io)
      : Items(call, Series(detail::field(io, &nova_forecast::history)).count(),
              detail::field(io, &nova_forecast::item_status)),
        history_(detail::field(io, &nova_forecast::history)),
        future_exog_(detail::field(io, &nova_forecast::future_exog)),
        exog_count_(detail::field(io, &nova_forecast::exog_count)),
        origin_ns_(detail::field(io, &nova_forecast::origin_ns)),
        leads_(detail::field(io, &nova_forecast::leads)),
        lead_count_(detail::field(io, &nova_forecast::lead_count)),
        levels_(detail::field(io, &nova_forecast::levels)),
        mean_(detail::field(io, &nova_forecast::mean)),
        mean_stride_(detail::field(io, &nova_forecast::mean_series_stride)),
        quantiles_(detail::field(io, &nova_forecast::quantiles)),
        q_series_stride_(detail::field(io, &nova_forecast::q_series_stride)),
        q_level_stride_(detail::field(io, &nova_forecast::q_level_stride)),
        seed_(detail::field(io, &nova_forecast::seed)) {
    if (quantiles_ != nullptr && levels_ != nullptr)
      level_count_ = detail::field(io, &nova_forecast::level_count);
    if (mean_ == nullptr) {  // nobody asked for the mean; give the author a place to put it
      spare_.assign(count() * leads(), kNaN);
      mean_ = spare_.data();
      mean_stride_ = static_cast<std::int64_t>(lead_count_);
    }
  }
  Forecast(const Forecast&) = delete;
  Forecast& operator=(const Forecast&) = delete;

  const Series& history() const noexcept { return history_; }
  const Series& future_exog() const noexcept { return future_exog_; }
  std::size_t exog_count() const noexcept { return static_cast<std::size_t>(exog_count_); }
  std::int64_t origin_ns() const noexcept { return origin_ns_; }
  std::uint64_t seed() const noexcept { return seed_; }

  std::size_t leads() const noexcept { return static_cast<std::size_t>(lead_count_); }
  // Steps ahead of the h-th answer, from 1.
  std::uint32_t lead(std::size_t h) const noexcept {
    return leads_ == nullptr ? static_cast<std::uint32_t>(h + 1) : leads_[h];
  }
  // Ascending quantile levels; empty when no quantiles are asked for.
  std::span<const double> levels() const noexcept {
    return {levels_, static_cast<std::size_t>(level_count_)};
  }
  double& mean(std::size_t s, std::size_t h) const noexcept {
    return mean_[static_cast<std::int64_t>(s) * mean_stride_ + static_cast<std::int64_t>(h)];
  }
  double& quantile(std::size_t s, std::size_t q, std::size_t h) const noexcept {
    return quantiles_[static_cast<std::int64_t>(s) * q_series_stride_ +
                      static_cast<std::int64_t>(q) * q_level_stride_ +
                      static_cast<std::int64_t>(h)];
  }
  std::span<double> mean_row(std::size_t s) const noexcept { return {&mean(s, 0), leads()}; }
  std::span<double> quantile_row(std::size_t s, std::size_t q) const noexcept {
    return {&quantile(s, q, 0), leads()};
  }

  // Series s is answered. An answer that is not finite is no answer: it is taken back, and the
  // series is marked NOVA_FAILED_PRECONDITION with a note.
  void ok(std::size_t s) const noexcept {
    if (finite(s)) return set_status(s, NOVA_OK);
    fail(s, NOVA_FAILED_PRECONDITION, "the model has no finite answer for this series");
  }
  void fail(std::size_t s, nova_status status, std::string_view why) const noexcept {
    for (std::size_t h = 0; h < leads(); ++h) {
      mean(s, h) = kNaN;
      for (std::size_t q = 0; q < levels().size(); ++q) quantile(s, q, h) = kNaN;
    }
    Items::fail(s, status, why);
  }

 private:
  bool finite(std::size_t s) const noexcept {
    double sum = 0;  // x - x is 0 for a finite x and NaN for all others
    for (std::size_t h = 0; h < leads(); ++h) {
      sum += mean(s, h) - mean(s, h);
      for (std::size_t q = 0; q < levels().size(); ++q)
        sum += quantile(s, q, h) - quantile(s, q, h);
    }
    return sum == 0;
  }

  Series history_, future_exog_;
  std::uint64_t exog_count_;
  std::int64_t origin_ns_;
  const std::uint32_t* leads_;
  std::uint64_t lead_count_;
  const double* levels_;
  std::uint64_t level_count_ = 0;
  double* mean_;
  std::int64_t mean_stride_;
  double* quantiles_;
  std::int64_t q_series_stride_, q_level_stride_;
  std::uint64_t seed_;
  std::vector<double> spare_;
};

namespace detail {

NOVA_SDK_DETECT(fit, (T & t, const Call& call, Fit& io), (call, io))
NOVA_SDK_DETECT(observe, (T & t, const Call& call, Fit& io), (call, io))
NOVA_SDK_DETECT(forecast, (T & t, const Call& call, Forecast& io), (call, io))
NOVA_SDK_DETECT(save, (T & t, const Call& call, Keys keys, Writer& out), (call, keys, out))
NOVA_SDK_DETECT(load, (T & t, const Call& call, Bytes state), (call, state))

// save and load are the same in models and policies.
template <class T>
struct StateThunks {
  static nova_status save(nova_instance* m, const nova_call* c, const std::uint64_t* keys,
                          std::uint64_t n, const nova_writer* out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Writer writer(out);
      return answer([&] { return self<T>(m).save(call, Keys(keys, n), writer); });
    });
  }
  static nova_status load(nova_instance* m, const nova_call* c, nova_bytes state,
                          nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      const Bytes bytes{static_cast<const std::byte*>(state.ptr),
                        state.ptr == nullptr ? 0 : static_cast<std::size_t>(state.len)};
      return answer([&] { return self<T>(m).load(call, bytes); });
    });
  }
};

template <class T>
struct ModelThunks : StateThunks<T> {
  static nova_status fit(nova_instance* m, const nova_call* c, const nova_fit* io,
                         nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Fit arg(call, *io);
      return answer([&] { return self<T>(m).fit(call, arg); });
    });
  }
  static nova_status observe(nova_instance* m, const nova_call* c, const nova_fit* io,
                             nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Fit arg(call, *io);
      return answer([&] { return self<T>(m).observe(call, arg); });
    });
  }
  static nova_status forecast(nova_instance* m, const nova_call* c, const nova_forecast* io,
                              nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Forecast arg(call, *io);
      return answer([&] { return self<T>(m).forecast(call, arg); });
    });
  }
};

template <class T>
constexpr std::uint32_t model_flags_of() {
  if constexpr (requires { T::model_flags; })
    return T::model_flags;
  else
    return has_fit<T>() ? NOVA_MODEL_NEEDS_FIT : NOVA_MODEL_STATELESS;
}

template <class T>
constexpr nova_model_ops make_model_ops() {
  static_assert(has_forecast<T>(), "a model needs forecast(nova::Call, nova::Forecast&)");
  nova_model_ops ops{};
  ops.struct_size = sizeof ops;
  ops.flags = model_flags_of<T>();
  if constexpr (has_fit<T>()) ops.fit = &ModelThunks<T>::fit;
  if constexpr (has_observe<T>()) ops.observe = &ModelThunks<T>::observe;
  ops.forecast = &ModelThunks<T>::forecast;
  if constexpr (has_save<T>()) ops.save = &ModelThunks<T>::save;
  if constexpr (has_load<T>()) ops.load = &ModelThunks<T>::load;
  return ops;
}
template <class T>
inline constexpr nova_model_ops model_ops = make_model_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component model_component =
    detail::make_component<T>(NOVA_MODEL, &detail::model_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
