#include "plugins/models/numeric/spread.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <novascale/normal.hpp>
#include <stdexcept>

namespace nova::numeric {
namespace {

constexpr double kPriorOrigins = 3;       // weight of "as the model says"
constexpr std::size_t kShapeLeast = 200;  // errors before their shape is believed
constexpr double kFactorLeast = 0.2, kFactorMost = 20;

// The scale of a normal distribution with these sizes at 80 % and 95 %, the levels most asked for.
double normal_scale(std::vector<double>& sizes) {
  std::sort(sizes.begin(), sizes.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(sizes.size() - 1);
    const auto left = static_cast<std::size_t>(place);
    const std::size_t right = std::min(left + 1, sizes.size() - 1);
    return sizes[left] + (place - static_cast<double>(left)) * (sizes[right] - sizes[left]);
  };
  return 0.5 * (at(0.8) / normal_quantile(0.9) + at(0.95) / normal_quantile(0.975));
}

}  // namespace

std::size_t Spread::band(std::size_t lead) {
  return std::min<std::size_t>(kBands - 1, static_cast<std::size_t>(std::bit_width(lead - 1)));
}

Spread::Spread(const std::array<std::vector<double>, kBands>& errors, double origins) {
  factor_.fill(1);
  double before = 1;
  std::vector<double> pooled;
  for (std::size_t b = 0; b < kBands; ++b) {
    std::vector<double> sizes;
    for (const double e : errors[b])
      if (std::isfinite(e)) sizes.push_back(std::fabs(e));
    if (sizes.size() >= 8) {
      const double scale = std::clamp(normal_scale(sizes), kFactorLeast, kFactorMost);
      const double weight = origins / (origins + kPriorOrigins);
      before = std::exp(weight * std::log(scale));
    }
    factor_[b] = before;  // a band without errors is like the one before it
    for (const double e : sizes) pooled.push_back(e / before);
  }
  if (pooled.size() >= kShapeLeast) shape_ = ErrorSample(std::move(pooled));
}

Spread::Spread(const std::array<double, kBands>& factor, ErrorSample shape)
    : factor_(factor), shape_(std::move(shape)) {
  for (const double f : factor_)
    if (!(f >= kFactorLeast && f <= kFactorMost)) throw std::invalid_argument("not a spread");
}

double Spread::quantile(double p, std::size_t lead) const {
  const double size = shape_.count() > 0 ? shape_.quantile(p) : normal_quantile(p);
  return p == 0.5 ? 0 : factor_[band(lead)] * size;
}

}  // namespace nova::numeric
