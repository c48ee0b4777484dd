// A policy to start from: a fleet that still serves its load when a zone is lost.
//
// The machines are spread evenly over z zones. When one is gone, z - 1 of z machines are left, and
// these must serve the newest load at its target: so the need is n * z / (z - 1), in whole rounds
// over the zones. The group says how many there are:
//   { "type": "plugin", "plugin": "zone_loss", "settings": { "zones": 3 } }
#include <map>
#include <novascale.hpp>

namespace {

struct ZoneLoss {
  static constexpr auto id = "com.example.zone_loss", name = "ZoneLoss", version = "1.0.0";
  static constexpr auto description = "Enough machines when a zone is lost";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "zones": { "type": "integer", "minimum": 2, "maximum": 16, "default": 3,
                 "description": "Zones of a group that does not say." } } })";

  explicit ZoneLoss(const nova::Context& ctx) : zones_(ctx.integer("zones")) {}

  // What each group says of itself, by the key under which it will be asked for.
  void bind(nova::Call, nova::Binding& io) {
    io.each([&](std::size_t i) {
      groups_[io.key(i)] = io.settings(i, schema).integer("zones");
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(nova::Call, nova::Keys keys) {
    for (const auto key : keys) groups_.erase(key);
  }

  // A function of what was given and of nothing else, so that a decision can be replayed.
  void propose(nova::Call call, nova::Proposal& io) const {
    std::vector<double> need(io.count(), nova::kNaN);  // the largest over the signals of a group
    for (std::size_t s = 0; s < io.signals().count(); ++s) {
      const auto g = io.signal_group(s);
      if (g >= io.count()) continue;
      const double n = machines(io, s, io.serving(g));
      if (!std::isnan(n) && !(need[g] >= n)) need[g] = n;
    }
    for (std::size_t g = 0; g < io.count(); ++g) {
      if (g % 1024 == 0) call.check();
      if (std::isnan(need[g])) {
        io.no_opinion(g, "no signal of load has a value now");
        continue;
      }
      const auto known = groups_.find(io.key(g));
      const auto zones = known == groups_.end() ? zones_ : known->second;
      const double each = std::ceil(need[g] / static_cast<double>(zones - 1) - 1e-9);  // a zone
      const auto total = zones * static_cast<std::int64_t>(std::min(each, 1e5));
      io.propose(g, std::min<std::int64_t>(total, 1'000'000));
      io.note(g, std::to_string(zones) + " zones of " + std::to_string(total / zones) +
                     ": without one of them " + std::to_string(total - total / zones) +
                     " are left");
    }
  }

 private:
  // What the newest load of a signal keeps busy at its target; NaN = it has no say.
  static double machines(const nova::Proposal& io, std::size_t s, std::uint32_t serving) {
    const auto& y = io.signals();
    const double value = y.points() == 0 ? nova::kNaN : y.at(s, y.points() - 1);
    const double target = io.target_utilisation(s);
    if (!(target > 0) || !std::isfinite(value) || value < 0) return nova::kNaN;
    if (io.signal_role(s) == nova::Role::utilisation) return serving * value / target;
    if (io.signal_role(s) == nova::Role::demand && io.per_machine(s) > 0)
      return value / (io.per_machine(s) * target);
    return nova::kNaN;
  }

  std::int64_t zones_;
  std::map<std::uint64_t, std::int64_t> groups_;
};

}  // namespace

NOVA_PLUGIN("com.example.zone_loss", "Example", "1.0.0", nova::policy_component<ZoneLoss>)
