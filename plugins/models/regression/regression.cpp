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

constexpr std::size_t kPairsMost = 10;     // automatic harmonics of a long season
constexpr std::size_t kColumnsMost = 512;  // with "full"
constexpr std::size_t kTrendNeeds = 8;     // points, below them a slope is noise
constexpr double kPhiMost = 0.98;          // nearer to 1 the carry-over would be a random walk

// A view of values scaled to [-1, 1] around their mean, missing ones set to 0 and listed.
struct Scaled {
  Eigen::VectorXd y;
  std::vector<std::size_t> missing;
  double centre = 0, scale = 1;
};

Scaled scale(std::span<const double> z) {
  Scaled out{Eigen::VectorXd(static_cast<Eigen::Index>(z.size())), {}, 0, 1};
  double count = 0, largest = 0;
  for (std::size_t t = 0; t < z.size(); ++t) {
    if (!std::isfinite(z[t])) {
      out.missing.push_back(t);
      continue;
    }
    ++count;
    out.centre += (z[t] - out.centre) / count;  // running mean: a sum of 1e300 may overflow
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
    const double k = static_cast<double>(factor.rank[cut - 1]) + 1;  // and the variance
    if (n - k - 1 <= 0) break;
    // What is left below rounding is as good as nothing: more columns would fit the noise of it.
    const double floor = 1e-22 * std::max(yy, 1e-300);
    const double aicc =
        n * std::log(std::max(rss, floor) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1);
    if (aicc < least) least = aicc, best = cut;
  }
  return best;
}

struct Residuals {
  double rss = 0, phi = 0, last = 0;
  std::uint64_t age = 0;
};

Residuals residuals_of(const Scaled& data, const Eigen::VectorXd& fitted, bool ar1) {
  Residuals out;
  double cross = 0, square = 0, before = 0;
  bool has_before = false;
  std::size_t next_missing = 0;
  for (Eigen::Index t = 0; t < data.y.size(); ++t) {
    if (next_missing < data.missing.size() &&
        data.missing[next_missing] == static_cast<std::size_t>(t)) {
      ++next_missing;
      ++out.age;
      has_before = false;
      continue;
    }
    const double e = data.y[t] - fitted[t];
    out.rss += e * e;
    if (has_before) cross += e * before, square += before * before;
    before = out.last = e;
    out.age = 0;
    has_before = true;
  }
  if (ar1 && square > 0 && out.rss > 0) out.phi = std::clamp(cross / square, -kPhiMost, kPhiMost);
  return out;
}

}  // namespace

std::shared_ptr<const Design> DesignCache::get(const BasisSpec& spec) {
  constexpr std::size_t kKept = 8;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& d : kept_)
      if (d->basis->spec() == spec) return d;
  }
  auto made = std::make_shared<const Design>(Design::of(std::make_shared<const Basis>(spec)));
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
  std::size_t columns = spec.trend ? 2 : 1;
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
  const std::size_t known = span - data.missing.size();

  const auto design = designs_.get(plan(span, known, host_seasons, remark));
  const Basis& basis = *design->basis;
  State state;
  state.basis = design->basis;
  state.factor =
      data.missing.empty()
          ? design->factor
          : std::make_shared<const Factor>(Factor::of(design->gram_without(data.missing)));

  Eigen::VectorXd b = design->columns.transpose() * data.y;  // missing rows are 0 in y
  std::span<double> work(b.data(), basis.size());
  state.factor->forward(work);
  const std::size_t size =
      choose_size(basis, *state.factor, work, data.y.squaredNorm(), static_cast<double>(known),
                  options_.pairs == Options::kAuto);
  work = work.first(size);
  state.factor->backward(work);
  state.coefficients.assign(work.begin(), work.end());

  const auto p = static_cast<Eigen::Index>(size);
  const Eigen::VectorXd fitted = design->columns.leftCols(p) * b.head(p);
  const auto rank = static_cast<double>(state.factor->rank[size - 1]);
  const auto n = static_cast<double>(known);
  const Residuals e = residuals_of(data, fitted, options_.ar1 && known >= kTrendNeeds);
  state.centre = data.centre;
  state.scale = data.scale;
  state.dof = n - rank;
  state.sd = state.dof > 0 ? std::sqrt(e.rss / state.dof) : 0;
  state.phi = e.phi;
  state.residual = e.last;
  state.age = e.age;
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
    if (std::isfinite(e)) {
      state.residual = e;
      state.age = 0;
    } else {
      ++state.age;
    }
  }
}

Moments Regression::ahead(const State& state, std::uint64_t steps) const {
  const std::size_t p = state.coefficients.size();
  double
      buffer[64];  // most models are small; a heap allocation per step would cost more than the sum
  std::vector<double> large;
  std::span<double> x(buffer, std::min<std::size_t>(p, 64));
  if (p > 64) {
    large.resize(p);
    x = large;
  }
  state.basis->fill(static_cast<std::int64_t>(state.next + steps - 1), x);
  double mean = 0;
  for (std::size_t i = 0; i < p; ++i) mean += x[i] * state.coefficients[i];
  const double phi = state.phi;
  const double carry = phi == 0 ? 0 : std::pow(phi, static_cast<double>(steps + state.age));
  mean += carry * state.residual;

  state.factor->forward(x);
  double leverage = 0;
  for (std::size_t i = 0; i < p; ++i) {
    const double w = phi == 0 ? 1
                              : (1 - phi * phi) /
                                    (1 - 2 * phi * std::cos(state.basis->frequency(i)) + phi * phi);
    leverage += x[i] * x[i] * w;
  }
  return {state.centre + state.scale * mean,
          state.scale * state.sd * std::sqrt(1 - carry * carry + leverage)};
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
