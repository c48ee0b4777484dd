#include "core/plan/latency_fit.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/base/median.hpp"

namespace nova {
namespace {

constexpr std::size_t kFewestSeen = 60;
constexpr std::size_t kPairsABin = 12, kFewestBins = 5, kMostBins = 160;

struct Seen {
  double load, latency;
};

// Equally many pairs, as one point of the curve.
struct Bin {
  double load = 0, latency = 0;  // medians
  double variance = 0;           // of the median latency
};

Bin bin_of(std::span<const Seen> pairs) {
  std::vector<double> loads, latencies, away;
  for (const auto& p : pairs) {
    loads.push_back(p.load);
    latencies.push_back(p.latency);
  }
  Bin bin{median_of(std::move(loads)), median_of(latencies), 0};
  for (const double y : latencies) away.push_back(std::abs(y - bin.latency));
  // A normal sample's median is by pi / 2 less sure than its mean.
  constexpr double kHalfPi = 1.5707963267948966;
  const double sd = kSdOfMedianAbsolute * median_of(std::move(away));
  bin.variance = kHalfPi * sd * sd / static_cast<double>(pairs.size());
  return bin;
}

std::vector<Bin> bins_of(std::span<const Seen> pairs) {
  const auto n = pairs.size();
  const auto count = std::clamp(n / kPairsABin, kFewestBins, kMostBins);
  std::vector<Bin> bins;
  for (std::size_t b = 0; b < count; ++b) {
    const auto from = b * n / count, to = (b + 1) * n / count;
    bins.push_back(bin_of(pairs.subspan(from, to - from)));
  }
  return bins;
}

// Pools neighbours until latency rises all along.
void make_rising(std::vector<Bin>& bins) {
  struct Pool {
    double sum, variance;
    std::size_t size;
    double mean() const { return sum / static_cast<double>(size); }
  };
  std::vector<Pool> pools;
  for (const auto& bin : bins) {
    pools.push_back({bin.latency, bin.variance, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const auto last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().variance += last.variance;
      pools.back().size += last.size;
    }
  }
  std::size_t b = 0;
  for (const auto& pool : pools)
    for (std::size_t k = 0; k < pool.size; ++k, ++b) {
      const auto size = static_cast<double>(pool.size);
      bins[b].latency = pool.mean();
      bins[b].variance = pool.variance / (size * size);
    }
}

}  // namespace

Result<LatencyFit> fit_latency(std::span<const double> loads, std::span<const double> latencies,
                               double wanted) {
  std::vector<Seen> pairs;
  for (std::size_t i = 0; i < std::min(loads.size(), latencies.size()); ++i)
    if (std::isfinite(loads[i]) && std::isfinite(latencies[i]) && loads[i] > 0)
      pairs.push_back({loads[i], latencies[i]});
  if (pairs.size() < kFewestSeen)
    return Error{ErrorCode::failed_precondition, std::to_string(pairs.size()) + " of " +
                                                     std::to_string(kFewestSeen) +
                                                     " pairs of load and latency"};
  std::sort(pairs.begin(), pairs.end(), [](const Seen& a, const Seen& b) {
    return a.load != b.load ? a.load < b.load : a.latency < b.latency;
  });
  auto bins = bins_of(pairs);
  make_rising(bins);
  LatencyFit fit;
  fit.points = static_cast<double>(pairs.size());
  const auto slow = std::find_if(bins.begin(), bins.end(),
                                 [wanted](const Bin& bin) { return bin.latency > wanted; });
  if (slow == bins.begin() || slow == bins.end()) {
    const bool always = slow == bins.begin();
    fit.reached = always ? LatencyFit::Reached::below : LatencyFit::Reached::above;
    fit.load = always ? bins.front().load : bins.back().load;
    return fit;
  }
  const auto& fast = *(slow - 1);
  const double rise = slow->latency - fast.latency, apart = slow->load - fast.load;
  fit.load = fast.load + (wanted - fast.latency) / rise * apart;
  // The curve's own error where it passes, over its slope; and that it is only known at the bins.
  const double across = std::sqrt(std::max(fast.variance, slow->variance)) * apart / rise;
  fit.sd = std::min(std::sqrt(across * across + apart * apart / 12), fit.load);
  return fit;
}

}  // namespace nova
