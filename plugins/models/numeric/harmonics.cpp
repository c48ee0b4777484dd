#include "plugins/models/numeric/harmonics.hpp"

#include <algorithm>
#include <cmath>

namespace nova::numeric {
namespace {

constexpr double kTurn = 6.28318530717958647692;
// A column whose part that is new lies below this share of its square length depends on the others.
constexpr double kDependent = 1e-10;

}  // namespace

Basis::Basis(BasisSpec spec) : spec_(std::move(spec)) {
  columns_.push_back({});
  if (spec_.trend) columns_.push_back({});
  cuts_.push_back(columns_.size());
  std::uint32_t most = 0;
  for (std::size_t s = 0; s < spec_.seasons.size(); ++s) {
    const std::uint32_t m = spec_.seasons[s];
    most = std::max(most, spec_.pairs[s]);
    auto& c = cosine_.emplace_back(m);
    auto& d = sine_.emplace_back(m);
    for (std::uint32_t i = 0; i < m; ++i) {
      c[i] = std::cos(kTurn * i / m);
      d[i] = std::sin(kTurn * i / m);
    }
  }
  for (std::uint32_t k = 1; k <= most; ++k)
    for (std::uint32_t s = 0; s < spec_.seasons.size(); ++s) {
      const std::uint32_t m = spec_.seasons[s];
      if (k > spec_.pairs[s]) continue;
      const double frequency = kTurn * k / m;
      columns_.push_back({s, k, false, frequency});
      if (2 * k != m)
        columns_.push_back({s, k, true, frequency});  // there the sine is 0 throughout
      cuts_.push_back(columns_.size());
    }
}

void Basis::fill(std::int64_t t, std::span<double> x) const {
  std::size_t i = 0;
  if (i < x.size()) x[i++] = 1;
  if (spec_.trend && i < x.size()) {
    const double half = std::max(0.5 * (static_cast<double>(spec_.points) - 1), 0.5);
    x[i++] = (static_cast<double>(t) - half) / half;
  }
  for (; i < x.size(); ++i) {
    const Column& c = columns_[i];
    const std::uint64_t m = spec_.seasons[c.season];
    const std::uint64_t phase = static_cast<std::uint64_t>(t) % m * c.harmonic % m;
    x[i] = c.sine ? sine_[c.season][phase] : cosine_[c.season][phase];
  }
}

Factor Factor::of(const Eigen::MatrixXd& gram) {
  const Eigen::Index p = gram.rows();
  Factor f{Eigen::MatrixXd::Zero(p, p), std::vector<std::size_t>(static_cast<std::size_t>(p))};
  auto& l = f.lower;
  std::size_t rank = 0;
  for (Eigen::Index j = 0; j < p; ++j) {
    for (Eigen::Index i = 0; i < j; ++i)
      if (l(i, i) != 0) l(j, i) = (gram(j, i) - l.row(j).head(i).dot(l.row(i).head(i))) / l(i, i);
    const double rest = gram(j, j) - l.row(j).head(j).squaredNorm();
    if (rest > kDependent * gram(j, j)) {
      l(j, j) = std::sqrt(rest);
      ++rank;
    } else {
      l.row(j).setZero();
    }
    f.rank[static_cast<std::size_t>(j)] = rank;
  }
  return f;
}

void Factor::forward(std::span<double> r) const {
  const auto p = static_cast<Eigen::Index>(r.size());
  for (Eigen::Index j = 0; j < p; ++j) {
    double sum = r[static_cast<std::size_t>(j)];
    for (Eigen::Index k = 0; k < j; ++k) sum -= lower(j, k) * r[static_cast<std::size_t>(k)];
    r[static_cast<std::size_t>(j)] = lower(j, j) == 0 ? 0 : sum / lower(j, j);
  }
}

void Factor::backward(std::span<double> b) const {
  for (auto j = static_cast<Eigen::Index>(b.size()) - 1; j >= 0; --j) {
    double& x = b[static_cast<std::size_t>(j)];
    x = lower(j, j) == 0 ? 0 : x / lower(j, j);
    for (Eigen::Index k = 0; k < j; ++k) b[static_cast<std::size_t>(k)] -= lower(j, k) * x;
  }
}

Design Design::of(std::shared_ptr<const Basis> basis) {
  const auto n = static_cast<Eigen::Index>(basis->spec().points);
  const auto p = static_cast<Eigen::Index>(basis->size());
  Design d;
  d.columns.resize(n, p);
  std::vector<double> x(basis->size());
  for (Eigen::Index t = 0; t < n; ++t) {
    basis->fill(t, x);
    d.columns.row(t) = Eigen::Map<const Eigen::RowVectorXd>(x.data(), p);
  }
  d.gram = Eigen::MatrixXd::Zero(p, p);
  d.gram.selfadjointView<Eigen::Lower>().rankUpdate(d.columns.transpose());
  d.factor = std::make_shared<const Factor>(Factor::of(d.gram));
  d.basis = std::move(basis);
  return d;
}

Eigen::MatrixXd Design::gram_without(std::span<const std::size_t> missing) const {
  const auto n = static_cast<std::size_t>(columns.rows());
  const bool take_away = missing.size() < n / 4;  // else too many digits would cancel
  Eigen::MatrixXd g = take_away ? gram : Eigen::MatrixXd::Zero(gram.rows(), gram.cols());
  auto view = g.selfadjointView<Eigen::Lower>();
  const auto row = [&](std::size_t t) {
    return columns.row(static_cast<Eigen::Index>(t)).transpose();
  };
  if (take_away) {
    for (const std::size_t t : missing) view.rankUpdate(row(t), -1.0);
    return g;
  }
  std::size_t next = 0;
  for (std::size_t t = 0; t < n; ++t) {
    if (next < missing.size() && missing[next] == t)
      ++next;
    else
      view.rankUpdate(row(t), 1.0);
  }
  return g;
}

}  // namespace nova::numeric
