#include "host/loader/controller_client.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "host/loader/columns.hpp"

namespace nova::loader {
namespace {

constexpr std::uint32_t kFleetCap = 1'000'000;  // machines of one offer in one group
constexpr std::uint32_t kUnknownCount = UINT32_MAX;

nova_uuid to_uuid(const Token& token) {
  nova_uuid id;
  std::copy(token.begin(), token.end(), id.b);
  return id;
}

OpState to_state(std::int32_t state) {
  return state >= NOVA_OP_NOTHING && state <= NOVA_OP_CANCELLED ? static_cast<OpState>(state)
                                                                : OpState::unknown;
}

std::vector<nova_str> borrow_all(const std::vector<std::string>& texts) {
  std::vector<nova_str> out;
  for (const auto& text : texts) out.push_back(borrow(text));
  return out;
}

// Groups as they arrive, in the order of their first row.
struct Groups {
  std::vector<std::string> ids;
  std::vector<nova_str> borrowed;
  std::vector<GroupState> found;
  std::map<std::string, std::size_t> index;
  std::uint64_t rows = 0;
  std::string lie;  // the first contradiction; "" = none

  void take(const nova_group_batch& b, std::uint64_t i) {
    auto id = text_cell(b.group_id, i);
    if (id.empty()) return blame("a group without an id");
    const auto [place, fresh] = index.try_emplace(id, found.size());
    if (fresh) {
      GroupState group;
      group.id = id;
      group.labels_json = text_cell(b.labels_json, i, 16 * 1024);
      group.status = to_code(cell(b.status, i));
      group.generation = cell(b.generation, i);
      group.changed = known_time(b.changed_ns, i);
      if (b.min) group.min = b.min[i];
      if (b.max) group.max = b.max[i];
      found.push_back(std::move(group));
    } else if (place->second + 1 != found.size()) {
      return blame(id + ": its rows are not adjacent");
    }
    GroupRow row{text_cell(b.offer_id, i), cell(b.desired, i),   cell(b.booting, i),
                 cell(b.serving, i),       cell(b.unhealthy, i), cell(b.draining, i)};
    for (const auto count : {row.desired, row.booting, row.serving, row.unhealthy, row.draining})
      if (count > kFleetCap) return blame(id + ": counts " + std::to_string(count) + " machines");
    auto& group = found[place->second];
    for (const auto& other : group.rows)
      if (other.offer_id == row.offer_id) return blame(id + ": lists an offer twice");
    group.rows.push_back(std::move(row));
  }

  void blame(const std::string& what) {
    if (lie.empty()) lie = what;
  }
};

struct Machines {
  std::vector<std::string> ids;
  std::vector<nova_str> borrowed;
  std::vector<Machine> found;
  std::uint64_t rows = 0;

  void take(const nova_machine_batch& b, std::uint64_t i) {
    Machine machine;
    machine.group_id = text_cell(b.group_id, i);
    machine.id = text_cell(b.machine_id, i);
    machine.node = text_cell(b.node, i);
    machine.offer_id = text_cell(b.offer_id, i);
    if (b.token) std::copy_n(b.token[i].b, 16, machine.token.begin());
    const auto state = cell(b.state, i), health = cell(b.health, i);
    if (state >= NOVA_MACHINE_BOOTING && state <= NOVA_MACHINE_FAILED)
      machine.state = static_cast<MachineState>(state);
    if (health == NOVA_HEALTHY || health == NOVA_UNHEALTHY)
      machine.health = static_cast<Health>(health);
    machine.is_protected = cell(b.marks, i) & NOVA_MARK_PROTECTED;
    machine.interrupted = cell(b.marks, i) & NOVA_MARK_INTERRUPTED;
    machine.created = known_time(b.created_ns, i);
    machine.serving_since = known_time(b.serving_ns, i);
    found.push_back(std::move(machine));
  }
};

// The callback of a sink of any batch type: admits, counts, takes row by row.
template <class Into, class Sink, class Batch>
nova_status gather(const Sink* self, const Batch* b) {
  auto& into = *static_cast<Into*>(self->ctx);
  const auto batch = known_part(b);
  if (const auto refused = admit(batch.count, into.rows)) return refused;
  into.rows += batch.count;
  for (std::uint64_t i = 0; i < batch.count; ++i) into.take(batch, i);
  return NOVA_OK;
}

}  // namespace

const char* to_string(OpState state) noexcept {
  constexpr const char* kNames[] = {"unknown", "nothing", "pending", "running",
                                    "done",    "partial", "failed",  "cancelled"};
  return kNames[static_cast<int>(state)];
}

ControllerClient::ControllerClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_controller_ops>()) {}

Result<std::vector<GroupState>> ControllerClient::list_groups(const std::vector<std::string>& ids,
                                                              Duration timeout) {
  const auto frame = std::make_shared<Groups>();
  frame->ids = ids;
  frame->borrowed = borrow_all(frame->ids);
  const auto result = instance_.call(
      "list_groups", Overlap::serial, timeout,
      [frame, op = ops_.list_groups](nova_instance* v, const nova_call* c, nova_error* e) {
        const nova_group_sink sink{sizeof sink, 0, frame.get(),
                                   &gather<Groups, nova_group_sink, nova_group_batch>};
        return op(v, c, frame->ids.empty() ? nullptr : frame->borrowed.data(), frame->ids.size(),
                  &sink, e);
      });
  if (!result.ok()) return result.error;
  if (!frame->lie.empty())
    return Error{ErrorCode::internal,
                 "plugin \"" + instance_.name() + "\" list_groups: " + frame->lie};
  return std::move(frame->found);
}

Result<std::vector<Machine>> ControllerClient::list_machines(
    const std::vector<std::string>& group_ids, Duration timeout) {
  if (!ops_.list_machines) return instance_.without("list_machines");
  const auto frame = std::make_shared<Machines>();
  frame->ids = group_ids;
  frame->borrowed = borrow_all(frame->ids);
  const auto result = instance_.call(
      "list_machines", Overlap::serial, timeout,
      [frame, op = ops_.list_machines](nova_instance* v, const nova_call* c, nova_error* e) {
        const nova_machine_sink sink{sizeof sink, 0, frame.get(),
                                     &gather<Machines, nova_machine_sink, nova_machine_batch>};
        return op(v, c, frame->ids.empty() ? nullptr : frame->borrowed.data(), frame->ids.size(),
                  &sink, e);
      });
  if (!result.ok()) return result.error;
  return std::move(frame->found);
}

Result<std::vector<OpAnswer>> ControllerClient::ask(const char* name, ScaleOp op,
                                                    const std::vector<ScaleRow>& rows,
                                                    Duration timeout) {
  if (!op) return instance_.without(name);
  struct Frame {
    std::vector<ScaleRow> rows;
    std::vector<nova_str> groups, offers, reasons;
    std::vector<std::uint32_t> desired;
    std::vector<std::uint64_t> generations, fences;
    std::vector<nova_uuid> tokens;
    std::vector<std::int32_t> state, status;
  };
  const auto frame = std::make_shared<Frame>();
  frame->rows = rows;
  for (const auto& row : frame->rows) {
    frame->groups.push_back(borrow(row.group_id));
    frame->offers.push_back(borrow(row.offer_id));
    frame->reasons.push_back(borrow(row.reason));
    frame->desired.push_back(row.desired);
    if (row.expected_generation) frame->generations.push_back(*row.expected_generation);
    if (row.fence) frame->fences.push_back(*row.fence);
    frame->tokens.push_back(to_uuid(row.token));
  }
  const auto n = rows.size();
  if ((!frame->generations.empty() && frame->generations.size() != n) ||
      (!frame->fences.empty() && frame->fences.size() != n))
    return Error{ErrorCode::invalid_argument,
                 "expected_generation, fence: all rows of a call have one, or none has"};
  frame->state.assign(n, 0);
  frame->status.assign(n, NOVA_OK);
  const auto result = instance_.call(
      name, Overlap::serial, timeout,
      [frame, op](nova_instance* v, const nova_call* c, nova_error* e) {
        auto& f = *frame;
        nova_scale io{};
        io.struct_size = sizeof io;
        io.count = f.rows.size();
        io.group_id = f.groups.data();
        io.offer_id = f.offers.data();
        io.reason = f.reasons.data();
        io.desired = f.desired.data();
        io.expected_generation = f.generations.empty() ? nullptr : f.generations.data();
        io.fence = f.fences.empty() ? nullptr : f.fences.data();
        io.token = f.tokens.data();
        io.state = f.state.data();
        io.item_status = f.status.data();
        return op(v, c, &io, e);
      });
  if (!result.ok()) return result.error;
  auto items = to_items(frame->status, result.notes);
  std::vector<OpAnswer> answers(n);
  for (std::size_t i = 0; i < n; ++i) {
    answers[i].status = std::move(items[i]);
    answers[i].state = to_state(frame->state[i]);
  }
  return answers;
}

Result<std::vector<OpAnswer>> ControllerClient::can_scale(const std::vector<ScaleRow>& rows,
                                                          Duration timeout) {
  return ask("can_scale", ops_.can_scale, rows, timeout);
}

Result<std::vector<OpAnswer>> ControllerClient::scale(const std::vector<ScaleRow>& rows,
                                                      Duration timeout) {
  return ask("scale", ops_.scale, rows, timeout);
}

Result<std::vector<OpAnswer>> ControllerClient::act(const std::vector<ActRow>& rows,
                                                    Duration timeout) {
  if (!ops_.act) return instance_.without("act");
  struct Frame {
    std::vector<ActRow> rows;
    std::vector<std::int32_t> action;
    std::vector<nova_str> groups, machines, targets, reasons, params;
    std::vector<std::uint64_t> fences;
    std::vector<nova_uuid> tokens;
    std::vector<std::int32_t> state, status;
  };
  const auto frame = std::make_shared<Frame>();
  frame->rows = rows;
  for (const auto& row : frame->rows) {
    frame->action.push_back(static_cast<std::int32_t>(row.action));
    frame->groups.push_back(borrow(row.group_id));
    frame->machines.push_back(borrow(row.machine_id));
    frame->targets.push_back(borrow(row.target));
    frame->reasons.push_back(borrow(row.reason));
    frame->params.push_back(borrow(row.params_json));
    if (row.fence) frame->fences.push_back(*row.fence);
    frame->tokens.push_back(to_uuid(row.token));
  }
  const auto n = rows.size();
  if (!frame->fences.empty() && frame->fences.size() != n)
    return Error{ErrorCode::invalid_argument, "fence: all rows of a call have one, or none has"};
  frame->state.assign(n, 0);
  frame->status.assign(n, NOVA_OK);
  const auto result =
      instance_.call("act", Overlap::serial, timeout,
                     [frame, op = ops_.act](nova_instance* v, const nova_call* c, nova_error* e) {
                       auto& f = *frame;
                       nova_machine_action io{};
                       io.struct_size = sizeof io;
                       io.count = f.rows.size();
                       io.action = f.action.data();
                       io.group_id = f.groups.data();
                       io.machine_id = f.machines.data();
                       io.target = f.targets.data();
                       io.reason = f.reasons.data();
                       io.params_json = f.params.data();
                       io.fence = f.fences.empty() ? nullptr : f.fences.data();
                       io.token = f.tokens.data();
                       io.state = f.state.data();
                       io.item_status = f.status.data();
                       return op(v, c, &io, e);
                     });
  if (!result.ok()) return result.error;
  auto items = to_items(frame->status, result.notes);
  std::vector<OpAnswer> answers(n);
  for (std::size_t i = 0; i < n; ++i) answers[i] = {std::move(items[i]), to_state(frame->state[i])};
  return answers;
}

Result<std::vector<OperationState>> ControllerClient::follow(const char* name, PollOp op,
                                                             const std::vector<Token>& tokens,
                                                             Duration timeout) {
  if (!op) return instance_.without(name);
  struct Frame {
    std::vector<nova_uuid> tokens;
    std::vector<std::int32_t> state, result;
    std::vector<std::uint32_t> machines;
    std::vector<double> progress;
    std::vector<std::int64_t> started, ended, eta;
  };
  const auto n = tokens.size();
  const auto frame = std::make_shared<Frame>();
  for (const auto& token : tokens) frame->tokens.push_back(to_uuid(token));
  frame->state.assign(n, 0);
  frame->result.assign(n, NOVA_OK);
  frame->machines.assign(n, kUnknownCount);
  frame->progress.assign(n, std::numeric_limits<double>::quiet_NaN());
  for (auto* column : {&frame->started, &frame->ended, &frame->eta}) column->assign(n, NOVA_NONE);
  const auto result =
      instance_.call(name, Overlap::serial, timeout,
                     [frame, op](nova_instance* v, const nova_call* c, nova_error* e) {
                       auto& f = *frame;
                       nova_operations io{};
                       io.struct_size = sizeof io;
                       io.count = f.tokens.size();
                       io.token = f.tokens.data();
                       io.state = f.state.data();
                       io.result = f.result.data();
                       io.machines = f.machines.data();
                       io.progress = f.progress.data();
                       io.started_ns = f.started.data();
                       io.ended_ns = f.ended.data();
                       io.eta_ns = f.eta.data();
                       return op(v, c, &io, e);
                     });
  if (!result.ok()) return result.error;
  const auto items = to_items(frame->result, result.notes);
  std::vector<OperationState> states(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto& state = states[i];
    state.state = to_state(frame->state[i]);
    state.result = items[i].code;
    state.note = items[i].note;
    if (frame->machines[i] <= kFleetCap) state.machines = frame->machines[i];
    if (std::isfinite(frame->progress[i]))
      state.progress = std::clamp(frame->progress[i], 0.0, 1.0);
    state.started = known_time(frame->started.data(), i);
    state.ended = known_time(frame->ended.data(), i);
    state.eta = known_time(frame->eta.data(), i);
  }
  return states;
}

Result<std::vector<OperationState>> ControllerClient::poll(const std::vector<Token>& tokens,
                                                           Duration timeout) {
  return follow("poll", ops_.poll, tokens, timeout);
}

Result<std::vector<OperationState>> ControllerClient::cancel(const std::vector<Token>& tokens,
                                                             Duration timeout) {
  return follow("cancel", ops_.cancel, tokens, timeout);
}

}  // namespace nova::loader
