#include "controller.hpp"

#include <algorithm>

namespace nova::fleet {
namespace {

std::vector<Row> rows_of(const Scale& io) {
  std::vector<Row> out;
  for (std::size_t i = 0; i < io.count(); ++i) {
    out.push_back({std::string(io.group_id(i)), std::string(io.offer_id(i)), io.desired(i),
                   nova::token(io.token(i)), io.expected_generation(i), io.fence(i)});
    out.back().reason = io.reason(i);
  }
  return out;
}

template <class Items>
void tell(const Items& io, std::size_t i, const Verdict& verdict) {
  if (verdict.status != NOVA_OK && verdict.state == 0)
    return io.fail(i, verdict.status, verdict.note);
  io.answer(i, verdict.state);
  if (!verdict.note.empty()) io.note(i, verdict.note);
}

}  // namespace

Controller::Controller(Context context)
    : context_(context), ledger_(positive(context, "operation_timeout").count()) {}

std::chrono::nanoseconds Controller::positive(const Context& context, const char* key) {
  const auto time = context.duration(key);
  if (time < std::chrono::milliseconds(1))
    throw Error(NOVA_INVALID_ARGUMENT,
                std::string("/") + key + ": must be at least 1ms, got " + context.text(key));
  return time;
}

void Controller::bind(const Call&, Binding& io) {
  io.each([&](std::size_t i) {
    const std::string group(io.name(i));
    if (group.empty()) throw Error(NOVA_INVALID_ARGUMENT, "a group needs an id");
    release(io.key(i), group);
    adopt(group, io.settings(i));
    bound_[io.key(i)] = group;
    groups_.insert(group);
    io.set_status(i, NOVA_OK);
  });
}

void Controller::forget(const Call&, Keys keys) {
  for (const auto key : keys) release(key, "");
}

// Ends what a key stands for, unless it still is `stays`.
void Controller::release(std::uint64_t key, const std::string& stays) {
  const auto at = bound_.find(key);
  if (at == bound_.end() || at->second == stays) return;
  const auto group = at->second;
  bound_.erase(at);
  for (const auto& [other, served] : bound_)
    if (served == group) return;
  groups_.erase(group);
  ledger_.forget(group);
  drop(group);
}

std::vector<std::string> Controller::named(const Strings& ids) const {
  if (ids.all()) return {groups_.begin(), groups_.end()};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (std::find(out.begin(), out.end(), ids[i]) == out.end()) out.emplace_back(ids[i]);
  return out;
}

void Controller::look_at(const Call& call, const std::vector<std::string>& groups, Look why) {
  std::vector<std::string> ours;
  for (const auto& group : groups)
    if (groups_.count(group) != 0) ours.push_back(group);
  if (ours.empty()) return;
  auto seen = look(call, ours, why);
  const auto now = context_.now_ns();
  for (auto& group : seen) ledger_.see(std::move(group), now);
}

void Controller::list_groups(const Call& call, Strings ids, Groups& out) {
  const auto asked = named(ids);
  look_at(call, asked, Look::list);
  for (const auto& group : asked) {
    const auto* seen = ledger_.find(group);
    nova::Group row;
    row.group_id = group;
    if (seen == nullptr || seen->status != NOVA_OK) {
      row.status = seen == nullptr ? NOVA_NOT_FOUND : seen->status;
      if (seen != nullptr && !seen->why.empty()) call.note(group + ": " + seen->why);
      out.add(std::move(row));
      continue;
    }
    row.generation = ledger_.generation(group);
    row.changed_ns = ledger_.changed_ns(group);
    row.min = seen->min, row.max = seen->max;
    if (seen->offers.empty()) out.add(row);
    for (const auto& held : seen->offers) {
      row.offer_id = held.offer;
      row.desired = held.desired, row.booting = held.booting, row.serving = held.serving;
      row.unhealthy = held.unhealthy, row.draining = held.draining;
      out.add(row);
    }
  }
}

void Controller::list_machines(const Call& call, Strings ids, Machines& out) {
  const auto asked = named(ids);
  look_at(call, asked, Look::machines);
  for (const auto& group : asked)
    if (const auto* seen = ledger_.find(group); seen != nullptr && seen->status == NOVA_OK) {
      if (!seen->machines)
        throw Error(NOVA_UNIMPLEMENTED, "the backend tells no machines of " + group);
      for (const auto& machine : *seen->machines) out.add(machine);
    }
}

std::vector<Verdict> Controller::judged(const Call& call, std::vector<Row>& rows) {
  std::vector<std::string> groups;
  for (const auto& row : rows)
    if (!ledger_.knows(row.token)) groups.push_back(row.group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  look_at(call, groups, Look::judge);
  return ledger_.judge(rows);
}

void Controller::can_scale(const Call& call, Scale& io) {
  auto rows = rows_of(io);
  const auto verdicts = judged(call, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) tell(io, i, verdicts[i]);
}

// What each row came to, with the state of its operation.
std::vector<Verdict> Controller::carried_out(const Call& call, std::vector<Row>& rows) {
  auto verdicts = judged(call, rows);
  std::vector<Row> sent;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (verdicts[i].status == NOVA_OK && verdicts[i].state == 0)
      sent.push_back(rows[i]), index.push_back(i);
  const auto answers = sent.empty() ? std::vector<Verdict>() : send(call, sent);
  ledger_.fence(rows, verdicts);
  const auto now = context_.now_ns();
  for (std::size_t k = 0; k < index.size(); ++k) {
    auto& verdict = verdicts[index[k]] = answers[k];
    const bool partial = verdict.state == NOVA_OP_PARTIAL;
    if (verdict.status != NOVA_OK && !partial) continue;  // refused: its token stays unknown
    const auto state = ledger_.take(sent[k], false, now);
    if (partial) ledger_.end(sent[k], verdict, now);
    if (!partial) verdict.state = state;
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (verdicts[i].status == NOVA_OK && verdicts[i].state == NOVA_OP_NOTHING)
      verdicts[i].state = ledger_.take(rows[i], true, now);
  return verdicts;
}

void Controller::scale(const Call& call, Scale& io) {
  auto rows = rows_of(io);
  const auto verdicts = carried_out(call, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) tell(io, i, verdicts[i]);
}

void Controller::act_on(const Call& call, MachineAction& io) {
  std::vector<Row> rows;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < io.count(); ++i) {
    if (io.action(i) != NOVA_ACT_REMOVE && io.action(i) != NOVA_ACT_REPLACE) {
      io.fail(i, NOVA_UNIMPLEMENTED, "only remove and replace are known here");
      continue;
    }
    rows.push_back(
        {std::string(io.group_id(i)), "", 0, nova::token(io.token(i)), std::nullopt, io.fence(i)});
    auto& row = rows.back();
    row.reason = io.reason(i), row.machine = io.machine_id(i);
    row.replace = io.action(i) == NOVA_ACT_REPLACE;
    if (!row.machine.empty()) {
      index.push_back(i);
      continue;
    }
    rows.pop_back();
    io.fail(i, NOVA_INVALID_ARGUMENT, "an action needs a machine");
  }
  const auto verdicts = carried_out(call, rows);
  for (std::size_t k = 0; k < rows.size(); ++k) tell(io, index[k], verdicts[k]);
}

void Controller::poll(const Call& call, Operations& io) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < io.count(); ++i) tokens.push_back(nova::token(io.token(i)));
  look_at(call, ledger_.waiting(tokens), Look::follow);
  for (std::size_t i = 0; i < io.count(); ++i) {
    const auto operation = ledger_.poll(tokens[i], context_.now_ns());
    if (!operation) {
      io.unknown(i);
      continue;
    }
    io.answer(i, *operation);
    if (const auto why = ledger_.why(tokens[i]); !why.empty()) io.note(i, why);
  }
}

}  // namespace nova::fleet
