#include "plugins/models/numeric/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/normal.hpp>
#include <stdexcept>

namespace nova::numeric {
namespace {

constexpr std::size_t kNeighbours = 2;  // leads on either side whose errors count, too
using Coverage = std::array<double, Conformal::kCoverage.size()>;

const Coverage& scores() {
  static const Coverage kScores = [] {
    Coverage s{};
    for (std::size_t i = 0; i < s.size(); ++i)
      s[i] = normal_quantile(0.5 + 0.5 * Conformal::kCoverage[i]);
    return s;
  }();
  return kScores;
}

}  // namespace

Conformal::Conformal(std::span<const double> errors, std::size_t count, std::size_t leads)
    : leads_(leads), table_(leads * kCoverage.size(), 0.0) {
  std::vector<double> sample;
  for (std::size_t lead = 1; lead <= leads; ++lead) {
    const std::size_t from = lead > kNeighbours ? lead - kNeighbours : 1,
                      to = std::min(leads, lead + kNeighbours);
    sample.clear();
    for (std::size_t l = from; l <= to; ++l)
      for (std::size_t j = 0; j < count; ++j)
        if (const double e = errors[(l - 1) * count + j]; std::isfinite(e))
          sample.push_back(std::fabs(e));
    double* row = table_.data() + (lead - 1) * kCoverage.size();
    std::sort(sample.begin(), sample.end());
    const double independent =
        std::max(1.0, static_cast<double>(sample.size()) / static_cast<double>(to - from + 1));
    for (std::size_t i = 0; i < kCoverage.size(); ++i) {
      if (!sample.empty()) {
        const double place = std::min(1.0, kCoverage[i] * (independent + 1) / independent) *
                             static_cast<double>(sample.size() - 1);
        const auto left = static_cast<std::size_t>(place);
        const std::size_t right = std::min(left + 1, sample.size() - 1);
        const double share = place - static_cast<double>(left);
        row[i] = (1 - share) * sample[left] + share * sample[right];
      }
      if (lead > 1) row[i] = std::max(row[i], row[i - kCoverage.size()]);
    }
  }
}

Conformal::Conformal(std::vector<double> table)
    : leads_(table.size() / kCoverage.size()), table_(std::move(table)) {
  const auto size = [](double v) { return std::isfinite(v) && v >= 0; };
  if (table_.size() % kCoverage.size() != 0 || !std::all_of(table_.begin(), table_.end(), size))
    throw std::invalid_argument("not a table of error quantiles");
}

void Conformal::learn(std::size_t lead, double error) {
  constexpr double kGain = 0.05;
  const std::size_t reach = leads_ / 6, from = lead > reach ? lead - reach : 1,
                    to = std::min(leads_, lead + reach);
  const double size = std::fabs(error);
  for (std::size_t l = from; l <= to; ++l) {
    double* row = table_.data() + (l - 1) * kCoverage.size();
    for (std::size_t i = 0; i < kCoverage.size(); ++i) {
      const bool missed = size > row[i];
      row[i] = std::max(row[i] * std::exp(kGain * ((missed ? 1 : 0) - (1 - kCoverage[i]))),
                        missed ? 1e-3 * size : 0.0);
      if (i > 0) row[i] = std::max(row[i], row[i - 1]);
    }
  }
}

double Conformal::quantile(double p, std::size_t lead) const {
  if (leads_ == 0 || p == 0.5) return 0;
  const double z = normal_quantile(std::max(p, 1 - p));
  const auto& s = scores();
  const auto r = row(std::min(lead, leads_));
  double size;
  if (z <= s.front()) {
    size = r.front() * z / s.front();
  } else if (z >= s.back()) {
    size = r.back() * z / s.back();
  } else {
    const auto i = static_cast<std::size_t>(std::upper_bound(s.begin(), s.end(), z) - s.begin());
    const double share = (z - s[i - 1]) / (s[i] - s[i - 1]);
    size = (1 - share) * r[i - 1] + share * r[i];
  }
  if (lead > leads_) size *= std::sqrt(static_cast<double>(lead) / static_cast<double>(leads_));
  return p < 0.5 ? -size : size;
}

}  // namespace nova::numeric
