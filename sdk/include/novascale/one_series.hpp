// What a model written for one series sees: its points, and the place for its answer.
// Made by the per_series adapter; borrowed for the call.
#pragma once

#include <novascale/model.hpp>

namespace nova {
inline namespace sdk_v1 {

// Points of one series, oldest first; NaN = missing.
struct OneSeries {
  std::span<const double> values;
  std::span<const std::uint32_t>
      seasons;                           // found by the host, in steps; 0 = none; empty = not known
  std::int64_t end_ns = 0, step_ns = 0;  // time of the last point; 0 = not known
  std::uint64_t seed = 0;
  const Call* call = nullptr;  // for check() in a long fit
  std::size_t item = 0;

  void note(std::string_view text) const {
    if (call != nullptr) call->note(item, text);
  }
  void check() const {
    if (call != nullptr) call->check();
  }
};

class OneForecast {
 public:
  // gap: steps between the last point the model knows and the origin, usually 0.
  OneForecast(const Forecast& io, std::size_t series, std::uint32_t gap)
      : io_(&io), series_(series), gap_(gap) {}

  std::size_t leads() const noexcept { return io_->leads(); }
  // Steps ahead of the last point that the model knows, from 1.
  std::uint32_t ahead(std::size_t h) const noexcept { return io_->lead(h) + gap_; }
  std::span<const double> levels() const noexcept { return io_->levels(); }
  double& mean(std::size_t h) const noexcept { return io_->mean(series_, h); }
  double& quantile(std::size_t q, std::size_t h) const noexcept {
    return io_->quantile(series_, q, h);
  }
  std::span<double> means() const noexcept { return io_->mean_row(series_); }
  void note(std::string_view text) const noexcept { io_->note(series_, text); }
  void check() const { io_->call().check(); }
  std::uint64_t seed() const noexcept { return io_->seed(); }

 private:
  const Forecast* io_;
  std::size_t series_;
  std::uint32_t gap_;
};

}  // namespace sdk_v1
}  // namespace nova
