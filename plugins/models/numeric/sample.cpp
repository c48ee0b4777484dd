#include "plugins/models/numeric/sample.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/normal.hpp>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace nova::numeric {
namespace {

// Scaled, because squares of 1e300 overflow.
double root_mean_square(const std::vector<double>& values) {
  double scale = 0, sum = 0;
  for (const double v : values) scale = std::max(scale, std::fabs(v));
  if (scale == 0) return 0;
  for (const double v : values) sum += (v / scale) * (v / scale);
  return scale * std::sqrt(sum / static_cast<double>(values.size()));
}

// Sorts sizes, finite and none below 0, whose root mean square is given: dealt into buckets of
// equal width first, a few a bucket, which takes half the time of sorting them all. All that lies
// far out falls into the last bucket.
void sort_sizes(std::vector<double>& sizes, double rms) {
  constexpr double kFarOut = 4;  // root mean squares
  const std::size_t buckets = sizes.size() / 4;
  const double width = kFarOut * rms / static_cast<double>(buckets);
  if (sizes.size() < 256 || !(width > 0)) {
    std::sort(sizes.begin(), sizes.end());
    return;
  }
  const auto last = static_cast<double>(buckets - 1);
  std::vector<std::uint32_t> bucket(sizes.size());
  std::vector<std::uint32_t> place(buckets);  // where the next of each bucket goes
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    bucket[i] = static_cast<std::uint32_t>(std::min(sizes[i] / width, last));
    ++place[bucket[i]];
  }
  std::exclusive_scan(place.begin(), place.end(), place.begin(), std::uint32_t{0});
  std::vector<double> dealt(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) dealt[place[bucket[i]]++] = sizes[i];
  auto begin = dealt.begin();
  for (const auto end : place) {
    const auto next = dealt.begin() + end;
    std::sort(begin, next);
    begin = next;
  }
  sizes = std::move(dealt);
}

// Shares of the order at which errors are kept, (1 - cos(pi i / (kKept - 1))) / 2: the outermost
// lie 4e-5 apart, the middle ones 0.6 %.
const std::vector<double>& kept_places() {
  static const auto kPlaces = [] {
    std::vector<double> all(ErrorSample::kKept);
    const double step = std::numbers::pi / static_cast<double>(ErrorSample::kKept - 1);
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = 0.5 * (1 - std::cos(step * static_cast<double>(i)));
    return all;
  }();
  return kPlaces;
}

}  // namespace

ErrorSample::ErrorSample(std::vector<double> errors) : sorted_(std::move(errors)) {
  std::erase_if(sorted_, [](double e) { return !std::isfinite(e); });
  for (double& e : sorted_) e = std::fabs(e);
  count_ = static_cast<double>(sorted_.size());
  rms_ = root_mean_square(sorted_);
  if (sorted_.size() > kSorted) {
    const std::size_t stride = (sorted_.size() + kSorted - 1) / kSorted;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sorted_.size(); i += stride) sorted_[kept++] = sorted_[i];
    sorted_.resize(kept);
  }
  sort_sizes(sorted_, rms_);
  if (sorted_.size() <= kKept) return;
  const auto last = static_cast<double>(sorted_.size() - 1);
  std::vector<double> kept(kKept);
  places_.resize(kKept);
  for (std::size_t i = 0; i < kKept; ++i) {
    const auto index = static_cast<std::size_t>(std::llround(kept_places()[i] * last));
    kept[i] = sorted_[index];
    places_[i] = static_cast<double>(index) / last;
  }
  sorted_ = std::move(kept);
}

ErrorSample::ErrorSample(std::vector<double> sorted, std::vector<double> places, double rms,
                         double count)
    : sorted_(std::move(sorted)), places_(std::move(places)), rms_(rms), count_(count) {
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::is_sorted(sorted_.begin(), sorted_.end()) ||
      !std::all_of(sorted_.begin(), sorted_.end(), finite) ||
      !std::is_sorted(places_.begin(), places_.end()) ||
      !(places_.empty() || places_.size() == sorted_.size()) || !(rms >= 0) ||
      !(count >= static_cast<double>(sorted_.size())))
    throw std::invalid_argument("not a sample of errors");
}

double ErrorSample::quantile(double level) const {
  if (sorted_.size() < kEmpirical) return rms_ == 0 ? 0 : rms_ * normal_quantile(level);
  const double p = std::fabs(2 * level - 1);
  std::size_t right;
  double left_place, right_place;
  if (places_.empty()) {
    const double last = static_cast<double>(sorted_.size() - 1);
    right = std::clamp<std::size_t>(static_cast<std::size_t>(std::floor(p * last)) + 1, 1,
                                    sorted_.size() - 1);
    left_place = static_cast<double>(right - 1) / last;
    right_place = static_cast<double>(right) / last;
  } else {
    right = static_cast<std::size_t>(std::upper_bound(places_.begin(), places_.end(), p) -
                                     places_.begin());
    right = std::clamp<std::size_t>(right, 1, places_.size() - 1);
    left_place = places_[right - 1];
    right_place = places_[right];
  }
  const double share = right_place > left_place
                           ? std::clamp((p - left_place) / (right_place - left_place), 0.0, 1.0)
                           : 0;
  const double size = (1 - share) * sorted_[right - 1] + share * sorted_[right];
  return level == 0.5 ? 0 : std::copysign(size, level - 0.5);
}

}  // namespace nova::numeric
