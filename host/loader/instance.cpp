#include "host/loader/instance.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>

#include "host/loader/call_gate.hpp"
#include "host/loader/safe_read.hpp"
#include "host/loader/services.hpp"
#include "host/loader/text.hpp"

namespace nova::loader {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kNoteTextCap = 512;
constexpr std::size_t kDescribeCap = 1 << 20;
constexpr Duration kDestroyTimeout = std::chrono::seconds(5);

std::string in_ms(Duration d) {
  return nova::to_string(Duration(std::chrono::floor<std::chrono::milliseconds>(d)));
}

}  // namespace

// What an abandoned call still touches, so it is shared with it.
struct Instance::Core {
  std::shared_ptr<HostContext> context;
  std::shared_ptr<const Library> library;
  const ComponentInfo* info = nullptr;  // of `library`
  InstanceSpec spec;
  nova_component component{};  // cut or zero-filled to our size
  std::unique_ptr<Services> services;
  nova_instance* raw = nullptr;
  CallGate gate;
  std::atomic<InstanceState> state = InstanceState::ready;
  mutable std::mutex mutex;
  std::string reason;
  int abandoned = 0;        // calls that did not return yet
  std::string thrown_late;  // by one that did

  void quarantine(const std::string& why) { retire(InstanceState::quarantined, why); }
  void abandon(const std::string& why) { retire(InstanceState::stuck, why); }
  // An abandoned call has returned after all. With the last of them nobody is in the plugin's code
  // any more, so it may be called again; unless one of them threw.
  void come_back(const std::string& thrown) {
    std::string why;
    {
      const std::lock_guard lock(mutex);
      if (!thrown.empty()) thrown_late = thrown + "; quarantined";
      if (--abandoned > 0 || state != InstanceState::stuck) return;
      reason = why = thrown_late;
      state = why.empty() ? InstanceState::ready : InstanceState::quarantined;
    }
    context->log(LogLevel::warn, spec.name,
                 "has returned from the call that was abandoned" + (why.empty() ? "" : ": " + why));
  }

  void retire(InstanceState next, const std::string& why) {
    {
      const std::lock_guard lock(mutex);
      if (next == InstanceState::stuck) ++abandoned;
      if (state == InstanceState::stuck) return;
      reason = why;
      state = next;
    }
    context->log(LogLevel::error, spec.name, why);
  }

  std::string place(const char* operation) const {
    return "plugin \"" + spec.name + "\" (" + info->id + ") " + operation + ": ";
  }
};

// One call in flight: what both threads see.
struct Instance::Record {
  std::shared_ptr<Core> core;
  Function function;
  nova_call call{};
  nova_error error{};
  std::int32_t cancel = 0;

  std::mutex mutex;
  std::condition_variable finished;
  bool done = false, abandoned = false;
  nova_status status = NOVA_INTERNAL;
  std::string thrown;  // what crossed the ABI; "" = nothing
  std::vector<Note> notes;
  std::uint64_t notes_dropped = 0;

  static void note(const nova_call* c, std::uint64_t item, nova_status status, nova_str text) {
    auto& self = *static_cast<Record*>(c->ctx);
    const std::lock_guard lock(self.mutex);
    if (self.done || self.notes.size() >= kNoteCap)
      ++self.notes_dropped;
    else
      self.notes.push_back({item, to_code(status), clean_text(text, kNoteTextCap)});
  }

  void prepare(Clock::time_point deadline) {
    error.struct_size = sizeof error;
    call.struct_size = sizeof call;
    call.deadline_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    call.cancel = &cancel;
    call.ctx = this;
    call.note = &Record::note;
  }

  // On the worker. What a plugin throws ends here.
  void run() noexcept {
    nova_status answer = NOVA_INTERNAL;
    std::string what;
    try {
      answer = function(core->raw, &call, &error);
    } catch (const std::exception& e) {
      what = "threw an exception through the C ABI: " +
             clean_text(std::string_view(e.what()), kNoteTextCap);
    } catch (...) {
      what = "threw an exception through the C ABI";
    }
    bool late = false;
    {
      const std::lock_guard lock(mutex);
      status = answer;
      thrown = what;
      done = true;
      late = abandoned;
      finished.notify_all();
    }
    if (late) core->come_back(what);
  }
};

ErrorCode to_code(nova_status status) noexcept {
  for (const nova_status candidate : {status, NOVA_CANONICAL(status)}) {
    const auto code = static_cast<ErrorCode>(candidate);
    if (code == ErrorCode::ok && status != NOVA_OK) break;  // a refinement of OK is nonsense
    if (std::strcmp(to_string(code), "unknown") != 0) return code;
  }
  return ErrorCode::internal;
}

namespace {

// "" for a status whose code tells all of it.
std::string number_of(nova_status status) {
  return static_cast<nova_status>(to_code(status)) == status
             ? ""
             : "answered status " + std::to_string(status) + ", which the contract does not know";
}

}  // namespace

std::vector<ItemStatus> to_items(const std::vector<std::int32_t>& statuses,
                                 const std::vector<Note>& notes) {
  std::vector<ItemStatus> items(statuses.size());
  for (std::size_t i = 0; i < statuses.size(); ++i) items[i].code = to_code(statuses[i]);
  for (const auto& note : notes)
    if (note.item < items.size() && items[note.item].note.empty())
      items[note.item].note = note.text;
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (items[i].note.empty()) items[i].note = number_of(statuses[i]);
  return items;
}

CallResult Instance::run(const std::shared_ptr<Core>& core, const char* operation, Overlap overlap,
                         Duration timeout, Function function) {
  CallResult result;
  const auto fail = [&](ErrorCode code, const std::string& why) {
    result.error = {code, core->place(operation) + why};
    return result;
  };
  const auto gone = [&] {
    const std::lock_guard lock(core->mutex);
    return fail(ErrorCode::unavailable, "is out of service: " + core->reason);
  };
  if (core->state != InstanceState::ready) return gone();

  const auto deadline = Clock::now() + timeout;
  const bool alone = overlap == Overlap::serial || !core->info->concurrent();
  const bool gated = overlap != Overlap::any;
  if (gated && !core->gate.enter(alone, deadline))
    return fail(ErrorCode::deadline_exceeded,
                "another call kept the instance busy for " + in_ms(timeout));
  struct Leave {
    CallGate* gate;
    bool alone;
    ~Leave() {
      if (gate) gate->leave(alone);
    }
  } leave{gated ? &core->gate : nullptr, alone};
  if (core->state != InstanceState::ready) return gone();

  const auto record = std::make_shared<Record>();
  record->core = core;
  record->function = std::move(function);
  record->prepare(deadline);
  if (core->spec.direct) {
    record->run();
  } else if (!core->context->workers().run([record] { record->run(); })) {
    return fail(ErrorCode::resource_exhausted, "the system has no thread to call it on");
  }

  std::unique_lock lock(record->mutex);
  const auto is_done = [&] { return record->done; };
  const bool in_time = record->finished.wait_until(lock, deadline, is_done);
  if (!in_time) {
    __atomic_store_n(&record->cancel, 1, __ATOMIC_RELAXED);
    const auto grace = core->spec.cancel_grace.value_or(core->context->options().cancel_grace);
    if (!record->finished.wait_for(lock, grace, is_done)) {
      core->context->count_stuck();
      const auto why = core->place(operation) + "did not return within " + in_ms(timeout) +
                       ", nor within " + in_ms(grace) + " of being cancelled: stuck, abandoned";
      record->abandoned = true;  // before it can return
      core->abandon(why);
      result.error = {ErrorCode::deadline_exceeded, why};
      return result;
    }
  }
  result.notes = std::move(record->notes);
  result.notes_dropped = record->notes_dropped;
  if (!record->thrown.empty()) {
    const auto why = core->place(operation) + record->thrown;
    lock.unlock();
    core->quarantine(why + "; quarantined");
    result.error = {ErrorCode::internal, why};
    return result;
  }
  if (record->status == NOVA_OK) return result;  // late is good enough: it is here

  auto& error = record->error;
  error.message[sizeof error.message - 1] = 0;
  auto why = clean_text(std::string_view(error.message));
  auto code = to_code(record->status);
  if (!in_time && code == ErrorCode::cancelled) {
    code = ErrorCode::deadline_exceeded;
    why = "cancelled after " + in_ms(timeout) + (why.empty() ? "" : ": " + why);
  }
  if (const auto number = number_of(record->status); !number.empty())
    why += (why.empty() ? "" : ": ") + number;
  if (why.empty()) why = to_string(code);
  result.retryable = error.flags & NOVA_ERROR_RETRYABLE;
  result.partial = error.flags & NOVA_ERROR_PARTIAL;
  result.retry_after_ms = error.retry_after_ms;
  if (error.retry_after_ms) why += " (retry after " + std::to_string(error.retry_after_ms) + "ms)";
  return fail(code, why);
}

Result<std::unique_ptr<Instance>> Instance::create(std::shared_ptr<HostContext> context,
                                                   std::shared_ptr<const Library> library,
                                                   const ComponentInfo& component,
                                                   InstanceSpec spec) {
  auto core = std::make_shared<Core>();
  core->context = std::move(context);
  core->library = std::move(library);
  core->info = core->library->find(component.id);
  core->spec = std::move(spec);
  if (!core->info)
    return Error{ErrorCode::invalid_argument,
                 core->library->path().string() + ": has no component " + component.id};
  std::memcpy(&core->component, core->info->raw,
              std::min<std::size_t>(core->info->raw->struct_size, sizeof core->component));
  if (!core->spec.data_dir.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(core->spec.data_dir, failed);
    if (failed)
      return Error{ErrorCode::unavailable, core->spec.data_dir.string() + ": " + failed.message()};
  }
  core->services = std::make_unique<Services>(*core->context, core->spec);

  const auto made = std::make_shared<nova_instance*>(nullptr);
  auto result =
      run(core, "create", Overlap::any, core->spec.create_timeout,
          [made, core](nova_instance*, const nova_call* call, nova_error* error) {
            return core->component.create(core->info->raw, call, core->services->host(),
                                          borrow(core->spec.config_json), made.get(), error);
          });
  if (!result.ok()) return result.error;
  if (!*made)
    return Error{ErrorCode::internal, core->place("create") + "said OK but gave no instance"};
  core->raw = *made;
  std::unique_ptr<Instance> instance(new Instance);
  instance->core_ = std::move(core);
  return instance;
}

Instance::~Instance() {
  if (!core_ || !core_->raw || core_->state == InstanceState::stuck) return;
  // Quarantined or not, it may be destroyed; alone, as nobody else holds it any more.
  core_->state = InstanceState::ready;
  (void)run(core_, "destroy", Overlap::serial, kDestroyTimeout,
            [core = core_](nova_instance* raw, const nova_call*, nova_error*) -> nova_status {
              core->component.destroy(raw);
              return NOVA_OK;
            });
}

CallResult Instance::call(const char* operation, Overlap overlap, Duration timeout,
                          Function function) {
  return run(core_, operation, overlap, timeout, std::move(function));
}

const InstanceSpec& Instance::spec() const noexcept { return core_->spec; }
const ComponentInfo& Instance::component() const noexcept { return *core_->info; }
const Library& Instance::library() const noexcept { return *core_->library; }
HostContext& Instance::context() noexcept { return *core_->context; }
InstanceState Instance::state() const noexcept { return core_->state; }
nova_instance* Instance::raw() const noexcept { return core_->raw; }
const nova_component* Instance::raw_component() const noexcept { return core_->info->raw; }

std::string Instance::state_reason() const {
  const std::lock_guard lock(core_->mutex);
  return core_->reason;
}

void Instance::copy_ops(void* table, std::size_t size) const {
  const auto* raw = core_->component.ops;
  std::uint32_t there = 0;
  std::memcpy(&there, raw, sizeof there);
  std::memcpy(table, raw, std::min<std::size_t>(there, size));
}

Result<std::string> Instance::describe(Duration timeout) {
  if (!core_->component.describe) return std::string("{}");
  const auto text = std::make_shared<std::string>();
  auto result = call("describe", Overlap::serial, timeout,
                     [text, core = core_](nova_instance* raw, const nova_call* c, nova_error* e) {
                       const nova_writer writer{
                           sizeof writer, 0, text.get(),
                           [](const nova_writer* w, const void* data, std::uint64_t len) {
                             auto& out = *static_cast<std::string*>(w->ctx);
                             if (len > kDescribeCap - out.size())
                               return nova_status{NOVA_RESOURCE_EXHAUSTED};
                             out.append(static_cast<const char*>(data), len);
                             return nova_status{NOVA_OK};
                           }};
                       return core->component.describe(raw, c, &writer, e);
                     });
  if (!result.ok()) return result.error;
  const auto parsed = nlohmann::json::parse(*text, nullptr, false);
  if (!parsed.is_object())
    return Error{ErrorCode::internal, core_->place("describe") + "its answer is no JSON object"};
  return *text;
}

bool Instance::can_bind() const noexcept { return core_->component.bind != nullptr; }

Result<std::vector<ItemStatus>> Instance::bind(const std::vector<Binding>& bindings,
                                               Duration timeout) {
  if (!core_->component.bind) return std::vector<ItemStatus>(bindings.size());
  struct Frame {
    std::vector<Binding> rows;
    std::vector<std::uint64_t> keys;
    std::vector<nova_str> names, tenants, settings;
    std::vector<std::int32_t> status;
  };
  const auto frame = std::make_shared<Frame>();
  frame->rows = bindings;
  for (const auto& row : frame->rows) {
    frame->keys.push_back(row.key);
    frame->names.push_back(borrow(row.name));
    frame->tenants.push_back(borrow(row.tenant));
    frame->settings.push_back(borrow(row.settings_json));
  }
  frame->status.assign(bindings.size(), NOVA_OK);
  auto result = call("bind", Overlap::serial, timeout,
                     [frame, core = core_](nova_instance* raw, const nova_call* c, nova_error* e) {
                       const nova_binding io{sizeof io,
                                             0,
                                             frame->keys.size(),
                                             frame->keys.data(),
                                             frame->names.data(),
                                             frame->tenants.data(),
                                             frame->settings.data(),
                                             frame->status.data()};
                       return core->component.bind(raw, c, &io, e);
                     });
  if (!result.ok()) return result.error;
  return to_items(frame->status, result.notes);
}

Result<void> Instance::forget(const std::vector<std::uint64_t>& keys, Duration timeout) {
  if (!core_->component.forget) return {};
  const auto owned = std::make_shared<const std::vector<std::uint64_t>>(keys);
  auto result = call("forget", Overlap::serial, timeout,
                     [owned, core = core_](nova_instance* raw, const nova_call* c, nova_error* e) {
                       return core->component.forget(raw, c, owned->data(), owned->size(), e);
                     });
  if (!result.ok()) return result.error;
  return {};
}

const void* Instance::extension(const char* id) {
  if (!core_->component.get_extension) return nullptr;
  const auto found = std::make_shared<const void*>(nullptr);
  const auto name = std::make_shared<const std::string>(id);
  const auto result =
      call("get_extension", Overlap::any, std::chrono::seconds(1),
           [found, name, core = core_](nova_instance* raw, const nova_call*, nova_error*) {
             *found = core->component.get_extension(raw, name->c_str());
             return nova_status{NOVA_OK};
           });
  return result.ok() ? *found : nullptr;
}

}  // namespace nova::loader
