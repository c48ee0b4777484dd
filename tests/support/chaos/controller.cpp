// A controller of groups that live in memory: what is asked for is there at once.
#include <map>

#include "chaos.hpp"

namespace chaos {
namespace {

constexpr std::uint32_t kMax = 50;

struct Group {
  std::uint32_t desired = 3;
  std::uint64_t generation = 1, fence = 0;
};

struct Operation {
  std::int32_t state = NOVA_OP_DONE;
  std::uint32_t machines = 0;
};

struct Fleet : Base {
  std::map<std::string, Group> groups;
  std::map<std::string, Operation> operations;  // by token
};

std::string key(const nova_uuid& id) {
  return std::string(reinterpret_cast<const char*>(id.b), 16);
}

nova_status bind(nova_instance* i, const nova_call*, const nova_binding* io, nova_error*) {
  for (std::uint64_t k = 0; k < io->count; ++k) as<Fleet>(i).groups.try_emplace(text(io->name[k]));
  return NOVA_OK;
}

nova_status list_groups(nova_instance* i, const nova_call* c, const nova_str* ids, std::uint64_t n,
                        const nova_group_sink* out, nova_error* err) {
  auto& f = as<Fleet>(i);
  if (f.is("throws") || f.is("hangs") || f.is("sleeps"))
    if (const auto status = misbehave(i, c, 0, 0, 0, err)) return status;
  const auto emit = [&](const std::string& id, const Group* group) {
    const nova_str name{id.data(), id.size()}, offer{"", 0};
    const std::uint64_t generation = group ? group->generation : 0;
    const std::int32_t status = group ? NOVA_OK : NOVA_NOT_FOUND;
    const std::uint32_t desired = group ? group->desired : 0, none = 0, max = kMax;
    nova_group_batch b{};
    b.struct_size = sizeof b;
    b.count = 1;
    b.group_id = &name, b.offer_id = &offer, b.generation = &generation, b.status = &status;
    b.min = &none, b.max = &max, b.desired = &desired, b.serving = &desired;
    b.booting = b.unhealthy = b.draining = &none;
    const std::uint32_t silly = 4'000'000'000u;
    if (f.is("silly_count")) b.booting = &silly;
    return out->emit(out, &b);
  };
  if (!ids) {
    for (const auto& [id, group] : f.groups)
      if (const auto status = emit(id, &group)) return status;
    if (f.is("lists_twice"))
      for (const auto& [id, group] : f.groups)
        if (const auto status = emit(id, &group)) return status;
    if (f.is("torn_group")) {
      (void)emit("other", nullptr);
      for (const auto& [id, group] : f.groups) (void)emit(id, &group);
    }
    return NOVA_OK;
  }
  for (std::uint64_t k = 0; k < n; ++k) {
    const auto id = text(ids[k]);
    const auto found = f.groups.find(id);
    if (f.is("invents_groups") && found == f.groups.end()) f.groups.try_emplace(id);
    const auto again = f.groups.find(id);
    if (const auto status = emit(id, again == f.groups.end() ? nullptr : &again->second))
      return status;
  }
  return NOVA_OK;
}

nova_status list_machines(nova_instance* i, const nova_call*, const nova_str*, std::uint64_t,
                          const nova_machine_sink* out, nova_error*) {
  auto& f = as<Fleet>(i);
  for (const auto& [id, group] : f.groups)
    for (std::uint32_t k = f.is("miscounts") ? 1 : 0; k < group.desired; ++k) {
      const std::string machine = id + "-" + (f.is("same_machine") ? "0" : std::to_string(k));
      const nova_str group_id{id.data(), id.size()}, machine_id{machine.data(), machine.size()};
      const std::int32_t state = NOVA_MACHINE_RUNNING, health = NOVA_HEALTHY;
      nova_machine_batch b{};
      b.struct_size = sizeof b;
      b.count = 1;
      b.group_id = &group_id, b.machine_id = &machine_id, b.state = &state, b.health = &health;
      if (const auto status = out->emit(out, &b)) return status;
    }
  return NOVA_OK;
}

nova_status request(Fleet& f, const nova_call* c, const nova_scale* io, bool act, nova_error* err) {
  for (std::uint64_t k = 0; k < io->count; ++k) {
    const auto say = [&](nova_status status, std::int32_t state) {
      if (NOVA_HAS(io, item_status)) io->item_status[k] = status;
      io->state[k] = state;
    };
    const auto known = f.operations.find(key(io->token[k]));
    const auto generation_first = f.is("generation_before_token");
    const auto id = text(io->group_id[k]);
    const auto group = f.groups.find(id);
    if (group == f.groups.end()) {
      if (f.is("unknown_group_fails_call")) return fail(err, NOVA_NOT_FOUND, "no such group");
      say(f.is("scales_any_group") ? NOVA_OK : NOVA_NOT_FOUND, 0);
      note(c, k, NOVA_NOT_FOUND, "no such group");
      continue;
    }
    const bool stale = io->expected_generation && io->expected_generation[k] &&
                       io->expected_generation[k] != group->second.generation &&
                       !f.is("ignores_generation");
    if (known != f.operations.end() && !f.is("ignores_token") && !(generation_first && stale)) {
      say(NOVA_OK, known->second.state);
      continue;
    }
    if (stale) {
      say(NOVA_ABORTED, 0);
      continue;
    }
    const std::uint64_t fence = NOVA_HAS(io, fence) ? io->fence[k] : UINT64_MAX;
    if (fence < group->second.fence && !f.is("ignores_fence")) {
      say(NOVA_ABORTED, 0);
      continue;
    }
    if (io->desired[k] > kMax && !f.is("ignores_limits")) {
      say(NOVA_INVALID_ARGUMENT, 0);
      continue;
    }
    if (f.is("no_capacity")) {
      say(NOVA_CAPACITY, NOVA_OP_FAILED);
      continue;
    }
    const bool nothing = io->desired[k] == group->second.desired && !f.is("always_works");
    say(NOVA_OK, nothing ? NOVA_OP_NOTHING : NOVA_OP_DONE);
    if (!act) continue;
    if (NOVA_HAS(io, fence)) group->second.fence = fence;
    if (!f.is("forgets_tokens"))
      f.operations[key(io->token[k])] = {nothing ? NOVA_OP_NOTHING : NOVA_OP_DONE, io->desired[k]};
    if (nothing) continue;
    group->second.desired =
        f.is("relative") ? group->second.desired + io->desired[k] : io->desired[k];
    if (!f.is("keeps_generation")) ++group->second.generation;
  }
  return NOVA_OK;
}

nova_status scale(nova_instance* i, const nova_call* c, const nova_scale* io, nova_error* err) {
  auto& f = as<Fleet>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  return request(f, c, io, true, err);
}

nova_status can_scale(nova_instance* i, const nova_call* c, const nova_scale* io, nova_error* err) {
  auto& f = as<Fleet>(i);
  return request(f, c, io, f.is("can_scale_acts"), err);
}

nova_status poll(nova_instance* i, const nova_call* c, const nova_operations* io, nova_error* err) {
  auto& f = as<Fleet>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  for (std::uint64_t k = 0; k < io->count; ++k) {
    const auto found = f.operations.find(key(io->token[k]));
    if (found == f.operations.end()) {
      io->state[k] = f.is("poll_invents") ? NOVA_OP_DONE : 0;
      io->result[k] = f.is("poll_invents") ? NOVA_OK : NOVA_NOT_FOUND;
      continue;
    }
    io->state[k] = found->second.state;
    io->machines[k] = found->second.machines;
    io->progress[k] = f.is("silly_progress") ? 17 : 1;
  }
  return NOVA_OK;
}

const nova_controller_ops kOps = {sizeof kOps, 0,    list_groups, list_machines, can_scale, scale,
                                  nullptr,     poll, nullptr,     nullptr,       nullptr};

}  // namespace

const nova_component kController = {sizeof(nova_component),
                                    NOVA_COMPONENT_VIRTUAL_TIME,
                                    NOVA_CONTROLLER,
                                    "org.novacron.test.chaos.controller",
                                    "Chaos controller",
                                    "1.0.0",
                                    "groups in memory",
                                    kSchema,
                                    &kOps,
                                    create<Fleet>,
                                    destroy,
                                    describe,
                                    bind,
                                    nullptr,
                                    get_extension};

}  // namespace chaos
