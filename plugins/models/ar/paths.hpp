// Forecasts of one member of the pool from many origins at once.
//
// An origin is the index of the last value a forecast may know. Origins lie `stride` apart; the
// forecasts of all of them are made lead by lead, so that the inner loops run over origins, whose
// values lie side by side once a series is dealt out by its index modulo the stride.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/models/ar/views.hpp"
#include "plugins/models/numeric/lag_gram.hpp"

namespace nova::ar {

// One forecasting rule. Numbers are on the scale of its view.
struct Member {
  enum class Kind : std::uint8_t {
    autoregression,
    seasonal,
    seasonal_median,
    median,
    drift,
    theta
  };
  Kind kind = Kind::autoregression;
  View view = View::level;
  std::uint32_t span = 1;           // season or window, in steps
  double factor = 0;                // of theta: the smoothing weight
  double slope = 0;                 // of theta: drift a step
  double ridge = 0;                 // of an autoregression
  std::vector<std::uint32_t> lags;  // ascending
  numeric::LinearFit fit;
  std::uint8_t bands = 0xff;  // bit b: it has a vote in band b of leads
};

struct Origins {
  std::size_t first = 0, stride = 1, count = 1;
  std::size_t at(std::size_t j) const { return first + j * stride; }
};

// A series dealt out by index modulo stride: values of indices i, i + stride, ... lie side by side.
// Borrows the series, which must outlive it.
class Dealt {
 public:
  Dealt(std::span<const double> z, std::size_t stride);
  const double* from(std::size_t index) const {
    return places_.empty() ? plain_.data() + index : values_.data() + places_[index];
  }
  std::span<const double> plain() const { return plain_; }

 private:
  std::vector<double> values_;         // empty at stride 1
  std::vector<std::uint32_t> places_;  // of each index in values_: a table, as it is asked often
  std::span<const double> plain_;
};

// Where forecasts are written: row(lead)[j] is that from origin j.
struct Grid {
  double* values = nullptr;
  std::size_t width = 1;  // from lead to lead
  double* row(std::size_t lead) const { return values + (lead - 1) * width; }
};

// Forecasts of `member` by leads 1..leads from each origin, on the scale of its view (steps are
// summed up). views: the dealt series by View. bound: what is extrapolated stays within +- this.
void paths(const Member& member, std::span<const Dealt> views, const Origins& origins,
           std::size_t leads, double bound, Grid out);

// Values before an origin, itself included, that paths() reads for `member`.
std::size_t reach(const Member& member);

}  // namespace nova::ar
