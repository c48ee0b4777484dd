// Policies: counts that can be meant, for each group its own, the same for the same question.
#include "host/loader/verify/standard.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

struct Proposed {
  std::vector<std::int64_t> machines;
  std::vector<double> confidence;
  std::vector<std::int32_t> status;
};

// `groups` groups with one demand signal each, of `values`, oldest first.
Proposed proposed(Rig& rig, const Object& object, std::size_t groups,
                  const std::vector<double>& values) {
  const auto op = rig.ops<nova_policy_ops>().propose;
  std::vector<std::uint64_t> names(groups);
  std::vector<double> rows;
  for (std::size_t g = 0; g < groups; ++g) {
    names[g] = g + 1;
    rows.insert(rows.end(), values.begin(), values.end());
  }
  std::vector<std::uint64_t> places(groups);
  for (std::size_t g = 0; g < groups; ++g) places[g] = g;
  const auto fill = [&](auto value) { return std::vector<decltype(value)>(groups, value); };
  const Column<std::uint64_t> keys("proposal.keys", names), group("proposal.signal_group", places);
  const Column<std::uint32_t> min("proposal.min", fill(1u)), max("proposal.max", fill(100u)),
      desired("proposal.desired", fill(4u)), booting("proposal.booting", fill(1u)),
      serving("proposal.serving", fill(3u));
  const Column<std::int64_t> lead("proposal.lead_time_ns", fill(std::int64_t{180'000'000'000})),
      price("proposal.nanos_per_machine_hour", fill(std::int64_t{100'000'000})),
      machines("proposal.proposed", groups, NOVA_NONE);
  const Column<std::int32_t> role("proposal.signal_role", fill(std::int32_t{NOVA_SIGNAL_DEMAND})),
      status("proposal.item_status", groups, NOVA_OK);
  const Column<double> per_machine("proposal.per_machine", fill(50.0)),
      target("proposal.target_utilisation", fill(0.65)),
      most("proposal.max_utilisation", fill(0.8)), sample("signals.values", rows),
      confidence("proposal.confidence", groups, kNaN);
  nova_series_view signals{};
  signals.struct_size = sizeof signals;
  signals.series_count = groups;
  signals.point_count = values.size();
  signals.keys = keys.data();
  signals.values = sample.data();
  signals.series_stride = static_cast<std::int64_t>(values.size());
  signals.time_stride = 1;
  signals.step_ns = 60'000'000'000;
  signals.t0_ns = rig.now_ns - signals.step_ns * (static_cast<std::int64_t>(values.size()) - 1);
  nova_proposal io{};
  io.struct_size = sizeof io;
  io.count = groups;
  io.now_ns = rig.now_ns;
  io.keys = keys.data(), io.min = min.data(), io.max = max.data(), io.desired = desired.data();
  io.booting = booting.data(), io.serving = serving.data();
  io.lead_time_ns = lead.data(), io.nanos_per_machine_hour = price.data();
  io.signals = &signals, io.signal_group = group.data(), io.signal_role = role.data();
  io.per_machine = per_machine.data(), io.target_utilisation = target.data(),
  io.max_utilisation = most.data();
  io.proposed = machines.data(), io.confidence = confidence.data(), io.item_status = status.data();
  CallBox box;
  box.expect_ok(op(object.get(), &box.call, &io, &box.error), "propose");
  return {{machines.data(), machines.data() + groups},
          {confidence.data(), confidence.data() + groups},
          {status.data(), status.data() + groups}};
}

void counts(const Proposed& p) {
  for (std::size_t g = 0; g < p.machines.size(); ++g) {
    const auto n = p.machines[g];
    if (p.status[g] != NOVA_OK || n == NOVA_NONE) continue;
    require(n >= 0 && n <= 1'000'000, "group " + std::to_string(g) + " is to have " +
                                          std::to_string(n) + " machines, 0 to a million can be");
    require(std::isnan(p.confidence[g]) || (p.confidence[g] >= 0 && p.confidence[g] <= 1),
            "group " + std::to_string(g) + ": a confidence of " + std::to_string(p.confidence[g]));
  }
}

// Loads as they come: steady, none, gone, huge, of one step, of no step.
void any_load(Rig& rig) {
  const auto object = rig.make();
  rig.bind(object);
  for (const auto& values : std::vector<std::vector<double>>{{100, 110, 120},
                                                             {0, 0, 0},
                                                             {kNaN, kNaN, kNaN},
                                                             {100, kNaN, kNaN},
                                                             {1e300, 1e300},
                                                             {-5},
                                                             {120},
                                                             {}})
    counts(proposed(rig, object, 3, values));
  counts(proposed(rig, object, 0, {100}));
}

// No clock, I/O or chance: two instances that were told the same say the same.
void repeats(Rig& rig) {
  const auto one = rig.make(), other = rig.make();
  rig.bind(one);
  rig.bind(other);
  for (int tick = 0; tick < 5; ++tick) {
    const std::vector<double> values{100, 100.0 + 10 * tick, 120};
    const auto a = proposed(rig, one, 3, values), b = proposed(rig, other, 3, values);
    require(a.machines == b.machines && a.status == b.status,
            "two instances that were told the same propose otherwise");
    rig.now_ns += 60'000'000'000;
  }
}

// What one remembers, another goes on with.
void remembers(Rig& rig) {
  const auto ops = rig.ops<nova_policy_ops>();
  require(!ops.save == !ops.load, "there is only one of save and load");
  if (!ops.save) return;
  const auto one = rig.make(), other = rig.make();
  rig.bind(one);
  rig.bind(other);
  const auto tick = [&](const Object& object, int t) {
    return proposed(rig, object, 3, {100, 100.0 + 10 * t, 120.0 - 7 * t});
  };
  for (int t = 0; t < 5; ++t) {
    tick(one, t);
    rig.now_ns += 60'000'000'000;
  }
  std::string state;
  const nova_writer writer{
      sizeof writer, 0, &state, [](const nova_writer* w, const void* data, std::uint64_t size) {
        static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data), size);
        return nova_status{NOVA_OK};
      }};
  CallBox box;
  box.expect_ok(ops.save(one.get(), &box.call, nullptr, 0, &writer, &box.error), "save");
  box.expect_ok(ops.load(other.get(), &box.call, {state.data(), state.size()}, &box.error), "load");
  for (int t = 5; t < 9; ++t) {
    const auto a = tick(one, t), b = tick(other, t);
    require(a.machines == b.machines && a.status == b.status,
            "an instance that loaded what another saved proposes otherwise than it");
    rig.now_ns += 60'000'000'000;
  }
}

// 4096 groups in one call, as the host asks.
void many_groups(Rig& rig) {
  const auto object = rig.make();
  const auto few = proposed(rig, object, 1, {100, 110, 120});
  const auto many = proposed(rig, object, 4096, {100, 110, 120});
  counts(many);
  for (std::size_t g = 0; g < many.machines.size(); ++g)
    require(many.machines[g] == few.machines[0],
            "group " + std::to_string(g) +
                " of 4096 like groups is to have other machines than "
                "one group alone");
}

constexpr Check kPolicyChecks[] = {
    {"counts", Kind::policy, "counts are 0 to a million, confidences 0 to 1, whatever the load",
     any_load},
    {"same-again", Kind::policy, "the same questions get the same answers", repeats},
    {"saved-state", Kind::policy, "save and load keep all that proposals rest on", remembers},
    {"many-groups", Kind::policy, "4096 groups in one call are each their own", many_groups},
};

}  // namespace

std::span<const Check> policy_checks() { return kPolicyChecks; }

}  // namespace nova::verify
