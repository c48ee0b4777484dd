// Score: how each model did on rolling origins, by lead.
//
// Sums over (series, origin) pairs, so that sheets of many series add up; added in the order of the
// series, so that threads change no digit. Errors: core/forecast/evaluate.hpp.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "host/cli/forecast_auto.hpp"

namespace nova::cli {

// The quantile levels for central coverages, ascending and with the median: 0.8 and 0.95 are
// .025 .1 .5 .9 .975.
std::vector<double> quantile_levels(const std::vector<double>& coverages);

// Where (1 - coverage) / 2 and its counterpart stand among those levels.
struct Bounds {
  std::size_t low = 0, high = 0;
};
Bounds bounds_of(double coverage, const std::vector<double>& levels);

// "80" of 0.8, "97.5" of 0.975.
std::string percent_text(double coverage);

// Sums over the points scored at one lead.
struct LeadScore {
  double points = 0, scaled = 0;            // scaled: those that count for MASE
  double mase = 0, smape = 0, pinball = 0;  // pinball: mean over the levels
  std::vector<double> covered;              // [coverage]
  void add(const LeadScore& other);
};

struct ModelScore {
  std::vector<LeadScore> leads;    // from lead 1
  double origins = 0, failed = 0;  // (series, origin) pairs answered, and not
  void add(const ModelScore& other);
};

struct Judged {
  std::vector<double> coverages, levels;
  // `scale` of 0 or NaN: a history that never changes; it has no MASE.
  void add(ModelScore& score, std::span<const double> truth, const Opinion& said,
           double scale) const;
};

// Leads first ... last, from 1.
struct LeadGroup {
  std::uint32_t first = 1, last = 1;
  std::string name() const;  // "1", "2-12"
};
// 1, to h/4, to h/2, to h, and all of them last; fewer where they would be empty.
std::vector<LeadGroup> lead_groups(std::uint32_t horizon);

LeadScore sum_of(const ModelScore& score, const LeadGroup& group);

// One row a model and lead group. [text, JSON]
void write_scores(std::ostream& out, const std::vector<std::string>& names,
                  const std::vector<ModelScore>& scores, const std::vector<double>& coverages);
nlohmann::json scores_json(const std::vector<std::string>& names,
                           const std::vector<ModelScore>& scores,
                           const std::vector<double>& coverages);

}  // namespace nova::cli
