#include "plugins/models/arima/search.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace nova::arima {
namespace {

constexpr double kExactWork = 20'000;  // points x states, below which the search itself is exact
constexpr double kHopeless = 5;        // AICc above the best after two steps

class Search {
 public:
  Search(const Sample& sample, const Order& differences, const Limits& limits)
      : sample_(sample), differences_(differences), limits_(limits) {
    const std::size_t n = sample.y.size(), lost = differences.lost();
    const std::size_t rest = n > lost ? n - lost : 0;
    most_p_ = static_cast<std::uint32_t>(std::min<std::size_t>(limits.p, rest / 3));
    most_q_ = static_cast<std::uint32_t>(std::min<std::size_t>(limits.q, rest / 3));
    // Seasonal lags may cost a third of the points.
    skip_ = lost + most_p_;
    std::size_t states = most_p_ + most_q_ + 1;
    for (const Block& b : differences.blocks) {
      std::uint32_t p = 0, q = 0;
      if (b.lag > 1) {
        while (p < limits.seasonal_p && skip_ - lost + (p + 1) * std::size_t{b.lag} <= rest / 3)
          ++p;
        q = static_cast<std::uint32_t>(
            std::min<std::size_t>(limits.seasonal_q, rest / (2 * std::size_t{b.lag})));
        skip_ += std::size_t{p} * b.lag;
        states += std::size_t{std::max(p, q)} * b.lag;
      }
      most_.push_back({b.lag, p, b.d, q});
    }
    most_[0].p = most_p_;
    most_[0].q = most_q_;
    exact_ = static_cast<double>(n) * static_cast<double>(states) < kExactWork &&
             !(sample.gaps() && (lost > 0 || states > kDenseStates));
    if (exact_) skip_ = lost;
    constant_allowed_ = limits.constant && differences.differences() <= 1;
  }

  Estimate run() {
    for (const auto& [p, q, sp, sq] :
         {Tuple{2, 2, 1, 1}, Tuple{0, 0, 0, 0}, Tuple{1, 0, 1, 0}, Tuple{0, 1, 0, 1}}) {
      Order order = differences_;
      for (Block& b : order.blocks) b.p = b.lag == 1 ? p : sp, b.q = b.lag == 1 ? q : sq;
      order.constant = constant_allowed_;
      attempt(clamped(std::move(order)), nullptr);
    }
    if (constant_allowed_) {
      Order order = differences_;
      attempt(order, nullptr);
    }
    for (bool better = true; better && best_.ok();) {
      const Estimate centre = best_;
      better = false;
      for (const Order& next : neighbours(centre.order))
        if (attempt(next, &centre)) {
          better = true;
          break;
        }
    }
    return std::move(best_);
  }

 private:
  struct Tuple {
    std::uint32_t p, q, sp, sq;
  };
  struct Shared {  // of all orders with the same constant
    Eigen::MatrixXd regressors;
    std::optional<Start> start;
  };

  Order clamped(Order order) const {
    for (std::size_t b = 0; b < order.blocks.size(); ++b) {
      order.blocks[b].p = std::min(order.blocks[b].p, most_[b].p);
      order.blocks[b].q = std::min(order.blocks[b].q, most_[b].q);
    }
    return order;
  }

  std::vector<Order> neighbours(const Order& centre) const {
    std::vector<Order> out;
    const auto add = [&](std::size_t b, int dp, int dq) {
      Order order = centre;
      const int p = static_cast<int>(order.blocks[b].p) + dp,
                q = static_cast<int>(order.blocks[b].q) + dq;
      if (p < 0 || q < 0 || p > static_cast<int>(most_[b].p) || q > static_cast<int>(most_[b].q))
        return;
      order.blocks[b].p = static_cast<std::uint32_t>(p);
      order.blocks[b].q = static_cast<std::uint32_t>(q);
      out.push_back(std::move(order));
    };
    // Seasons first: they matter most where there are any.
    constexpr int kSteps[][2] = {{-1, 0},  {0, -1}, {1, 0},  {0, 1},
                                 {-1, -1}, {-1, 1}, {1, -1}, {1, 1}};
    for (std::size_t b = centre.blocks.size(); b-- > 0;)
      for (const auto& [dp, dq] : kSteps) add(b, dp, dq);
    if (constant_allowed_) {
      out.push_back(centre);
      out.back().constant = !centre.constant;
    }
    return out;
  }

  Shared& shared(const Order& order) {
    Shared& s = shared_[order.constant ? 1 : 0];
    if (!s.start) {
      s.regressors = regressors_of(order, sample_.y.size());
      s.start.emplace(sample_, s.regressors, order);
    }
    return s;
  }

  // The parameters of `from`, where `order` has them, too; nothing else.
  static std::vector<double> carried(const Estimate& from, const Order& order,
                                     std::vector<double> start) {
    std::size_t there = 0, here = 0;
    for (std::size_t b = 0; b < order.blocks.size(); ++b) {
      const Block &old = from.order.blocks[b], &now = order.blocks[b];
      for (std::uint32_t i = 0; i < now.p; ++i)
        start[here + i] = i < old.p ? from.parameters[there + i] : 0;
      for (std::uint32_t i = 0; i < now.q; ++i)
        start[here + now.p + i] = i < old.q ? from.parameters[there + old.p + i] : 0;
      there += old.p + old.q;
      here += now.p + now.q;
    }
    if (order.constant == from.order.constant)
      std::copy(from.parameters.begin() + static_cast<std::ptrdiff_t>(there), from.parameters.end(),
                start.begin() + static_cast<std::ptrdiff_t>(here));
    return start;
  }

  // Estimates the order unless it was seen; true where it is the best so far.
  bool attempt(const Order& order, const Estimate* from) {
    if (tried_ >= limits_.models) return false;
    std::vector<std::uint32_t> key{order.constant ? 1u : 0u};
    for (const Block& b : order.blocks) key.push_back(b.p), key.push_back(b.q);
    if (!seen_.insert(key).second) return false;
    ++tried_;
    const Shared& s = shared(order);
    std::vector<double> start = s.start->parameters(order);
    if (from != nullptr) start = carried(*from, order, std::move(start));
    Effort effort{12, 1e-4};
    const std::size_t k = start.size(), n = count();
    if (best_.ok() && !exact_) {
      const auto points = static_cast<double>(n);
      const double penalty = aicc_of(0, k, n);
      effort.hopeless =
          points * std::exp((best_.aicc + kHopeless - penalty) / points - 1 - kLogTwoPi);
    }
    Estimate e = fit_conditional(sample_, s.regressors, order, std::move(start), skip_, effort);
    if (exact_ && !e.parameters.empty()) fit_exact(sample_, s.regressors, e, {30, 1e-7}, 1e9);
    if (!(e.aicc < best_.aicc)) return false;
    if (exact_ && !e.exact) return false;
    if (!far_from_unit_roots(order, e.coefficients)) return false;
    best_ = std::move(e);
    return true;
  }

  std::size_t count() const {
    std::size_t n = 0;
    for (std::size_t t = skip_; t < sample_.y.size(); ++t) n += std::isfinite(sample_.y[t]);
    return n;
  }

  const Sample& sample_;
  const Order& differences_;
  const Limits& limits_;
  std::uint32_t most_p_ = 0, most_q_ = 0;
  std::vector<Block> most_;
  std::size_t skip_ = 0;
  bool exact_ = false, constant_allowed_ = false;
  int tried_ = 0;
  std::set<std::vector<std::uint32_t>> seen_;
  Shared shared_[2];
  Estimate best_;
};

// With many regressors: beta by least squares, the order of what it leaves, then all together.
Estimate search_harmonic(const Sample& sample, const Order& differences, const Limits& limits) {
  Order full = differences;
  full.constant = limits.constant && differences.differences() <= 1;
  const Eigen::MatrixXd x = regressors_of(full, sample.y.size());
  const Start start(sample, x, full);
  const Sample rest = start.rest(sample, x);
  Order bare = differences;
  bare.seasons.clear();
  bare.pairs.clear();
  Limits inner = limits;
  inner.constant = false;
  const Estimate found = search(rest, bare, inner);
  full.blocks = found.order.blocks;
  std::vector<double> from = found.parameters;
  from.insert(from.end(), start.beta().begin(), start.beta().end());
  return fit_conditional(sample, x, full, std::move(from), 0, {6, 1e-5});
}

}  // namespace

Estimate search(const Sample& sample, const Order& differences, const Limits& limits) {
  if (!differences.seasons.empty()) return search_harmonic(sample, differences, limits);
  return Search(sample, differences, limits).run();
}

}  // namespace nova::arima
