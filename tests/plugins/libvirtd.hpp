// Debian's libvirtd as nobody's own: a private folder, a private socket, ended by its process id.
//
// The test driver within keeps its domains as long as somebody is connected; kill() is the failure
// of the node: they are gone, unless they were QEMU's and persistent.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/plugins/plugin_file.hpp"

namespace nova_test {

class Libvirtd {
 public:
  Libvirtd() {
    for (const auto* name : {"run", "home"}) {
      std::filesystem::create_directories(folder_.file(name));
      if (geteuid() == 0 && chown(folder_.file(name).c_str(), kNobody, kNobody) != 0) return;
    }
    start();
  }
  ~Libvirtd() { kill(); }

  static bool installed() { return access("/usr/sbin/libvirtd", X_OK) == 0; }
  // Whether it answered within its time.
  bool start() {
    const std::string home = folder_.file("home"), id = std::to_string(kNobody);
    std::vector<std::string> words = {"/usr/sbin/libvirtd"};
    if (geteuid() == 0)
      words = {"/usr/bin/setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", words[0]};
    std::vector<std::string> variables = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home,
                                          "XDG_RUNTIME_DIR=" + folder_.file("run"),
                                          "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const auto log = folder_.file("log");
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    unlink(socket().c_str());
    const auto failed = posix_spawn(&pid_, words[0].c_str(), &files, nullptr,
                                    pointers(words).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) pid_ = -1;
    for (int tried = 0; pid_ > 0 && tried < 600; ++tried, usleep(50'000))
      if (access(socket().c_str(), F_OK) == 0) return true;
    return false;
  }
  void pause() { ::kill(pid_, SIGSTOP); }  // it answers no more, and its socket stays open
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // driver: "test" for test:///default, or "qemu" for qemu:///session.
  std::string uri(const std::string& driver) const {
    return driver + "+unix:///" + (driver == "test" ? "default" : "session") +
           "?socket=" + socket();
  }
  const Folder& folder() const { return folder_; }

 private:
  static constexpr unsigned kNobody = 65534;
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
  }
  std::string socket() const { return folder_.file("run") + "/libvirt/libvirt-sock"; }

  Folder folder_;
  pid_t pid_ = -1;
};

}  // namespace nova_test
