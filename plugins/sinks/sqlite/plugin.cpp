// sinks/sqlite: keeps every event in one SQLite file. See README.md.
#include <novascale.hpp>

#include <filesystem>

#include "store.hpp"

namespace nova::sqlite {
namespace {

class Sqlite {
 public:
  static constexpr auto id = "org.novacron.sink.sqlite";
  static constexpr auto name = "SQLite sink";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Events in one SQLite file, durable on flush";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["file"],
    "properties": {
      "file": { "type": "string", "minLength": 1, "x-path": true, "title": "Made when first used, with its folder" },
      "retention": { "type": "string", "x-unit": "duration", "title": "Events older than this are deleted; absent: kept for ever" },
      "busy_timeout": { "type": "string", "x-unit": "duration", "default": "5s", "title": "Longest wait for a lock held by another process; a call's deadline may be earlier" }
    } })";

  explicit Sqlite(Context context) : context_(context), file_(context.text("file")) {
    options_.busy =
        std::chrono::duration_cast<std::chrono::milliseconds>(positive("busy_timeout", 0));
    if (context.has("retention")) options_.retention_ns = positive("retention", 1).count();
    options_.tenant = context.tenant();
    // What is there is looked at now, so that a bad file is found when the config is checked. What
    // is not there is made when it is first used: a check leaves nothing behind.
    std::error_code why;
    auto above = folder();
    while (above.has_relative_path() && !std::filesystem::exists(above, why))
      above = above.parent_path();
    if (!above.empty() && !std::filesystem::is_directory(above, why))
      throw Error(NOVA_NOT_FOUND, "/file: the folder " + folder().string() +
                                      " cannot be made: " + above.string() + " is no folder");
    if (std::filesystem::exists(file_, why)) store(no_call());
  }

  void write(const Call& call, const Events& events) { store(call).write(call, events); }
  void flush(const Call& call) { store(call).flush(call, context_.now_ns()); }
  void query(const Call& call, const EventQuery& q, EventOut& out) {
    store(call).query(call, q, out);
  }

 private:
  Store& store(const Call& call) {
    call.check();  // before a new file is made, which waits for the disk
    if (store_) return *store_;
    std::error_code why;
    if (!folder().empty() && !std::filesystem::create_directories(folder(), why) && why)
      throw Error(NOVA_UNAVAILABLE, folder().string() + ": cannot be made: " + why.message());
    store_ = std::make_unique<Store>(file_, options_, call);
    return *store_;
  }
  std::filesystem::path folder() const { return std::filesystem::path(file_).parent_path(); }
  static Call no_call() {
    static const nova_call kNone = {sizeof(nova_call), 0, 0, nullptr, {}, {}, nullptr, nullptr};
    return Call(kNone);
  }
  std::chrono::nanoseconds positive(const char* key, std::int64_t least) const {
    const auto value = context_.duration(key);
    if (value.count() < least)
      throw Error(NOVA_INVALID_ARGUMENT, std::string("/") + key + ": must be " +
                                             (least > 0 ? "> 0s" : ">= 0s") + ", got " +
                                             context_.text(key));
    return value;
  }

  Context context_;
  std::string file_;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace
}  // namespace nova::sqlite

NOVA_PLUGIN("org.novacron.sqlite", "NovaCron", "1.0.0", nova::sink_component<nova::sqlite::Sqlite>)
