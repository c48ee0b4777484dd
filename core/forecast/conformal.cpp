#include "core/forecast/conformal.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nova {
namespace {

constexpr double kLeastSpread = 0.1;  // of the mean error: a model may not claim to be exact
constexpr double kLargestError = 10;  // mean errors: one absurd value must not set the unit
constexpr double kSharpness = 3;      // of the choice among rates
constexpr double kFarthest = 100;     // spreads an offset may reach
constexpr double kSlowest = 0.5;      // of the rates, at far leads

double spread_of(const Forecast& raw, std::size_t i, double error) {
  const double own = raw.quantile(0.9, i) / 2 - raw.quantile(0.1, i) / 2;
  return std::max(own, kLeastSpread * error);
}

// Steps from one forecast that is scored at this lead to the next.
std::size_t stride_of(std::uint32_t lead, const ConformalRules& rules) {
  return (lead + rules.most_pending - 1) / rules.most_pending;
}

// 0 where there is no spread to count in: nothing is scored by it.
double in_spreads(double distance, double spread) { return spread > 0 ? distance / spread : 0; }

double pinball_loss(double level, double over) {
  return over > 0 ? level * over : (level - 1) * over;
}

// The rates' offsets, weighted by exp(-kSharpness * loss).
std::vector<double> aggregate(const Conformal::Lead& lead) {
  const auto& losses = lead.losses;
  const double least = *std::min_element(losses.begin(), losses.end());
  std::vector<double> offsets(lead.offsets[0].size(), 0.0);
  double sum = 0;
  for (std::size_t r = 0; r < losses.size(); ++r) {
    const double weight = std::exp(kSharpness * (least - losses[r]));
    for (std::size_t l = 0; l < offsets.size(); ++l) offsets[l] += weight * lead.offsets[r][l];
    sum += weight;
  }
  for (auto& x : offsets) x /= sum;
  return offsets;
}

// Quantiles that do not cross: the others say between which bounds the median may lie.
void in_order(std::vector<double>& column, std::size_t middle) {
  const double median = column[middle];
  column.erase(column.begin() + static_cast<std::ptrdiff_t>(middle));
  std::sort(column.begin(), column.end());
  const double low = middle > 0 ? column[middle - 1] : median;
  const double high = middle < column.size() ? column[middle] : median;
  column.insert(column.begin() + static_cast<std::ptrdiff_t>(middle),
                std::min(std::max(median, low), high));
}

}  // namespace

Conformal::Conformal(std::vector<std::uint32_t> leads, std::vector<double> levels,
                     ConformalRules rules)
    : leads_(std::move(leads)),
      levels_(std::move(levels)),
      rules_(rules),
      middle_(static_cast<std::size_t>(std::lower_bound(levels_.begin(), levels_.end(), 0.5) -
                                       levels_.begin())),
      learned_(leads_.size()) {
  for (auto& lead : learned_) lead.offsets.fill(std::vector<double>(levels_.size(), 0.0));
}

Forecast Conformal::correct(const Forecast& raw) const {
  assert(raw.parts().levels == levels_);
  if (leads_.empty()) return raw;
  std::vector<std::vector<double>> known;
  for (const auto& lead : learned_) known.push_back(aggregate(lead));
  auto parts = raw.parts();
  const auto n = parts.leads.size(), levels = levels_.size();
  std::vector<double> column(levels);
  std::size_t above = 0;  // first scored lead at or above this one
  for (std::size_t i = 0; i < n; ++i) {
    while (above < leads_.size() && leads_[above] < parts.leads[i]) ++above;
    const auto high = std::min(above, leads_.size() - 1);
    const auto low =
        above == 0 || above == leads_.size() || leads_[high] == parts.leads[i] ? high : high - 1;
    const double share = low == high ? 0
                                     : std::log(double(parts.leads[i]) / leads_[low]) /
                                           std::log(double(leads_[high]) / leads_[low]);
    const double error = learned_[low].error + share * (learned_[high].error - learned_[low].error);
    const double spread = spread_of(raw, i, error);
    bool finite = true;
    for (std::size_t l = 0; l < levels; ++l) {
      const double offset = known[low][l] + share * (known[high][l] - known[low][l]);
      const double before = parts.quantiles[l * n + i];
      column[l] = before + offset * spread;
      if (before >= 0) column[l] = std::max(column[l], 0.0);
      finite = finite && std::isfinite(column[l]);
    }
    if (!finite) continue;  // it stays as it was said
    in_order(column, middle_);
    const double moved = parts.mean[i] + column[middle_] - parts.quantiles[middle_ * n + i];
    if (std::isfinite(moved)) parts.mean[i] = parts.mean[i] >= 0 ? std::max(moved, 0.0) : moved;
    for (std::size_t l = 0; l < levels; ++l) parts.quantiles[l * n + i] = column[l];
  }
  auto made = Forecast::make(std::move(parts));
  return made ? std::move(made).value() : raw;
}

void Conformal::expect(const Forecast& raw) {
  const auto raw_leads = raw.leads();
  for (std::size_t k = 0; k < leads_.size(); ++k) {
    const auto at = std::lower_bound(raw_leads.begin(), raw_leads.end(), leads_[k]);
    if (at == raw_leads.end() || *at != leads_[k]) continue;
    const auto i = static_cast<std::size_t>(at - raw_leads.begin());
    auto& [pending, said, offsets, losses, error] = learned_[k];
    const auto apart = raw.step() * static_cast<std::int64_t>(stride_of(leads_[k], rules_));
    const auto time = unix_ns(raw.time_of(i));
    if (!pending.empty() && time < pending.back().time_ns + apart.count()) continue;
    const auto* quantiles = raw.parts().quantiles.data() + i;  // [level * leads]
    const double median = quantiles[middle_ * raw_leads.size()];
    const double spread = spread_of(raw, i, error);
    if (said.empty()) said.reserve(width() * std::min<std::size_t>(leads_[k], rules_.most_pending));
    pending.push_back({time, median, spread});
    for (const auto& rate : offsets)
      for (std::size_t l = 0; l < levels_.size(); ++l)
        said.push_back(static_cast<float>(
            in_spreads(quantiles[l * raw_leads.size()] - median, spread) + rate[l]));
  }
}

double Conformal::arrive(TimePoint time, double value) {
  double first = std::nan("");
  for (auto& lead : learned_) {
    auto& pending = lead.pending;
    while (!pending.empty() && pending.front().time_ns < unix_ns(time)) forget_first(lead);
    if (pending.empty() || pending.front().time_ns != unix_ns(time)) continue;
    if (std::isfinite(value)) {
      score(lead, value);
      if (&lead == &learned_.front()) first = value - pending.front().median;
    }
    forget_first(lead);
  }
  return first;
}

void Conformal::forget_first(Lead& lead) const {
  lead.pending.erase(lead.pending.begin());
  lead.said.erase(lead.said.begin(), lead.said.begin() + static_cast<std::ptrdiff_t>(width()));
}

// By the first of those pending. Each k-th forecast of a far lead is scored, and its rates are
// smaller by sqrt(k): what a step did is known late, and late news asks for small steps (Joulani,
// Gyorgy and Szepesvari, "Online learning under delayed feedback", 2013). At most by half: at leads
// of days there is little news.
void Conformal::score(Lead& lead, double value) const {
  const auto& first = lead.pending.front();
  const auto ahead = leads_[static_cast<std::size_t>(&lead - learned_.data())];
  const double slower = std::max(kSlowest, 1 / std::sqrt(double(stride_of(ahead, rules_))));
  const double keep = std::exp2(-1.0 / rules_.half_life);
  const double error = std::abs(value - first.median);
  for (std::size_t r = 0; first.spread > 0 && r < rules_.rates.size(); ++r) {
    double loss = 0;
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      auto& offset = lead.offsets[r][l];
      const double over = std::clamp(
          (value - first.median) / first.spread - double(lead.said[r * levels_.size() + l]),
          -kFarthest, kFarthest);
      loss += pinball_loss(levels_[l], over);
      const double step = (over > 0 ? 1.0 : 0.0) - (1.0 - levels_[l]);
      // Moved by every value, the median would only be noisier: it stays the model's own.
      const double rate = slower * rules_.rates[r] * std::abs(2 * levels_[l] - 1);
      offset = std::clamp(offset + rate * step, -kFarthest, kFarthest);
    }
    lead.losses[r] = keep * lead.losses[r] + loss / static_cast<double>(levels_.size());
  }
  if (!std::isfinite(error)) return;
  lead.error = lead.error == 0
                   ? error
                   : keep * lead.error + (1 - keep) * std::min(error, kLargestError * lead.error);
}

}  // namespace nova
