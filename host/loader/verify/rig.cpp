#include "host/loader/verify/rig.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace nova::verify {
namespace {

const std::int32_t kLogThreshold = 0;  // trace: what is said only at debug level must not crash

Rig& rig_of(const nova_host* host) { return *static_cast<Rig*>(host->host_data); }

void on_log(const nova_host* host, std::int32_t, nova_str message, nova_str fields) {
  // Reading both to the end shows a wrong length; the sum keeps the reads.
  unsigned sum = 0;
  for (std::uint64_t i = 0; i < message.len; ++i) sum += static_cast<unsigned char>(message.ptr[i]);
  for (std::uint64_t i = 0; i < fields.len; ++i) sum += static_cast<unsigned char>(fields.ptr[i]);
  rig_of(host).log_lines += 1 + (sum & 0);
}

std::int64_t on_now(const nova_host* host, std::int32_t clock) {
  if (clock == NOVA_CLOCK_TIME) return rig_of(host).now_ns;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

nova_status on_secret(const nova_host*, nova_str, const nova_writer* out, nova_error*) {
  return out->write(out, "not-a-real-secret", 17);
}

const nova_host_secrets kSecrets{sizeof kSecrets, 0, &on_secret};

// No pool: a plugin must do without, and the checks of one call stay on one thread.
const void* on_extension(const nova_host*, const char* id) {
  return id && std::string_view(id) == NOVA_HOST_SECRETS ? &kSecrets : nullptr;
}

}  // namespace

CallBox::CallBox() {
  call.struct_size = sizeof call;
  call.cancel = &cancel;
  call.ctx = this;
  call.note = [](const nova_call* c, std::uint64_t, nova_status, nova_str text) {
    auto& self = *static_cast<CallBox*>(c->ctx);
    const std::lock_guard lock(self.mutex);
    if (self.notes.size() < 10'000) self.notes.emplace_back(text.ptr ? text.ptr : "", text.len);
  };
  error.struct_size = sizeof error;
}

std::string CallBox::message() const {
  const auto* end = std::find(std::begin(error.message), std::end(error.message), '\0');
  require(end != std::end(error.message), "its error message does not end (no NUL)");
  return {error.message, end};
}

void CallBox::expect_ok(nova_status status, const char* operation) const {
  require(status == NOVA_OK,
          std::string(operation) + " answered " + status_name(status) + " " + message());
}

std::string status_name(nova_status status) {
  const struct {
    nova_status value;
    const char* name;
  } names[] = {{NOVA_OK, "NOVA_OK"},
               {NOVA_CANCELLED, "NOVA_CANCELLED"},
               {NOVA_INVALID_ARGUMENT, "NOVA_INVALID_ARGUMENT"},
               {NOVA_DEADLINE_EXCEEDED, "NOVA_DEADLINE_EXCEEDED"},
               {NOVA_NOT_FOUND, "NOVA_NOT_FOUND"},
               {NOVA_PERMISSION_DENIED, "NOVA_PERMISSION_DENIED"},
               {NOVA_RESOURCE_EXHAUSTED, "NOVA_RESOURCE_EXHAUSTED"},
               {NOVA_CAPACITY, "NOVA_CAPACITY"},
               {NOVA_QUOTA, "NOVA_QUOTA"},
               {NOVA_THROTTLED, "NOVA_THROTTLED"},
               {NOVA_FAILED_PRECONDITION, "NOVA_FAILED_PRECONDITION"},
               {NOVA_ABORTED, "NOVA_ABORTED"},
               {NOVA_UNIMPLEMENTED, "NOVA_UNIMPLEMENTED"},
               {NOVA_INTERNAL, "NOVA_INTERNAL"},
               {NOVA_UNAVAILABLE, "NOVA_UNAVAILABLE"},
               {NOVA_UNAUTHENTICATED, "NOVA_UNAUTHENTICATED"}};
  for (const auto& [value, name] : names)
    if (value == status) return name;
  return "status " + std::to_string(status);
}

Rig::Rig(const loader::Library& lib, const loader::ComponentInfo& component_info, Setup given,
         std::string final_config, std::filesystem::path folder, Scan measured)
    : library(lib),
      info(component_info),
      setup(std::move(given)),
      config(std::move(final_config)),
      scratch(std::move(folder)),
      scan(std::move(measured)),
      component(copy_),
      now_ns(unix_ns(setup.now)),
      copy_{},
      data_dir_((scratch / "data").string()) {
  std::memcpy(&copy_, info.raw, std::min<std::size_t>(info.raw->struct_size, sizeof copy_));
  std::filesystem::create_directories(data_dir_);
  // As host/wiring makes them: sinks, sources and prices serve all tenants, the others one.
  const bool shared = info.kind == loader::Kind::sink || info.kind == loader::Kind::metrics ||
                      info.kind == loader::Kind::cost;
  host = {sizeof host,
          0,
          this,
          "novascale plugins verify",
          "1",
          "verify",
          shared ? "" : "default",
          data_dir_.c_str(),
          &kLogThreshold,
          &on_log,
          &on_now,
          &on_extension};
}

nova_status Rig::create(const std::string& with_config, CallBox& box, nova_instance** out) const {
  // Not NUL-terminated on purpose: the text ends at a guard page.
  const Column<char> text("config", std::vector<char>(with_config.begin(), with_config.end()));
  return component.create(info.raw, &box.call, &host, {text.data(), text.size()}, out, &box.error);
}

Object Rig::make(const std::string& with_config) const {
  CallBox box;
  nova_instance* raw = nullptr;
  box.expect_ok(create(with_config, box, &raw), "create");
  require(raw, "create said OK but gave no instance");
  return Object(component, raw);
}

std::vector<std::uint64_t> Rig::bound_keys() const {
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < setup.bindings.size(); ++i) keys.push_back(i + 1);
  return keys;
}

void Rig::bind(const Object& object) const {
  if (!component.bind || setup.bindings.empty()) return;
  std::vector<nova_str> names, tenants, settings;
  for (const auto& binding : setup.bindings) {
    names.push_back(str(binding.name));
    tenants.push_back(str(binding.tenant));
    settings.push_back(str(binding.settings_json));
  }
  const Column<std::uint64_t> keys("binding.keys", bound_keys());
  const Column<nova_str> name("binding.name", names), tenant("binding.tenant", tenants),
      setting("binding.settings_json", settings);
  const Column<std::int32_t> status("binding.item_status", names.size(), NOVA_OK);
  const nova_binding io{
      sizeof io,    0, keys.size(), keys.data(), name.data(), tenant.data(), setting.data(),
      status.data()};
  CallBox box;
  box.expect_ok(component.bind(object.get(), &box.call, &io, &box.error), "bind");
  for (std::size_t i = 0; i < names.size(); ++i)
    require(status[i] == NOVA_OK, "bind of \"" + setup.bindings[i].name + "\" answered " +
                                      status_name(status[i]) +
                                      (box.notes.empty() ? "" : ": " + box.notes.front()));
}

}  // namespace nova::verify
