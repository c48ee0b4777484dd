// @ID@: events as lines of JSON in a file.
#include <novascale.hpp>

#include <fstream>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "Events as lines of JSON in a file";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "file": { "type": "string", "minLength": 1, "default": "events.jsonl", "x-path": true,
                "description": "Made when the first event comes; added to when it is there." } } })";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;

  explicit @CLASS@(const nova::Context& ctx) : path(ctx.text("file")) {}
  ~@CLASS@() {
    if (file >= 0) ::close(file);
  }

  void write(nova::Call call, const nova::Events& events) {
    const std::lock_guard lock(mutex);
    call.check();
    open();
    std::string lines;
    for (std::size_t i = 0; i < events.count(); ++i) {
      if (i % 256 == 255) {  // what is written by then is taken: the host's repeat is harmless
        put(lines);
        lines.clear();
        call.check();
      }
      nova::Event e;
      e.writer = events.writer(i);
      e.sequence = events.sequence(i);
      e.time_ns = events.time_ns(i);
      e.tenant = events.tenant(i);
      e.type = events.type(i);
      e.subject = events.subject(i);
      e.json = events.json(i);
      if (keep(e)) lines += line_of(kept.back());
    }
    put(lines);
  }
  void flush(nova::Call) {
    const std::lock_guard lock(mutex);
    if (file >= 0 && ::fsync(file) != 0)
      throw nova::Error(NOVA_UNAVAILABLE, path + ": " + std::strerror(errno));
  }

  void query(nova::Call call, const nova::EventQuery& q, nova::EventOut& out) {
    const std::lock_guard lock(mutex);
    open();
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < kept.size() && (q.limit == 0 || given < q.limit); ++i) {
      if (i % 4096 == 0) call.check();
      const auto& e = q.newest_first ? kept[kept.size() - 1 - i] : kept[i];
      const bool behind = q.after == 0 || (q.newest_first ? e.position < q.after : e.position > q.after);
      if (behind && q.matches(e)) out.add(e), ++given;
    }
  }

 private:
  // Connects when first used, and reads what an earlier run left.
  void open() {
    if (file >= 0) return;
    std::ifstream old(path);
    for (std::string line; std::getline(old, line);) {
      const auto j = nova::Json::parse(line, nullptr, false);
      if (!j.is_object()) continue;  // the last line of a crash
      nova::Event e;
      const auto writer = j.value("writer", std::vector<std::uint8_t>{});
      std::copy_n(writer.begin(), std::min<std::size_t>(writer.size(), 16), e.writer.b);
      e.sequence = j.value("sequence", std::uint64_t{0});
      e.time_ns = j.value("time_ns", std::int64_t{0});
      e.tenant = j.value("tenant", "");
      e.type = j.value("type", "");
      e.subject = j.value("subject", "");
      e.json = j.value("event", "");
      keep(e);
    }
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) throw nova::Error(NOVA_UNAVAILABLE, path + ": " + std::strerror(errno));
  }
  void put(const std::string& lines) {
    for (std::size_t done = 0; done < lines.size();) {
      const auto n = ::write(file, lines.data() + done, lines.size() - done);
      if (n < 0) throw nova::Error(NOVA_UNAVAILABLE, path + ": " + std::strerror(errno));
      done += static_cast<std::size_t>(n);
    }
  }
  // (writer, sequence) is stored once: a repeated write is harmless.
  bool keep(nova::Event e) {
    const std::vector<std::uint8_t> writer(e.writer.b, e.writer.b + 16);
    if (!seen.insert({{writer, e.sequence}, true}).second) return false;
    e.position = kept.size() + 1;
    kept.push_back(std::move(e));
    return true;
  }
  static std::string line_of(const nova::Event& e) {
    const nova::Json j = {{"writer", std::vector<std::uint8_t>(e.writer.b, e.writer.b + 16)},
                          {"sequence", e.sequence},
                          {"time_ns", e.time_ns},
                          {"tenant", e.tenant},
                          {"type", e.type},
                          {"subject", e.subject},
                          {"event", e.json}};
    return j.dump(-1, ' ', false, nova::Json::error_handler_t::replace) + "\n";
  }

  std::string path;
  std::mutex mutex;
  int file = -1;
  std::vector<nova::Event> kept;
  std::map<std::pair<std::vector<std::uint8_t>, std::uint64_t>, bool> seen;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::sink_component<@CLASS@>)
