#include "plugins/models/numeric/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/normal.hpp>
#include <stdexcept>

#include "plugins/models/numeric/student_t.hpp"

namespace nova::numeric {
namespace {

constexpr std::size_t kLevels = Conformal::kCoverage.size();
constexpr double kFading = 3;           // the oldest error counts exp(-3) of the newest
constexpr std::size_t kNeighbours = 2;  // leads on either side whose quantiles are averaged in
constexpr double kFew = 10;             // fewer errors have no quantiles of their own
constexpr std::size_t kReach = 4;       // leads on either side that learn from an error
constexpr std::size_t kCore = 6, kTail = 8;
static_assert(Conformal::kCoverage[kCore] == 0.8 && Conformal::kCoverage[kTail] == 0.95);
using Levels = std::array<double, kLevels>;

const Levels& scores() {
  static const Levels kScores = [] {
    Levels s{};
    for (std::size_t i = 0; i < kLevels; ++i)
      s[i] = normal_quantile(0.5 + 0.5 * Conformal::kCoverage[i]);
    return s;
  }();
  return kScores;
}

struct Weighted {
  double size, weight;
};

// Quantiles of `sample`, sorted by size, into row; `all` is the sum of its weights, `effective` the
// number of equally weighted errors that would tell as much.
void quantiles_of(std::span<const Weighted> sample, double all, double effective, double* row) {
  if (effective < kFew) {  // Student's t around 0
    double squares = 0;
    const double largest = std::max(sample.back().size, 1e-300);
    for (const auto& s : sample) squares += s.weight * (s.size / largest) * (s.size / largest);
    const double rms = largest * std::sqrt(squares / all);
    for (std::size_t i = 0; i < kLevels; ++i)
      row[i] = rms * student_t_quantile_cached(0.5 + 0.5 * Conformal::kCoverage[i], effective);
    return;
  }
  std::size_t at = 0;
  double below = sample[0].weight;  // weight up to and including `at`
  for (std::size_t i = 0; i < kLevels; ++i) {
    const double wanted = Conformal::kCoverage[i] * (effective + 1) / effective * all;
    while (below < wanted && at + 1 < sample.size()) below += sample[++at].weight;
    const double before = at == 0 ? 0 : sample[at - 1].size;
    const double share = std::clamp(1 - (below - wanted) / sample[at].weight, 0.0, 1.0);
    row[i] = before + share * (sample[at].size - before);
  }
}

}  // namespace

Conformal::Conformal(std::span<const double> errors, std::size_t count, std::size_t leads)
    : leads_(leads), table_(leads * kLevels, 0.0), corrections_(2 * leads, 0.0) {
  std::vector<double> raw(table_.size()), known(leads);
  std::vector<Weighted> sample;
  for (std::size_t l = 0; l < leads; ++l) {
    sample.clear();
    double all = 0, squares = 0;
    for (std::size_t j = 0; j < count; ++j) {
      const double e = errors[l * count + j];
      if (!std::isfinite(e)) continue;
      const double age = static_cast<double>(count - 1 - j) / static_cast<double>(count);
      const double weight = std::exp(-kFading * age);
      sample.push_back({std::fabs(e), weight});
      all += weight, squares += weight * weight;
    }
    if (sample.empty()) continue;
    std::sort(sample.begin(), sample.end(), [](auto& a, auto& b) { return a.size < b.size; });
    known[l] = all * all / squares;
    quantiles_of(sample, all, known[l], raw.data() + l * kLevels);
  }
  for (std::size_t l = 0; l < leads; ++l)
    for (std::size_t i = 0; i < kLevels; ++i) {
      const std::size_t from = l > kNeighbours ? l - kNeighbours : 0;
      const std::size_t to = std::min(leads - 1, l + kNeighbours);
      double sum = 0, weight = 0;
      for (std::size_t k = from; k <= to; ++k) {
        sum += known[k] * raw[k * kLevels + i];
        weight += known[k];
      }
      double& size = table_[l * kLevels + i];
      if (weight > 0) size = sum / weight;
      if (l > 0) size = std::max(size, table_[(l - 1) * kLevels + i]);
    }
}

Conformal::Conformal(std::vector<double> table, std::vector<double> corrections)
    : leads_(corrections.size() / 2),
      table_(std::move(table)),
      corrections_(std::move(corrections)) {
  const auto size = [](double v) { return std::isfinite(v) && v >= 0; };
  const auto finite = [](double v) { return std::isfinite(v); };
  if (corrections_.size() != 2 * leads_ || table_.size() != leads_ * kLevels ||
      !std::all_of(table_.begin(), table_.end(), size) ||
      !std::all_of(corrections_.begin(), corrections_.end(), finite))
    throw std::invalid_argument("not a table of error quantiles");
}

Conformal::Bounds Conformal::bounds(std::size_t lead) const {
  const double* row = table_.data() + (lead - 1) * kLevels;
  const double* c = corrections_.data() + 2 * (lead - 1);
  return {row[kCore] * std::exp(c[0]), row[kTail] * std::exp(c[1])};
}

void Conformal::learn(std::size_t lead, double error, const Bounds& said, double share) {
  constexpr double kGain = 0.04, kMost = 7;  // at most e^7 times wider or narrower
  constexpr double kLeast = 1e-3;
  const double size = std::fabs(error);
  const double push[2] = {
      kGain * share * (size > said.core ? kCoverage[kCore] : kCoverage[kCore] - 1),
      kGain * share * (size > said.tail ? kCoverage[kTail] : kCoverage[kTail] - 1)};
  const std::size_t reach = std::min((lead - 1) / 2, kReach);
  const auto width = static_cast<double>(reach + 1);
  for (std::size_t l = lead - reach; l <= std::min(leads_, lead + reach); ++l) {
    const double near = 1 - static_cast<double>(l > lead ? l - lead : lead - l) / width;
    double* c = corrections_.data() + 2 * (l - 1);
    for (std::size_t k = 0; k < 2; ++k)
      c[k] = std::clamp(c[k] + near / width * push[k], -kMost, kMost);
    double* row = table_.data() + (l - 1) * kLevels;
    if (size > said.tail && row[kTail] < kLeast * size)  // what is 0 cannot grow by a factor
      for (std::size_t i = 0; i < kLevels; ++i)
        row[i] = std::max(row[i], kLeast * size * scores()[i] / scores()[kTail]);
  }
}

double Conformal::quantile(double score, std::size_t lead) const {
  if (leads_ == 0 || score == 0) return 0;
  const double z = std::fabs(score);
  const std::size_t l = std::min(lead, leads_) - 1;
  const double* row = table_.data() + l * kLevels;
  const double* c = corrections_.data() + 2 * l;
  const auto& s = scores();
  // A kept size with its correction: that of the core up to there, that of the tail from there on,
  // mixed in between; never less than the one before.
  double before = 0, here = row[0] * std::exp(c[0]), score_before = 0, score_here = s[0];
  for (std::size_t i = 0; i + 1 < kLevels && z > s[i];) {
    before = here, score_before = s[i];
    ++i;
    const double outward = std::clamp((s[i] - s[kCore]) / (s[kTail] - s[kCore]), 0.0, 1.0);
    here = std::max(before, row[i] * std::exp((1 - outward) * c[0] + outward * c[1]));
    score_here = s[i];
  }
  double size = z > score_here
                    ? here * z / score_here
                    : before + (z - score_before) / (score_here - score_before) * (here - before);
  if (lead > leads_) size *= growth(lead);
  return std::copysign(size, score);
}

// How much wider than the last lead known: spreads go on growing by the power of the lead by which
// they grew over the second half of the table, at most by that of a random walk.
double Conformal::growth(std::size_t lead) const {
  const double last = table_[(leads_ - 1) * kLevels + kCore];
  const double half = table_[((leads_ + 1) / 2 - 1) * kLevels + kCore];
  const double power =
      leads_ < 2 || !(half > 0) ? 0.5 : std::clamp(std::log(last / half) / std::log(2.0), 0.0, 0.5);
  return std::pow(static_cast<double>(lead) / static_cast<double>(leads_), power);
}

}  // namespace nova::numeric
