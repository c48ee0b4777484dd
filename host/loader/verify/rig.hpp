// Rig: what a check needs to drive one component: a host, calls, instances, data.
//
// A host of its own, made by hand, so that nothing of the loader hides what the plugin does. One
// rig per check process.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "host/loader/library.hpp"
#include "host/loader/verify/check.hpp"
#include "host/loader/verify/guarded.hpp"
#include "host/loader/verify/process_state.hpp"
#include "host/loader/verify/setup.hpp"

namespace nova::verify {

// One call's context: what is passed, and what came back by it.
struct CallBox {
  CallBox();
  nova_call call{};
  nova_error error{};
  std::int32_t cancel = 0;
  std::mutex mutex;
  std::vector<std::string> notes;

  std::string message() const;  // the error's text; throws Failed if it does not end
  // Throws Failed with the status and its message unless the call succeeded.
  void expect_ok(nova_status status, const char* operation) const;
};

std::string status_name(nova_status status);  // "NOVA_INVALID_ARGUMENT"

// An instance, destroyed at the end. Never copied.
class Object {
 public:
  Object(const nova_component& component, nova_instance* raw) : component_(&component), raw_(raw) {}
  Object(Object&& other) noexcept
      : component_(other.component_), raw_(std::exchange(other.raw_, nullptr)) {}
  ~Object() { destroy(); }
  nova_instance* get() const noexcept { return raw_; }
  void destroy() {
    if (auto* raw = std::exchange(raw_, nullptr)) component_->destroy(raw);
  }

 private:
  const nova_component* component_;
  nova_instance* raw_;
};

class Rig {
 public:
  // `config` is final: defaults applied. `scratch` exists and is the check's own.
  Rig(const loader::Library& library, const loader::ComponentInfo& info, Setup setup,
      std::string config, std::filesystem::path scratch, Scan scan);

  const loader::Library& library;
  const loader::ComponentInfo& info;
  const Setup setup;
  const std::string config;
  const std::filesystem::path scratch;
  const Scan scan;
  const nova_component& component;  // cut or zero-filled to our size
  nova_host host{};
  std::atomic<std::int64_t> now_ns;
  std::atomic<unsigned> log_lines = 0;

  // An instance with the setup's config, or with another; throws Failed if create fails.
  Object make() const { return make(config); }
  Object make(const std::string& with_config) const;
  // The raw create, for checks that expect a failure.
  nova_status create(const std::string& with_config, CallBox& box, nova_instance** out) const;

  // Binds keys 1, 2, ... to the setup's bindings, if the component can bind. Throws Failed when
  // the call or an item fails.
  void bind(const Object& object) const;
  std::vector<std::uint64_t> bound_keys() const;

  template <class Ops>
  Ops ops() const {
    Ops table{};
    std::uint32_t size = 0;
    std::memcpy(&size, component.ops, sizeof size);
    std::memcpy(&table, component.ops, size < sizeof table ? size : sizeof table);
    return table;
  }

 private:
  nova_component copy_;
  std::string data_dir_;
};

inline nova_str str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace nova::verify
