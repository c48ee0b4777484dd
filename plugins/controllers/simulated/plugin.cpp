// controllers/simulated: a VM controller without machines, for replays, demos and tests. See
// README.md.
#include <novascale.hpp>

#include <unordered_map>

#include "fleet.hpp"

namespace nova::simulated {
namespace {

constexpr auto kGroupSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "initial": { "type": "integer", "minimum": 0, "maximum": 1000000 },
    "offer": { "type": "string", "default": "" },
    "min": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0 },
    "max": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 1000000 }
  } })";

class Simulated {
 public:
  static constexpr auto id = "org.novacron.controller.simulated";
  static constexpr auto name = "Simulated fleet";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Machines that exist only here: boot times, typed failures, spot interruptions";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "boot_time": { "type": "string", "x-unit": "duration", "default": "180s", "title": "From request to serving; the median" },
      "boot_time_p95": { "type": "string", "x-unit": "duration", "title": "95th percentile of a lognormal boot time; equal to boot_time when absent" },
      "failures": { "type": "object", "additionalProperties": false, "default": {}, "title": "Probabilities",
        "properties": {
          "capacity": { "type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "that a machine is not to be had" },
          "sold_out": { "type": "array", "items": { "type": "string" }, "default": [], "title": "no probability: offers of which no machine is to be had, with * and ?" },
          "boot": { "type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "that a machine never comes up" },
          "quota": { "type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "that a scale-out is refused" },
          "throttled": { "type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "that a request comes too often" },
          "unavailable": { "type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "that the provider does not answer" } } },
      "spot_interruptions": { "type": "number", "minimum": 0, "default": 0, "x-unit": "per machine-month", "title": "of offers whose id ends in /spot" },
      "illnesses": { "type": "number", "minimum": 0, "default": 0, "x-unit": "per machine-month", "title": "of serving machines, which then are unhealthy" },
      "initial": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0, "title": "Machines a group starts with, unless its controller_config says" },
      "seed": { "type": "integer", "minimum": 0, "default": 1 }
    } })";

  explicit Simulated(Context context) : context_(context), fleet_(behaviour(context)) {}

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      const Config settings = io.settings(i, kGroupSchema);
      GroupRules rules;
      rules.initial = static_cast<std::uint32_t>(
          settings.has("initial") ? settings.integer("initial") : context_.integer("initial"));
      rules.offer = settings.text("offer");
      rules.min = static_cast<std::uint32_t>(settings.integer("min"));
      rules.max = static_cast<std::uint32_t>(settings.integer("max"));
      if (rules.min > rules.max)
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/min: must be <= max, got " + std::to_string(rules.min));
      if (rules.initial > rules.max)
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/initial: must be <= max, got " + std::to_string(rules.initial));
      if (io.name(i).empty()) throw Error(NOVA_INVALID_ARGUMENT, "a group needs an id");
      fleet_.add_group(io.name(i), rules, context_.now_ns());
      auto& served = bound_[io.key(i)];
      if (!served.empty() && served != io.name(i)) release(io.key(i));
      bound_[io.key(i)] = io.name(i);
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) release(key);
  }

  void list_groups(const Call& call, Strings ids, Groups& out) {
    fleet_.advance(context_.now_ns());
    if (ids.all())
      for (const auto& group : fleet_.groups()) list(group, out);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i % 1024 == 0) call.check();
      if (const auto* group = fleet_.find(ids[i])) {
        list(*group, out);
      } else {
        nova::Group row;
        row.group_id = ids[i];
        row.status = NOVA_NOT_FOUND;
        out.add(std::move(row));
      }
    }
  }

  void list_machines(const Call& call, Strings ids, Machines& out) {
    fleet_.advance(context_.now_ns());
    if (ids.all())
      for (const auto& group : fleet_.groups()) list(group, out);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      call.check();
      if (const auto* group = fleet_.find(ids[i])) list(*group, out);
    }
  }

  void can_scale(const Call&, Scale& io) {
    fleet_.advance(context_.now_ns());
    tell(io, fleet_.would_scale(requests(io)));
  }
  void scale(const Call&, Scale& io) { tell(io, fleet_.scale(requests(io), context_.now_ns())); }

  void act(const Call&, MachineAction& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto answer = fleet_.act(
          {io.action(i), io.group_id(i), io.machine_id(i), nova::token(io.token(i)), io.fence(i)},
          context_.now_ns());
      tell(io, i, answer);
    }
  }

  void poll(const Call&, Operations& io) {
    fleet_.advance(context_.now_ns());
    for (std::size_t i = 0; i < io.count(); ++i) tell(io, i, fleet_.poll(nova::token(io.token(i))));
  }
  void cancel(const Call&, Operations& io) {
    for (std::size_t i = 0; i < io.count(); ++i)
      tell(io, i, fleet_.cancel(nova::token(io.token(i)), context_.now_ns()));
  }

 private:
  static Behaviour behaviour(const Context& context) {
    Behaviour b;
    b.boot_ns = context.duration("boot_time").count();
    b.boot_p95_ns =
        context.has("boot_time_p95") ? context.duration("boot_time_p95").count() : b.boot_ns;
    if (b.boot_ns < 0)
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/boot_time: must be >= 0s, got " + context.text("boot_time"));
    if (b.boot_p95_ns < b.boot_ns)
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/boot_time_p95: must be >= boot_time, got " + context.text("boot_time_p95"));
    const Config failures = context.config().object("failures");
    b.capacity = failures.number("capacity");
    b.boot_fails = failures.number("boot");
    b.sold_out = failures.texts("sold_out");
    b.quota = failures.number("quota");
    b.throttled = failures.number("throttled");
    b.unavailable = failures.number("unavailable");
    b.interruptions_month = context.number("spot_interruptions");
    b.illnesses_month = context.number("illnesses");
    b.seed = static_cast<std::uint64_t>(context.integer("seed"));
    return b;
  }

  // Ends what a key stands for; the group is set aside when no other key serves it.
  void release(std::uint64_t key) {
    const auto at = bound_.find(key);
    if (at == bound_.end()) return;
    const std::string group = at->second;
    bound_.erase(at);
    for (const auto& [other, served] : bound_)
      if (served == group) return;
    fleet_.set_aside(group);
  }

  static void list(const Fleet::Group& group, Groups& out) {
    if (group.aside) return;
    nova::Group row;
    row.group_id = group.name;
    row.generation = group.generation;
    row.changed_ns = group.changed_ns;
    row.min = group.rules.min;
    row.max = group.rules.max;
    bool any = false;
    for (const auto& held : group.rows) {
      if (held.machines.empty()) continue;
      any = true;
      row.offer_id = held.offer;
      row.desired = static_cast<std::uint32_t>(held.machines.size());
      row.booting = row.serving = row.unhealthy = row.draining = 0;
      for (const auto& m : held.machines) {
        if (m.state == NOVA_MACHINE_BOOTING)
          ++row.booting;
        else if (m.state == NOVA_MACHINE_DRAINING)
          ++row.draining;
        else if (!m.healthy)
          ++row.unhealthy;
        else
          ++row.serving;
      }
      out.add(row);
    }
    if (!any) out.add(std::move(row));
  }

  static void list(const Fleet::Group& group, Machines& out) {
    if (group.aside) return;
    for (const auto& held : group.rows)
      for (const auto& m : held.machines) {
        nova::Machine row;
        row.group_id = group.name;
        row.machine_id = Fleet::machine_id(m.number);
        row.offer_id = held.offer;
        row.token = uuid(m.token);
        row.state = m.state;
        row.health = m.state == NOVA_MACHINE_BOOTING ? 0
                     : m.healthy                     ? NOVA_HEALTHY
                                                     : NOVA_UNHEALTHY;
        row.marks = m.marks;
        row.created_ns = m.created_ns;
        row.serving_ns = m.serving_ns;
        out.add(std::move(row));
      }
  }

  static std::vector<Request> requests(const Scale& io) {
    std::vector<Request> out;
    out.reserve(io.count());
    for (std::size_t i = 0; i < io.count(); ++i)
      out.push_back({io.group_id(i), io.offer_id(i), io.desired(i), nova::token(io.token(i)),
                     io.expected_generation(i), io.fence(i)});
    return out;
  }

  template <class Items>
  static void tell(const Items& io, std::size_t i, const Answer& answer) {
    if (answer.status == NOVA_OK)
      io.answer(i, answer.state);
    else
      io.fail(i, answer.status, answer.note);
  }
  static void tell(const Scale& io, const std::vector<Answer>& answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) tell(io, i, answers[i]);
  }
  static void tell(const Operations& io, std::size_t i, const std::optional<Progress>& p) {
    if (!p) return io.unknown(i);
    io.answer(
        i, {p->state, p->result, p->machines, p->progress, p->started_ns, p->ended_ns, p->eta_ns});
  }

  Context context_;
  Fleet fleet_;
  std::unordered_map<std::uint64_t, std::string> bound_;
};

}  // namespace
}  // namespace nova::simulated

NOVA_PLUGIN("org.novacron.simulated", "NovaCron", "1.0.0",
            nova::controller_component<nova::simulated::Simulated>)
