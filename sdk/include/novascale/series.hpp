// A borrowed view of many series on one grid: nova_series_view with its strides and lengths hidden.
#pragma once

#include <novascale/series.h>

#include <novascale/error.hpp>

#include <limits>
#include <span>
#include <vector>

namespace nova {
inline namespace sdk_v1 {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class Series {
 public:
  Series() = default;
  // null reads as "no series".
  explicit Series(const nova_series_view* v) {
    using S = nova_series_view;
    if (v == nullptr) return;
    count_ = detail::field(*v, &S::series_count);
    points_ = detail::field(*v, &S::point_count);
    keys_ = detail::field(*v, &S::keys);
    values_ = detail::field(*v, &S::values);
    series_stride_ = detail::field(*v, &S::series_stride);
    time_stride_ = detail::field(*v, &S::time_stride);
    t0_ns_ = detail::field(*v, &S::t0_ns);
    step_ns_ = detail::field(*v, &S::step_ns);
    times_ns_ = detail::field(*v, &S::times_ns);
    times_stride_ = detail::field(*v, &S::times_stride);
    lengths_ = detail::field(*v, &S::lengths);
    if ((detail::field(*v, &S::flags) & detail::kMustUnderstand) != 0)
      throw Error(NOVA_UNIMPLEMENTED, "the series need a feature this plugin does not know");
  }

  std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  std::size_t points() const noexcept { return static_cast<std::size_t>(points_); }
  bool has_values() const noexcept { return values_ != nullptr && points_ > 0; }
  bool has_keys() const noexcept { return keys_ != nullptr; }
  std::uint64_t key(std::size_t s) const noexcept { return keys_ == nullptr ? s : keys_[s]; }

  // Valid points of series s: the last ones of its row.
  std::size_t length(std::size_t s) const noexcept {
    if (values_ == nullptr) return 0;
    return lengths_ == nullptr || lengths_[s] > points_ ? points() : lengths_[s];
  }
  std::size_t first(std::size_t s) const noexcept { return points() - length(s); }

  // Sample t of series s; NaN = missing, also before the first valid point.
  double at(std::size_t s, std::size_t t) const noexcept {
    if (values_ == nullptr || (lengths_ != nullptr && t < first(s))) return kNaN;
    return values_[static_cast<std::int64_t>(s) * series_stride_ +
                   static_cast<std::int64_t>(t) * time_stride_];
  }
  // End of the span that point t stands for. An absent row of times means the regular grid.
  std::int64_t time_ns(std::size_t s, std::size_t t) const noexcept {
    if (times_ns_ != nullptr)
      return times_ns_[static_cast<std::int64_t>(s) * times_stride_ + static_cast<std::int64_t>(t)];
    return t0_ns_ + static_cast<std::int64_t>(t) * step_ns_;
  }
  std::int64_t step_ns() const noexcept { return step_ns_; }
  std::int64_t t0_ns() const noexcept { return t0_ns_; }
  bool regular() const noexcept { return times_ns_ == nullptr; }

  // The valid points of series s: no copy where they lie side by side, else through `scratch`.
  std::span<const double> row(std::size_t s, std::vector<double>& scratch) const {
    const std::size_t n = length(s), from = first(s);
    if (n == 0) return {};
    const double* begin = values_ + static_cast<std::int64_t>(s) * series_stride_ +
                          static_cast<std::int64_t>(from) * time_stride_;
    if (time_stride_ == 1) return {begin, n};
    scratch.resize(n);
    for (std::size_t i = 0; i < n; ++i)
      scratch[i] = begin[static_cast<std::int64_t>(i) * time_stride_];
    return scratch;
  }

  // Raw access, for <novascale/eigen.hpp>.
  const double* data() const noexcept { return values_; }
  std::int64_t series_stride() const noexcept { return series_stride_; }
  std::int64_t time_stride() const noexcept { return time_stride_; }

 private:
  std::uint64_t count_ = 0, points_ = 0;
  const std::uint64_t* keys_ = nullptr;
  const double* values_ = nullptr;
  std::int64_t series_stride_ = 0, time_stride_ = 1, t0_ns_ = 0, step_ns_ = 0;
  const std::int64_t* times_ns_ = nullptr;
  std::int64_t times_stride_ = 0;
  const std::uint32_t* lengths_ = nullptr;
};

}  // namespace sdk_v1
}  // namespace nova
