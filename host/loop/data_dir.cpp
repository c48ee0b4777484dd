#include "host/loop/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "core/act/request.hpp"

namespace nova {
namespace {

namespace fs = std::filesystem;

Error world(const fs::path& path, const std::string& what) {
  return {ErrorCode::unavailable, path.string() + ": " + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::unique_ptr<DataDir>> DataDir::open(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path / "state", error);
  if (error)
    return Error{ErrorCode::unavailable, path.string() + ": cannot be made: " + error.message()};
  const auto lock_path = path / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) return world(lock_path, "cannot be opened");
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return Error{ErrorCode::failed_precondition,
                 path.string() + ": another host is running on this data_dir"};
  }
  return std::unique_ptr<DataDir>(new DataDir(path, lock));
}

DataDir::~DataDir() { ::close(lock_); }

Result<std::array<std::uint8_t, 16>> DataDir::host_id() const {
  const auto path = path_ / "host_id";
  std::string text;
  std::ifstream in(path);
  if (in >> text)
    if (const auto id = parse_token(text)) return *id;
  Token id{};
  std::random_device random;
  for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
  std::ofstream out(path);
  out << to_string(id) << "\n";
  if (!out.flush()) return world(path, "cannot be written");
  return id;
}

Result<void> DataDir::save(const Snapshot& snapshot) const {
  const auto path = path_ / "state" / "core.json", making = path_ / "state" / "core.json.tmp";
  const Json whole{
      {"seq", snapshot.seq}, {"time_unix_ns", unix_ns(snapshot.time)}, {"engine", snapshot.engine}};
  const auto text = whole.dump();
  const int fd = ::open(making.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return world(making, "cannot be opened");
  bool fine = true;
  for (std::string_view left = text; fine && !left.empty();) {  // one call takes 2 GiB at most
    const auto written = ::write(fd, left.data(), left.size());
    fine = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
  fine = fine && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  if (!fine) return world(making, "cannot be written");
  if (::rename(making.c_str(), path.c_str()) != 0) return world(path, "cannot be replaced");
  return {};
}

Result<std::optional<Snapshot>> load_snapshot(const fs::path& data_dir) {
  const auto path = data_dir / "state" / "core.json";
  std::ifstream in(path);
  if (!in) return std::optional<Snapshot>{};
  const auto whole = Json::parse(in, nullptr, false);
  if (!whole.is_object() || !whole.contains("seq") || !whole.contains("time_unix_ns") ||
      !whole.contains("engine"))
    return Error{
        ErrorCode::data_loss,
        path.string() +
            ": must be a snapshot with seq, time_unix_ns and engine; without it the journal "
            "alone is read"};
  return std::optional<Snapshot>{{whole["seq"].get<std::uint64_t>(),
                                  from_unix_ns(whole["time_unix_ns"].get<std::int64_t>()),
                                  whole["engine"]}};
}

}  // namespace nova
