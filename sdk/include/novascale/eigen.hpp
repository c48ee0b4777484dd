// Eigen maps of series and of output columns, strides included and without a copy.
// A mapped matrix has one row per series; missing samples are NaN, and points before a series'
// `lengths` are not hidden as Series::at() hides them.
#pragma once

#include <novascale/model.hpp>

#include <Eigen/Core>

namespace nova {
inline namespace sdk_v1 {

using AnyStride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using SeriesMap = Eigen::Map<const RowMatrix, Eigen::Unaligned, AnyStride>;
using OutputMap = Eigen::Map<RowMatrix, Eigen::Unaligned, AnyStride>;
using VectorMap = Eigen::Map<const Eigen::VectorXd, Eigen::Unaligned, Eigen::InnerStride<>>;

// [series][point], strides of any sign.
inline SeriesMap matrix(const Series& y) {
  return SeriesMap(y.data(), static_cast<Eigen::Index>(y.has_values() ? y.count() : 0),
                   static_cast<Eigen::Index>(y.has_values() ? y.points() : 0),
                   AnyStride(y.series_stride(), y.time_stride()));
}
// The valid points of one series.
inline VectorMap vector(const Series& y, std::size_t s) {
  const auto n = static_cast<Eigen::Index>(y.length(s));
  const double* begin = n == 0 ? nullptr
                               : y.data() + static_cast<std::int64_t>(s) * y.series_stride() +
                                     static_cast<std::int64_t>(y.first(s)) * y.time_stride();
  return VectorMap(begin, n, Eigen::InnerStride<>(y.time_stride()));
}
// [series][lead]
inline OutputMap mean(const Forecast& io) {
  const auto rows = static_cast<Eigen::Index>(io.count()),
             leads = static_cast<Eigen::Index>(io.leads());
  return OutputMap(rows == 0 || leads == 0 ? nullptr : &io.mean(0, 0), rows, leads,
                   AnyStride(rows > 1 ? &io.mean(1, 0) - &io.mean(0, 0) : leads, 1));
}
// [level][lead] of one series
inline OutputMap quantiles(const Forecast& io, std::size_t s) {
  const auto levels = static_cast<Eigen::Index>(io.levels().size());
  const auto leads = static_cast<Eigen::Index>(io.leads());
  return OutputMap(
      levels == 0 || leads == 0 ? nullptr : &io.quantile(s, 0, 0), levels, leads,
      AnyStride(levels > 1 ? &io.quantile(s, 1, 0) - &io.quantile(s, 0, 0) : leads, 1));
}

}  // namespace sdk_v1
}  // namespace nova
