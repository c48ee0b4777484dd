// Frozen plugins, and callers of every age: older, today's and newer.
//
// A caller's age shows in the structs it passes. An older caller's struct is shorter: here it ends
// exactly at an unreadable page, so that a plugin which looks past struct_size dies. A newer
// caller's struct is longer: here its tail is filled with bytes that mean something to a later
// minor only.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <novascale/all.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nova::abi_test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline nova_str str(std::string_view s) { return {s.data(), s.size()}; }
inline std::string to_string(nova_str s) {
  return s.len ? std::string(s.ptr, s.len) : std::string();
}

enum class Age { older, today, newer };
inline constexpr Age kAges[] = {Age::older, Age::today, Age::newer};
inline const char* name_of(Age age) {
  return age == Age::older ? "older" : age == Age::newer ? "newer" : "today";
}

// A struct as a caller of some age passes it; lives as long as this object.
template <class T>
class Shaped {
 public:
  // `older_size`: bytes an older caller knew of this struct, a multiple of 8.
  Shaped(const T& value, Age age, std::size_t older_size)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t size = age == Age::older   ? older_size
                             : age == Age::newer ? sizeof(T) + 64
                                                 : sizeof(T);
    memory_ = static_cast<char*>(
        mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory_ + page_, page_, PROT_NONE);
    at_ = memory_ + page_ - size;
    std::memset(at_, 0xA5, size);
    std::memcpy(at_, &value, std::min(size, sizeof(T)));
    const auto written = static_cast<std::uint32_t>(size);
    std::memcpy(at_, &written, sizeof written);
  }
  ~Shaped() { munmap(memory_, 2 * page_); }
  Shaped(const Shaped&) = delete;
  Shaped& operator=(const Shaped&) = delete;

  T* get() { return reinterpret_cast<T*>(at_); }

 private:
  std::size_t page_;
  char* memory_;
  char* at_;
};

// The host of a test: a clock that is set, and nothing else.
struct FakeHost {
  FakeHost() {
    host.struct_size = sizeof host;
    host.host_data = this;
    host.name = "test";
    host.version = "1";
    host.instance = "frozen";
    host.tenant = "default";
    host.data_dir = "";
    host.log_threshold = &threshold;
    host.log = [](const nova_host*, std::int32_t, nova_str, nova_str) {};
    host.now_ns = [](const nova_host* h, std::int32_t clock) {
      return clock == NOVA_CLOCK_TIME ? static_cast<FakeHost*>(h->host_data)->now : NOVA_NONE;
    };
    host.get_extension = [](const nova_host*, const char*) -> const void* { return nullptr; };
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  std::int64_t now = 0;
  std::int32_t threshold = NOVA_LOG_CRITICAL;
  nova_host host{};
};

// One component of a frozen library and one instance of it, as a host of some age uses it.
template <class Ops>
class Frozen {
 public:
  Frozen(const char* kind, Age age, std::string_view config = "{}") : age_(age) {
    const std::string path = std::string(NOVA_FROZEN_DIR "/abi_1_0_") + kind + ".so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
      ADD_FAILURE() << dlerror();
      return;
    }
    const auto entry =
        reinterpret_cast<nova_plugin_entry_fn>(dlsym(library, "nova_plugin_entry_v1"));
    plugin = entry();
    EXPECT_EQ(plugin, entry()) << "the same tables at each call";
    component = plugin->components[0];
    ops = static_cast<const Ops*>(component->ops);

    nova_call call_value{};
    call_value.ctx = this;
    call_value.cancel = &cancel;
    call_value.note = [](const nova_call* c, std::uint64_t item, nova_status, nova_str text) {
      static_cast<Frozen*>(c->ctx)->notes.push_back(std::to_string(item) + ": " + to_string(text));
    };
    // An older caller's call has no note.
    call_ = std::make_unique<Shaped<nova_call>>(call_value, age, offsetof(nova_call, note));
    created = component->create(component, call(), &world.host, str(config), &instance, &error);
  }
  ~Frozen() {
    if (instance != nullptr) component->destroy(instance);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

  const nova_call* call() { return call_->get(); }
  Age age() const { return age_; }

  std::vector<nova_status> bind(const std::vector<std::uint64_t>& keys,
                                const std::vector<std::string>& names) {
    std::vector<nova_str> name, empty(keys.size());
    for (const auto& n : names) name.push_back(str(n));
    std::vector<std::int32_t> status(keys.size(), NOVA_OK);
    nova_binding value{};
    value.count = keys.size();
    value.keys = keys.data();
    value.name = name.data();
    value.tenant = value.settings_json = empty.data();
    value.item_status = status.data();
    Shaped<nova_binding> io(value, age_, offsetof(nova_binding, item_status));
    EXPECT_EQ(component->bind(instance, call(), io.get(), &error), NOVA_OK) << error.message;
    return status;
  }

  FakeHost world;
  std::int32_t cancel = 0;
  std::vector<std::string> notes;
  nova_error error{sizeof(nova_error), 0, 0, 0, 0, {}};
  const nova_plugin* plugin = nullptr;
  const nova_component* component = nullptr;
  const Ops* ops = nullptr;
  nova_instance* instance = nullptr;
  nova_status created = NOVA_INTERNAL;

 private:
  Age age_;
  std::unique_ptr<Shaped<nova_call>> call_;
};

}  // namespace nova::abi_test
