#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <novascale/error.hpp>

namespace nova::command {
namespace {

constexpr int kSliceMs = 20;
constexpr std::size_t kMostErrors = 4096;

struct Fd {
  int fd = -1;
  Fd() = default;
  explicit Fd(int f) : fd(f) {}
  Fd(const Fd&) = delete;
  ~Fd() { reset(); }
  void reset() {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

[[noreturn]] void no_resource(const char* what) {
  throw Error(NOVA_RESOURCE_EXHAUSTED, std::string(what) + ": " + std::strerror(errno));
}

// The input as a file in memory: whoever reads it never blocks us, whoever does not raises nothing.
void fill(Fd& file, std::string_view input) {
  file.fd = memfd_create("novascale input", MFD_CLOEXEC);
  if (file.fd < 0) no_resource("no memory file");
  while (!input.empty()) {
    const auto n = write(file.fd, input.data(), input.size());
    if (n < 0 && errno != EINTR) no_resource("no memory file");
    if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
  }
  lseek(file.fd, 0, SEEK_SET);
}

struct Pipe {
  Fd read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) no_resource("no pipe");
    read.fd = ends[0], write.fd = ends[1];
    fcntl(read.fd, F_SETFL, O_NONBLOCK);
  }
};

// Takes what is there; past `most` bytes it is read and dropped. False at the end.
bool drain(Fd& from, std::string& to, std::size_t most, bool& too_much) {
  char data[16384];
  for (;;) {
    const auto n = read(from.fd, data, sizeof data);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return from.reset(), false;
    const auto room = most - to.size();
    too_much = too_much || static_cast<std::size_t>(n) > room;
    to.append(data, std::min(room, static_cast<std::size_t>(n)));
  }
}

class Child {
 public:
  Child(const Program& program, int in, int out, int err) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t none, all;
    sigemptyset(&none), sigfillset(&all);
    posix_spawnattr_setflags(
        &how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    std::vector<char*> words = {const_cast<char*>(program.path.c_str())}, environment;
    for (const auto& word : program.arguments) words.push_back(const_cast<char*>(word.c_str()));
    for (const auto& word : program.environment)
      environment.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr), environment.push_back(nullptr);
    const int failed =
        posix_spawn(&pid_, program.path.c_str(), &files, &how, words.data(), environment.data());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
      throw Error(NOVA_FAILED_PRECONDITION, program.path +
                                                ": cannot be started: " + std::strerror(failed) +
                                                "; it must be an executable file");
  }
  Child(const Child&) = delete;
  ~Child() {
    if (ended_) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  bool ended(int& status) {
    if (ended_) return true;
    siginfo_t how{};
    const int looked = waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOHANG | WNOWAIT);
    if (looked != 0 ? errno == EINTR : how.si_pid == 0) return false;
    // What it left behind must hold our pipes no longer. Until its leader is waited for, nobody
    // else can get the number of the group.
    kill(-pid_, SIGKILL);
    int raw = 0;
    pid_t pid;
    while ((pid = waitpid(pid_, &raw, 0)) < 0 && errno == EINTR) {
    }
    ended_ = true;
    // Without a status (the host ignores SIGCHLD), what it said decides.
    status = pid < 0 ? 0 : WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return true;
  }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
};

}  // namespace

Finished run(const Program& program, std::string_view input, const ProcessLimits& limits,
             const Call& call) {
  call.check();
  Fd in;
  fill(in, input);
  Pipe out, err;
  const auto end = Call::monotonic_ns() + limits.time.count();
  Finished result;
  Child child(program, in.fd, out.write.fd, err.write.fd);
  out.write.reset(), err.write.reset();
  bool ended = false, too_much = false, dropped = false;
  while (!ended || out.read.fd >= 0) {
    call.check();
    if (Call::monotonic_ns() >= end)
      throw Error(
          NOVA_DEADLINE_EXCEEDED,
          program.path + ": has not ended in time and was killed; mend it, or raise timeout");
    pollfd open[] = {{out.read.fd, POLLIN, 0}, {err.read.fd, POLLIN, 0}};
    poll(open, 2, kSliceMs);
    if (out.read.fd >= 0) drain(out.read, result.output, limits.output, too_much);
    if (err.read.fd >= 0) drain(err.read, result.errors, kMostErrors, dropped);
    if (too_much)
      throw Error(NOVA_RESOURCE_EXHAUSTED,
                  program.path + ": said more than " + std::to_string(limits.output) +
                      " bytes and was killed; mend it, or raise max_output_bytes");
    ended = ended || child.ended(result.status);
  }
  if (err.read.fd >= 0) drain(err.read, result.errors, kMostErrors, dropped);
  return result;
}

}  // namespace nova::command
