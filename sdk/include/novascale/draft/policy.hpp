// Draft kind: policies, which propose machine counts and never act, and policy_component<T>.
//
// Methods of T: propose(Call, Proposal&) is mandatory; bind, forget, save(Call, Keys, Writer&),
// load(Call, Bytes) as the policy has them. A proposal is a function of what the instance was
// given: no clock, no I/O, no chance, so that decisions replay from the journal.
#pragma once

#include <novascale/draft/policy.h>

#include <novascale/model.hpp>

namespace nova {
inline namespace sdk_v1 {

enum class Role : std::int32_t { unknown, demand, utilisation, latency, custom };

class Proposal : public detail::Items {
 public:
  Proposal(Call call, const nova_proposal& io)
      : Items(call, detail::field(io, &nova_proposal::count),
              detail::field(io, &nova_proposal::item_status)),
        io_(&io),
        signals_(detail::field(io, &nova_proposal::signals)),
        forecast_(detail::field(io, &nova_proposal::forecast)) {}

  std::int64_t now_ns() const noexcept { return detail::field(*io_, &nova_proposal::now_ns); }
  std::uint64_t key(std::size_t g) const noexcept { return get(&nova_proposal::keys, g, g); }
  std::uint32_t min(std::size_t g) const noexcept { return get(&nova_proposal::min, g, 0); }
  std::uint32_t max(std::size_t g) const noexcept {
    return get(&nova_proposal::max, g, UINT32_MAX);
  }
  std::uint32_t desired(std::size_t g) const noexcept { return get(&nova_proposal::desired, g, 0); }
  std::uint32_t booting(std::size_t g) const noexcept { return get(&nova_proposal::booting, g, 0); }
  std::uint32_t serving(std::size_t g) const noexcept { return get(&nova_proposal::serving, g, 0); }
  std::int64_t lead_time_ns(std::size_t g) const noexcept {
    return get(&nova_proposal::lead_time_ns, g, NOVA_NONE);
  }
  std::int64_t nanos_per_machine_hour(std::size_t g) const noexcept {
    return get(&nova_proposal::nanos_per_machine_hour, g, NOVA_NONE);
  }

  // Signals are rows of their own; each belongs to one group.
  const Series& signals() const noexcept { return signals_; }
  std::uint64_t signal_group(std::size_t s) const noexcept {
    return get(&nova_proposal::signal_group, s, UINT64_MAX);
  }
  Role signal_role(std::size_t s) const noexcept {
    return static_cast<Role>(get(&nova_proposal::signal_role, s, 0));
  }
  double per_machine(std::size_t s) const noexcept {
    return get(&nova_proposal::per_machine, s, kNaN);
  }
  double target_utilisation(std::size_t s) const noexcept {
    return get(&nova_proposal::target_utilisation, s, kNaN);
  }
  double max_utilisation(std::size_t s) const noexcept {
    return get(&nova_proposal::max_utilisation, s, kNaN);
  }
  // Rows as signals, calibrated, to be read only; null = none is trusted.
  const nova_forecast* forecast() const noexcept { return forecast_; }

  void propose(std::size_t g, std::int64_t machines, double confidence = kNaN) const noexcept {
    detail::set(detail::field(*io_, &nova_proposal::proposed), g, machines);
    detail::set(detail::field(*io_, &nova_proposal::confidence), g, confidence);
    set_status(g, NOVA_OK);
  }
  void no_opinion(std::size_t g, std::string_view why) const noexcept {
    detail::set(detail::field(*io_, &nova_proposal::proposed), g, NOVA_NONE);
    set_status(g, NOVA_OK);
    note(g, why);
  }

 private:
  template <class T>
  T get(const T* nova_proposal::*column, std::size_t i,
        std::type_identity_t<T> absent) const noexcept {
    return detail::at_or(detail::field(*io_, column), i, absent);
  }
  const nova_proposal* io_;
  Series signals_;
  const nova_forecast* forecast_;
};

namespace detail {

NOVA_SDK_DETECT(propose, (T & t, const Call& call, Proposal& io), (call, io))

template <class T>
struct PolicyThunks : StateThunks<T> {
  static nova_status propose(nova_instance* p, const nova_call* c, const nova_proposal* io,
                             nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      Proposal arg(call, *io);
      return answer([&] { return self<T>(p).propose(call, arg); });
    });
  }
};

template <class T>
constexpr nova_policy_ops make_policy_ops() {
  static_assert(has_propose<T>(), "a policy needs propose(nova::Call, nova::Proposal&)");
  nova_policy_ops ops{};
  ops.struct_size = sizeof ops;
  ops.propose = &PolicyThunks<T>::propose;
  if constexpr (has_save<T>()) ops.save = &PolicyThunks<T>::save;
  if constexpr (has_load<T>()) ops.load = &PolicyThunks<T>::load;
  return ops;
}
template <class T>
inline constexpr nova_policy_ops policy_ops = make_policy_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component policy_component =
    detail::make_component<T>(NOVA_POLICY, &detail::policy_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
