// An HTTP server on a free loopback port, in this process, whose answers a test makes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nova_test {

// A port of 127.0.0.1 that nobody listened on a moment ago.
inline int listening_socket(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(fd, 16) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("no loopback port");
  port = ntohs(at.sin_port);
  return fd;
}

class Loopback {
 public:
  struct Reply {
    int status = 200;
    std::string body;
  };
  // `answer` gets the whole request, head and body, on the server's thread.
  explicit Loopback(std::function<Reply(const std::string&)> answer)
      : answer_(std::move(answer)), fd_(listening_socket(port_)), thread_([this] { serve(); }) {}
  ~Loopback() {
    stop_ = true;
    thread_.join();
    close(fd_);
  }
  Loopback(const Loopback&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int connections() const { return connections_; }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  // Connections are served together: Prometheus keeps one while a test opens another.
  void serve() {
    std::vector<pollfd> open = {{fd_, POLLIN, 0}};
    std::vector<std::string> read = {""};
    while (!stop_) {
      if (poll(open.data(), open.size(), 20) <= 0) continue;
      for (std::size_t i = open.size(); i-- > 1;) {
        if (open[i].revents == 0 || take(open[i].fd, read[i])) continue;
        close(open[i].fd);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        read.erase(read.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (open[0].revents & POLLIN) {
        open.push_back({accept(fd_, nullptr, nullptr), POLLIN, 0});
        read.emplace_back();
        ++connections_;
      }
    }
    for (std::size_t i = 1; i < open.size(); ++i) close(open[i].fd);
  }

  bool take(int fd, std::string& read) {
    char data[4096];
    const auto n = recv(fd, data, sizeof data, 0);
    if (n <= 0) return false;
    read.append(data, static_cast<std::size_t>(n));
    const auto head = read.find("\r\n\r\n");
    if (head == read.npos) return true;
    const auto length = read.find("Content-Length: ");
    const auto body = length < head ? std::stoul(read.substr(length + 16)) : 0;
    if (read.size() < head + 4 + body) return true;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(read);
    }
    const auto reply = answer_(read);
    read.clear();
    if (reply.status == 0) return false;  // the server dies
    const auto text =
        "HTTP/1.1 " + std::to_string(reply.status) +
        " X\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(reply.body.size()) +
        "\r\n\r\n" + reply.body;
    return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  std::function<Reply(const std::string&)> answer_;
  int port_ = 0;
  int fd_;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::thread thread_;
};

}  // namespace nova_test
