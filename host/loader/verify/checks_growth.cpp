// Growth: callers of an older or a newer minor, and flags nobody knows yet.
#include "host/loader/verify/standard.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

// The same instance asked twice: plainly, then by a caller of another age.
void same_answer(Rig& rig, const Shape& shape, const char* who) {
  const auto call = standard_call(rig);
  const auto object = rig.make();
  call->prepare(object);
  CallBox first, second;
  const auto plain = call->run(object, first, {});
  const auto other = call->run(object, second, shape);
  require(other.code == plain.code, std::string(call->operation()) + " for " + who + " answered " +
                                        status_name(other.code) + " " + other.message +
                                        " instead of " + status_name(plain.code));
  require(other.output == plain.output || rig.info.kind == Kind::metrics,
          std::string(call->operation()) + " for " + who + " answered something else");
}

void newer_struct(Rig& rig) { same_answer(rig, {.extra = 64}, "a newer caller (bigger struct)"); }

void older_struct(Rig& rig) {
  const auto call = standard_call(rig);
  if (!call->last_field()) throw Skipped{"nothing at the end of this struct may be missing"};
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  const auto answer = call->run(object, box, {.cut = call->last_field()});
  require(answer.code == NOVA_OK || !answer.message.empty(),
          std::string(call->operation()) + " by an older caller, whose " + call->struct_name() +
              " ends before " + call->last_name() + ", answered " + status_name(answer.code) +
              " without a word why");
}

void low_flags(Rig& rig) {
  same_answer(rig, {.flags = 0x4000}, "a caller with an unknown low flag");
}

void high_flags(Rig& rig) {
  const auto call = standard_call(rig);
  const auto object = rig.make();
  call->prepare(object);
  CallBox box;
  const auto answer = call->run(object, box, {.flags = 0x80000000u});
  require(answer.code == NOVA_UNIMPLEMENTED,
          std::string(call->operation()) +
              " with a must-understand flag it cannot know must be NOVA_UNIMPLEMENTED, got " +
              status_name(answer.code));
}

// nova_call, nova_error and nova_host of an older and of a newer host.
void call_sizes(Rig& rig) {
  const auto call = standard_call(rig);
  const auto object = rig.make();
  call->prepare(object);
  for (const bool newer : {false, true}) {
    CallBox box;
    // The call itself is rebuilt at a page end, so reading beyond struct_size faults.
    const std::size_t size = newer ? sizeof(nova_call) + 64 : offsetof(nova_call, trace_id);
    const GuardedBytes place("nova_call", size, Edge::end);
    std::memset(place.data(), 0xA5, size);
    box.call.struct_size = static_cast<std::uint32_t>(size);
    std::memcpy(place.data(), &box.call, std::min(size, sizeof(nova_call)));
    place.seal();
    const auto answer =
        call->run_with(object, reinterpret_cast<const nova_call*>(place.data()), box, {});
    require(answer.code == NOVA_OK, std::string(call->operation()) + " with the nova_call of " +
                                        (newer ? "a newer" : "an older") + " host answered " +
                                        status_name(answer.code) + " " + answer.message);
  }
}

void host_sizes(Rig& rig) {
  for (const bool newer : {false, true}) {
    const std::size_t size = newer ? sizeof(nova_host) + 64 : offsetof(nova_host, get_extension);
    const GuardedBytes place("nova_host", size, Edge::end);
    std::memset(place.data(), 0xA5, size);
    auto host = rig.host;
    host.struct_size = static_cast<std::uint32_t>(size);
    std::memcpy(place.data(), &host, std::min(size, sizeof host));
    place.seal();
    CallBox box;
    nova_instance* raw = nullptr;
    box.expect_ok(rig.component.create(rig.info.raw, &box.call,
                                       reinterpret_cast<const nova_host*>(place.data()),
                                       str(rig.config), &raw, &box.error),
                  newer ? "create by a newer host" : "create by an older host");
    const Object object(rig.component, raw);
    const auto call = standard_call(rig);
    call->prepare(object);
    CallBox again;
    again.expect_ok(call->run(object, again, {}).code, call->operation());
  }
}

constexpr Check kGrowthChecks[] = {
    {"newer-caller", Kind::unknown, "a bigger argument struct changes nothing", newer_struct},
    {"older-caller", Kind::unknown,
     "an argument struct without its last field is not read beyond its end", older_struct},
    {"low-flags", Kind::unknown, "unknown low flag bits are ignored", low_flags},
    {"high-flags", Kind::unknown, "unknown high flag bits are refused", high_flags},
    {"call-sizes", Kind::unknown, "older and newer nova_call", call_sizes},
    {"host-sizes", Kind::unknown, "older and newer nova_host", host_sizes},
};

}  // namespace

std::span<const Check> growth_checks() { return kGrowthChecks; }

}  // namespace nova::verify
