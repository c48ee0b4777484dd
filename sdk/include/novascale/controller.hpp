// VM controllers: groups, machines, requests and operations as rows and views, and
// controller_component<T>.
//
// Methods of T, the first three mandatory:
//   void list_groups(Call, Strings ids, Groups& out)
//   void scale(Call, Scale&)
//   void poll(Call, Operations&)
//   void list_machines(Call, Strings group_ids, Machines& out)
//   void can_scale(Call, Scale&)
//   void act(Call, MachineAction&)
//   void cancel(Call, Operations&)
//   void bind(Call, Binding&)
//   std::uint64_t watch(Call, const nova_watcher&), with void unwatch(std::uint64_t id)
// A request is absolute and idempotent: its token is looked up before anything else, the generation
// is compared once per group, and a row succeeds or fails alone.
#pragma once

#include <novascale/controller.h>

#include <novascale/columns.hpp>
#include <novascale/component.hpp>
#include <novascale/series.hpp>

#include <array>

namespace nova {
inline namespace sdk_v1 {

// A token as a map key. All zero = none.
using Token = std::array<std::uint8_t, 16>;
inline Token token(const nova_uuid& id) noexcept {
  Token t;
  std::memcpy(t.data(), id.b, sizeof id.b);
  return t;
}
inline nova_uuid uuid(const Token& t) noexcept {
  nova_uuid id;
  std::memcpy(id.b, t.data(), sizeof id.b);
  return id;
}

// One row per group and offer it holds; the rows of a group are added one after another.
struct Group {
  std::string group_id, offer_id, labels_json;
  std::uint64_t generation = 0;
  std::int64_t changed_ns = NOVA_NONE;
  std::int32_t status = NOVA_OK;
  std::uint32_t min = 0, max = UINT32_MAX;
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0;
};

class Groups {
 public:
  explicit Groups(const nova_group_sink* sink) : sink_(sink) {}
  void add(Group row) {
    // A batch ends only between groups: a group's rows must not be torn apart.
    if (rows_.size() >= detail::kBatch && rows_.back().group_id != row.group_id) flush();
    rows_.push_back(std::move(row));
  }
  void flush() {
    if (rows_.empty()) return;
    using detail::column;
    const auto& r = rows_;
    const auto group = column(r, &Group::group_id), offer = column(r, &Group::offer_id),
               labels = column(r, &Group::labels_json);
    const auto generation = column(r, &Group::generation);
    const auto changed = column(r, &Group::changed_ns);
    const auto status = column(r, &Group::status);
    const auto min = column(r, &Group::min), max = column(r, &Group::max),
               desired = column(r, &Group::desired), booting = column(r, &Group::booting),
               serving = column(r, &Group::serving), unhealthy = column(r, &Group::unhealthy),
               draining = column(r, &Group::draining);
    nova_group_batch b{};
    b.struct_size = sizeof b;
    b.count = r.size();
    b.group_id = group.data(), b.offer_id = offer.data(), b.labels_json = labels.data();
    b.generation = generation.data(), b.changed_ns = changed.data(), b.status = status.data();
    b.min = min.data(), b.max = max.data(), b.desired = desired.data();
    b.booting = booting.data(), b.serving = serving.data(), b.unhealthy = unhealthy.data();
    b.draining = draining.data();
    detail::emit(sink_, b);
    rows_.clear();
  }

 private:
  const nova_group_sink* sink_;
  std::vector<Group> rows_;
};

struct Machine {
  std::string group_id, machine_id, node, offer_id;
  nova_uuid token{};  // of the request that made it
  std::int32_t state = 0, health = 0;
  std::uint32_t marks = 0;
  std::int64_t created_ns = NOVA_NONE, serving_ns = NOVA_NONE;
};

class Machines {
 public:
  explicit Machines(const nova_machine_sink* sink) : sink_(sink) {}
  void add(Machine row) {
    rows_.push_back(std::move(row));
    if (rows_.size() >= detail::kBatch) flush();
  }
  void flush() {
    if (rows_.empty()) return;
    using detail::column;
    const auto& r = rows_;
    const auto group = column(r, &Machine::group_id), machine = column(r, &Machine::machine_id),
               node = column(r, &Machine::node), offer = column(r, &Machine::offer_id);
    const auto tokens = column(r, &Machine::token);
    const auto state = column(r, &Machine::state), health = column(r, &Machine::health);
    const auto marks = column(r, &Machine::marks);
    const auto created = column(r, &Machine::created_ns), serving = column(r, &Machine::serving_ns);
    nova_machine_batch b{};
    b.struct_size = sizeof b;
    b.count = r.size();
    b.group_id = group.data(), b.machine_id = machine.data(), b.node = node.data();
    b.offer_id = offer.data(), b.token = tokens.data(), b.state = state.data();
    b.health = health.data(), b.marks = marks.data();
    b.created_ns = created.data(), b.serving_ns = serving.data();
    detail::emit(sink_, b);
    rows_.clear();
  }

 private:
  const nova_machine_sink* sink_;
  std::vector<Machine> rows_;
};

// "Be desired": absolute machines of one offer in one group, row by row.
class Scale : public detail::Items {
 public:
  Scale(Call call, const nova_scale& io)
      : Items(call, detail::field(io, &nova_scale::count),
              detail::field(io, &nova_scale::item_status)),
        group_(detail::field(io, &nova_scale::group_id), count()),
        offer_(detail::field(io, &nova_scale::offer_id), count()),
        reason_(detail::field(io, &nova_scale::reason), count()),
        desired_(detail::field(io, &nova_scale::desired)),
        generation_(detail::field(io, &nova_scale::expected_generation)),
        fence_(detail::field(io, &nova_scale::fence)),
        token_(detail::field(io, &nova_scale::token)),
        state_(detail::field(io, &nova_scale::state)) {
    if (count() != 0 && (group_.all() || desired_ == nullptr))
      throw Error(NOVA_INVALID_ARGUMENT, "scale without group_id or desired");
  }

  std::string_view group_id(std::size_t i) const noexcept { return group_[i]; }
  std::string_view offer_id(std::size_t i) const noexcept { return offer_[i]; }
  std::string_view reason(std::size_t i) const noexcept { return reason_[i]; }
  std::uint32_t desired(std::size_t i) const noexcept { return desired_[i]; }
  // nullopt = any generation will do; one host, no fence.
  std::optional<std::uint64_t> expected_generation(std::size_t i) const noexcept {
    return generation_ == nullptr ? std::nullopt : std::optional(generation_[i]);
  }
  std::optional<std::uint64_t> fence(std::size_t i) const noexcept {
    return fence_ == nullptr ? std::nullopt : std::optional(fence_[i]);
  }
  nova_uuid token(std::size_t i) const noexcept {
    return token_ == nullptr ? nova_uuid{} : token_[i];
  }
  // Taken: NOVA_OP_PENDING, NOVA_OP_DONE, NOVA_OP_NOTHING ...
  void answer(std::size_t i, std::int32_t state) const noexcept {
    detail::set(state_, i, state);
    set_status(i, NOVA_OK);
  }

 private:
  Strings group_, offer_, reason_;
  const std::uint32_t* desired_;
  const std::uint64_t *generation_, *fence_;
  const nova_uuid* token_;
  std::int32_t* state_;
};

class MachineAction : public detail::Items {
 public:
  MachineAction(Call call, const nova_machine_action& io)
      : Items(call, detail::field(io, &nova_machine_action::count),
              detail::field(io, &nova_machine_action::item_status)),
        action_(detail::field(io, &nova_machine_action::action)),
        group_(detail::field(io, &nova_machine_action::group_id), count()),
        machine_(detail::field(io, &nova_machine_action::machine_id), count()),
        target_(detail::field(io, &nova_machine_action::target), count()),
        reason_(detail::field(io, &nova_machine_action::reason), count()),
        params_(detail::field(io, &nova_machine_action::params_json), count()),
        fence_(detail::field(io, &nova_machine_action::fence)),
        token_(detail::field(io, &nova_machine_action::token)),
        state_(detail::field(io, &nova_machine_action::state)) {}

  std::int32_t action(std::size_t i) const noexcept {
    return detail::at_or<std::int32_t>(action_, i, 0);
  }
  std::string_view group_id(std::size_t i) const noexcept { return group_[i]; }
  std::string_view machine_id(std::size_t i) const noexcept { return machine_[i]; }
  std::string_view target(std::size_t i) const noexcept { return target_[i]; }
  std::string_view reason(std::size_t i) const noexcept { return reason_[i]; }
  std::string_view params_json(std::size_t i) const noexcept { return params_[i]; }
  std::optional<std::uint64_t> fence(std::size_t i) const noexcept {
    return fence_ == nullptr ? std::nullopt : std::optional(fence_[i]);
  }
  nova_uuid token(std::size_t i) const noexcept {
    return token_ == nullptr ? nova_uuid{} : token_[i];
  }
  void answer(std::size_t i, std::int32_t state) const noexcept {
    detail::set(state_, i, state);
    set_status(i, NOVA_OK);
  }

 private:
  const std::int32_t* action_;
  Strings group_, machine_, target_, reason_, params_;
  const std::uint64_t* fence_;
  const nova_uuid* token_;
  std::int32_t* state_;
};

struct Operation {
  std::int32_t state = 0, result = NOVA_OK;
  std::uint32_t machines = 0;  // done so far
  double progress = 0;         // [0, 1]
  std::int64_t started_ns = NOVA_NONE, ended_ns = NOVA_NONE, eta_ns = NOVA_NONE;
};

class Operations {
 public:
  Operations(Call call, const nova_operations& io)
      : call_(call),
        count_(detail::field(io, &nova_operations::count)),
        token_(detail::field(io, &nova_operations::token)),
        state_(detail::field(io, &nova_operations::state)),
        result_(detail::field(io, &nova_operations::result)),
        machines_(detail::field(io, &nova_operations::machines)),
        progress_(detail::field(io, &nova_operations::progress)),
        started_(detail::field(io, &nova_operations::started_ns)),
        ended_(detail::field(io, &nova_operations::ended_ns)),
        eta_(detail::field(io, &nova_operations::eta_ns)) {}

  std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  nova_uuid token(std::size_t i) const noexcept {
    return token_ == nullptr ? nova_uuid{} : token_[i];
  }
  void answer(std::size_t i, const Operation& op) const noexcept {
    detail::set(state_, i, op.state);
    detail::set(result_, i, op.result);
    detail::set(machines_, i, op.machines);
    detail::set(progress_, i, op.progress);
    detail::set(started_, i, op.started_ns);
    detail::set(ended_, i, op.ended_ns);
    detail::set(eta_, i, op.eta_ns);
  }
  // The request with this token never arrived here.
  void unknown(std::size_t i) const noexcept {
    Operation op;
    op.result = NOVA_NOT_FOUND;
    answer(i, op);
  }
  void note(std::size_t i, std::string_view text) const noexcept { call_.note(i, text); }

 private:
  Call call_;
  std::uint64_t count_;
  const nova_uuid* token_;
  std::int32_t *state_, *result_;
  std::uint32_t* machines_;
  double* progress_;
  std::int64_t *started_, *ended_, *eta_;
};

namespace detail {

NOVA_SDK_DETECT(list_groups, (T & t, const Call& call, Strings ids, Groups& out), (call, ids, out))
NOVA_SDK_DETECT(list_machines, (T & t, const Call& call, Strings group_ids, Machines& out),
                (call, group_ids, out))
NOVA_SDK_DETECT(can_scale, (T & t, const Call& call, Scale& io), (call, io))
NOVA_SDK_DETECT(scale, (T & t, const Call& call, Scale& io), (call, io))
NOVA_SDK_DETECT(act, (T & t, const Call& call, MachineAction& io), (call, io))
NOVA_SDK_DETECT(poll, (T & t, const Call& call, Operations& io), (call, io))
NOVA_SDK_DETECT(cancel, (T & t, const Call& call, Operations& io), (call, io))
NOVA_SDK_DETECT(watch, (T & t, const Call& call, const nova_watcher& watcher), (call, watcher))
NOVA_SDK_DETECT(unwatch, (T & t, std::uint64_t id), (id))

template <class T>
struct ControllerThunks {
  static nova_status list_groups(nova_instance* v, const nova_call* c, const nova_str* ids,
                                 std::uint64_t n, const nova_group_sink* out,
                                 nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Groups groups(out);
      const auto status =
          answer([&] { return self<T>(v).list_groups(call, Strings(ids, ids ? n : 0), groups); });
      if (status == NOVA_OK) groups.flush();
      return status;
    });
  }
  static nova_status list_machines(nova_instance* v, const nova_call* c, const nova_str* ids,
                                   std::uint64_t n, const nova_machine_sink* out,
                                   nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      Machines machines(out);
      const auto status = answer(
          [&] { return self<T>(v).list_machines(call, Strings(ids, ids ? n : 0), machines); });
      if (status == NOVA_OK) machines.flush();
      return status;
    });
  }
  static nova_status can_scale(nova_instance* v, const nova_call* c, const nova_scale* io,
                               nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Scale arg(call, *io);
      return answer([&] { return self<T>(v).can_scale(call, arg); });
    });
  }
  static nova_status scale(nova_instance* v, const nova_call* c, const nova_scale* io,
                           nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Scale arg(call, *io);
      return answer([&] { return self<T>(v).scale(call, arg); });
    });
  }
  static nova_status act(nova_instance* v, const nova_call* c, const nova_machine_action* io,
                         nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      MachineAction arg(call, *io);
      return answer([&] { return self<T>(v).act(call, arg); });
    });
  }
  static nova_status poll(nova_instance* v, const nova_call* c, const nova_operations* io,
                          nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Operations arg(call, *io);
      return answer([&] { return self<T>(v).poll(call, arg); });
    });
  }
  static nova_status cancel(nova_instance* v, const nova_call* c, const nova_operations* io,
                            nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Operations arg(call, *io);
      return answer([&] { return self<T>(v).cancel(call, arg); });
    });
  }
  static nova_status watch(nova_instance* v, const nova_call* c, const nova_watcher* w,
                           std::uint64_t* id, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      if (w == nullptr || id == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null argument");
      *id = self<T>(v).watch(call, *w);
    });
  }
  static void unwatch(nova_instance* v, std::uint64_t id) noexcept {
    try {
      self<T>(v).unwatch(id);
    } catch (...) {
      // Nobody to tell: the watch is over either way.
    }
  }
};

template <class T>
constexpr nova_controller_ops make_controller_ops() {
  static_assert(has_list_groups<T>() && has_scale<T>() && has_poll<T>(),
                "a controller needs list_groups(Call, Strings, Groups&), scale(Call, Scale&) and "
                "poll(Call, Operations&)");
  static_assert(has_watch<T>() == has_unwatch<T>(), "watch and unwatch come together");
  using Thunks = ControllerThunks<T>;
  nova_controller_ops ops{};
  ops.struct_size = sizeof ops;
  ops.list_groups = &Thunks::list_groups;
  if constexpr (has_list_machines<T>()) ops.list_machines = &Thunks::list_machines;
  if constexpr (has_can_scale<T>()) ops.can_scale = &Thunks::can_scale;
  ops.scale = &Thunks::scale;
  if constexpr (has_act<T>()) ops.act = &Thunks::act;
  ops.poll = &Thunks::poll;
  if constexpr (has_cancel<T>()) ops.cancel = &Thunks::cancel;
  if constexpr (has_watch<T>()) ops.watch = &Thunks::watch, ops.unwatch = &Thunks::unwatch;
  return ops;
}
template <class T>
inline constexpr nova_controller_ops controller_ops = make_controller_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component controller_component = detail::make_component<T>(
    NOVA_CONTROLLER, &detail::controller_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
