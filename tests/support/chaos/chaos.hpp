// Chaos: components of every kind that keep the contract, but for the one fault their config names.
//
// { "fault": "none" } is a good citizen; any other value breaks one rule, so that a test can show
// which check, or which guard of the host, notices. On the bare C ABI, without the SDK: an
// exception thrown here really crosses the border.
#pragma once

#include <novascale/all.h>
#include <time.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace chaos {

// What every instance has, whatever its kind.
struct Base {
  std::string fault, config;
  const nova_host* host = nullptr;
  std::vector<std::thread> threads;
  virtual ~Base() = default;
  bool is(const char* name) const { return fault == name; }
};

inline Base& base(nova_instance* instance) { return *reinterpret_cast<Base*>(instance); }
template <class T>
T& as(nova_instance* instance) {
  return static_cast<T&>(base(instance));
}

inline nova_status fail(nova_error* err, nova_status code, const char* message) {
  if (err && err->struct_size >= sizeof(nova_error)) {
    err->code = code;
    std::strncpy(err->message, message, sizeof err->message - 1);
    err->message[sizeof err->message - 1] = 0;
  }
  return code;
}

inline bool cancelled(const nova_call* c) {
  return NOVA_HAS(c, cancel) && __atomic_load_n(c->cancel, __ATOMIC_RELAXED) != 0;
}

inline void pause_ms(long ms) {
  const timespec t{ms / 1000, ms % 1000 * 1'000'000};
  nanosleep(&t, nullptr);
}

inline std::string text(nova_str s) { return s.ptr ? std::string(s.ptr, s.len) : std::string(); }

inline void note(const nova_call* c, std::uint64_t item, nova_status status,
                 const std::string& why) {
  if (NOVA_HAS(c, note)) c->note(c, item, status, {why.data(), why.size()});
}

// The faults any operation can have; runs at its start. NOVA_OK = go on.
nova_status misbehave(nova_instance* instance, const nova_call* c, std::uint32_t flags,
                      std::uint32_t struct_size, std::uint32_t our_size, nova_error* err);

// create() of kind T, describe() and the rest that all kinds share.
nova_status make(Base* made, const nova_host* host, const nova_call* c, nova_str config,
                 nova_instance** out, nova_error* err);
void destroy(nova_instance* instance);
nova_status describe(nova_instance* instance, const nova_call* c, const nova_writer* out,
                     nova_error* err);
const void* get_extension(nova_instance* instance, const char* id);

template <class T>
nova_status create(const nova_component*, const nova_call* c, const nova_host* host,
                   nova_str config, nova_instance** out, nova_error* err) {
  return make(new T, host, c, config, out, err);
}

extern const nova_component kModel, kStateless, kMetrics, kCost, kController, kSink, kPolicy;
inline constexpr const char* kSchema =
    R"({"type":"object","properties":{"fault":{"type":"string","default":"none"},)"
    R"("password":{"type":"string","x-secret":true}}})";

}  // namespace chaos
