// A loopback fake of a service (a script beside fake_server.py) as a process of one test, and what
// it was asked.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/plugins/plugin_file.hpp"

namespace nova_test {

class FakeServer {
 public:
  struct Asked {
    std::string action, path, body;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  // script: under tests/plugins; its arguments after the folder.
  explicit FakeServer(const std::string& name, const std::vector<std::string>& arguments = {}) {
    setenv("no_proxy", "127.0.0.1", 1);
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to[0], 0);
    posix_spawn_file_actions_adddup2(&files, from[1], 1);
    const std::string script = NOVA_SOURCE_DIR "/tests/plugins/" + name;
    const auto folder = folder_.file("");
    std::vector<const char*> words = {"python3", "-B", script.c_str(), folder.c_str()};
    for (const auto& word : arguments) words.push_back(word.c_str());
    words.push_back(nullptr);
    const int failed = posix_spawnp(&pid_, words[0], &files, nullptr,
                                    const_cast<char* const*>(words.data()), environ);
    posix_spawn_file_actions_destroy(&files);
    close(to[0]), close(from[1]);
    end_ = to[1];
    char text[16] = "";
    if (failed != 0 || ::read(from[0], text, sizeof text - 1) <= 0)
      throw std::runtime_error(name + " does not start: python3 is needed");
    close(from[0]);
    url = "http://127.0.0.1:" + std::to_string(std::atoi(text));
  }
  ~FakeServer() {
    close(end_);
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  FakeServer(const FakeServer&) = delete;

  std::string url;

  // {"fault": "throttle", "times": 2, "on": "GetProducts"}; "{}" = none. See fake_server.py.
  void fault(const std::string& json) const { folder_.write("faults.json", json); }
  // A file that the fake reads.
  void give(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  std::vector<Asked> asked() const {
    std::vector<Asked> all;
    std::ifstream lines(folder_.file("requests.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line);
      Asked one{json["action"], json["path"], decoded(json["body"]), {}};
      for (const auto& h : json["headers"]) one.headers.emplace_back(h[0], h[1]);
      all.push_back(std::move(one));
    }
    return all;
  }
  std::size_t asked(const std::string& action) const {
    std::size_t n = 0;
    for (const auto& one : asked()) n += one.action == action;
    return n;
  }

 private:
  static std::string decoded(const std::string& base64) {
    std::string out;
    unsigned bits = 0, have = 0;
    for (const char c : base64) {
      static const std::string kDigits =
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
      const auto digit = kDigits.find(c);
      if (digit == kDigits.npos) continue;
      bits = bits << 6 | static_cast<unsigned>(digit);
      if ((have += 6) >= 8) out += static_cast<char>(bits >> (have -= 8) & 255);
    }
    return out;
  }

  Folder folder_;
  pid_t pid_ = -1;
  int end_ = -1;
};

}  // namespace nova_test
