#include "host/cli/forecast_score.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace nova::cli {
namespace {

double mean_of(double sum, double count) { return count > 0 ? sum / count : std::nan(""); }

}  // namespace

std::vector<double> quantile_levels(const std::vector<double>& coverages) {
  std::vector<double> levels{0.5};
  // Rounded, so that 0.8 asks for 0.1 and not for 0.09999999999999998.
  const auto tidy = [](double level) { return std::round(level * 1e9) / 1e9; };
  for (const double coverage : coverages) {
    levels.push_back(tidy((1 - coverage) / 2));
    levels.push_back(tidy((1 + coverage) / 2));
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

Bounds bounds_of(double coverage, const std::vector<double>& levels) {
  const auto nearest = [&](double level) {
    const auto nearer = [&](double a, double b) {
      return std::abs(a - level) < std::abs(b - level);
    };
    return static_cast<std::size_t>(std::min_element(levels.begin(), levels.end(), nearer) -
                                    levels.begin());
  };
  return {nearest((1 - coverage) / 2), nearest((1 + coverage) / 2)};
}

std::string percent_text(double coverage) {
  char text[32];
  const auto [end, ec] = std::to_chars(text, text + sizeof text, std::round(coverage * 1e8) / 1e6);
  return std::string(text, end);
}

void LeadScore::add(const LeadScore& other) {
  points += other.points;
  scaled += other.scaled;
  mase += other.mase;
  smape += other.smape;
  pinball += other.pinball;
  covered.resize(std::max(covered.size(), other.covered.size()), 0);
  for (std::size_t c = 0; c < other.covered.size(); ++c) covered[c] += other.covered[c];
}

void ModelScore::add(const ModelScore& other) {
  leads.resize(std::max(leads.size(), other.leads.size()));
  for (std::size_t h = 0; h < other.leads.size(); ++h) leads[h].add(other.leads[h]);
  origins += other.origins;
  failed += other.failed;
}

void Judged::add(ModelScore& score, std::span<const double> truth, const Opinion& said,
                 double scale) const {
  if (said.mean == nullptr) {
    ++score.failed;
    return;
  }
  const std::size_t horizon = truth.size();
  std::vector<Bounds> bounds;
  for (const double coverage : coverages) bounds.push_back(bounds_of(coverage, levels));
  if (score.leads.size() < horizon) score.leads.resize(horizon);
  ++score.origins;
  for (std::size_t h = 0; h < horizon; ++h) {
    const double y = truth[h], error = std::abs(y - said.mean[h]);
    if (std::isnan(y)) continue;
    LeadScore& lead = score.leads[h];
    lead.covered.resize(coverages.size(), 0);
    ++lead.points;
    if (scale > 0) {
      ++lead.scaled;
      lead.mase += error / scale;
    }
    const double size = std::abs(y) + std::abs(said.mean[h]);
    if (size > 0) lead.smape += 200 * error / size;
    const auto quantile = [&](std::size_t q) { return said.quantiles[q * horizon + h]; };
    for (std::size_t q = 0; q < levels.size(); ++q) {
      const double above = y - quantile(q);
      lead.pinball +=
          (above >= 0 ? levels[q] : levels[q] - 1) * above / static_cast<double>(levels.size());
    }
    for (std::size_t c = 0; c < coverages.size(); ++c)
      lead.covered[c] += y >= quantile(bounds[c].low) && y <= quantile(bounds[c].high);
  }
}

std::string LeadGroup::name() const {
  return first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last);
}

std::vector<LeadGroup> lead_groups(std::uint32_t horizon) {
  std::vector<LeadGroup> groups;
  if (horizon == 0) return groups;
  std::uint32_t before = 0;
  for (const std::uint32_t last : {1u, horizon / 4, horizon / 2, horizon}) {
    if (last <= before) continue;
    groups.push_back({before + 1, last});
    before = last;
  }
  if (groups.size() > 1) groups.push_back({1, horizon});
  return groups;
}

LeadScore sum_of(const ModelScore& score, const LeadGroup& group) {
  LeadScore sum;
  for (std::size_t h = group.first; h <= std::min<std::size_t>(group.last, score.leads.size()); ++h)
    sum.add(score.leads[h - 1]);
  return sum;
}

void write_scores(std::ostream& out, const std::vector<std::string>& names,
                  const std::vector<ModelScore>& scores, const std::vector<double>& coverages) {
  std::size_t width = 5, horizon = 1;
  for (const auto& name : names) width = std::max(width, name.size());
  for (const auto& score : scores) horizon = std::max(horizon, score.leads.size());
  out << std::left << std::setw(static_cast<int>(width)) << "model" << std::right << std::setw(11)
      << "leads" << std::setw(10) << "MASE" << std::setw(10) << "sMAPE %" << std::setw(12)
      << "pinball";
  for (const double coverage : coverages) out << std::setw(12) << "cover " + percent_text(coverage);
  out << std::setw(10) << "scored" << std::setw(10) << "failed"
      << "\n";
  for (std::size_t m = 0; m < names.size(); ++m) {
    const auto& score = scores[m];
    if (score.origins + score.failed == 0) continue;  // never asked
    for (const auto& group : lead_groups(static_cast<std::uint32_t>(horizon))) {
      const auto sum = sum_of(score, group);
      out << std::left << std::setw(static_cast<int>(width)) << names[m] << std::right
          << std::setw(11) << group.name() << std::setprecision(4) << std::setw(10)
          << mean_of(sum.mase, sum.scaled) << std::setw(10) << mean_of(sum.smape, sum.points)
          << std::setw(12) << mean_of(sum.pinball, sum.points);
      for (std::size_t c = 0; c < coverages.size(); ++c)
        out << std::setw(12) << mean_of(c < sum.covered.size() ? sum.covered[c] : 0, sum.points);
      out << std::setprecision(12) << std::setw(10) << score.origins << std::setw(10)
          << score.failed << "\n";
    }
  }
}

nlohmann::json scores_json(const std::vector<std::string>& names,
                           const std::vector<ModelScore>& scores,
                           const std::vector<double>& coverages) {
  auto rows = nlohmann::json::array();
  const auto number = [](double sum, double count) -> nlohmann::json {
    const double mean = mean_of(sum, count);
    if (std::isfinite(mean)) return mean;
    return nullptr;
  };
  const auto whole = [](double count) { return static_cast<std::int64_t>(count); };
  for (std::size_t m = 0; m < names.size(); ++m) {
    nlohmann::json row = {{"model", names[m]},
                          {"origins", whole(scores[m].origins)},
                          {"failed", whole(scores[m].failed)},
                          {"leads", nlohmann::json::array()}};
    for (const auto& group : lead_groups(static_cast<std::uint32_t>(scores[m].leads.size()))) {
      const auto sum = sum_of(scores[m], group);
      nlohmann::json lead = {{"first", group.first},
                             {"last", group.last},
                             {"points", whole(sum.points)},
                             {"mase", number(sum.mase, sum.scaled)},
                             {"smape", number(sum.smape, sum.points)},
                             {"pinball", number(sum.pinball, sum.points)},
                             {"coverage", nlohmann::json::array()}};
      for (std::size_t c = 0; c < coverages.size(); ++c)
        lead["coverage"].push_back(
            {{"level", coverages[c]},
             {"share", number(c < sum.covered.size() ? sum.covered[c] : 0, sum.points)}});
      row["leads"].push_back(std::move(lead));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace nova::cli
