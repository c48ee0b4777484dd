#include "keeper.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nova::libvirt {
namespace {

std::string gib(double kib) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f GiB", kib / (1 << 20));
  return text;
}

}  // namespace

Keeper::Keeper(Context context, KeeperOptions options)
    : context_(context), options_(std::move(options)), node_(options_.connection) {
  node_.connection().on_change([bell = bell_] { bell->ring(); });
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(bell_->mutex);
    bell_->stop = true;
  }
  bell_->ring();
  if (thread_.joinable()) thread_.join();
  for (const auto& [id, watcher] : watchers_) watcher->on_end(watcher, nullptr);
}

void Keeper::Bell::ring() {
  {
    const std::lock_guard lock(mutex);
    rings = true;
  }
  rung.notify_one();
}

void Keeper::adopt(const std::string& group, GroupRules rules) {
  {
    const std::lock_guard lock(book_);
    groups_[group] = std::move(rules);
  }
  bell_->ring();
  if (thread_.joinable()) return;
  const virt::SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void Keeper::drop(const std::string& group) {
  const std::lock_guard lock(book_);
  groups_.erase(group);
}

std::vector<fleet::Seen> Keeper::look(const std::vector<std::string>& groups) {
  const std::lock_guard lock(book_);
  const auto members = node_.members();
  const auto host = node_.host_name();
  std::vector<fleet::Seen> out;
  for (const auto& group : groups)
    out.push_back(see_group(group, groups_.at(group), members, failures_, clock(), host));
  return out;
}

std::vector<fleet::Verdict> Keeper::send(const std::vector<fleet::Row>& rows) {
  const std::lock_guard lock(book_);
  std::vector<fleet::Verdict> out;
  for (const auto& row : rows) out.push_back(take(row));
  bell_->ring();
  return out;
}

fleet::Verdict Keeper::take(const fleet::Row& row) {
  const auto& rules = groups_.at(row.group);
  const auto members = node_.members();  // a lost connection fails the call
  const auto have = victims(row.group, rules, row.offer, members, failures_, clock());
  try {
    if (!row.machine.empty()) {
      const auto m = std::find_if(members.begin(), members.end(), [&](const Member& member) {
        return member.mark.group == row.group && member.name == row.machine;
      });
      if (m == members.end()) throw Error(NOVA_NOT_FOUND, row.machine + ": its domain is gone");
      auto of = row;  // an action does not say which offer it is about
      of.offer = m->mark.offer;
      of.desired = static_cast<std::uint32_t>(
          victims(of.group, rules, of.offer, members, failures_, clock()).size());
      if (row.replace)
        grow(of, rules, 1, members);
      else
        --of.desired;
      shrink(of, {&*m});
    } else if (row.desired > have.size()) {
      grow(row, rules, row.desired - static_cast<std::uint32_t>(have.size()), members);
    } else {
      shrink(row, {have.begin(), have.end() - static_cast<std::ptrdiff_t>(row.desired)});
    }
    return {};
  } catch (const Error& e) {
    if (e.status() == NOVA_UNAVAILABLE) throw;
    return {e.status(), 0, e.what()};
  }
}

// Throws NOVA_CAPACITY where the node's memory would be promised twice.
void Keeper::must_fit(std::uint64_t asked_kib, const std::vector<Member>& members) {
  if (options_.memory_overcommit <= 0) return;
  double taken = 0;
  for (const auto& m : members) {
    const auto group = groups_.find(m.mark.group);
    if (m.active || (group != groups_.end() && is_wanted(m, group->second.tagged())))
      taken += static_cast<double>(m.memory_kib);
  }
  const double all = static_cast<double>(node_.memory_kib()) * options_.memory_overcommit;
  if (taken + static_cast<double>(asked_kib) <= all) return;
  throw Error(NOVA_CAPACITY, "the node " + node_.host_name() + " has " +
                                 gib(std::max(0.0, all - taken)) + " of " + gib(all) +
                                 " memory left, asked were " + gib(static_cast<double>(asked_kib)));
}

void Keeper::grow(const fleet::Row& row, const GroupRules& rules, std::uint32_t by,
                  const std::vector<Member>& members) {
  if (rules.tagged()) return wake(row, by, members);
  auto size = Size{};
  if (!rules.offers.empty()) {
    const auto at = std::find_if(rules.offers.begin(), rules.offers.end(),
                                 [&](const Offer& offer) { return offer.id == row.offer; });
    if (at == rules.offers.end())
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/offers: the group has no offer \"" + row.offer + "\"; name its size there");
    size = at->size;
  }
  must_fit(by * memory_kib(rules.domain, size), members);
  create(row, rules, size, by, members);
}

// All of them, or none.
void Keeper::create(const fleet::Row& row, const GroupRules& rules, const Size& size,
                    std::uint32_t count, const std::vector<Member>& members) {
  std::set<std::string> names;
  for (const auto& m : members) names.insert(m.name);
  Mark mark;
  mark.group = row.group, mark.offer = row.offer;
  mark.token = row.token, mark.desired = row.desired;
  mark.created_ns = context_.now_ns();
  std::vector<std::string> made;
  try {
    while (made.size() < count) {
      const auto name = free_name(row.group, names);
      names.insert(name);
      made.push_back(node_.define(make_domain(rules.domain, name, size, mark)));
    }
  } catch (const Error&) {
    for (const auto& uuid : made) node_.undefine(uuid);
    throw;
  }
}

void Keeper::wake(const fleet::Row& row, std::uint32_t count, const std::vector<Member>& members) {
  std::vector<const Member*> resting;
  for (const auto& m : members)
    if (m.mark.group == row.group && m.mark.offer == row.offer && !m.mark.leaves() &&
        !is_wanted(m, true))
      resting.push_back(&m);
  if (resting.size() < count)
    throw Error(NOVA_CAPACITY, "of the domains that are tagged for " + row.group + " only " +
                                   std::to_string(resting.size()) + " are off, asked were " +
                                   std::to_string(count) + " more");
  std::sort(resting.begin(), resting.end(), [](auto* a, auto* b) { return a->name < b->name; });
  resting.resize(count);
  std::uint64_t kib = 0;
  for (const auto* m : resting) kib += m->memory_kib;
  must_fit(kib, members);
  for (const auto* m : resting)
    node_.change_mark(m->uuid, [&](Mark& mark) {
      mark.on = true;
      mark.token = row.token, mark.desired = row.desired;
      mark.created_ns = context_.now_ns();
      mark.started_ns = mark.serving_ns = NOVA_NONE;
    });
}

void Keeper::shrink(const fleet::Row& row, const std::vector<const Member*>& whom) {
  for (const auto* m : whom)
    node_.change_mark(m->uuid, [&](Mark& mark) {
      mark.left = row.token, mark.remain = row.desired;
      mark.left_ns = context_.now_ns();
      mark.chosen = !row.machine.empty();
    });
}

std::uint64_t Keeper::watch(const nova_watcher& watcher) {
  const std::lock_guard lock(watching_);
  watchers_[++watches_] = &watcher;
  return watches_;
}

void Keeper::unwatch(std::uint64_t id) {
  const std::lock_guard lock(watching_);
  const auto at = watchers_.find(id);
  if (at == watchers_.end()) return;
  at->second->on_end(at->second, nullptr);
  watchers_.erase(at);
}

}  // namespace nova::libvirt
