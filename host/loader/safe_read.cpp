#include "host/loader/safe_read.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace nova::loader {
namespace {

// Where the system call is forbidden (some containers): a pipe, whose write() also answers EFAULT.
bool copy_through_pipe(const char* from, char* to, std::size_t size) noexcept {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  bool good = true;
  for (std::size_t done = 0; good && done < size;) {
    const auto chunk = std::min<std::size_t>(size - done, 4096);  // PIPE_BUF: never partial
    good = write(ends[1], from + done, chunk) == static_cast<ssize_t>(chunk) &&
           read(ends[0], to + done, chunk) == static_cast<ssize_t>(chunk);
    done += chunk;
  }
  close(ends[0]);
  close(ends[1]);
  return good;
}

}  // namespace

bool safe_copy(const void* from, void* to, std::size_t size) noexcept {
  if (size == 0) return true;
  if (!from) return false;
  iovec local{to, size}, remote{const_cast<void*>(from), size};
  const auto got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  if (got == static_cast<ssize_t>(size)) return true;
  if (got < 0 && (errno == ENOSYS || errno == EPERM))
    return copy_through_pipe(static_cast<const char*>(from), static_cast<char*>(to), size);
  return false;
}

std::optional<std::string> safe_text(const char* text, std::size_t cap) {
  if (!text) return std::nullopt;
  std::string found;
  char chunk[256];
  while (found.size() <= cap) {
    // Never across a page end: the next page may be missing though the text ends before it.
    const auto address = reinterpret_cast<std::uintptr_t>(text + found.size());
    const std::size_t size = std::min<std::size_t>(sizeof chunk, 4096 - address % 4096);
    if (!safe_copy(text + found.size(), chunk, size)) return std::nullopt;
    const auto* end = static_cast<const char*>(std::memchr(chunk, 0, size));
    found.append(chunk, end ? static_cast<std::size_t>(end - chunk) : size);
    if (end) break;
  }
  if (found.size() > cap) return std::nullopt;
  return found;
}

}  // namespace nova::loader
