// Tail: how often standardised errors of the last days exceeded a bound.
//
// Empirical survival; beyond the 15th largest an exponential with the mean excess of those above it
// (Pickands 1975 with shape 0: the excess over a high threshold is nearly exponential unless the
// tail is heavy, and then the online price of a violation makes up for it). Errors are kept in
// bins, so one costs two bytes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/decide/promise/bins.hpp"
#include "core/decide/promise/past.hpp"

namespace nova::promise {

class Tail {
 public:
  explicit Tail(std::size_t window);  // errors kept

  void push(double z);
  // Takes the pushed errors into account; until then survival() speaks of the last refresh.
  void refresh();

  // Share of errors above `z`, as of the last refresh; where few are known that of a Laplace
  // distribution whose mean absolute error is 1.
  double survival(double z) const;
  // The bound that `share` of the errors exceed.
  double bound(double share) const;
  bool ready() const { return total_ > 0; }

  template <class Archive>
  void state(Archive& archive) {
    past_.state(archive);
    archive(counts_, above_, total_, far_, far_share_, mean_excess_);
  }

 private:
  Past<std::uint16_t> past_;
  std::array<std::uint32_t, kBins> counts_{};     // of past_
  std::array<std::uint32_t, kBins + 1> above_{};  // errors in this bin and those above, refreshed
  double total_ = 0;
  double far_ = 0, far_share_ = 0.5, mean_excess_ = 1;  // where the exponential begins
};

}  // namespace nova::promise
