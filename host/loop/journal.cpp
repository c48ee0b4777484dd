#include "host/loop/journal.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <vector>

namespace nova {
namespace {

namespace fs = std::filesystem;

struct File {
  std::uint64_t first_seq;
  fs::path path;
};

Error unwell(const fs::path& path, const std::string& what) {
  return {ErrorCode::unavailable,
          "journal " + path.string() + ": " + what + ": " + std::strerror(errno)};
}

// The files of a journal, oldest first; anything else in the folder is somebody else's.
std::vector<File> files_of(const fs::path& folder) {
  std::vector<File> files;
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(folder, ignored)) {
    const auto name = item.path().filename().string();
    const auto dot = name.find('.');
    if (dot == std::string::npos) continue;
    const auto ending = name.substr(dot);
    if (ending != ".jsonl" && ending != ".jsonl.gz") continue;
    std::uint64_t seq = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + dot, seq);
    if (ec == std::errc{} && end == name.data() + dot) files.push_back({seq, item.path()});
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    return a.first_seq != b.first_seq ? a.first_seq < b.first_seq : a.path < b.path;
  });
  // A crash between compressing and removing leaves both; they hold the same entries.
  const auto same = [](const File& a, const File& b) { return a.first_seq == b.first_seq; };
  files.erase(std::unique(files.begin(), files.end(), same), files.end());
  return files;
}

// Lines of a plain or gzipped file (zlib reads both).
class LineReader {
 public:
  explicit LineReader(const fs::path& path) : file_(gzopen(path.c_str(), "rb")) {
    if (file_) gzbuffer(file_, 1 << 17);
  }
  ~LineReader() {
    if (file_) gzclose(file_);
  }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  bool opened() const { return file_ != nullptr; }
  // False at the end; `complete` tells whether the line ended in a newline.
  bool next(std::string& line, bool& complete) {
    line.clear();
    for (;;) {
      const auto newline = std::find(at_, end_, '\n');
      line.append(at_, newline);
      complete = newline != end_;
      at_ = complete ? newline + 1 : end_;
      if (complete) return true;
      const int got = gzread(file_, chunk_.data(), static_cast<unsigned>(chunk_.size()));
      if (got <= 0) return !line.empty();
      at_ = chunk_.data();
      end_ = at_ + got;
    }
  }

 private:
  gzFile file_;
  std::array<char, 1 << 16> chunk_{};
  char* at_ = chunk_.data();
  char* end_ = chunk_.data();
};

std::string seq_name(std::uint64_t seq) {
  std::array<char, 32> text{};
  const int n =
      std::snprintf(text.data(), text.size(), "%012llu", static_cast<unsigned long long>(seq));
  return {text.data(), static_cast<std::size_t>(n)};
}

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const auto n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

// `path` becomes `path`.gz, complete before the original goes.
bool compress(const fs::path& path) {
  const fs::path packed = path.string() + ".gz", making = path.string() + ".gz.tmp";
  LineReader in(path);
  gzFile out = gzopen(making.c_str(), "wb6");
  if (!in.opened() || !out) {
    if (out) gzclose(out);
    return false;
  }
  std::string line;
  bool complete = false, fine = true;
  while (fine && in.next(line, complete)) {
    line += '\n';
    fine = gzwrite(out, line.data(), static_cast<unsigned>(line.size())) > 0;
  }
  fine = gzclose(out) == Z_OK && fine;
  std::error_code error;
  if (fine) fs::rename(making, packed, error);
  if (!fine || error) {
    fs::remove(making, error);
    return false;
  }
  fs::remove(path, error);
  return true;
}

Error damaged_at(const fs::path& path, std::uint64_t line, const std::string& what) {
  const auto folder = path.parent_path();
  return {ErrorCode::data_loss, path.string() + ":" + std::to_string(line) + ": " + what +
                                    "; restore the file, or move " + folder.string() + " and " +
                                    (folder.parent_path() / "state").string() +
                                    " away to begin anew: machines stay, what was learned is lost"};
}

Error out_of_order(const fs::path& path, std::uint64_t line, std::uint64_t expected,
                   std::uint64_t found) {
  return damaged_at(
      path, line,
      "must be entry " + std::to_string(expected) + " of the journal, found entry " +
          std::to_string(found) +
          (found > expected ? ": what lies between is lost" : ": the journal steps back"));
}

// How the newest file ends: the seq behind its last entry, and the bytes that are whole lines.
struct Tail {
  std::uint64_t next_seq, whole_bytes;
};

Result<Tail> tail_of(const File& file) {
  LineReader in(file.path);
  if (!in.opened()) return unwell(file.path, "cannot be opened");
  Tail tail{file.first_seq, 0};
  std::string line;
  bool complete = false;
  for (std::uint64_t number = 1; in.next(line, complete); ++number) {
    const auto entry = Entry::from_line(line);
    if (!entry || !complete) {
      // Only the very last line may be torn.
      std::string more;
      bool ignored = false;
      if (in.next(more, ignored)) return damaged_at(file.path, number, entry.error().message);
      break;
    }
    if (entry->seq != tail.next_seq)
      return out_of_order(file.path, number, tail.next_seq, entry->seq);
    tail.next_seq = entry->seq + 1;
    tail.whole_bytes += line.size() + 1;
  }
  return tail;
}

}  // namespace

Journal::Journal(fs::path folder, JournalOptions options)
    : folder_(std::move(folder)), options_(options) {}

Journal::~Journal() {
  (void)flush();
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& folder, JournalOptions options) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return Error{ErrorCode::unavailable,
                 "journal " + folder.string() + ": cannot be made: " + error.message()};
  std::unique_ptr<Journal> journal(new Journal(folder, options));
  const auto files = files_of(folder);
  fs::path path = folder / (seq_name(1) + ".jsonl");
  if (!files.empty()) {
    const auto tail = tail_of(files.back());
    if (!tail) return tail.error();
    journal->next_seq_ = tail->next_seq;
    path = files.back().path;
    if (path.extension() == ".gz") {
      path = folder / (seq_name(tail->next_seq) + ".jsonl");
    } else {
      fs::resize_file(path, tail->whole_bytes, error);
      journal->bytes_ = tail->whole_bytes;
    }
  }
  if (const auto done = journal->open_file(path); !done) return done.error();
  return journal;
}

Result<void> Journal::open_file(const fs::path& path) {
  if (fd_ >= 0) ::close(fd_);
  file_ = path;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd_ < 0) return unwell(path, "cannot be opened");
  return {};
}

Result<std::uint64_t> Journal::append(Entry& entry) {
  entry.seq = next_seq_;
  const auto line = entry.to_line();
  buffer_ += line;
  buffer_ += '\n';
  bytes_ += line.size() + 1;
  ++next_seq_;
  constexpr std::size_t kFlushAt = 1 << 18;
  if (buffer_.size() >= kFlushAt)
    if (const auto done = flush(); !done) return done.error();
  if (bytes_ >= options_.rotate_bytes)
    if (const auto done = rotate(); !done) return done.error();
  return entry.seq;
}

Result<void> Journal::flush() {
  if (buffer_.empty()) return {};
  if (!write_all(fd_, buffer_.data(), buffer_.size())) return unwell(file_, "cannot be written");
  buffer_.clear();
  return {};
}

Result<void> Journal::sync() {
  if (auto done = flush(); !done) return done;
  if (::fdatasync(fd_) != 0) return unwell(file_, "cannot be synced");
  return {};
}

Result<void> Journal::rotate() {
  if (auto done = sync(); !done) return done;
  const auto full = file_;
  bytes_ = 0;
  if (auto done = open_file(folder_ / (seq_name(next_seq_) + ".jsonl")); !done) return done;
  if (!compress(full)) return unwell(full, "cannot be compressed");
  return {};
}

void Journal::expire(TimePoint now) {
  const auto files = files_of(folder_);
  std::error_code ignored;
  for (std::size_t i = 0; i + 1 < files.size(); ++i) {
    // All of a file is older than the first entry of the next one.
    LineReader next(files[i + 1].path);
    std::string line;
    bool complete = false;
    if (!next.opened() || !next.next(line, complete)) return;
    const auto entry = Entry::from_line(line);
    if (!entry || entry->time > now - options_.retention) return;
    fs::remove(files[i].path, ignored);
  }
}

Result<void> read_journal(const fs::path& folder, std::uint64_t from,
                          const std::function<bool(const Entry&)>& use) {
  const auto files = files_of(folder);
  // Of a journal read from its beginning, older files may have expired; not so behind a snapshot.
  std::uint64_t next_seq = from;
  bool begun = from > 1 && !files.empty() && files[0].first_seq > from;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i + 1 < files.size() && files[i + 1].first_seq <= from) continue;
    LineReader in(files[i].path);
    if (!in.opened()) return unwell(files[i].path, "cannot be opened");
    if (!begun) next_seq = files[i].first_seq;
    begun = true;
    std::string line;
    bool complete = false;
    for (std::uint64_t number = 1; in.next(line, complete); ++number) {
      if (!complete && i + 1 == files.size()) break;
      const auto entry = Entry::from_line(line);
      if (!entry) return damaged_at(files[i].path, number, entry.error().message);
      if (entry->seq != next_seq) return out_of_order(files[i].path, number, next_seq, entry->seq);
      ++next_seq;
      if (entry->seq >= from && !use(*entry)) return {};
    }
  }
  if (from > 1 && next_seq < from)
    return Error{ErrorCode::data_loss,
                 folder.string() + ": must reach entry " + std::to_string(from - 1) +
                     ", ends before entry " + std::to_string(next_seq) +
                     ": the rest is lost; without the folder " +
                     (folder.parent_path() / "state").string() + " it goes on from what is left"};
  return {};
}

}  // namespace nova
