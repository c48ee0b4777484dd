#include "host/loader/saved_state.hpp"

#include <memory>

#include "host/loader/state_frame.hpp"

namespace nova::loader {
namespace {

constexpr std::size_t kMostState = std::size_t{1} << 30;

Error keeps_none(const Instance& instance, const char* op) {
  return {ErrorCode::unimplemented,
          "plugin \"" + instance.name() + "\" " + op + ": it keeps no state"};
}

// What a plugin writes goes here; a plugin that is given up may still do so.
struct StateSink {
  std::vector<std::uint64_t> keys;
  std::string bytes;
};

nova_status append(const nova_writer* writer, const void* data, std::uint64_t size) {
  auto& out = *static_cast<std::string*>(writer->ctx);
  if (size > kMostState - out.size()) return NOVA_RESOURCE_EXHAUSTED;
  out.append(static_cast<const char*>(data), size);
  return NOVA_OK;
}

}  // namespace

Result<std::string> save_state(Instance& instance, SaveOp op,
                               const std::vector<std::uint64_t>& keys, TimePoint watermark,
                               Duration timeout) {
  if (!op) return keeps_none(instance, "save");
  const auto sink = std::make_shared<StateSink>(StateSink{keys, {}});
  const auto result =
      instance.call("save", Overlap::serial, timeout,
                    [sink, op](nova_instance* i, const nova_call* c, nova_error* e) {
                      const nova_writer writer{sizeof writer, 0, &sink->bytes, append};
                      return op(i, c, sink->keys.empty() ? nullptr : sink->keys.data(),
                                sink->keys.size(), &writer, e);
                    });
  if (!result.ok()) return result.error;
  const auto& component = instance.component();
  return frame_state({component.id, component.version, watermark, sink->bytes});
}

Result<TimePoint> load_state(Instance& instance, LoadOp op, std::string_view frame,
                             Duration timeout) {
  if (!op) return keeps_none(instance, "load");
  auto state = unframe_state(frame);
  if (!state) return state.error();
  if (state->component_id != instance.component().id)
    return Error{
        ErrorCode::failed_precondition,
        "saved state: of component " + state->component_id + ", not of " + instance.component().id};
  const auto bytes = std::make_shared<const std::string>(std::move(state->bytes));
  const auto result =
      instance.call("load", Overlap::serial, timeout,
                    [bytes, op](nova_instance* i, const nova_call* c, nova_error* e) {
                      return op(i, c, nova_bytes{bytes->data(), bytes->size()}, e);
                    });
  if (!result.ok()) return result.error;
  return state->watermark;
}

}  // namespace nova::loader
