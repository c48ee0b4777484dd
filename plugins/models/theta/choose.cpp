#include "plugins/models/theta/choose.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <novascale/error.hpp>

#include "plugins/models/numeric/classical.hpp"

namespace nova::theta {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kHeldOutLeast = 40;  // points, below them nothing is held out
constexpr double kHeldOutShare = 0.25;
constexpr std::size_t kHeldOutMost = 672;
constexpr std::size_t kLeads = 24;  // how far ahead candidates are judged
constexpr std::size_t kOrigins = 48;
constexpr double kRough = 1e-3, kFine = 1e-5;  // of alpha: to judge a candidate, to use it
constexpr std::size_t kNewest = 4096;          // points behind a candidate's judgement
constexpr double kBetter = 0.98;               // a later candidate must beat an earlier one by that
constexpr double kWithout = 0.9;               // ... and one without the seasons that were found
constexpr double kTestWork = 1e6;              // points x lags of the test for a season

using Seasons = std::array<std::uint32_t, 2>;

// A series without its seasons.
struct Adjusted {
  std::vector<double> index, rest;  // index: one entry a phase; empty = no season
  bool ratios = false;
};

// The second season is sought in what the first leaves and is a multiple of it, so that one index
// holds both.
Adjusted adjust(std::span<const double> y, const Seasons& m, bool not_negative) {
  Adjusted out;
  out.rest.assign(y.begin(), y.end());
  for (const bool ratios : {true, false}) {
    if (ratios && !not_negative) continue;
    out.ratios = ratios;
    out.index.assign(m[0] == 0 ? 0 : std::max(m[0], m[1]), ratios ? 1 : 0);
    bool usable = true;
    for (const std::size_t season : m) {
      if (season == 0) continue;
      const auto part = numeric::seasonal_indices(out.rest, season, ratios);
      for (std::size_t j = 0; j < out.index.size(); ++j) {
        double& i = out.index[j];
        i = ratios ? i * part[j % season] : i + part[j % season];
        usable = usable && (!ratios || i > 1e-6);
      }
      for (std::size_t t = 0; t < out.rest.size(); ++t)
        out.rest[t] = ratios ? out.rest[t] / part[t % season] : out.rest[t] - part[t % season];
    }
    if (usable) return out;
    out.rest.assign(y.begin(), y.end());  // a ratio of nothing: take differences
  }
  return out;
}

bool seasonal(std::span<const double> y, std::size_t m) {
  const auto newest = static_cast<std::size_t>(kTestWork / static_cast<double>(m));
  if (y.size() > newest && newest >= 3 * m) y = y.last(newest);
  return numeric::has_season(y, m);
}

struct Candidate {
  Seasons seasons{};
  Variant variant = Variant::standard;
  std::optional<double> alpha;
  double error = kInfinity;
};

class Chooser {
 public:
  Chooser(std::span<const double> values, const Options& options) : options_(options) {
    double least = kInfinity;
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      ++known_;
      scale_ = std::max(scale_, std::fabs(v));
      least = std::min(least, v);
    }
    if (known_ == 0) throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
    if (scale_ == 0) scale_ = 1;
    not_negative_ = least >= 0;
    const auto first =
        std::find_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    for (auto v = first; v != values.end(); ++v)
      y_.push_back(std::isfinite(*v) ? *v / scale_ : std::numeric_limits<double>::quiet_NaN());
    if (known_ >= kHeldOutLeast)
      held_ = std::min(static_cast<std::size_t>(kHeldOutShare * static_cast<double>(y_.size())),
                       kHeldOutMost);
  }

  std::span<const double> all() const { return y_; }
  // What candidates are fitted to, to be judged.
  std::span<const double> trained() const {
    const auto before = all().first(y_.size() - held_);
    return before.last(std::min(before.size(), kNewest));
  }
  bool held_out() const { return held_ > 0; }
  bool not_negative() const { return not_negative_; }

  // A model of y, the first points of all.
  Chosen model(const Candidate& c, std::span<const double> y) const {
    const auto parts = adjusted(c.seasons, y);
    const Fit f = fit(parts->rest, c.variant, c.alpha ? c.alpha : options_.alpha,
                      y.size() < y_.size() ? kRough : kFine);
    Chosen out;
    out.line = f.line;
    out.sigma = f.sigma;
    out.scale = scale_;
    out.known = static_cast<double>(known_);
    out.ratios = parts->ratios;
    out.index = parts->index;
    if (!out.index.empty()) out.phase = static_cast<std::uint32_t>(y.size() % out.index.size());
    std::copy(c.seasons.begin(), c.seasons.end(), out.seasons);
    out.held_alpha = c.alpha.has_value();
    return out;
  }

  void judge(Candidate& c) const {
    double sum = 0, weight = 0;
    walk(model(c, trained()), kLeads,
         [&](std::size_t, double expected, double s, double truth, const Chosen& m) {
           sum += std::fabs(m.with(expected, s) - truth);
           ++weight;
         });
    if (weight > 0 && std::isfinite(sum)) c.error = sum / weight;
  }

  void consider(Candidate& best, Candidate next, double better) const {
    judge(next);
    if (next.error < best.error * better) best = next;
  }

  // What held-out errors say of a candidate fitted to what was before them: how large an error of
  // one step is, and how wide that makes intervals.
  void calibrate(const Candidate& c, Chosen& out) const {
    Chosen past = model(c, trained());
    std::vector<double> one;
    walk(past, 1, [&](std::size_t, double expected, double s, double truth, const Chosen& m) {
      one.push_back(m.without(truth, s) - expected);
    });
    const double sigma = numeric::held_out_sigma(past.sigma, std::move(one));
    if (!(sigma > 0)) return;
    out.sigma = sigma;
    std::array<std::vector<double>, numeric::Spread::kBands> errors;
    walk(past, kLeads,
         [&](std::size_t lead, double expected, double s, double truth, const Chosen& m) {
           const double sd = spread(m.line, out.sigma, static_cast<double>(lead));
           if (sd > 0)
             errors[numeric::Spread::band(lead)].push_back((m.without(truth, s) - expected) / sd);
         });
    out.spread = numeric::Spread(errors, static_cast<double>(held_));
  }

 private:
  // One decomposition serves all variants.
  std::shared_ptr<const Adjusted> adjusted(const Seasons& m, std::span<const double> y) const {
    if (last_ == nullptr || last_seasons_ != m || last_->rest.size() != y.size()) {
      last_ = std::make_shared<const Adjusted>(adjust(y, m, not_negative_));
      last_seasons_ = m;
    }
    return last_;
  }

  // visit(lead, expected rest, season, truth, model) for forecasts `leads` steps ahead from origins
  // all through the stretch held out; from every point for one step.
  template <class Visit>
  void walk(Chosen m, std::size_t leads, Visit&& visit) const {
    const std::size_t stride = leads == 1 ? 1 : std::max<std::size_t>(1, held_ / kOrigins);
    std::vector<double> expected(std::min(leads, held_));
    for (std::size_t t = y_.size() - held_; t < y_.size();) {
      const std::size_t reach = std::min(expected.size(), y_.size() - t);
      project(m.line, std::span(expected).first(reach));
      for (std::size_t h = 0; h < reach; ++h)
        if (!std::isnan(y_[t + h])) visit(h + 1, expected[h], m.season(h + 1), y_[t + h], m);
      for (std::size_t i = 0; i < stride && t < y_.size(); ++i, ++t) {
        m.line.advance(m.without(y_[t], m.season(1)));
        if (!m.index.empty() && ++m.phase == m.index.size()) m.phase = 0;
      }
    }
  }

  const Options& options_;
  std::vector<double> y_;
  std::size_t known_ = 0, held_ = 0;
  double scale_ = 0;
  bool not_negative_ = false;
  mutable std::shared_ptr<const Adjusted> last_;
  mutable Seasons last_seasons_{};
};

}  // namespace

double Chosen::season(std::size_t ahead) const {
  if (index.empty()) return ratios ? 1 : 0;
  return index[(phase + ahead - 1) % index.size()];
}

std::string Chosen::name() const {
  std::string text = line.variant == Variant::standard    ? "standard theta"
                     : line.variant == Variant::optimised ? "optimised theta"
                                                          : "dynamic theta";
  if (seasons[0] != 0) text += " [" + std::to_string(seasons[0]);
  if (seasons[1] != 0) text += "," + std::to_string(seasons[1]);
  return text + (seasons[0] != 0 ? "]" : "");
}

bool refit(Chosen& c, std::span<const double> values, const Options& options) {
  const Chooser chooser(values, options);
  const std::size_t longest = std::max(c.seasons[0], c.seasons[1]);
  if (chooser.all().size() < std::max<std::size_t>(3 * longest, kHeldOutLeast) ||
      (c.ratios && !chooser.not_negative()))
    return false;
  Candidate same{{c.seasons[0], c.seasons[1]}, c.line.variant, {}};
  if (c.held_alpha) same.alpha = c.line.alpha;
  Chosen out = chooser.model(same, chooser.all());
  if (out.ratios != c.ratios) return false;  // errors of another kind
  out.known = c.known;
  out.sigma = c.sigma * (c.scale / out.scale);
  out.spread = std::move(c.spread);
  c = std::move(out);
  return true;
}

Chosen choose(std::span<const double> values, std::span<const std::uint32_t> seasons,
              const Options& options) {
  const Chooser chooser(values, options);
  std::vector<Seasons> sets;
  for (const auto m : seasons)
    if (m >= 2 && 3 * std::size_t{m} <= chooser.trained().size() && seasonal(chooser.all(), m) &&
        sets.size() < 2)
      sets.push_back({m, 0});
  if (sets.size() == 2 && sets[1][0] % sets[0][0] == 0) sets.push_back({sets[0][0], sets[1][0]});

  Candidate best;
  best.variant = options.variant.value_or(Variant::standard);
  if (!sets.empty()) best.seasons = sets[0];
  if (chooser.held_out() && (sets.size() > 1 || !options.variant)) {
    chooser.judge(best);
    const auto with = [&](auto&& change, double better = kBetter) {
      Candidate next = best;
      change(next);
      chooser.consider(best, next, better);
    };
    for (std::size_t i = 1; i < sets.size(); ++i) with([&](Candidate& c) { c.seasons = sets[i]; });
    if (!options.variant) {
      with([](Candidate& c) { c.seasons = {}; }, kWithout);
      for (const auto variant : {Variant::optimised, Variant::dynamic})
        with([&](Candidate& c) { c.variant = variant; });
      if (!options.alpha)
        for (const double alpha : {0.02, 0.1, 0.3}) with([&](Candidate& c) { c.alpha = alpha; });
    }
  }
  Chosen out = chooser.model(best, chooser.all());
  if (options.calibrate && chooser.held_out()) chooser.calibrate(best, out);
  return out;
}

}  // namespace nova::theta
