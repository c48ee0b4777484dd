// ControllerClient: the machines of scaling groups, through one instance of a controller plugin.
//
// scale() is the only way by which anything in the world changes: only the one door of host/loop
// calls it. Counts are absolute; the token is the operation. Rows that contradict themselves
// (unknown states, a group torn apart, counts beyond any fleet) are refused. Caller: host/loop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

using Token = std::array<std::uint8_t, 16>;  // UUID; all zero = none

// What a group holds of one offer.
struct GroupRow {
  std::string offer_id;  // "" = the controller knows but one kind of machine, or holds none
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0;
};

struct GroupState {
  std::string id, labels_json;
  ErrorCode status = ErrorCode::ok;  // or why it must not be scaled now; not_found = no such group
  std::uint64_t generation = 0;      // 0 = not known
  std::optional<TimePoint> changed;
  std::optional<std::uint32_t> min, max;  // the controller's own limits
  std::vector<GroupRow> rows;
};

enum class MachineState { unknown, booting, running, draining, stopping, gone, failed };
enum class Health { unknown, healthy, unhealthy };

struct Machine {
  std::string group_id, id, node, offer_id;
  Token token{};  // of the request that made it
  MachineState state = MachineState::unknown;
  Health health = Health::unknown;
  bool is_protected = false, interrupted = false;
  std::optional<TimePoint> created, serving_since;
};

struct ScaleRow {
  std::string group_id, offer_id, reason;
  std::uint32_t desired = 0;
  std::optional<std::uint64_t> expected_generation;  // all rows of a call have one, or none has
  std::optional<std::uint64_t> fence;                // likewise
  Token token{};
};

enum class OpState { unknown, nothing, pending, running, done, partial, failed, cancelled };
const char* to_string(OpState state) noexcept;
inline bool has_ended(OpState s) { return s == OpState::nothing || s >= OpState::done; }

struct OpAnswer {
  ItemStatus status;
  OpState state = OpState::unknown;
};

enum class Action { drain = 1, undrain, remove, replace, migrate, resize, protect, unprotect };

struct ActRow {
  Action action = Action::drain;
  std::string group_id, machine_id, target, reason, params_json;
  std::optional<std::uint64_t> fence;
  Token token{};
};

struct OperationState {
  OpState state = OpState::unknown;
  ErrorCode result = ErrorCode::ok;  // not_found with state unknown = it never arrived
  std::string note;
  std::optional<std::uint32_t> machines;  // done so far
  std::optional<double> progress;         // [0, 1]
  std::optional<TimePoint> started, ended, eta;
};

class ControllerClient {
 public:
  explicit ControllerClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }
  bool can_check() const noexcept { return ops_.can_scale; }
  bool can_act() const noexcept { return ops_.act; }

  // name = group id, settings_json = the group's controller_config.
  Result<std::vector<ItemStatus>> bind(const std::vector<Binding>& groups, Duration timeout) {
    return instance_.bind(groups, timeout);
  }
  Result<std::vector<GroupState>> list_groups(const std::vector<std::string>& ids,
                                              Duration timeout);  // empty = all
  Result<std::vector<Machine>> list_machines(const std::vector<std::string>& group_ids,
                                             Duration timeout);
  // As scale would say, without effect. Without can_scale: unimplemented (the host's own checks).
  Result<std::vector<OpAnswer>> can_scale(const std::vector<ScaleRow>& rows, Duration timeout);
  // deadline_exceeded = the outcome is unknown: poll the tokens before anything else.
  Result<std::vector<OpAnswer>> scale(const std::vector<ScaleRow>& rows, Duration timeout);
  Result<std::vector<OpAnswer>> act(const std::vector<ActRow>& rows, Duration timeout);
  Result<std::vector<OperationState>> poll(const std::vector<Token>& tokens, Duration timeout);
  Result<std::vector<OperationState>> cancel(const std::vector<Token>& tokens, Duration timeout);

 private:
  using ScaleOp = nova_status (*)(nova_instance*, const nova_call*, const nova_scale*, nova_error*);
  using PollOp = nova_status (*)(nova_instance*, const nova_call*, const nova_operations*,
                                 nova_error*);
  Result<std::vector<OpAnswer>> ask(const char* name, ScaleOp op, const std::vector<ScaleRow>& rows,
                                    Duration timeout);
  Result<std::vector<OperationState>> follow(const char* name, PollOp op,
                                             const std::vector<Token>& tokens, Duration timeout);

  Instance& instance_;
  nova_controller_ops ops_;
};

}  // namespace nova::loader
