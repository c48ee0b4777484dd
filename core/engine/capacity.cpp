// GroupEngine's capacity of a machine, learned from what demand and utilisation were seen together.
#include <algorithm>
#include <cmath>

#include "core/engine/group_engine.hpp"

namespace nova {
namespace {

constexpr std::size_t kMostPairs =
    512;  // spread over what is known; a fit takes a fraction of a ms
constexpr std::size_t kRatioSteps = 15;  // newest, of which the first estimate is made

// Newest values of both, paired from their ends.
std::size_t common(std::span<const double> a, std::span<const double> b,
                   std::span<const double> c) {
  return std::min({a.size(), b.size(), c.size()});
}

}  // namespace

bool GroupEngine::knows_both_roles() const {
  bool demand = false, utilisation = false;
  for (const auto& signal : spec_->signals)
    (signal.role == Role::demand ? demand : utilisation) = true;
  return demand && utilisation;
}

// What served in this step; not known before the first tick, nor while the controller is silent.
void GroupEngine::remember_serving() {
  if (!serving_) return;
  double serving = 0;
  for (const auto& row : fleet_.rows) serving += row.serving;
  serving_->push(now_, fleet_.known && serving > 0 ? serving : std::nan(""));
}

Result<LearnedCapacity> GroupEngine::learned_capacity(std::size_t index) const {
  const auto& demand = signals_[index].window;
  std::optional<LearnedCapacity> least;
  Error why{ErrorCode::failed_precondition, "capacity: no signal of role utilisation"};
  for (std::size_t j = 0; serving_ && j < signals_.size(); ++j) {
    const auto& busy = signals_[j].window;  // utilisation x serving
    if (spec_->signals[j].role != Role::utilisation ||
        busy.forecast_step() != serving_->forecast_step() ||
        busy.coarse_end() != serving_->coarse_end() || busy.coarse_end() != demand.coarse_end())
      continue;
    const auto n = common(demand.coarse(), busy.coarse(), serving_->coarse());
    const auto stride = std::max<std::size_t>(1, n / kMostPairs);
    std::vector<double> load, used;
    for (std::size_t k = 0; k < n; k += stride) {
      const double machines = serving_->coarse().last(n)[k];
      load.push_back(demand.coarse().last(n)[k] / machines);
      used.push_back(busy.coarse().last(n)[k] / machines);
    }
    const auto fit = fit_capacity(load, used);
    if (!fit) {
      why = fit.error();
      continue;
    }
    // The resource that is full first is the one that counts.
    if (!least || fit->per_machine < least->fit.per_machine)
      least = LearnedCapacity{*fit, spec_->signals[j].name};
  }
  if (least) return *std::move(least);
  return why;
}

// Load per busy machine in the newest steps: a line through nothing but them and zero.
double GroupEngine::capacity_ratio(std::size_t index) const {
  const auto load = signals_[index].window.recent();
  double least = std::nan("");
  for (std::size_t j = 0; j < signals_.size(); ++j) {
    if (spec_->signals[j].role != Role::utilisation) continue;
    const auto busy = signals_[j].window.recent();
    const auto n = std::min({load.size(), busy.size(), kRatioSteps});
    double sum = 0, machines = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double l = load.last(n)[k], b = busy.last(n)[k];
      if (!std::isfinite(l) || !std::isfinite(b)) continue;
      sum += l;
      machines += b;
    }
    if (sum > 0 && machines > 0) least = std::fmin(least, sum / machines);
  }
  return least;
}

// What is known to the last finished forecast step, less a standard deviation; before a line can be
// trusted the newest ratio; before that as much as makes the present machines just right, so that a
// demand of unknown weight moves nothing.
void GroupEngine::learn_capacity(bool refit) {
  for (std::size_t i = 0; i < learned_.size(); ++i) {
    auto& spec = learned_[i];
    if (!spec.learn_capacity) continue;
    if (refit) {
      const auto known = learned_capacity(i);
      spec.per_machine =
          known && known->fit.sure() ? known->fit.per_machine - known->fit.sd : std::nan("");
      fitted_[i] = std::isfinite(spec.per_machine);
    }
    if (fitted_[i]) continue;
    spec.per_machine = capacity_ratio(i);
    if (std::isfinite(spec.per_machine)) continue;
    double desired = 0;
    for (const auto& row : fleet_.rows) desired += row.desired;
    const double load = signals_[i].window.last_known();
    spec.per_machine = load > 0 ? load / (std::max(1.0, desired) * spec.target_utilisation) : 1;
  }
}

}  // namespace nova
