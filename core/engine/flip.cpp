#include "core/engine/flip.hpp"

#include <algorithm>
#include <cmath>

#include "core/decide/text.hpp"
#include "core/engine/market.hpp"

namespace nova {
namespace {

class Probe {
 public:
  Probe(const GroupEngine& group, std::size_t signal, bool out, const Menu& menu,
        const Market* market)
      : group_(group), signal_(signal), out_(out), menu_(menu), market_(market) {
    const auto& spec = group.spec();
    const auto step = group.step();
    const bool promised = group.promised() != nullptr;
    within_ = std::max(step, spec.lead_time);
    if (!out) within_ += stabilisation_window(spec, promised);
    for (std::size_t s = 0; s < spec.signals.size(); ++s)
      samples_.push_back({group.load(s) / group.demand_of_one(spec.signals[s])});
    for (std::size_t s = 0; s < spec.watched.size(); ++s)  // they stay as they are
      watched_.push_back({group.watched(s) / spec.watched[s].scale});
  }

  Duration within() const { return within_; }

  // What comes of it when the signal stands at `load` until `within` has passed.
  Decision at(double load) const {
    auto copy = group_;
    auto samples = samples_;
    samples[signal_] = {load / group_.demand_of_one(group_.spec().signals[signal_])};
    const auto step = group_.step();
    Decision decision;
    for (auto now = group_.now() + step; now <= group_.now() + within_ + step; now += step) {
      GroupInput input{now, samples, group_.fleet(), false, group_.pause()};
      input.watched = watched_;
      copy.observe(now, input);
      decision = copy.decide(menu_, market_);
      if (market_ && !market_->ledger().idle() && flips(decision)) {
        auto shared = *market_;
        copy.settle(decision, menu_, shared);
      }
      if (flips(decision)) break;
    }
    return decision;
  }
  bool flips(const Decision& d) const {
    return d.action == (out_ ? Action::scale_out : Action::scale_in);
  }

 private:
  const GroupEngine& group_;
  std::size_t signal_;
  bool out_;
  const Menu& menu_;
  const Market* market_;
  Duration within_;
  std::vector<std::vector<double>> samples_, watched_;
};

}  // namespace

std::optional<Flip> find_flip(const GroupEngine& group, std::size_t signal, bool out,
                              const Menu& menu, const Market* market) {
  constexpr int kHalvings = 20;
  const auto& spec = group.spec().signals[signal];
  const double now = group.load(signal);
  if (std::isnan(now) || !group.fleet().known) return std::nullopt;
  const Probe probe(group, signal, out, menu, market);
  // What would keep twice as many machines busy as there may be, or nobody.
  double far = out ? std::max(2 * now, 2.0 * (group.spec().max + 1) * spec.per_machine) : 0;
  double near = now;
  auto found = probe.at(far);
  Flip flip{spec.name,   spec.unit,         now, far, probe.within(), found.current, found.desired,
            found.cause, probe.flips(found)};
  if (!flip.flips) return flip;
  if (auto as_it_is = probe.at(now); probe.flips(as_it_is)) {
    far = now;
    found = std::move(as_it_is);
    flip.anyway = true;
  }
  for (int k = 0; !flip.anyway && k < kHalvings; ++k) {
    const double middle = (near + far) / 2;
    auto decision = probe.at(middle);
    if (probe.flips(decision)) {
      far = middle;
      found = std::move(decision);
    } else {
      near = middle;
    }
  }
  flip.load = far;
  flip.current = found.current;
  flip.desired = found.desired;
  flip.cause = found.cause;
  return flip;
}

std::string to_string(const Flip& flip, bool out) {
  const auto unit = flip.unit.empty() ? "" : " " + flip.unit;
  if (!flip.flips)
    return "no load of " + flip.signal + " would have " + (out ? "added" : "given up") +
           " a machine within " + to_string(flip.within) + ": " + flip.cause;
  const auto count = out ? flip.desired - flip.current : flip.current - flip.desired;
  if (flip.anyway)
    return "with the load of now, " + short_number(flip.load_now, 3) + unit + " of " + flip.signal +
           ", within " + to_string(flip.within) + " it " + (out ? "adds " : "gives up ") +
           std::to_string(count) + ", by " + flip.cause;
  return "at " + short_number(flip.load, 3) + unit + " of " + flip.signal + " (now " +
         short_number(flip.load_now, 3) + ") within " + to_string(flip.within) + " it would have " +
         (out ? "added " : "given up ") + std::to_string(count) + ", by " + flip.cause;
}

}  // namespace nova
