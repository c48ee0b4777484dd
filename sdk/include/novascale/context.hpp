// What a component is born with: its config and the host's services. Cheap to copy, valid until the
// component is destroyed. Every service is [any-thread].
#pragma once

#include <novascale/host.h>

#include <novascale/config.hpp>
#include <novascale/log.hpp>

namespace nova {
inline namespace sdk_v1 {

class Context {
 public:
  Context(const nova_host* host, Config config) : host_(host), config_(std::move(config)) {}

  // The config's values, by key.
  double number(std::string_view key) const { return config_.number(key); }
  std::int64_t integer(std::string_view key) const { return config_.integer(key); }
  bool boolean(std::string_view key) const { return config_.boolean(key); }
  std::string text(std::string_view key) const { return config_.text(key); }
  std::chrono::nanoseconds duration(std::string_view key) const { return config_.duration(key); }
  bool has(std::string_view key) const { return config_.has(key); }
  const Config& config() const noexcept { return config_; }

  Log log() const noexcept { return Log(host_); }
  std::string_view instance() const noexcept { return name(&nova_host::instance); }
  std::string_view tenant() const noexcept { return name(&nova_host::tenant); }      // "" = shared
  std::string_view data_dir() const noexcept { return name(&nova_host::data_dir); }  // "" = no disk

  // The host's idea of now, simulated in a replay. Nanoseconds since the epoch.
  std::int64_t now_ns() const { return clock(NOVA_CLOCK_TIME); }
  std::int64_t monotonic_ns() const { return clock(NOVA_CLOCK_MONOTONIC); }

  // The value behind "secret:env:NAME" or "secret:file:PATH"; any other text is returned as it is.
  // Never log it, and ask anew when it was refused: it may have been rotated.
  std::string secret(std::string_view reference) const {
    if (reference.substr(0, 7) != "secret:") return std::string(reference);
    const auto* service = extension<nova_host_secrets>(NOVA_HOST_SECRETS);
    if (service == nullptr || !NOVA_HAS(service, get))
      throw Error(NOVA_FAILED_PRECONDITION, "the host keeps no secrets");
    std::string value;
    nova_writer writer{
        sizeof writer, 0, &value,
        [](const nova_writer* w, const void* data, std::uint64_t size) -> nova_status {
          try {
            static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data),
                                                      static_cast<std::size_t>(size));
            return NOVA_OK;
          } catch (...) {
            return NOVA_RESOURCE_EXHAUSTED;
          }
        }};
    nova_error err{};
    err.struct_size = sizeof err;
    if (const auto status = service->get(host_, str(reference), &writer, &err); status != NOVA_OK)
      throw Error(status, err.message);
    return value;
  }

  // A host service by id, or null.
  template <class Service>
  const Service* extension(const char* id) const {
    if (host_ == nullptr || !NOVA_HAS(host_, get_extension)) return nullptr;
    return static_cast<const Service*>(host_->get_extension(host_, id));
  }

  // Calls body(begin, end) for all parts of [0, n), on the host's pool where there is one.
  // body must not throw; no nesting.
  template <class Body>
  void parallel(std::uint64_t n, std::uint64_t grain, Body&& body) const {
    const auto* pool = n > grain ? extension<nova_host_parallel>(NOVA_HOST_PARALLEL) : nullptr;
    const auto run = [](void* ctx, std::uint64_t begin, std::uint64_t end) {
      (*static_cast<std::remove_reference_t<Body>*>(ctx))(begin, end);
    };
    if (pool == nullptr || !NOVA_HAS(pool, run)) return run(&body, 0, n);
    if (const auto status = pool->run(host_, n, grain, run, &body); status != NOVA_OK)
      throw Error(status, "the host's pool refused the work");
  }

  const nova_host* host() const noexcept { return host_; }

 private:
  std::string_view name(const char* nova_host::*member) const noexcept {
    const char* text = host_ == nullptr ? nullptr : detail::field(*host_, member);
    return text == nullptr ? std::string_view{} : std::string_view{text};
  }
  std::int64_t clock(std::int32_t which) const {
    if (host_ == nullptr || !NOVA_HAS(host_, now_ns))
      throw Error(NOVA_FAILED_PRECONDITION, "the host has no clock");
    return host_->now_ns(host_, which);
  }

  const nova_host* host_;
  Config config_;
};

}  // namespace sdk_v1
}  // namespace nova
