// The keeper's own thread: what a sweep over the domains finds to do, and what it tells.
#include <algorithm>

#include "keeper.hpp"

namespace nova::libvirt {
namespace {

constexpr auto kBusy =
    std::chrono::milliseconds(250);              // between sweeps while something is under way
constexpr auto kIdle = std::chrono::seconds(5);  // events only speed it up
constexpr auto kBreath = std::chrono::milliseconds(20);  // many events are one sweep
constexpr std::chrono::seconds kRetry{10};               // after a first failed start; doubles
constexpr int kRetryDoublings = 6;

const char* name_of_state(std::int32_t state) {
  static constexpr const char* kNames[] = {"",         "booting", "running", "draining",
                                           "stopping", "gone",    "failed"};
  return kNames[state];
}

std::string uuid_text(const Token& token) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += {kDigits[token[i] >> 4], kDigits[token[i] & 15]};
  }
  return out;
}

}  // namespace

void Keeper::run() {
  for (;;) {
    const bool busy = tend();
    std::unique_lock lock(bell_->mutex);
    bell_->rung.wait_for(lock, kBreath, [&] { return bell_->stop; });
    bell_->rung.wait_for(lock, busy ? std::chrono::milliseconds(kBusy) : kIdle,
                         [&] { return bell_->rings || bell_->stop; });
    if (bell_->stop) return;
    bell_->rings = false;
  }
}

bool Keeper::tend() {
  try {
    std::vector<Member> members;
    std::vector<Todo> todo;
    bool waits = false;
    {
      const std::lock_guard lock(book_);
      if (groups_.empty()) return false;
      members = node_.members();
      todo = plan(members);
      for (const auto& m : members)
        if (const auto group = groups_.find(m.mark.group); group != groups_.end())
          waits =
              waits || m.mark.leaves() ||
              standing(m, group->second.tagged(), failures_, clock()).state == NOVA_MACHINE_BOOTING;
    }
    tell(members);
    for (const auto& one : todo) {
      {
        const std::lock_guard lock(bell_->mutex);
        if (bell_->stop) return false;
      }
      carry_out(one);
    }
    complaint_.clear();
    return waits || !todo.empty();
  } catch (const Error& e) {
    if (complaint_ != e.what()) context_.log().warn(complaint_ = e.what());
    return false;
  }
}

// Quick steps first: a machine that takes its time to start keeps nobody waiting.
std::vector<Keeper::Todo> Keeper::plan(const std::vector<Member>& members) {
  std::vector<Todo> out;
  std::set<std::string> there;
  const auto now = Steady::now();
  for (const auto& m : members) {
    there.insert(m.uuid);
    const auto group = groups_.find(m.mark.group);
    if (group == groups_.end()) continue;
    if (m.active) failures_.erase(m.uuid), retries_.erase(m.uuid);
    std::optional<std::int64_t> waited;
    if (const auto at = asked_.find(m.uuid); at != asked_.end())
      waited = std::chrono::nanoseconds(now - at->second).count();
    const auto step = next_step(m, group->second.tagged(), failures_, clock(), waited,
                                options_.shutdown_timeout.count());
    const auto retry = retries_.find(m.uuid);
    if (step == Step::start && retry != retries_.end() && now < retry->second.next) continue;
    if (step != Step::none) out.push_back({m, step});
  }
  std::erase_if(failures_, [&](const auto& entry) { return there.count(entry.first) == 0; });
  std::erase_if(retries_, [&](const auto& entry) { return there.count(entry.first) == 0; });
  std::erase_if(asked_, [&](const auto& entry) { return there.count(entry.first) == 0; });
  std::stable_partition(out.begin(), out.end(),
                        [](const Todo& todo) { return todo.step != Step::start; });
  return out;
}

void Keeper::carry_out(const Todo& todo) {
  const auto& [m, step] = todo;
  const auto mark = [&, &uuid = m.uuid](const std::function<void(Mark&)>& change) {
    const std::lock_guard lock(book_);
    node_.change_mark(uuid, change);
  };
  switch (step) {
    case Step::none:
      return;
    case Step::start:
      return start(m);
    case Step::stamp_serving:
      return mark([&](Mark& now) { now.serving_ns = context_.now_ns(); });
    case Step::shut_down: {
      const std::lock_guard lock(book_);
      asked_[m.uuid] = Steady::now();
    }
      try {
        node_.shut_down(m.uuid);
      } catch (const Error& e) {
        if (e.status() == NOVA_UNAVAILABLE) {  // it has not been asked
          const std::lock_guard lock(book_);
          asked_.erase(m.uuid);
          throw;
        }
        context_.log().info(m.name + ": " + e.what() + "; it has its time, then it is destroyed");
      }
      return;
    case Step::destroy:
      if (options_.shutdown_timeout.count() > 0)
        context_.log().warn(m.name + ": has not shut down in time and is destroyed");
      return node_.destroy(m.uuid);
    case Step::undefine: {
      for (const auto& volume : volumes_of(m)) node_.remove_clone(volume, m.name);
      const std::lock_guard lock(book_);
      return node_.undefine(m.uuid);
    }
    case Step::rest:
      mark([](Mark& now) {
        Mark fresh;
        fresh.group = now.group, fresh.offer = now.offer;
        now = fresh;
      });
      const std::lock_guard lock(book_);
      asked_.erase(m.uuid);
  }
}

std::vector<Volume> Keeper::volumes_of(const Member& m) {
  const std::lock_guard lock(book_);
  const auto group = groups_.find(m.mark.group);
  return group == groups_.end() ? std::vector<Volume>() : group->second.volumes;
}

void Keeper::start(const Member& m) {
  try {
    for (const auto& volume : volumes_of(m)) node_.clone(volume, m.name);
  } catch (const Error& e) {
    return not_started(m, e);
  }
  bool wanted = false;
  {
    const std::lock_guard lock(book_);
    node_.change_mark(m.uuid, [&](Mark& now) {
      wanted = !now.leaves();  // it may have been given up since
      now.started_ns = context_.now_ns();
    });
  }
  if (!wanted) return;
  try {
    node_.start(m.uuid);
  } catch (const Error& e) {
    not_started(m, e);
  }
}

void Keeper::not_started(const Member& m, const Error& why) {
  if (why.status() == NOVA_UNAVAILABLE && node_.connection().lost()) throw why;
  const std::lock_guard lock(book_);
  auto& retry = retries_[m.uuid];
  retry.next = Steady::now() + kRetry * (1 << std::min(retry.failed, kRetryDoublings));
  ++retry.failed;
  failures_[m.uuid] = {why.status(), why.what(), context_.now_ns()};
  context_.log().warn(m.name + ": " + why.what());
}

// Differences since the last sweep, as events.
void Keeper::tell(const std::vector<Member>& members) {
  std::map<std::string, Known> now;
  std::map<std::string, std::uint64_t> generations;
  {
    const std::lock_guard lock(book_);
    for (const auto& [group, rules] : groups_) {
      const auto seen = see_group(group, rules, members, failures_, clock(), "");
      generations[group] = *seen.generation;
      for (const auto& m : *seen.machines)
        now[m.machine_id] = {group, m.offer_id, uuid_text(token(m.token)), m.state, m.health};
    }
  }
  const std::lock_guard lock(watching_);
  std::vector<Event> events;
  const auto add = [&](const char* type, const std::string& subject, const Known* machine,
                       Json body) {
    Event event;
    event.time_ns = context_.now_ns();
    event.type = type, event.subject = subject;
    if (machine != nullptr) {
      body["group"] = machine->group;
      if (!machine->offer.empty()) body["offer"] = machine->offer;
      if (machine->token != uuid_text({})) body["token"] = machine->token;
    }
    event.json = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    events.push_back(std::move(event));
  };
  for (const auto& [name, machine] : now) {
    const auto before = known_.find(name);
    Json body = {{"state", name_of_state(machine.state)}};
    if (before != known_.end()) body["previous"] = name_of_state(before->second.state);
    if (before == known_.end() || before->second.state != machine.state)
      add("machine.state", name, &machine, body);
    if (machine.health != 0 && (before == known_.end() || before->second.health != machine.health))
      add("machine.health", name, &machine,
          {{"health", machine.health == NOVA_HEALTHY ? "healthy" : "unhealthy"}});
  }
  for (const auto& [name, machine] : known_)
    if (now.count(name) == 0 && generations.count(machine.group) != 0) {
      if (machine.state == NOVA_MACHINE_STOPPING)
        add("machine.state", name, &machine, {{"state", "gone"}, {"previous", "stopping"}});
      else
        add("machine.lost", name, &machine, {{"reason", "its domain is gone"}});
    }
  for (const auto& [group, generation] : generations)
    if (const auto before = generations_.find(group);
        before != generations_.end() && before->second != generation)
      add("group.changed", group, nullptr, {{"group", group}, {"generation", generation}});
  known_ = std::move(now), generations_ = std::move(generations);
  if (events.empty() || watchers_.empty()) return;
  as_batch(events, [&](nova_event_batch batch) {
    batch.writer = nullptr, batch.sequence = nullptr, batch.position = nullptr;
    for (const auto& [id, watcher] : watchers_) watcher->on_events(watcher, &batch);
  });
}

}  // namespace nova::libvirt
