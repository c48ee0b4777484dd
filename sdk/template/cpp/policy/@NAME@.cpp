// @ID@: as many machines as bring the utilisation to its target.
#include <novascale.hpp>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "Machines in proportion to the load";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "target": { "type": "number", "minimum": 0.01, "maximum": 1, "default": 0.65,
                  "description": "Utilisation to aim at where a signal names none." } } })";

  explicit @CLASS@(const nova::Context& ctx) : target(ctx.number("target")) {}

  // A function of what is given and of nothing else, so that a decision can be replayed.
  void propose(nova::Call, nova::Proposal& io) const {
    std::vector<double> need(io.count(), nova::kNaN);  // the largest over the signals of a group
    for (std::size_t s = 0; s < io.signals().count(); ++s) {
      const std::uint64_t g = io.signal_group(s);
      if (g >= io.count()) continue;
      const double n = machines(io, s, io.serving(g));
      if (!std::isnan(n) && !(need[g] >= n)) need[g] = n;
    }
    for (std::size_t g = 0; g < io.count(); ++g) {
      if (std::isnan(need[g])) {
        io.no_opinion(g, "no signal has a value");
        continue;
      }
      const auto n = static_cast<std::int64_t>(std::clamp(std::ceil(need[g] - 1e-9), 0.0, 1e6));
      io.propose(g, n);
      io.note(g, std::to_string(n) + " machines bring utilisation to its target");  // the reason told
    }
  }

 private:
  double machines(const nova::Proposal& io, std::size_t s, std::uint32_t serving) const {
    const auto& y = io.signals();
    const double value = y.points() == 0 ? nova::kNaN : y.at(s, y.points() - 1);
    const double own = io.target_utilisation(s), aim = own > 0 ? own : target;
    if (io.signal_role(s) == nova::Role::utilisation) return serving * value / aim;
    if (io.signal_role(s) == nova::Role::demand && io.per_machine(s) > 0)
      return value / (io.per_machine(s) * aim);
    return nova::kNaN;
  }

  double target;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::policy_component<@CLASS@>)
