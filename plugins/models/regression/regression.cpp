#include "plugins/models/regression/regression.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/error.hpp>

namespace nova::regression {
namespace {

using numeric::Basis;
using numeric::BasisSpec;
using numeric::Design;
using numeric::Factor;

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t kPairsMost = 10;     // automatic harmonics of a long season
constexpr std::size_t kColumnsMost = 512;  // with "full"
constexpr std::size_t kTrendNeeds = 8;     // points, below them a slope is noise
constexpr int kRobustPasses = 3;
constexpr double kHuber = 1.345;  // 95 % as efficient as least squares on normal residuals
constexpr double kClip = 3;       // robust standard deviations

// Values scaled to [-1, 1] around their mean, missing ones set to 0.
struct Scaled {
  Eigen::VectorXd y, there;  // there: 1, or 0 = missing
  std::size_t known = 0;
  double centre = 0, scale = 1;
};

Scaled scale(std::span<const double> z) {
  const auto n = static_cast<Eigen::Index>(z.size());
  Scaled out{Eigen::VectorXd(n), Eigen::VectorXd(n), 0, 0, 1};
  double largest = 0;
  for (std::size_t t = 0; t < z.size(); ++t) {
    const bool there = std::isfinite(z[t]);
    out.there[static_cast<Eigen::Index>(t)] = there ? 1 : 0;
    if (!there) continue;
    ++out.known;  // running mean: a sum of 1e300 may overflow
    out.centre += (z[t] - out.centre) / static_cast<double>(out.known);
  }
  for (const double v : z)
    if (std::isfinite(v)) largest = std::max(largest, std::fabs(v - out.centre));
  if (largest > 0) out.scale = largest;
  for (std::size_t t = 0; t < z.size(); ++t)
    out.y[static_cast<Eigen::Index>(t)] =
        std::isfinite(z[t]) ? (z[t] - out.centre) / out.scale : 0.0;
  return out;
}

// The prefix of b with the least AICc; RSS of a prefix is yy less the squares of b.
std::size_t choose_size(const Basis& basis, const Factor& factor, std::span<const double> b,
                        double yy, double n, bool automatic) {
  if (!automatic) return basis.size();
  std::size_t best = basis.cuts().front(), done = 0;
  double least = std::numeric_limits<double>::infinity(), rss = yy;
  for (const std::size_t cut : basis.cuts()) {
    for (; done < cut; ++done) rss -= b[done] * b[done];
    // What is left below rounding is as good as nothing: more columns would fit the noise of it.
    const double floor = 1e-22 * std::max(yy, 1e-300);
    const double here = aicc(log_likelihood(std::max(rss, floor), n), n, factor.rank[cut - 1]);
    if (here < least) least = here, best = cut;
  }
  return best;
}

// The spread of most residuals: the median size, as of a normal distribution.
double robust_scale(const Eigen::VectorXd& e, const Eigen::VectorXd& there) {
  std::vector<double> sizes;
  for (Eigen::Index t = 0; t < e.size(); ++t)
    if (there[t] != 0) sizes.push_back(std::fabs(e[t]));
  const std::size_t n = sizes.size(), middle = n / 2;
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(middle);
  std::nth_element(sizes.begin(), at, sizes.end());
  double median = *at;
  if (n % 2 == 0) median = 0.5 * (median + *std::max_element(sizes.begin(), at));
  return median / 0.6745;
}

// The next residual; of a surprise beyond `clip` only so much is carried on (0 = all).
void push(numeric::Autoregression& errors, double e, double clip) {
  if (clip > 0 && std::isfinite(e)) {
    const double expected = errors.next();
    e = expected + std::clamp(e - expected, -clip, clip);
  }
  errors.push(e);
}

// The autoregression of the residuals and what of them stands at the end. scale: the robust one, 0
// = none; sets the clip.
void carry_on(State& state, const Eigen::VectorXd& e, const Eigen::VectorXd& there, double scale,
              std::size_t most) {
  std::vector<double> x(static_cast<std::size_t>(e.size())), tame(x.size());
  for (std::size_t t = 0; t < x.size(); ++t) {
    const auto i = static_cast<Eigen::Index>(t);
    x[t] = there[i] == 0 ? std::numeric_limits<double>::quiet_NaN() : e[i];
    tame[t] = scale > 0 && there[i] != 0 ? std::clamp(x[t], -kClip * scale, kClip * scale) : x[t];
  }
  state.errors = numeric::fit_autoregression(tame, most);
  state.errors.recent.assign(state.errors.lags.size(), 0.0);
  state.clip = kClip * scale * std::sqrt(state.errors.innovation);
  for (const double v : std::span(x).last(std::min(x.size(), 4 * state.errors.lags.size())))
    push(state.errors, v, state.clip);
}

}  // namespace

double log_likelihood(double rss, double n) {
  constexpr double kLogTwoPi = 1.83787706640934548356;
  return -0.5 * n * (std::log(rss / n) + kLogTwoPi + 1);
}

double aicc(double log_likelihood, double n, std::size_t rank) {
  const double k = static_cast<double>(rank) + 1;
  if (n - k - 1 <= 0) return std::numeric_limits<double>::infinity();
  return -2 * log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1);
}

std::shared_ptr<const Design> DesignCache::get(const BasisSpec& spec, double half_life) {
  constexpr std::size_t kKept = 8;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& d : kept_)
      if (d->basis->spec() == spec) return d;
  }
  auto made =
      std::make_shared<const Design>(Design::of(std::make_shared<const Basis>(spec), half_life));
  const std::lock_guard lock(mutex_);
  for (const auto& d : kept_)
    if (d->basis->spec() == spec) return d;  // another thread was faster
  if (kept_.size() == kKept) kept_.erase(kept_.begin());
  kept_.push_back(made);
  return made;
}

// span: steps from the first to the last known point; known: points that are there.
BasisSpec Regression::plan(std::size_t span, std::size_t known,
                           std::span<const std::uint32_t> host_seasons, std::string& remark) const {
  const auto say = [&](const std::string& what) { remark += (remark.empty() ? "" : "; ") + what; };
  BasisSpec spec;
  spec.points = span;
  spec.trend = options_.trend && known >= kTrendNeeds;
  if (options_.trend && !spec.trend) say("trend dropped: " + std::to_string(known) + " points");
  const auto asked = options_.season_lengths.empty()
                         ? host_seasons
                         : std::span<const std::uint32_t>(options_.season_lengths);
  if (spec.trend)
    spec.changepoints = std::min(options_.changepoints, static_cast<std::uint32_t>(known / 8));
  std::size_t columns = (spec.trend ? 2 : 1) + spec.changepoints;
  for (const std::uint32_t m : asked) {
    if (m < 2 || std::find(spec.seasons.begin(), spec.seasons.end(), m) != spec.seasons.end())
      continue;
    if (span < 2 * std::size_t{m}) {
      say("season " + std::to_string(m) + " dropped: " + std::to_string(span) + " points");
      continue;
    }
    std::size_t pairs = m / 2;
    if (options_.pairs == Options::kAuto && m > 24) pairs = std::min(pairs, kPairsMost);
    if (options_.pairs >= 0) pairs = std::min(pairs, static_cast<std::size_t>(options_.pairs));
    // A third of the points at most, so that the spread is still known.
    const std::size_t most = std::min(known / 3, kColumnsMost);
    const std::size_t room = most > columns ? (most - columns) / 2 : 0;
    if (pairs > room) {
      if (options_.pairs != Options::kAuto)
        say("season " + std::to_string(m) + ": " + std::to_string(room) + " of " +
            std::to_string(pairs) + " harmonics");
      pairs = room;
    }
    if (pairs == 0) continue;
    columns += 2 * pairs;
    spec.seasons.push_back(m);
    spec.pairs.push_back(static_cast<std::uint32_t>(pairs));
  }
  return spec;
}

State Regression::fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
                      std::string& remark) const {
  std::vector<double> z(values.size());
  for (std::size_t t = 0; t < z.size(); ++t) z[t] = transformed(values[t]);
  const auto finite = [](double v) { return std::isfinite(v); };
  const auto first = std::find_if(z.begin(), z.end(), finite);
  if (first == z.end())
    throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
  const Scaled data = scale(std::span(z).subspan(static_cast<std::size_t>(first - z.begin())));
  const auto span = static_cast<std::size_t>(data.y.size());
  double worth = static_cast<double>(data.known);  // points that count, the older ones less
  if (options_.half_life > 0) worth = std::min(worth, 2 * options_.half_life / std::log(2.0));
  const auto design = designs_.get(
      plan(span, static_cast<std::size_t>(worth), host_seasons, remark), options_.half_life);
  const Basis& basis = *design->basis;
  State state;
  state.basis = design->basis;

  const bool huber = options_.loss == Options::Loss::huber;
  Eigen::VectorXd share = data.there, b, e;
  double rank = 0, n = 0, scale = 0;
  for (int pass = 0;; ++pass) {
    const bool all = (share.array() == 1).all();
    state.factor =
        all ? design->factor : std::make_shared<const Factor>(Factor::of(design->gram_of(share)));
    const Eigen::VectorXd w = design->weights.cwiseProduct(share);
    const Eigen::VectorXd wy = w.cwiseProduct(data.y);
    b = design->columns.transpose() * wy;
    n = w.sum();
    std::span<double> work(b.data(), basis.size());
    state.factor->forward(work);
    const std::size_t size = choose_size(basis, *state.factor, work, wy.dot(data.y), n,
                                         options_.pairs == Options::kAuto);
    work = work.first(size);
    state.factor->backward(work);
    state.coefficients.assign(work.begin(), work.end());
    rank = static_cast<double>(state.factor->rank[size - 1]);
    const auto p = static_cast<Eigen::Index>(size);
    e = data.y - design->columns.leftCols(p) * b.head(p);
    if (!huber || pass == kRobustPasses) break;
    scale = robust_scale(e, data.there);
    if (!(scale > 0)) break;  // most points are met exactly: the others cannot be weighed
    for (Eigen::Index t = 0; t < e.size(); ++t)
      if (data.there[t] != 0) share[t] = std::min(1.0, kHuber * scale / std::fabs(e[t]));
  }
  const Eigen::VectorXd w = design->weights.cwiseProduct(share);
  state.centre = data.centre;
  state.scale = data.scale;
  state.dof = n - rank;
  state.sd = state.dof > 0 ? std::sqrt(w.dot(e.cwiseAbs2()) / state.dof) : 0;
  if (data.known >= kTrendNeeds) carry_on(state, e, data.there, huber ? scale : 0, options_.ar);
  const auto trailing = std::find_if(z.rbegin(), z.rend(), finite) - z.rbegin();
  state.age = std::min(static_cast<std::uint64_t>(trailing), State::kAgeMost);
  state.next = span;
  return state;
}

void Regression::observe(State& state, std::span<const double> values) const {
  std::vector<double> x(state.coefficients.size());
  for (const double y : values) {
    state.basis->fill(static_cast<std::int64_t>(state.next++), x);
    double fitted = 0;
    for (std::size_t i = 0; i < x.size(); ++i) fitted += x[i] * state.coefficients[i];
    const double e = (transformed(y) - state.centre) / state.scale - fitted;
    state.age = std::isfinite(e) ? 0 : std::min(state.age + 1, State::kAgeMost);
    push(state.errors, e, state.clip);
  }
}

void Regression::ahead(const State& state, std::span<Moments> out) const {
  const auto& lags = state.errors.lags;
  const auto p = static_cast<Eigen::Index>(state.coefficients.size());
  const auto q = static_cast<Eigen::Index>(lags.size());
  const std::size_t age = static_cast<std::size_t>(state.age), steps = out.size() + age;
  std::vector<double> carried(out.size()), growth(steps), x(state.coefficients.size());
  state.errors.path(carried);
  state.errors.variances(growth);
  const Eigen::Map<const Eigen::VectorXd> coefficients(state.coefficients.data(), p);
  Eigen::VectorXd spectrum = Eigen::VectorXd::Ones(p);
  for (Eigen::Index i = 0; i < p && q > 0; ++i)
    spectrum[i] = state.errors.spectrum(state.basis->frequency(static_cast<std::size_t>(i)));

  // Columns from q steps before the newest value on, and what the autoregression carries on of
  // them.
  RowMatrix columns(q + static_cast<Eigen::Index>(steps), p), kept = columns;
  const auto first = static_cast<std::int64_t>(state.next - state.age) - q;
  for (Eigen::Index r = 0; r < columns.rows(); ++r) {
    state.basis->fill(first + r, x);
    columns.row(r) = Eigen::Map<const Eigen::RowVectorXd>(x.data(), p);
  }
  kept.topRows(q) = columns.topRows(q);
  const Eigen::RowVectorXd weights = Eigen::Map<const Eigen::RowVectorXd>(lags.data(), q).reverse();
  for (std::size_t step = 0; step < steps; ++step) {
    const auto r = static_cast<Eigen::Index>(step);
    if (q > 0)
      kept.row(q + r).noalias() = weights * kept.middleRows(r, q);
    else
      kept.row(r).setZero();
    if (step < age) continue;
    Eigen::Map<Eigen::RowVectorXd>(x.data(), p) = columns.row(q + r) - kept.row(q + r);
    state.factor->forward(x);
    const double leverage =
        Eigen::Map<const Eigen::VectorXd>(x.data(), p).cwiseAbs2().dot(spectrum);
    const std::size_t h = step - age;
    out[h] = {
        state.centre + state.scale * (columns.row(q + r).dot(coefficients) + carried[h]),
        state.scale * state.sd * std::sqrt(state.errors.innovation * growth[step] + leverage)};
  }
}

Moments Regression::ahead(const State& state, std::size_t steps) const {
  std::vector<Moments> all(steps);
  ahead(state, all);
  return all.back();
}

double Regression::transformed(double y) const {
  if (!std::isfinite(y) || options_.transform == Options::Transform::none) return y;
  const bool log = options_.transform == Options::Transform::log;
  if (log ? !(y > 0) : !(y >= 0))
    throw Error(NOVA_FAILED_PRECONDITION, std::string("the transform ") + (log ? "log" : "sqrt") +
                                              " needs values " + (log ? "> 0" : ">= 0") + ", got " +
                                              std::to_string(y));
  return log ? std::log(y) : std::sqrt(y);
}

double Regression::untransformed(double z) const {
  switch (options_.transform) {
    case Options::Transform::log:
      return std::exp(z);
    case Options::Transform::sqrt:
      return z > 0 ? z * z : 0;
    default:
      return z;
  }
}

// Of the normal distribution: that of Student's t has no mean under exp.
double Regression::untransformed_mean(const Moments& m) const {
  switch (options_.transform) {
    case Options::Transform::log:
      return std::exp(m.mean + 0.5 * m.sd * m.sd);
    case Options::Transform::sqrt:
      return m.mean * m.mean + m.sd * m.sd;
    default:
      return m.mean;
  }
}

}  // namespace nova::regression
