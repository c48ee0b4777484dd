#include "core/forecast/season.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <unsupported/Eigen/FFT>

#include "core/base/median.hpp"

namespace nova {
namespace {

using Values = std::vector<double>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kSpectrumPeaks = 16, kCorrelationPeaks = 12;
constexpr double kSpike = 5;        // deviations beyond which a value is cut
constexpr double kAsGood = 0.7;     // of the repetition after a multiple that its divisor must show
constexpr double kLeastPeak = 0.1;  // autocorrelation
constexpr int kMoves = 8;           // steps from a candidate to the strongest length near it
constexpr double kNear = 0.05;      // lengths so near, relative, are not told apart by ...
constexpr double kAlmost = 0.9;     // ... strengths whose ratio is above this

double quantile_of(Values& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double median(std::span<const double> values) {
  Values known;
  for (const double x : values)
    if (!std::isnan(x)) known.push_back(x);
  return known.empty() ? kUnknown : median_of(std::move(known));
}

// Without a resistant line and without spikes, in units of the spread; empty when there is nothing
// to find.
Values prepare(std::span<const double> values) {
  Values y(values.begin(), values.end());
  double largest = 0;
  std::size_t known = 0;
  for (auto& x : y) {
    if (!std::isfinite(x)) x = kUnknown;
    if (std::isnan(x)) continue;
    largest = std::max(largest, std::abs(x));
    ++known;
  }
  if (known < 8 || 2 * known < y.size() || largest == 0) return {};
  for (auto& x : y) x /= largest;  // so that no square overflows
  const auto third = y.size() / 3;
  const double rise = median(std::span(y).last(third)) - median(std::span(y).first(third));
  const double slope = std::isnan(rise) ? 0 : rise / static_cast<double>(y.size() - third);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] -= slope * static_cast<double>(t);

  Values sorted;
  for (const double x : y)
    if (!std::isnan(x)) sorted.push_back(x);
  std::sort(sorted.begin(), sorted.end());
  const double middle = quantile_of(sorted, 0.5);
  Values away(sorted);
  for (auto& x : away) x = std::abs(x - middle);
  const double spread = kSdOfMedianAbsolute * median_of(std::move(away));
  const double low = std::min(quantile_of(sorted, 0.05), middle - kSpike * spread);
  const double high = std::max(quantile_of(sorted, 0.95), middle + kSpike * spread);
  if (!(high - low > 1e-9)) return {};  // constant but for rounding and rare spikes
  double mean = 0;
  for (auto& x : y) {
    if (std::isnan(x)) continue;
    x = std::clamp(x, low, high) - middle;
    mean += x / static_cast<double>(known);
  }
  for (auto& x : y) x -= mean;
  return y;
}

struct Spectrum {
  Values power;            // [frequency k of size], k = 0 ... size / 2
  Values autocorrelation;  // [lag]
  std::size_t size = 0;
};

// Missing values count as the mean; each lag is divided by its number of pairs.
Spectrum spectrum_of(const Values& y) {
  Spectrum s;
  s.size = 1;
  while (s.size < 2 * y.size()) s.size *= 2;
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> frequency(s.size / 2 + 1);
  // Sums of products of a padded signal at every lag, by way of its power.
  const auto products = [&](const auto& at, Values* power) {
    Values padded(s.size, 0.0), sums(s.size);
    for (std::size_t t = 0; t < y.size(); ++t) padded[t] = at(y[t]);
    fft.fwd(frequency.data(), padded.data(), static_cast<Eigen::Index>(s.size));
    for (auto& f : frequency) f = std::norm(f);
    if (power)
      for (const auto& f : frequency) power->push_back(f.real());
    fft.inv(sums.data(), frequency.data(), static_cast<Eigen::Index>(s.size));
    return sums;
  };
  s.autocorrelation = products([](double x) { return std::isnan(x) ? 0.0 : x; }, &s.power);
  s.autocorrelation.resize(y.size());
  const bool gaps = std::any_of(y.begin(), y.end(), [](double x) { return std::isnan(x); });
  const Values pairs =
      gaps ? products([](double x) { return std::isnan(x) ? 0.0 : 1.0; }, nullptr) : Values();
  const auto n = static_cast<double>(y.size());
  for (std::size_t lag = y.size(); lag-- > 0;) {
    const double count = gaps ? pairs[lag] : n - static_cast<double>(lag);
    s.autocorrelation[lag] /= std::max(1.0, count);
  }
  const double variance = s.autocorrelation[0];
  for (auto& a : s.autocorrelation) a /= variance;
  return s;
}

bool is_peak(const Values& a, std::size_t i) {
  return i > 0 && i + 1 < a.size() && a[i] >= a[i - 1] && a[i] > a[i + 1];
}

// The highest of some (height, place), by place.
std::vector<std::size_t> highest(std::vector<std::pair<double, std::size_t>> peaks,
                                 std::size_t count) {
  std::sort(peaks.begin(), peaks.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < std::min(count, peaks.size()); ++i) places.push_back(peaks[i].second);
  return places;
}

std::vector<std::size_t> candidates(const Values& y, std::size_t longest,
                                    const std::vector<std::size_t>& hints) {
  const auto s = spectrum_of(y);
  std::vector<std::pair<double, std::size_t>> peaks;
  std::vector<std::size_t> lengths(hints);
  for (std::size_t k = 2; k + 1 < s.power.size(); ++k)
    if (is_peak(s.power, k)) peaks.emplace_back(s.power[k], k);
  for (const auto k : highest(std::move(peaks), kSpectrumPeaks)) {
    // All lengths that this frequency cannot tell apart; the autocorrelation can.
    const auto from = std::max<std::size_t>(2, s.size / (k + 1));
    const auto to = std::min(s.size / (k - 1) + 1, longest);
    std::size_t best = 0;
    for (auto lag = from; lag <= to; ++lag)
      if (is_peak(s.autocorrelation, lag) &&
          (best == 0 || s.autocorrelation[lag] > s.autocorrelation[best]))
        best = lag;
    if (best != 0 && s.autocorrelation[best] >= kLeastPeak) lengths.push_back(best);
  }
  peaks.clear();
  for (std::size_t lag = 2; lag <= longest; ++lag)
    if (is_peak(s.autocorrelation, lag) && s.autocorrelation[lag] >= kLeastPeak)
      peaks.emplace_back(s.autocorrelation[lag], lag);
  for (const auto lag : highest(std::move(peaks), kCorrelationPeaks)) lengths.push_back(lag);
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  std::erase_if(lengths, [&](std::size_t m) { return m < 2 || m > longest; });
  return lengths;
}

// y minus its centred moving average over m steps (half weights at both ends when m is even); near
// the ends the average of what there is.
Values without_trend(const Values& y, std::size_t m) {
  const auto n = y.size(), half = m / 2;
  Values sums(n + 1, 0.0), counts(n + 1, 0.0), out(n, kUnknown);
  for (std::size_t t = 0; t < n; ++t) {
    const bool known = !std::isnan(y[t]);
    sums[t + 1] = sums[t] + (known ? y[t] : 0);
    counts[t + 1] = counts[t] + (known ? 1 : 0);
  }
  for (std::size_t t = 0; t < n; ++t) {
    if (std::isnan(y[t])) continue;
    // Near an end the window stays whole and leans inwards: a part of a season would not be level.
    std::size_t from = t >= half ? t - half : 0;
    from = std::min(from, n - std::min(n, m));
    const std::size_t to = std::min(n, from + m);
    double sum = sums[to] - sums[from], count = counts[to] - counts[from];
    if (m % 2 == 0 && from == t - std::min(t, half) && to < n && !std::isnan(y[from]) &&
        !std::isnan(y[to]))
      sum += 0.5 * (y[to] - y[from]);
    out[t] = y[t] - sum / count;
  }
  return out;
}

// Mean of each phase, level on the whole; 0 where nothing is known.
Values profile(const Values& y, std::size_t m) {
  Values sums(m, 0.0), counts(m, 0.0);
  for (std::size_t t = 0, phase = 0; t < y.size(); ++t, phase = phase + 1 == m ? 0 : phase + 1) {
    if (std::isnan(y[t])) continue;
    sums[phase] += y[t];
    counts[phase] += 1;
  }
  double level = 0;
  for (std::size_t phase = 0; phase < m; ++phase) {
    if (counts[phase] > 0) sums[phase] /= counts[phase];
    level += sums[phase] / static_cast<double>(m);
  }
  for (auto& x : sums) x -= level;
  return sums;
}

struct Fit {
  double strength = 0;  // 1 - residual variance / variance, each by its degrees of freedom
  double share = 0;     // explained sum of squares
};

Fit fit_of(const Values& y, std::size_t m) {
  const auto detrended = without_trend(y, m);
  const auto p = profile(detrended, m);
  double all = 0, rest = 0, count = 0;
  for (std::size_t t = 0, phase = 0; t < y.size(); ++t, phase = phase + 1 == m ? 0 : phase + 1) {
    const double x = detrended[t];
    if (std::isnan(x)) continue;
    all += x * x;
    rest += (x - p[phase]) * (x - p[phase]);
    count += 1;
  }
  const double freedom = count - static_cast<double>(m);
  if (freedom <= 0 || all <= 0) return {};
  return {1 - rest / freedom / (all / (count - 1)), all - rest};
}

double correlation(const Values& y, std::size_t lag) {
  double product = 0, square = 0;
  for (std::size_t t = lag; t < y.size(); ++t) {
    if (std::isnan(y[t]) || std::isnan(y[t - lag])) continue;
    product += y[t] * y[t - lag];
    square += (y[t] * y[t] + y[t - lag] * y[t - lag]) / 2;
  }
  return square > 0 ? product / square : 0;
}

// Does y repeat after m nearly as well as after each longer candidate that is a multiple of m?
bool stands_alone(const Values& y, std::size_t m, const std::vector<std::size_t>& all) {
  return std::none_of(all.begin(), all.end(), [&](std::size_t longer) {
    if (longer <= m || longer % m != 0) return false;
    const auto detrended = without_trend(y, longer);
    return correlation(detrended, m) < kAsGood * correlation(detrended, longer);
  });
}

// Moves m to the length that is meant: a hint, or a multiple of a season already found (the longest
// first: seasons nest), if one is near and nearly as strong, since the peak of a long season is
// blunt; else up to the strongest whole step.
void settle(const Values& y, const std::vector<std::size_t>& hints,
            const std::vector<Season>& found, std::size_t longest, std::size_t& m, Fit& fit) {
  std::vector<std::size_t> meant(hints);
  for (auto season = found.rbegin(); season != found.rend(); ++season)
    // Every length is near a multiple of a season much shorter: that says nothing.
    if (static_cast<double>(season->length) > 2 * kNear * static_cast<double>(m))
      meant.push_back((m + season->length / 2) / season->length * season->length);
  for (const auto length : meant) {
    const double away = std::abs(static_cast<double>(length) - static_cast<double>(m));
    if (away > kNear * static_cast<double>(m) || length < 2 || length > longest) continue;
    const auto there = length == m ? fit : fit_of(y, length);
    if (there.strength < kAlmost * fit.strength) continue;
    m = length;
    fit = there;
    return;
  }
  bool better = true;
  for (int moves = 0; better && moves < kMoves; ++moves) {
    better = false;
    for (const auto next : {m - 1, m + 1}) {
      if (next < 2 || next > longest) continue;
      const auto there = fit_of(y, next);
      if (there.strength <= fit.strength) continue;
      m = next;
      fit = there;
      better = true;
      break;
    }
  }
}

double square_sum(const Values& y) {
  double sum = 0;
  for (const double x : y)
    if (!std::isnan(x)) sum += x * x;
  return sum;
}

}  // namespace

std::vector<Season> find_seasons(std::span<const double> values, const SeasonRules& rules) {
  auto rest = prepare(values);
  if (rest.empty()) return {};
  const auto longest =
      static_cast<std::size_t>(static_cast<double>(rest.size()) / rules.least_cycles);
  const auto lengths = candidates(rest, longest, rules.hints);
  const double all = square_sum(rest);

  std::vector<Season> found;
  std::vector<Values> profiles;
  for (auto m : lengths) {
    if (found.size() == rules.most) break;
    auto fit = fit_of(rest, m);
    if (fit.strength < kAlmost * kAlmost * rules.least_strength) continue;
    settle(rest, rules.hints, found, longest, m, fit);
    if (fit.strength < rules.least_strength || fit.share < rules.least_share * all) continue;
    if (!stands_alone(rest, m, lengths)) continue;
    profiles.push_back(profile(without_trend(rest, m), m));
    for (std::size_t t = 0; t < rest.size(); ++t) rest[t] -= profiles.back()[t % m];
    found.push_back({m, 0});
  }
  // Strength of each against what all of them leave over, the level taken out by the longest.
  if (found.empty()) return {};
  const auto left = without_trend(rest, found.back().length);
  double freedom = 0;
  for (const double x : left) freedom += !std::isnan(x);
  const double points = freedom;
  for (const auto& season : found) freedom -= static_cast<double>(season.length);
  const double noise = square_sum(left) / std::max(1.0, freedom);
  for (std::size_t i = 0; i < found.size(); ++i) {
    Values with = left;
    for (std::size_t t = 0; t < with.size(); ++t) with[t] += profiles[i][t % found[i].length];
    const double variance = square_sum(with) / std::max(1.0, points - 1);
    found[i].strength = variance > 0 ? std::clamp(1 - noise / variance, 0.0, 1.0) : 0;
  }
  return found;
}

}  // namespace nova
