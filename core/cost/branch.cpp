#include "core/cost/branch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace nova {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr double kNearlyWhole = 1e-6;
constexpr double kSame = 1e-7;  // share by which costs must differ to matter

// Where a part is cut in two: the last count of the lower one, and which is the likelier.
struct Cut {
  std::size_t variable = 0;
  double below = 0;
  bool up_first = false;
};

// A part of the program: its relaxation with narrowed bounds.
class Part {
 public:
  Part(const Program& program, Relaxation relaxed) : p_(&program), relaxed_(std::move(relaxed)) {}

  // False: there is nothing feasible in it.
  bool solve() {
    if (!narrow() || !relaxed_.solve()) return false;
    x_ = relaxed_.values();
    bound_ = std::max(bound_, relaxed_.bound(relaxed_.prices()));
    return true;
  }

  double bound() const { return bound_; }  // before it is solved: that of what it was cut from

  std::vector<std::uint32_t> counts() const {
    std::vector<std::uint32_t> n(p_->size(), 0);
    for (std::size_t v = 0; v < x_.size(); ++v)
      n[relaxed_.column(v)] += static_cast<std::uint32_t>(std::lround(std::max(0.0, x_[v])));
    return n;
  }

  // At the count that is farthest from whole; none: all are.
  std::optional<Cut> at_fraction() const {
    std::optional<Cut> cut;
    double farthest = kNearlyWhole;
    for (std::size_t v = 0; v < x_.size(); ++v) {
      const double off = std::fabs(x_[v] - std::round(x_[v]));
      if (off <= farthest) continue;
      farthest = off;
      cut = {v, std::floor(x_[v]), x_[v] - std::floor(x_[v]) >= 0.5};
    }
    return cut;
  }

  // Of whole counts that break what is not linear; none: there is nothing left to cut.
  std::optional<Cut> at_side_condition() const {
    const auto n = counts();
    if (const auto cut = at_worst_pool(n)) return cut;
    if (const auto cut = at_type(n)) return cut;
    if (const auto cut = at_pool(n)) return cut;
    for (std::size_t v = 0; v < x_.size(); ++v)
      if (relaxed_.low(v) < relaxed_.high(v))
        return Cut{v, std::floor((relaxed_.low(v) + relaxed_.high(v)) / 2), false};
    return std::nullopt;
  }

  Part below(const Cut& cut) const {
    auto part = *this;
    part.relaxed_.tighten(cut.variable, relaxed_.low(cut.variable), cut.below);
    return part;
  }
  Part above(const Cut& cut) const {
    auto part = *this;
    part.relaxed_.tighten(cut.variable, cut.below + 1, relaxed_.high(cut.variable));
    return part;
  }

 private:
  bool free_to_close(std::size_t v) const { return relaxed_.low(v) < 0.5 && x_[v] > 0.5; }
  bool free_to_open(std::size_t v) const { return relaxed_.high(v) > 0.5 && x_[v] < 0.5; }

  // Carries what is not linear over to bounds and rows; false where it cannot hold.
  bool narrow() {
    std::vector<double> least(p_->size(), 0);
    std::set<std::uint32_t> types, pools;
    for (std::size_t v = 0; v < relaxed_.size(); ++v) {
      const auto j = relaxed_.column(v);
      least[j] += relaxed_.low(v);
      if (relaxed_.low(v) > 0.5) types.insert(p_->type[j]);
    }
    if (const auto most = p_->limits.max_types; most > 0 && types.size() >= most) {
      if (types.size() > most) return false;
      for (std::size_t v = 0; v < relaxed_.size(); ++v)
        if (relaxed_.high(v) > 0 && !types.contains(p_->type[relaxed_.column(v)]))
          relaxed_.tighten(v, 0, 0);
    }
    for (std::size_t v = 0; v < relaxed_.size(); ++v)
      if (relaxed_.high(v) > 0.5) pools.insert(p_->pool[relaxed_.column(v)]);
    if (pools.size() < p_->limits.min_pools) return false;
    for (std::size_t k = 0; p_->limits.alive > 0 && k < p_->resource.size(); ++k) {
      const auto r = p_->resource[k];
      double worst = 0;
      for (std::size_t j = 0; j < p_->size(); ++j)
        if (p_->spot[j]) worst = std::max(worst, static_cast<double>(p_->amount[j][r]) * least[j]);
      const auto row = p_->demand_row[k];
      const double beyond = static_cast<double>(p_->alive[r] - p_->rhs[row]) + worst;
      if (beyond > 0) relaxed_.raise(row, beyond);
    }
    return true;
  }

  std::optional<Cut> at_worst_pool(const std::vector<std::uint32_t>& n) const {
    for (std::size_t k = 0; p_->limits.alive > 0 && k < p_->resource.size(); ++k) {
      const auto r = p_->resource[k];
      std::int64_t all = 0;
      for (std::size_t j = 0; j < p_->size(); ++j) all += p_->amount[j][r] * n[j];
      for (std::size_t v = 0; v < x_.size(); ++v) {
        const auto j = relaxed_.column(v);
        if (p_->spot[j] && all - p_->amount[j][r] * n[j] < p_->alive[r] &&
            x_[v] > relaxed_.low(v) + 0.5)
          return Cut{v, std::round(x_[v]) - 1, false};
      }
    }
    return std::nullopt;
  }

  // More types than there may be: the least used of them is closed, or stays.
  std::optional<Cut> at_type(const std::vector<std::uint32_t>& n) const {
    std::set<std::uint32_t> types;
    for (std::size_t j = 0; j < n.size(); ++j)
      if (n[j] > 0) types.insert(p_->type[j]);
    if (p_->limits.max_types == 0 || types.size() <= p_->limits.max_types) return std::nullopt;
    std::optional<Cut> cut;
    for (std::size_t v = 0; v < x_.size(); ++v)
      if (free_to_close(v) && (!cut || x_[v] < x_[cut->variable])) cut = {v, 0, false};
    return cut;
  }

  // Fewer pools than there must be: the cheapest machine of another is taken, or never.
  std::optional<Cut> at_pool(const std::vector<std::uint32_t>& n) const {
    std::set<std::uint32_t> pools;
    for (std::size_t j = 0; j < n.size(); ++j)
      if (n[j] > 0) pools.insert(p_->pool[j]);
    if (pools.size() >= p_->limits.min_pools) return std::nullopt;
    std::optional<Cut> cut;
    std::int64_t least = 0;
    for (std::size_t v = 0; v < x_.size(); ++v) {
      const auto j = relaxed_.column(v);
      if (!free_to_open(v) || pools.contains(p_->pool[j])) continue;
      if (!cut || p_->cost[j] < least) cut = {v, 0, true}, least = p_->cost[j];
    }
    return cut;
  }

  const Program* p_;
  Relaxation relaxed_;
  std::vector<double> x_;
  double bound_ = 0;
};

}  // namespace

double branch(const Program& program, const Relaxation& root, Search& search, double gap,
              std::int64_t nodes) {
  double proven = kNone;
  const auto good_enough = [&] {
    return search.found() ? static_cast<double>(search.value().cost) * (1 - std::max(gap, kSame))
                          : kNone;
  };
  std::vector<Part> open{Part(program, root)};
  for (; !open.empty() && nodes > 0; --nodes) {
    auto part = std::move(open.back());
    open.pop_back();
    if (part.bound() < good_enough() && !part.solve()) continue;
    if (part.bound() >= good_enough()) {
      proven = std::min(proven, part.bound());
      continue;
    }
    auto cut = part.at_fraction();
    if (!cut) {
      if (search.take(part.counts())) continue;  // no other point of this part is cheaper
      cut = part.at_side_condition();
      if (!cut) continue;
    }
    open.push_back(cut->up_first ? part.below(*cut) : part.above(*cut));
    open.push_back(cut->up_first ? part.above(*cut) : part.below(*cut));
  }
  for (const auto& part : open) proven = std::min(proven, part.bound());
  return search.found() ? std::min(proven, static_cast<double>(search.value().cost)) : proven;
}

}  // namespace nova
