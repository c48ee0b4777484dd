// Instance: one created component, called so that it can fail, hang or lie without harm.
//
// Every call has a deadline. It runs on a worker thread while the caller waits; at the deadline the
// cancel word is set, and `cancel_grace` later the instance is *stuck*: its thread is abandoned,
// and it is neither called nor destroyed until that call returns, if it ever does. An exception
// that crosses the C ABI *quarantines* the instance: it may be destroyed, but not called. So
// whatever a call touches must be owned by the function object that makes it: it may outlive the
// caller. The typed clients (model_client.hpp
// ...) do that; prefer them. Callers: host/loop, host/cli, the clients. [any-thread]
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "host/loader/context.hpp"
#include "host/loader/library.hpp"

namespace nova::loader {

// What a plugin says of one item of a batch: its status, and why.
struct ItemStatus {
  ErrorCode code = ErrorCode::ok;
  std::string note;  // "" = nothing said; with ok a remark
  bool ok() const noexcept { return code == ErrorCode::ok; }
};

struct Note {
  std::uint64_t item = 0;  // UINT64_MAX = the whole call
  ErrorCode code = ErrorCode::ok;
  std::string text;
};

// How one call ended.
struct CallResult {
  Error error{ErrorCode::ok, {}};  // message: plugin "name" (component) operation: reason
  bool retryable = false, partial = false;
  std::uint32_t retry_after_ms = 0;
  std::vector<Note> notes;          // the first kNoteCap
  std::uint64_t notes_dropped = 0;  // beyond that
  bool ok() const noexcept { return error.code == ErrorCode::ok; }
};
inline constexpr std::size_t kNoteCap = 1024;

struct InstanceSpec {
  std::string name;                  // config name
  std::string tenant;                // "" = shared by several
  std::string config_json = "{}";    // final: defaults applied, validated
  std::filesystem::path data_dir;    // private folder, made when missing; "" = keep nothing
  std::filesystem::path config_dir;  // relative `secret:file:` references start here
  Duration create_timeout{std::chrono::seconds(10)};
  // Between the cancel word and giving up; none = the context's.
  std::optional<Duration> cancel_grace;
  // Call on the caller's own thread: a few hundred ns instead of a thread hand-off, but a call that
  // hangs hangs the caller. For benchmarks and checks that run in a process of their own.
  bool direct = false;
};

// Which calls may be in flight beside this one; the contract's thread tags.
enum class Overlap {
  any,         // [any-thread]
  concurrent,  // other concurrent ones, if the component is flagged so; else as serial
  serial,      // none but [any-thread]
};

struct Binding {
  std::uint64_t key = 0;
  std::string name, tenant, settings_json = "{}";
};

enum class InstanceState { ready, quarantined, stuck };

class Instance {
 public:
  // `component` must be of `library`. Errors: as the plugin's create said; internal when it threw
  // or gave no instance, deadline_exceeded when it did not return.
  static Result<std::unique_ptr<Instance>> create(std::shared_ptr<HostContext> context,
                                                  std::shared_ptr<const Library> library,
                                                  const ComponentInfo& component,
                                                  InstanceSpec spec);
  ~Instance();  // destroys the plugin's object, unless it is stuck
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const InstanceSpec& spec() const noexcept;
  const std::string& name() const noexcept { return spec().name; }
  const ComponentInfo& component() const noexcept;
  const Library& library() const noexcept;
  HostContext& context() noexcept;
  InstanceState state() const noexcept;
  std::string state_reason() const;  // "" while ready

  // `function` owns all it touches (see above); `operation` names it in messages.
  using Function = std::function<nova_status(nova_instance*, const nova_call*, nova_error*)>;
  CallResult call(const char* operation, Overlap overlap, Duration timeout, Function function);

  // The ops table, cut or zero-filled to this host's size: a null function is not supported.
  template <class Ops>
  Ops ops() const {
    Ops table{};
    copy_ops(&table, sizeof table);
    return table;
  }

  // The describe JSON, "{}" when the component has none. Errors: also internal, when it is no JSON
  // object.
  Result<std::string> describe(Duration timeout);

  // Tells the instance what it serves; one that cannot be told is fine with all. An error is one of
  // the whole call.
  bool can_bind() const noexcept;
  Result<std::vector<ItemStatus>> bind(const std::vector<Binding>& bindings, Duration timeout);
  Result<void> forget(const std::vector<std::uint64_t>& keys, Duration timeout);

  // A plugin's own extension, null when it has none of that id.
  const void* extension(const char* id);

  // What a call of an operation that the table leaves null comes to.
  Error without(const char* operation) const {
    return {ErrorCode::unimplemented,
            "plugin \"" + name() + "\" " + operation + ": it has no such function"};
  }

  // For benchmarks and the conformance checks, which call the table themselves.
  nova_instance* raw() const noexcept;
  const nova_component* raw_component() const noexcept;

 private:
  struct Core;
  struct Record;
  Instance() = default;
  void copy_ops(void* table, std::size_t size) const;
  static CallResult run(const std::shared_ptr<Core>& core, const char* operation, Overlap overlap,
                        Duration timeout, Function function);

  std::shared_ptr<Core> core_;  // shared with abandoned calls
};

// Statuses from a plugin as codes of the house; what neither knows becomes internal.
ErrorCode to_code(nova_status status) noexcept;

// Statuses and notes of a batch, put together; whole-call notes are left out.
std::vector<ItemStatus> to_items(const std::vector<std::int32_t>& statuses,
                                 const std::vector<Note>& notes);

}  // namespace nova::loader
