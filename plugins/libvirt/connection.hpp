// A connection to one libvirt, opened when it is needed and again when it was lost.
//
// Input: a connection URI. Output: libvirt's own handles, freed by themselves, and what it refuses
// as nova::Error. Used by controllers/libvirt and metrics/node.
#pragma once

#include <libvirt/libvirt.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <novascale/text.hpp>
#include <string>
#include <vector>

#include "event_loop.hpp"

namespace nova::virt {

// A handle of libvirt's, freed by the function that goes with its type.
template <class T, int (*Free)(T*)>
struct Freed {
  void operator()(T* handle) const noexcept { Free(handle); }
};
using Domain = std::unique_ptr<virDomain, Freed<virDomain, virDomainFree>>;
// Text that libvirt allocated; "" for null. Takes it over.
std::string taken(char* text);

// What libvirt said last on this thread, as an error of ours: "DOING: what it said".
Error failure(const std::string& doing);
// The status that a code of libvirt's stands for (virErrorNumber, virErrorDomain); `text` where one
// code stands for many things.
nova_status status_of(int code, int domain, const std::string& text);

class Connection {
 public:
  struct Options {
    std::string uri;
    std::chrono::seconds keepalive{5};  // between questions to a silent peer; 0 = never
    unsigned keepalive_count = 3;       // questions without an answer: lost
    bool read_only = false;
  };
  // Opens nothing yet.
  explicit Connection(Options options) : options_(std::move(options)), loop_(EventLoop::shared()) {}
  // Waits for an opening that is under way: libvirt's cannot be called off.
  ~Connection();

  // The connection, opened if there is none or if it was lost. It lives as long as it is held.
  // Throws nova::Error, NOVA_UNAVAILABLE where nobody answers for as long as keepalive is patient.
  // [any-thread]
  std::shared_ptr<virConnect> get();
  const std::string& uri() const noexcept { return options_.uri; }
  bool lost();  // there was one, and it is gone

  // `changed` is called on the event loop's thread when a domain comes, goes, starts or stops, and
  // perhaps a moment after the connection's end: it owns what it touches. Set before the first get.
  void on_change(std::function<void()> changed) {
    changed_ = std::make_shared<std::function<void()>>(std::move(changed));
  }

 private:
  using Open = std::shared_ptr<virConnect>;
  void close();   // locked
  Open opened();  // locked

  Options options_;
  std::shared_ptr<EventLoop> loop_;
  std::shared_ptr<std::function<void()>> changed_;
  std::mutex mutex_;
  Open open_;
  std::future<Open> opening_;  // under way
  int events_ = -1;
};

}  // namespace nova::virt
