// GroupEngine's promised latency, learned from what load and latency were seen together.
#include <algorithm>
#include <cmath>

#include "core/decide/text.hpp"
#include "core/engine/group_engine.hpp"
#include "core/plan/latency_fit.hpp"

namespace nova {
namespace {

constexpr double kUnsure = 0.15;  // standard deviation to the load: beyond it nothing is known
// A machine is not taken to be worth less for what was seen; what the queue says is believed.
constexpr double kLeastUtilisation = 0.05;

}  // namespace

// The utilisation at which the promised latency is reached: where a curve through what was seen
// passes it, less a standard deviation. Before that is known it is what the queue says, or what was
// seen to be too little or too much; and what was known once is not forgotten while nothing
// contradicts it, since a fleet that keeps its promise sees no more of what lies beyond.
void GroupEngine::learn_latency() {
  const auto& spec = *acting_->promise;
  const auto& demand = signals_.front().window;
  const auto& answers = watched_[*latency_].window();
  const double reckoned = spec.at_utilisation, full = signal(0).per_machine;
  std::vector<double> load, latency;
  if (answers.coarse_end() == serving_->coarse_end() &&
      demand.coarse_end() == answers.coarse_end()) {
    const auto n =
        std::min({demand.coarse().size(), answers.coarse().size(), serving_->coarse().size()});
    for (std::size_t k = 0; k < n; ++k) {
      load.push_back(demand.coarse().last(n)[k] / serving_->coarse().last(n)[k]);
      latency.push_back(answers.coarse().last(n)[k]);
    }
  }
  const auto fit = fit_latency(load, latency, seconds(*spec.latency));
  const auto& name = spec_->watched[*latency_].name;
  const auto up_to = [&](double utilisation) {
    return "answers within " + to_string(*spec.latency) + " up to " +
           short_number(100 * utilisation, 3) + " % of a machine";
  };
  const double least = std::min(kLeastUtilisation, reckoned);
  const double before = latency_fitted_.value_or(reckoned);
  const std::string by = latency_fitted_ ? "as fitted before" : "by M/M/c";
  double at = before;
  const auto believed = [&](double utilisation) { return std::clamp(utilisation, least, 1.0); };
  if (!fit) {
    latency_known_ = up_to(at) + ", " + by + ": " + fit.error().message;
  } else {
    const double seen = fit->load / full;
    const auto pairs = short_number(fit->points) + " pairs of load and " + name;
    if (fit->reached == LatencyFit::Reached::within && fit->sd <= kUnsure * fit->load) {
      at = believed(seen - fit->sd / full);
      latency_fitted_ = at;
      latency_known_ = up_to(at) + ", fitted to " + pairs + ": " + short_number(fit->load) +
                       " +- " + short_number(fit->sd, 2) + " a machine";
    } else if (fit->reached == LatencyFit::Reached::within) {
      latency_known_ = up_to(at) + ", " + by + ": " + pairs + " do not tell better";
    } else {
      const bool kept = fit->reached == LatencyFit::Reached::above;
      at = believed(kept ? std::max(before, seen) : std::min(before, seen));
      latency_known_ = up_to(at) + ", " + by + ": in " + pairs +
                       (kept ? " kept up to " : " exceeded from ") + short_number(fit->load) +
                       " a machine";
    }
  }
  latency_unit_ = at / reckoned;
}

}  // namespace nova
