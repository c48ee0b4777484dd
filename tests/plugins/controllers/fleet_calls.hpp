// A controller called through its table, with plain values: for tests of controllers.
#pragma once

#include <gtest/gtest.h>

#include <novascale.hpp>
#include <novascale/fake_host.hpp>
#include <string>
#include <vector>

namespace nova_test {

inline nova_uuid token(std::uint8_t n) {
  nova_uuid id{};
  id.b[0] = 0xC0, id.b[15] = n;
  return id;
}

struct GroupRow {
  std::string group, offer;
  std::uint64_t generation = 0;
  std::int32_t status = NOVA_OK;
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0, max = 0;
};
struct MachineRow {
  std::string group, id, node;
  std::int32_t state = 0, health = 0;
  nova_uuid token{};
  std::int64_t created_ns = NOVA_NONE, serving_ns = NOVA_NONE;
};
struct Asked {
  std::int32_t state = 0, status = NOVA_OK;
};
struct Polled {
  std::int32_t state = 0, result = NOVA_OK;
  std::uint32_t machines = 0;
  double progress = 0;
};

inline std::string text(const nova_str* column, std::uint64_t i) {
  return column == nullptr || column[i].ptr == nullptr ? std::string()
                                                       : std::string(column[i].ptr, column[i].len);
}

class FleetCalls {
 public:
  explicit FleetCalls(nova::FakeComponent& component) : c_(component) {}

  std::vector<GroupRow> groups(const std::vector<std::string>& ids = {}) {
    std::vector<GroupRow> rows;
    const nova_group_sink sink{
        sizeof sink, 0, &rows, [](const nova_group_sink* s, const nova_group_batch* b) {
          for (std::uint64_t i = 0; i < b->count; ++i)
            static_cast<std::vector<GroupRow>*>(s->ctx)->push_back(
                {text(b->group_id, i), text(b->offer_id, i), b->generation[i], b->status[i],
                 b->desired[i], b->booting[i], b->serving[i], b->unhealthy[i], b->draining[i],
                 b->max[i]});
          return nova_status{NOVA_OK};
        }};
    std::vector<nova_str> names;
    for (const auto& id : ids) names.push_back(nova::str(id));
    c_.invoke(ops().list_groups, ids.empty() ? static_cast<const nova_str*>(nullptr) : names.data(),
              static_cast<std::uint64_t>(ids.size()), &sink);
    return rows;
  }
  GroupRow group(const std::string& id) {
    const auto rows = groups({id});
    return rows.empty() ? GroupRow{} : rows[0];
  }
  std::vector<MachineRow> machines() {
    std::vector<MachineRow> rows;
    const nova_machine_sink sink{
        sizeof sink, 0, &rows, [](const nova_machine_sink* s, const nova_machine_batch* b) {
          for (std::uint64_t i = 0; i < b->count; ++i)
            static_cast<std::vector<MachineRow>*>(s->ctx)->push_back(
                {text(b->group_id, i), text(b->machine_id, i), text(b->node, i), b->state[i],
                 b->health[i], b->token[i], b->created_ns[i], b->serving_ns[i]});
          return nova_status{NOVA_OK};
        }};
    c_.invoke(ops().list_machines, static_cast<const nova_str*>(nullptr), std::uint64_t{0}, &sink);
    return rows;
  }
  // generation, fence: 0 = not given.
  Asked scale(const std::string& group, std::uint32_t desired, std::uint8_t n,
              std::uint64_t generation = 0, std::uint64_t fence = 0, bool only_ask = false) {
    Asked out;
    const auto name = nova::str(group), offer = nova::str(""), reason = nova::str("test");
    const auto id = token(n);
    const nova_scale io{sizeof io,
                        0,
                        1,
                        &name,
                        &offer,
                        &reason,
                        &desired,
                        generation == 0 ? nullptr : &generation,
                        fence == 0 ? nullptr : &fence,
                        &id,
                        &out.state,
                        &out.status};
    c_.invoke(only_ask ? ops().can_scale : ops().scale, &io);
    return out;
  }
  Asked can_scale(const std::string& group, std::uint32_t desired, std::uint8_t n) {
    return scale(group, desired, n, 0, 0, true);
  }
  Asked act(std::int32_t action, const std::string& group, const std::string& machine,
            std::uint8_t n) {
    Asked out;
    const auto name = nova::str(group), victim = nova::str(machine);
    const auto id = token(n);
    nova_machine_action io{};
    io.struct_size = sizeof io, io.count = 1;
    io.action = &action, io.group_id = &name, io.machine_id = &victim, io.token = &id;
    io.state = &out.state, io.item_status = &out.status;
    c_.invoke(ops().act, &io);
    return out;
  }
  Polled poll(std::uint8_t n) {
    Polled out;
    const auto id = token(n);
    nova_operations io{};
    io.struct_size = sizeof io, io.count = 1, io.token = &id;
    io.state = &out.state, io.result = &out.result;
    io.machines = &out.machines, io.progress = &out.progress;
    c_.invoke(ops().poll, &io);
    return out;
  }

 private:
  const nova_controller_ops& ops() const { return c_.ops<nova_controller_ops>(); }
  nova::FakeComponent& c_;
};

}  // namespace nova_test
