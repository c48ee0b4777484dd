// The domains of one libvirt, and what can be done to them. Each call asks libvirt anew; nothing is
// kept here but the connection. Failures are nova::Error with a typed status.
// [any-thread]
#pragma once

#include <functional>

#include "plugins/libvirt/connection.hpp"
#include "roster.hpp"

namespace nova::libvirt {

class Node {
 public:
  explicit Node(virt::Connection::Options options) : connection_(std::move(options)) {}

  virt::Connection& connection() { return connection_; }
  std::string host_name();
  std::uint64_t memory_kib();

  // All domains, whoever they belong to. One that goes meanwhile is left out.
  std::vector<Member> members();

  // A new domain, not running yet; its uuid. A name that is taken fails, whoever took it.
  std::string define(const std::string& xml);
  void start(const std::string& uuid);
  void shut_down(const std::string& uuid);
  // Off, and gone: what is so already, or does not exist any more, is fine.
  void destroy(const std::string& uuid);
  void undefine(const std::string& uuid);
  // A machine's copy of a volume; there already is fine. Takes as long as libvirt copies.
  void clone(const Volume& volume, const std::string& machine);
  // Gone already is fine, its pool included.
  void remove_clone(const Volume& volume, const std::string& machine);
  // Changes a mark as it stands now; none there: nothing is done.
  void change_mark(const std::string& uuid, const std::function<void(Mark&)>& change);

 private:
  virt::Domain find(const std::shared_ptr<virConnect>& connection, const std::string& uuid);

  virt::Connection connection_;
};

}  // namespace nova::libvirt
