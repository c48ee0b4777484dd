#include "plugins/models/numeric/spread.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <novascale/normal.hpp>
#include <stdexcept>

namespace nova::numeric {
namespace {

constexpr double kPriorOrigins = 0.5;  // weight of "as the model says"
constexpr double kOwnErrors = 20;  // weight of a model's own errors beside held-out ones, in points
constexpr double kMemory = 500;    // points over which sigma follows the errors
constexpr double kWild = 10;       // standard deviations; larger errors count as that
constexpr std::size_t kShapeLeast = 200;  // errors before their shape is believed
constexpr double kFactorLeast = 0.2, kFactorMost = 20;

}  // namespace

double normal_scale(std::vector<double> errors) {
  std::erase_if(errors, [](double e) { return !std::isfinite(e); });
  if (errors.empty()) return 0;
  for (double& e : errors) e = std::fabs(e);
  auto begin = errors.begin();  // what lies before it is smaller
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(errors.size() - 1);
    const auto left = errors.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(begin, left, errors.end());
    begin = left;
    const auto right = std::min_element(left + 1, errors.end());
    return right == errors.end() ? *left : *left + (place - std::floor(place)) * (*right - *left);
  };
  const double core = at(0.8);
  return 0.5 * (core / normal_quantile(0.9) + at(0.95) / normal_quantile(0.975));
}

double held_out_sigma(double own, std::vector<double> errors) {
  std::erase_if(errors, [](double e) { return !std::isfinite(e); });
  const auto n = static_cast<double>(errors.size());
  const double seen = normal_scale(std::move(errors));
  if (!(seen > 0)) return own;
  if (!(own > 0)) return seen;
  return std::exp((n * std::log(seen) + kOwnErrors * std::log(own)) / (n + kOwnErrors));
}

double updated_sigma(double sigma, double& known, double error) {
  double size = std::fabs(error);
  if (!std::isfinite(size)) return sigma;
  ++known;
  if (!(sigma >= 0)) return size;
  if (sigma > 0) size = std::min(size, kWild * sigma);
  const double weight = 1 / std::min(known, kMemory);
  return std::sqrt(sigma * sigma + weight * (size * size - sigma * sigma));
}

std::size_t Spread::band(std::size_t lead) {
  return std::min<std::size_t>(kBands - 1, static_cast<std::size_t>(std::bit_width(lead - 1)));
}

Spread::Spread(const std::array<std::vector<double>, kBands>& errors, double held) {
  factor_.fill(1);
  double seen = 1, wide = 1;  // a band without errors is like the one before it
  std::vector<double> pooled;
  for (std::size_t b = 0; b < kBands; ++b) {
    std::vector<double> sizes;
    for (const double e : errors[b])
      if (std::isfinite(e)) sizes.push_back(e);
    if (sizes.size() >= 8) {
      const double scale = std::clamp(normal_scale(sizes), kFactorLeast, kFactorMost);
      const double apart = held / std::exp2(static_cast<double>(b));
      seen = std::exp(apart / (apart + kPriorOrigins) * std::log(scale));
      wide = std::sqrt(1 + 1 / std::max(apart, 1.0));
    }
    factor_[b] = seen * wide;
    for (const double e : sizes) pooled.push_back(e / seen);
  }
  if (pooled.size() >= kShapeLeast) shape_ = ErrorSample(std::move(pooled));
}

void Spread::save(StateWriter& w) const {
  for (const double f : factor_) w.put(f);
  w.put(shape_.sorted());
  w.put(shape_.places());
  w.put(shape_.rms());
  w.put(shape_.count());
}

Spread Spread::load(StateReader& r) {
  Spread s;
  for (double& f : s.factor_) {
    f = r.get<double>();
    if (!(f > 0 && f < 1e3)) StateReader::refuse("inconsistent");
  }
  auto sorted = r.list<double>(), places = r.list<double>();
  const double rms = r.get<double>(), count = r.get<double>();
  try {
    s.shape_ = ErrorSample(std::move(sorted), std::move(places), rms, count);
  } catch (const std::invalid_argument& e) {
    StateReader::refuse(e.what());
  }
  return s;
}

double Spread::quantile(double p, std::size_t lead) const {
  const double size = shape_.count() > 0 ? shape_.quantile(p) : normal_quantile(p);
  return p == 0.5 ? 0 : factor_[band(lead)] * size;
}

}  // namespace nova::numeric
