#include "core/decide/promise/tail.hpp"

#include <cmath>

namespace nova::promise {
namespace {

constexpr std::uint32_t kFar = 15;     // largest errors that make the exponential
constexpr std::uint32_t kFewest = 20;  // errors that speak of a tail

double centre(int bin) { return (bin_floor(bin) + bin_floor(bin + 1)) / 2; }

}  // namespace

Tail::Tail(std::size_t window) : past_(window) {}

void Tail::push(double z) {
  if (past_.full()) --counts_[past_[past_.size()]];
  const auto bin = static_cast<std::uint16_t>(bin_of(z));
  ++counts_[bin];
  past_.push(bin);
}

void Tail::refresh() {
  above_[kBins] = 0;
  for (int b = kBins - 1; b >= 0; --b)
    above_[static_cast<std::size_t>(b)] =
        above_[static_cast<std::size_t>(b) + 1] + counts_[static_cast<std::size_t>(b)];
  total_ = above_[0] < kFewest ? 0 : above_[0];
  if (total_ == 0) return;
  std::uint32_t seen = 0;
  double sum = 0;
  int b = kBins;
  while (seen < kFar && b > 0) {
    --b;
    const auto here = counts_[static_cast<std::size_t>(b)];
    seen += here;
    sum += here * centre(b);
  }
  // The exponential begins at the lower end of the bin that holds the 15th largest.
  far_ = bin_floor(b);
  far_share_ = seen / total_;
  mean_excess_ = std::max(sum / seen - far_, 0.01);
}

double Tail::survival(double z) const {
  if (total_ == 0) return z < 0 ? 1 : 0.5 * std::exp(-z);
  if (z >= far_) return far_share_ * std::exp((far_ - z) / mean_excess_);
  const int b = bin_of(z);
  const double low = bin_floor(b), high = bin_floor(b + 1);
  const double more = above_[static_cast<std::size_t>(b) + 1];
  const double here = above_[static_cast<std::size_t>(b)] - more;
  return (more + here * std::min(1.0, (high - z) / (high - low))) / total_;
}

double Tail::bound(double share) const {
  if (share <= far_share_ || total_ == 0)
    return far_ + mean_excess_ * std::log(std::max(far_share_, 1e-12) / share);
  int b = kBins - 1;
  while (b > 0 && above_[static_cast<std::size_t>(b)] < share * total_) --b;
  return centre(b);
}

}  // namespace nova::promise
