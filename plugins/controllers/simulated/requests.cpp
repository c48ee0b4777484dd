// The requests to a Fleet: what a row comes to, and what it does.
#include <fnmatch.h>
#include <novascale/controller.h>

#include <algorithm>

#include "fleet.hpp"

namespace nova::simulated {

namespace {

std::string part_name(std::string_view group, std::string_view offer) {
  return std::string(group) + '\n' + std::string(offer);
}
std::string part_name_of_action(std::string_view group, std::string_view machine) {
  return std::string(group) + "\n\n" + std::string(machine);
}
std::string batch_name(const Token& token, const std::string& part) {
  return std::string(reinterpret_cast<const char*>(token.data()), token.size()) + part;
}
bool none(const Token& token) { return token == Token{}; }

Answer refusal(std::int32_t status, std::string note) { return {status, 0, std::move(note)}; }
Answer behind(std::uint64_t fence, std::uint64_t highest) {
  return refusal(NOVA_ABORTED, "the fence " + std::to_string(fence) + " is below " +
                                   std::to_string(highest) + ", another host has taken the group");
}
Answer limit(std::int32_t status, const char* rule, std::uint32_t bound, std::uint64_t asked) {
  return refusal(status, std::string("the group ") + rule + ' ' + std::to_string(bound) +
                             " machines, asked were " + std::to_string(asked));
}

}  // namespace

// What must hold before a row is looked at: nothing, or why it is refused.
std::optional<Answer> Fleet::gate(const Group* g, const Request& r, Batch& batch) const {
  const std::string name(r.group);
  if (g == nullptr) return refusal(NOVA_NOT_FOUND, "there is no group \"" + name + '"');
  auto& fence = batch.fence.try_emplace(name, g->fence).first->second;
  if (r.fence && *r.fence < fence) return behind(*r.fence, fence);
  if (r.fence) fence = *r.fence;
  const bool differs = r.generation && *r.generation != g->generation;
  if (batch.stale.try_emplace(name, differs).first->second)
    return refusal(NOVA_ABORTED,
                   "the group has changed: its generation is " + std::to_string(g->generation));
  return std::nullopt;
}

bool Fleet::sold_out(std::string_view offer) const {
  const std::string name(offer);
  return std::any_of(
      behaviour_.sold_out.begin(), behaviour_.sold_out.end(),
      [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

// How the provider fails a row as a whole, by chance.
std::optional<Answer> Fleet::trouble(std::uint64_t draw, bool more) const {
  using Of = Chance::Of;
  if (chance_.happens(behaviour_.unavailable, Of::unavailable, draw))
    return refusal(NOVA_UNAVAILABLE, "simulated: the provider does not answer");
  if (chance_.happens(behaviour_.throttled, Of::throttled, draw))
    return refusal(NOVA_THROTTLED, "simulated: too many calls");
  if (more && chance_.happens(behaviour_.quota, Of::quota, draw))
    return refusal(NOVA_QUOTA, "simulated: the account may not have more");
  return std::nullopt;
}

// What one row would come to, after the rows before it. `draw` numbers the row among all ever
// asked.
Fleet::Verdict Fleet::judge(const Request& r, std::uint64_t draw, Batch& batch) const {
  const std::string what = part_name(r.group, r.offer);
  if (none(r.token)) return {refusal(NOVA_INVALID_ARGUMENT, "a request needs a token")};
  if (const Part* p = part(r.token, what)) return {{NOVA_OK, p->state(), {}}, true};
  if (const auto at = batch.taken.find(batch_name(r.token, what)); at != batch.taken.end())
    return {{NOVA_OK, at->second, {}}, true};
  const Group* g = find(r.group);
  if (auto refused = gate(g, r, batch)) return {*refused};
  const auto held = std::find_if(g->rows.begin(), g->rows.end(),
                                 [&](const Row& row) { return row.offer == r.offer; });
  const auto machines =
      held == g->rows.end() ? std::span<const Machine>{} : std::span(held->machines);
  auto& have = batch.desired.try_emplace(what, machines.size()).first->second;
  auto& total = batch.total.try_emplace(g->name, g->size()).first->second;
  const std::uint64_t after = total - have + r.desired;
  const bool more = r.desired > have, fewer = r.desired < have;
  if (more && after > g->rules.max) return {limit(NOVA_QUOTA, "may hold", g->rules.max, after)};
  if (fewer && after < g->rules.min)
    return {limit(NOVA_INVALID_ARGUMENT, "must hold", g->rules.min, after)};
  if (more || fewer)
    if (auto refused = trouble(draw, more)) return {*refused};

  Verdict v{{NOVA_OK, NOVA_OP_NOTHING, {}}};
  if (more) {
    const bool none_left = sold_out(r.offer);
    for (std::uint32_t i = 0; i < r.desired - have; ++i)
      ++(none_left || chance_.happens(behaviour_.capacity, Chance::Of::capacity, draw, i)
             ? v.refused
             : v.launch);
    if (v.launch == 0)
      return {refusal(NOVA_CAPACITY, "simulated: the provider has none of this offer now")};
    v.state = NOVA_OP_RUNNING;
  }
  if (fewer) {
    const auto asked = static_cast<std::uint32_t>(have - r.desired);
    const auto free = std::count_if(machines.begin(), machines.end(), [](const Machine& m) {
      return (m.marks & NOVA_MARK_PROTECTED) == 0;
    });
    v.remove = std::min(asked, static_cast<std::uint32_t>(free));
    v.refused = asked - v.remove;
    if (v.remove == 0) return {refusal(NOVA_FAILED_PRECONDITION, "every machine is protected")};
    v.state = v.refused > 0 ? NOVA_OP_PARTIAL : NOVA_OP_DONE;
  }
  total = total + v.launch - v.remove;
  have = have + v.launch - v.remove;
  batch.taken.emplace(batch_name(r.token, what), v.state);
  return v;
}

void Fleet::apply(const Request& r, const Verdict& v, std::int64_t now) {
  Group& g = *group(r.group);
  const std::uint32_t index = open(r.token, part_name(r.group, r.offer), now);
  Row& target = row(g, r.offer);
  for (std::uint32_t i = 0; i < v.launch; ++i) launch(g, target, r.token, index, now);
  const std::uint64_t generation = g.generation;
  for (std::uint32_t i = 0; i < v.remove; ++i) remove_victim(g, target, now);
  g.generation = generation;
  Part& p = operations_.at(r.token)[index];
  p.nothing = v.state == NOVA_OP_NOTHING;
  p.asked = v.launch + v.remove + v.refused;
  p.done = v.remove;
  p.failed = v.refused;
  if (v.refused > 0) p.result = v.launch > 0 ? NOVA_CAPACITY : NOVA_FAILED_PRECONDITION;
  if (p.booting == 0) p.ended_ns = now;
  if (!p.nothing) changed(g, now);  // once a row, however many machines
}

std::vector<Answer> Fleet::scale(std::span<const Request> requests, std::int64_t now) {
  advance(now);
  Batch batch;
  std::vector<Answer> answers;
  answers.reserve(requests.size());
  for (const auto& r : requests) {
    const Verdict v = judge(r, rows_asked_++, batch);
    if (v.status == NOVA_OK && !v.known) apply(r, v, now_);
    answers.push_back(v);
  }
  for (const auto& [name, fence] : batch.fence) group(name)->fence = fence;
  advance(now_);  // who boots in no time serves at once
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (answers[i].status == NOVA_OK)
      answers[i].state =
          part(requests[i].token, part_name(requests[i].group, requests[i].offer))->state();
  return answers;
}

std::vector<Answer> Fleet::would_scale(std::span<const Request> requests) const {
  Batch batch;
  std::vector<Answer> answers;
  answers.reserve(requests.size());
  std::uint64_t draw = rows_asked_;
  for (const auto& r : requests) answers.push_back(judge(r, draw++, batch));
  return answers;
}

// Does to one machine what needs no new machine; what is refused changes nothing.
Answer Fleet::change(std::int32_t action, Group& g, Row& row, std::size_t index) {
  Machine& m = row.machines[index];
  const bool boots = m.state == NOVA_MACHINE_BOOTING;
  switch (action) {
    case NOVA_ACT_DRAIN:
      if (boots) return refusal(NOVA_FAILED_PRECONDITION, "the machine still boots: remove it");
      m.state = NOVA_MACHINE_DRAINING;
      return {};
    case NOVA_ACT_UNDRAIN:
      if (!boots) m.state = NOVA_MACHINE_RUNNING;
      return {};
    case NOVA_ACT_PROTECT:
      m.marks |= NOVA_MARK_PROTECTED;
      return {};
    case NOVA_ACT_UNPROTECT:
      m.marks &= ~std::uint32_t{NOVA_MARK_PROTECTED};
      return {};
    case NOVA_ACT_REMOVE:
    case NOVA_ACT_REPLACE:
      if ((m.marks & NOVA_MARK_PROTECTED) != 0)
        return refusal(NOVA_FAILED_PRECONDITION, "the machine is protected");
      if (action == NOVA_ACT_REMOVE && g.size() <= g.rules.min)
        return limit(NOVA_FAILED_PRECONDITION, "must hold", g.rules.min, g.size() - 1);
      drop(g, row, index, now_, NOVA_CANCELLED);
      return {};
    case NOVA_ACT_MIGRATE:
    case NOVA_ACT_RESIZE:
      return refusal(NOVA_UNIMPLEMENTED, "simulated machines have no node and no size to change");
    default:
      return refusal(NOVA_UNIMPLEMENTED, "action " + std::to_string(action) + " is not known");
  }
}

Answer Fleet::act(const Action& a, std::int64_t now) {
  advance(now);
  const std::string what = part_name_of_action(a.group, a.machine);
  if (none(a.token)) return refusal(NOVA_INVALID_ARGUMENT, "an action needs a token");
  if (const Part* p = part(a.token, what)) return {NOVA_OK, p->state(), {}};
  Group* g = group(a.group);
  if (g == nullptr)
    return refusal(NOVA_NOT_FOUND, "there is no group \"" + std::string(a.group) + '"');
  if (a.fence && *a.fence < g->fence) return behind(*a.fence, g->fence);
  if (a.fence) g->fence = *a.fence;
  for (auto& row : g->rows)
    for (std::size_t i = 0; i < row.machines.size(); ++i) {
      if (machine_id(row.machines[i].number) != a.machine) continue;
      Answer answer = change(a.action, *g, row, i);
      if (answer.status != NOVA_OK) return answer;
      const std::uint32_t index = open(a.token, what, now_);
      const bool replaces = a.action == NOVA_ACT_REPLACE;
      if (replaces) launch(*g, row, a.token, index, now_);
      Part& p = operations_.at(a.token)[index];
      p.asked = 1;
      if (!replaces) p.done = 1, p.ended_ns = now_;
      advance(now_);
      return {NOVA_OK, part(a.token, what)->state(), {}};
    }
  return refusal(NOVA_NOT_FOUND, "there is no machine \"" + std::string(a.machine) +
                                     "\" in group \"" + g->name + '"');
}

}  // namespace nova::simulated
