#include "core/cost/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/number.hpp"

namespace nova {
namespace {

constexpr double kFeasible = 1e-7;  // rows are scaled to about 1
constexpr double kPivot = 1e-7;

std::vector<std::uint32_t> all_columns(const Program& program) {
  std::vector<std::uint32_t> all(program.size());
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

}  // namespace

Relaxation::Relaxation(const Program& program) : Relaxation(program, all_columns(program)) {}

Relaxation::Relaxation(const Program& program, const std::vector<std::uint32_t>& columns,
                       double prefer_small)
    : p_(&program), m_(program.rhs.size()) {
  scale_rows();
  for (const auto j : columns) {
    double share = 0;
    for (std::size_t k = 0; prefer_small > 0 && k < program.resource.size(); ++k)
      share = std::max(share, static_cast<double>(program.amount[j][program.resource[k]]) /
                                  static_cast<double>(program.rhs[program.demand_row[k]]));
    const double cost = static_cast<double>(program.cost[j]) * (1 + prefer_small * share);
    const auto held = static_cast<double>(program.held[j]);
    const auto most = static_cast<double>(program.most[j]);
    if (held > 0) vars_.push_back({j, cost - static_cast<double>(program.down[j]), 0, held});
    if (most > held)
      vars_.push_back({j, cost + static_cast<double>(program.up[j]), 0, most - held});
  }
  n_ = vars_.size();
  for (std::size_t i = 0; i < m_; ++i) vars_.push_back({0, 0, 0, kInfinity});
  start();
}

void Relaxation::scale_rows() {
  scale_.assign(m_, 1.0);
  std::vector<double> largest(m_, 0);
  for (const auto& e : p_->entries)
    largest[e.row] = std::max(largest[e.row], std::fabs(static_cast<double>(e.coef)));
  for (std::size_t i = 0; i < m_; ++i) {
    const double size = std::max(largest[i], std::fabs(static_cast<double>(p_->rhs[i])) / 16);
    if (size > 0) scale_[i] = 1 / size;
  }
  coef_.reserve(p_->entries.size());
  for (const auto& e : p_->entries) coef_.push_back(static_cast<double>(e.coef) * scale_[e.row]);
}

// The basis of slacks: a row's slack is what its left side has beyond its right side.
void Relaxation::start() {
  inverse_.assign(m_ * m_, 0.0);
  basis_.resize(m_);
  in_basis_.assign(vars_.size(), 0);
  at_high_.assign(vars_.size(), 0);
  reduced_.assign(vars_.size(), 0.0);
  alpha_.assign(vars_.size(), 0.0);
  moved_.assign(m_, 0.0);
  x_.resize(m_);
  for (std::size_t i = 0; i < m_; ++i) {
    inverse_[i * m_ + i] = -1;
    basis_[i] = static_cast<std::uint32_t>(n_ + i);
    in_basis_[n_ + i] = 1;
    x_[i] = -static_cast<double>(p_->rhs[i]) * scale_[i];
  }
  for (std::size_t v = 0; v < n_; ++v) {
    reduced_[v] = vars_[v].cost;
    if (vars_[v].cost >= 0) continue;
    at_high_[v] = 1;
    shift(v, vars_[v].high);
  }
  settle();
}

// Notes that a variable outside the basis moves; settle() carries it to the basic ones.
void Relaxation::shift(std::size_t v, double by) {
  for (auto e = begin(v); e < end(v); ++e) moved_[p_->entries[e].row] += coef_[e] * by;
}

void Relaxation::settle() {
  for (std::size_t i = 0; i < m_; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < m_; ++k) sum += inverse_[i * m_ + k] * moved_[k];
    x_[i] -= sum;
  }
  std::fill(moved_.begin(), moved_.end(), 0.0);
}

void Relaxation::tighten(std::size_t v, double low, double high) {
  const double before = at(v);
  vars_[v].low = low;
  vars_[v].high = high;
  if (in_basis_[v] || at(v) == before) return;
  if (v < n_)
    shift(v, at(v) - before);
  else
    moved_[v - n_] -= at(v) - before;
  settle();
}

bool Relaxation::solve() {
  const std::size_t limit = 20 * m_ + 500;
  for (std::size_t k = 0; k < limit; ++k) {
    const auto row = leaving();
    if (row == m_) return true;
    if (!step(row)) return false;
  }
  return true;  // not the optimum, yet prices and bound hold all the same
}

// The basic variable furthest out of its bounds; m when there is none.
std::size_t Relaxation::leaving() const {
  std::size_t row = m_;
  double worst = kFeasible;
  for (std::size_t i = 0; i < m_; ++i) {
    const auto& v = vars_[basis_[i]];
    const double out = std::max(v.low - x_[i], x_[i] - v.high);
    if (out > worst) worst = out, row = i;
  }
  return row;
}

// One iteration; false when the row proves that nothing is feasible.
bool Relaxation::step(std::size_t r) {
  const auto& out = vars_[basis_[r]];
  const bool below = x_[r] < out.low;
  const double sign = below ? -1 : 1;
  const double* rho = &inverse_[r * m_];
  candidates_.clear();
  for (std::size_t v = 0; v < vars_.size(); ++v) {
    if (in_basis_[v]) continue;
    double a = 0;
    if (v < n_)
      for (auto e = begin(v); e < end(v); ++e) a += rho[p_->entries[e].row] * coef_[e];
    else
      a = -rho[v - n_];
    alpha_[v] = a;
    if (vars_[v].low == vars_[v].high) continue;
    const double forward = sign * a;
    if (at_high_[v] ? forward < -kPivot : forward > kPivot)
      candidates_.push_back({std::fabs(reduced_[v] / a), static_cast<std::uint32_t>(v)});
  }
  const auto entering = ratio_test(below ? out.low - x_[r] : x_[r] - out.high);
  if (entering == vars_.size()) return false;
  pivot(r, entering, below);
  return true;
}

// Walks the breakpoints of the dual objective; those passed go to their other bound.
std::size_t Relaxation::ratio_test(double slope) {
  const auto later = [](const auto& a, const auto& b) { return a > b; };
  std::make_heap(candidates_.begin(), candidates_.end(), later);
  flipped_.clear();
  while (!candidates_.empty()) {
    std::pop_heap(candidates_.begin(), candidates_.end(), later);
    const auto v = candidates_.back().second;
    candidates_.pop_back();
    slope -= std::fabs(alpha_[v]) * (vars_[v].high - vars_[v].low);
    if (slope <= kFeasible) return v;  // not < 0: all flipped may be just enough
    flipped_.push_back(v);
  }
  return vars_.size();
}

void Relaxation::pivot(std::size_t r, std::size_t q, bool below) {
  for (const auto v : flipped_) {  // never a slack: they have no upper end
    const double before = at(v);
    at_high_[v] = !at_high_[v];
    shift(v, at(v) - before);
  }
  if (!flipped_.empty()) settle();
  w_.assign(m_, 0.0);
  for (std::size_t i = 0; i < m_; ++i) {
    const double* row = &inverse_[i * m_];
    if (q < n_)
      for (auto e = begin(q); e < end(q); ++e) w_[i] += row[p_->entries[e].row] * coef_[e];
    else
      w_[i] = -row[q - n_];
  }
  const double dual = reduced_[q] / alpha_[q];
  for (std::size_t v = 0; v < vars_.size(); ++v)
    if (!in_basis_[v]) reduced_[v] -= dual * alpha_[v];
  const auto out = basis_[r];
  reduced_[out] = -dual;
  reduced_[q] = 0;
  const double by = (x_[r] - (below ? vars_[out].low : vars_[out].high)) / w_[r];
  for (std::size_t i = 0; i < m_; ++i) x_[i] -= by * w_[i];
  x_[r] = at(q) + by;
  at_high_[out] = below ? 0 : 1;
  in_basis_[out] = 0;
  in_basis_[q] = 1;
  basis_[r] = static_cast<std::uint32_t>(q);
  double* pivot_row = &inverse_[r * m_];
  for (std::size_t k = 0; k < m_; ++k) pivot_row[k] /= w_[r];
  for (std::size_t i = 0; i < m_; ++i) {
    if (i == r || w_[i] == 0) continue;
    double* row = &inverse_[i * m_];
    for (std::size_t k = 0; k < m_; ++k) row[k] -= w_[i] * pivot_row[k];
  }
}

std::vector<double> Relaxation::values() const {
  std::vector<double> x(n_);
  for (std::size_t v = 0; v < n_; ++v)
    if (!in_basis_[v]) x[v] = at(v);
  for (std::size_t i = 0; i < m_; ++i)
    if (basis_[i] < n_) x[basis_[i]] = x_[i];
  return x;
}

std::vector<double> Relaxation::counts() const {
  std::vector<double> x(p_->size(), 0.0);
  const auto each = values();
  for (std::size_t v = 0; v < n_; ++v) x[vars_[v].column] += each[v];
  return x;
}

std::vector<double> Relaxation::prices() const {
  std::vector<double> price(m_, 0.0);
  for (std::size_t k = 0; k < m_; ++k) {
    if (basis_[k] >= n_) continue;
    const double cost = vars_[basis_[k]].cost;
    for (std::size_t i = 0; i < m_; ++i) price[i] += cost * inverse_[k * m_ + i];
  }
  for (std::size_t i = 0; i < m_; ++i) price[i] = std::max(0.0, price[i] * scale_[i]);
  return price;
}

std::vector<double> Relaxation::reduced(const std::vector<double>& prices) const {
  std::vector<double> left(p_->size(), kInfinity);
  for (std::size_t v = 0; v < n_; ++v) {
    auto& r = left[vars_[v].column];
    r = vars_[v].cost;
    for (auto e = begin(v); e < end(v); ++e)
      r -= prices[p_->entries[e].row] * static_cast<double>(p_->entries[e].coef);
  }
  return left;
}

double Relaxation::bound(const std::vector<double>& prices) const {
  double bound = 0;
  for (std::size_t i = 0; i < m_; ++i) bound += prices[i] * static_cast<double>(p_->rhs[i]);
  double size = std::fabs(bound);
  for (std::size_t v = 0; v < n_; ++v) {
    double left = vars_[v].cost;
    for (auto e = begin(v); e < end(v); ++e)
      left -= prices[p_->entries[e].row] * static_cast<double>(p_->entries[e].coef);
    const double part = left * (left < 0 ? vars_[v].high : vars_[v].low);
    bound += part;
    size += std::fabs(part);
  }
  for (std::size_t j = 0; j < p_->size(); ++j)
    bound += static_cast<double>(p_->down[j]) * p_->held[j];
  return bound + static_cast<double>(p_->gone) - 1e-9 * size;
}

}  // namespace nova
