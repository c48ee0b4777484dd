// Keeps the machines of the groups as they are wished: takes requests by marking domains, and does
// on a thread of its own what takes time.
//
// Input: groups and requests, from the plugin's calls. Output: how groups stand; domains started,
// shut down, destroyed, undefined; events. A request is taken once its marks are written, so it
// outlives this process: whoever keeps the group next goes on. Marks are read, changed and written
// under one lock; starting and stopping is done outside of it, so no call waits for a guest.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <novascale/context.hpp>
#include <novascale/events.hpp>
#include <thread>

#include "node.hpp"

namespace nova::libvirt {

struct KeeperOptions {
  virt::Connection::Options connection;
  std::chrono::nanoseconds boot_time{0};         // what runs serves after it
  std::chrono::nanoseconds shutdown_timeout{0};  // then a guest is destroyed; 0 = at once
  double memory_overcommit = 1;  // share of the node's memory that domains may take; 0 = any
};

class Keeper {
 public:
  Keeper(Context context, KeeperOptions options);
  ~Keeper();  // joins the thread; machines stay as they are
  Keeper(const Keeper&) = delete;

  void adopt(const std::string& group, GroupRules rules);
  void drop(const std::string& group);
  std::vector<fleet::Seen> look(const std::vector<std::string>& groups);
  std::vector<fleet::Verdict> send(const std::vector<fleet::Row>& rows);

  std::uint64_t watch(const nova_watcher& watcher);
  void unwatch(std::uint64_t id);

 private:
  using Steady = std::chrono::steady_clock;
  struct Todo {
    Member member;
    Step step;
  };
  struct Retry {
    int failed = 0;
    Steady::time_point next;
  };
  struct Known {  // of a machine, when it was last told to watchers
    std::string group, offer, token;
    std::int32_t state, health;
  };
  // What the event loop's thread touches: it may outlive the connection by a moment.
  struct Bell {
    std::mutex mutex;
    std::condition_variable rung;
    bool rings = false, stop = false;
    void ring();
  };

  // Requests; book_ is held.
  void grow(const fleet::Row& row, const GroupRules& rules, std::uint32_t by,
            const std::vector<Member>& members);
  void create(const fleet::Row& row, const GroupRules& rules, const Size& size, std::uint32_t count,
              const std::vector<Member>& members);
  void wake(const fleet::Row& row, std::uint32_t count, const std::vector<Member>& members);
  void shrink(const fleet::Row& row, const std::vector<const Member*>& whom);
  void must_fit(std::uint64_t asked_kib, const std::vector<Member>& members);
  fleet::Verdict take(const fleet::Row& row);

  // The thread.
  void run();
  bool tend();  // whether something is under way
  std::vector<Todo> plan(const std::vector<Member>& members);
  void carry_out(const Todo& todo);
  void start(const Member& member);
  void not_started(const Member& member, const Error& why);
  std::vector<Volume> volumes_of(const Member& member);
  void tell(const std::vector<Member>& members);

  Clock clock() const { return {context_.now_ns(), options_.boot_time.count()}; }

  Context context_;
  KeeperOptions options_;
  Node node_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();

  std::mutex book_;
  std::map<std::string, GroupRules> groups_;
  Failures failures_;
  std::map<std::string, Retry> retries_;             // by uuid
  std::map<std::string, Steady::time_point> asked_;  // to shut down, by uuid

  std::mutex watching_;  // held while watchers are told
  std::map<std::uint64_t, const nova_watcher*> watchers_;
  std::uint64_t watches_ = 0;
  std::map<std::string, Known> known_;                // by machine
  std::map<std::string, std::uint64_t> generations_;  // by group
  std::string complaint_;  // logged last, so that the same is not said with every sweep

  std::thread thread_;  // from the first group on
};

}  // namespace nova::libvirt
