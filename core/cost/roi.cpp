#include "core/cost/roi.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/base/number.hpp"

namespace nova {
namespace {

Usd positive(Usd amount) { return std::max(amount, Usd{}); }

}  // namespace

Roi roi(const Outlook& do_nothing, const Outlook& action, const TransitionCost& transition,
        Duration horizon) {
  return {horizon,
          positive(do_nothing.spend - action.spend),
          positive(do_nothing.penalty - action.penalty),
          positive(action.spend - do_nothing.spend),
          positive(action.penalty - do_nothing.penalty),
          transition.total()};
}

double Roi::ratio() const {
  return free() ? kInfinity : static_cast<double>(net().nanos) / static_cast<double>(cost().nanos);
}

double Roi::payback_hours() const {
  if (transition.nanos <= 0) return 0;
  const auto saved = benefit() - added_spend - added_penalty;
  if (saved.nanos <= 0 || horizon.count() <= 0) return kInfinity;
  return transition.dollars() * hours(horizon) / saved.dollars();
}

std::string to_string(const Roi& roi) {
  if (roi.free()) return "free, saves " + to_string(roi.benefit());
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.2f", roi.ratio());
  return std::string("ROI ") + ratio + " (" + to_string(roi.benefit()) + " for " +
         to_string(roi.cost()) + ")";
}

std::string why_not(const Roi& roi, const MoveRule& rule) {
  const double hours_ahead = hours(roi.horizon);
  const double saving =
      hours_ahead > 0
          ? (roi.benefit() - roi.added_spend - roi.added_penalty).dollars() / hours_ahead
          : 0;
  char text[128] = "";
  if (saving < rule.min_saving.dollars())
    std::snprintf(text, sizeof text, "saves %.4g USD/h, needs %.4g", saving,
                  rule.min_saving.dollars());
  else if (roi.payback_hours() > hours(rule.expected_life))
    std::snprintf(text, sizeof text, "pays back in %.3g h, expected to live %.3g h",
                  roi.payback_hours(), hours(rule.expected_life));
  else if (roi.ratio() < rule.min_roi)
    std::snprintf(text, sizeof text, "ROI %.3g, needs %.3g", roi.ratio(), rule.min_roi);
  return text;
}

std::vector<Scored> score(std::span<const std::vector<double>> values,
                          std::span<const double> weights) {
  std::vector<Scored> scored(values.size());
  for (std::size_t k = 0; k < weights.size(); ++k) {
    double low = kInfinity, high = -kInfinity;
    for (const auto& v : values)
      if (std::isfinite(v[k])) low = std::min(low, v[k]), high = std::max(high, v[k]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double v = values[i][k];
      // Halved before they are subtracted: the range of finite numbers may be infinite.
      const double range = high / 2 - low / 2;
      const double scaled = !std::isfinite(v) ? 1.0 : range > 0 ? (v / 2 - low / 2) / range : 0.0;
      scored[i].terms.push_back(weights[k] * scaled);
      scored[i].score += scored[i].terms.back();
    }
  }
  return scored;
}

}  // namespace nova
