#include "plugins/models/numeric/harmonics.hpp"

#include <algorithm>
#include <cmath>

namespace nova::numeric {
namespace {

constexpr double kTurn = 6.28318530717958647692;
// A column whose part that is new lies below this share of its square length depends on the others.
constexpr double kDependent = 1e-10;
constexpr double kRidge = 0.01;  // of a changepoint's square length

}  // namespace

Basis::Basis(BasisSpec spec) : spec_(std::move(spec)) {
  columns_.push_back({});
  if (spec_.trend) columns_.push_back({});
  if (!spec_.trend) spec_.changepoints = 0;
  for (std::uint32_t c = 0; c < spec_.changepoints; ++c) columns_.push_back({});
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
    const double last = static_cast<double>(spec_.points) - 1, half = std::max(0.5 * last, 0.5);
    const double segment = last / (spec_.changepoints + 1);
    double place = static_cast<double>(t);
    if (spec_.changepoints > 0 && place > last)
      place = last - segment * std::expm1((last - place) / segment);
    x[i++] = (place - half) / half;
    for (std::uint32_t c = 1; c <= spec_.changepoints && i < x.size(); ++c)
      x[i++] = std::max(0.0, segment * c - place) / last;
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

Design Design::of(std::shared_ptr<const Basis> basis, double half_life) {
  const auto n = static_cast<Eigen::Index>(basis->spec().points);
  const auto p = static_cast<Eigen::Index>(basis->size());
  Design d;
  d.columns.resize(n, p);
  std::vector<double> x(basis->size());
  for (Eigen::Index t = 0; t < n; ++t) {
    basis->fill(t, x);
    d.columns.row(t) = Eigen::Map<const Eigen::RowVectorXd>(x.data(), p);
  }
  d.weights = Eigen::VectorXd::Ones(n);
  if (half_life > 0) {
    for (Eigen::Index t = 0; t < n; ++t)
      d.weights[t] = std::exp2((static_cast<double>(t) - static_cast<double>(n - 1)) / half_life);
    // A mean with these weights is as well known as that of (sum w)^2 / sum w^2 points.
    d.weights *= d.weights.sum() / d.weights.squaredNorm();
  }
  d.basis = std::move(basis);
  d.gram = d.summed(d.weights);
  d.factor = std::make_shared<const Factor>(Factor::of(d.gram));
  return d;
}

// X'WX and the ridge of the changepoints.
Eigen::MatrixXd Design::summed(const Eigen::VectorXd& w) const {
  const Eigen::Index p = columns.cols();
  Eigen::MatrixXd g = Eigen::MatrixXd::Zero(p, p);
  if ((w.array() == 1).all()) {
    g.selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());
  } else {
    const Eigen::MatrixXd scaled = w.cwiseSqrt().asDiagonal() * columns;
    g.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
  }
  for (std::size_t i = basis->smooth(); i < basis->fixed(); ++i) {
    const auto c = static_cast<Eigen::Index>(i);
    g(c, c) *= 1 + kRidge;
  }
  return g;
}

Eigen::MatrixXd Design::gram_of(const Eigen::VectorXd& share) const {
  const Eigen::Index n = columns.rows(), changed = (share.array() != 1).count();
  // Many changes are added up anew: else too many digits would cancel. The ridge is a share of the
  // sums, so it is, too.
  if (changed >= n / 4 || basis->fixed() > basis->smooth())
    return summed(weights.cwiseProduct(share));
  Eigen::MatrixXd g = gram;
  auto view = g.selfadjointView<Eigen::Lower>();
  for (Eigen::Index t = 0; t < n; ++t)
    if (share[t] != 1) view.rankUpdate(columns.row(t).transpose(), weights[t] * (share[t] - 1));
  return g;
}

}  // namespace nova::numeric
