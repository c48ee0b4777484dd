#include "ledger.hpp"

#include <algorithm>

namespace nova::fleet {
namespace {

constexpr std::int64_t kRememberNs = 24 * 3600 * std::int64_t{1'000'000'000};

bool same_wish(const Seen& a, const Seen& b) {
  const auto wish = [](const Seen& seen) {
    std::map<std::string, std::uint32_t> out;
    for (const auto& row : seen.offers)
      if (row.desired != 0) out[row.offer] = row.desired;
    return out;
  };
  return wish(a) == wish(b);
}

std::uint32_t desired_of(const Seen& seen) {
  std::uint32_t sum = 0;
  for (const auto& row : seen.offers) sum += row.desired;
  return sum;
}

// Null: there is none, or it is on its way out.
const Machine* machine_of(const Seen& seen, const std::string& id) {
  if (seen.machines)
    for (const auto& machine : *seen.machines)
      if (machine.machine_id == id && machine.state != NOVA_MACHINE_STOPPING &&
          machine.state != NOVA_MACHINE_GONE)
        return &machine;
  return nullptr;
}

// The same, however near its end it is.
bool holds(const Seen& seen, const std::string& id) {
  return seen.machines &&
         std::any_of(seen.machines->begin(), seen.machines->end(), [&](const Machine& machine) {
           return machine.machine_id == id && machine.state != NOVA_MACHINE_GONE;
         });
}

bool over(std::int32_t state) { return state != NOVA_OP_PENDING && state != NOVA_OP_RUNNING; }

}  // namespace

Held Ledger::held(const Seen& seen, const std::string& offer) {
  for (const auto& row : seen.offers)
    if (row.offer == offer) return row;
  return {offer};
}

const Seen* Ledger::find(const std::string& group) const {
  const auto at = groups_.find(group);
  return at == groups_.end() ? nullptr : &at->second.seen;
}

void Ledger::see(Seen group, std::int64_t now) {
  auto& known = groups_[group.id];
  if (group.status != NOVA_OK) {  // what it wishes is not known now
    known.seen.status = group.status, known.seen.why = std::move(group.why);
    known.seen.id = std::move(group.id);
    return;
  }
  const bool moved = group.generation ? *group.generation != known.generation
                                      : known.generation == 0 || !same_wish(group, known.seen);
  if (moved) {
    known.generation = group.generation.value_or(known.generation + 1);
    known.changed_ns = now;
  }
  known.seen = std::move(group);
  std::map<Token, std::vector<Part>> recalled;  // a token may stand for several rows
  for (const auto& kept : known.seen.kept)
    if (!knows(kept.token))
      recalled[kept.token].push_back({known.seen.id,
                                      kept.offer,
                                      kept.desired,
                                      kept.from,
                                      kept.from,
                                      kept.started_ns,
                                      NOVA_NONE,
                                      NOVA_OP_RUNNING,
                                      NOVA_OK,
                                      0,
                                      kept.machine,
                                      {}});
  operations_.merge(recalled);
}

bool Ledger::Part::of(const Row& row) const {
  return group == row.group && offer == row.offer && machine == row.machine;
}

const Ledger::Part* Ledger::part(const Row& row) const {
  const auto at = operations_.find(row.token);
  if (at == operations_.end()) return nullptr;
  for (const auto& p : at->second)
    if (p.of(row)) return &p;
  return nullptr;
}

std::vector<Verdict> Ledger::judge(std::vector<Row>& rows) const {
  struct Batch {
    bool stale;
    std::uint64_t fence, total;
  };
  std::map<std::string, Batch> batch;
  std::map<std::pair<std::string, std::string>, std::uint32_t> wish;
  std::vector<Verdict> out;
  for (auto& row : rows) {
    const auto refuse = [&](nova_status status, std::string why) {
      out.push_back({status, 0, std::move(why)});
    };
    const auto at = groups_.find(row.group);
    if (row.token == Token{}) {
      refuse(NOVA_INVALID_ARGUMENT, "a request needs a token");
    } else if (const auto* p = part(row)) {
      out.push_back({NOVA_OK, p->state, {}});
    } else if (at == groups_.end()) {
      refuse(NOVA_NOT_FOUND, "there is no group \"" + row.group + '"');
    } else if (const auto& seen = at->second.seen; seen.status != NOVA_OK) {
      refuse(seen.status, seen.why);
    } else {
      auto& b = batch
                    .try_emplace(row.group,
                                 Batch{row.generation && *row.generation != at->second.generation,
                                       at->second.fence, desired_of(seen)})
                    .first->second;
      auto& have =
          wish.try_emplace({row.group, row.offer}, held(seen, row.offer).desired).first->second;
      const auto* victim = row.machine.empty() ? nullptr : machine_of(seen, row.machine);
      if (!row.machine.empty())
        row.desired = row.replace ? have : have - std::min(have, std::uint32_t{1});
      const auto after = b.total - have + row.desired;
      if (row.fence && *row.fence < b.fence) {
        refuse(NOVA_ABORTED, "the fence " + std::to_string(*row.fence) + " is below " +
                                 std::to_string(b.fence) + ", another host has taken the group");
      } else if (b.stale) {
        refuse(NOVA_ABORTED,
               "the group has changed: its generation is " + std::to_string(at->second.generation));
      } else if (seen.one_kind && !row.offer.empty()) {
        refuse(NOVA_INVALID_ARGUMENT,
               "the group has its own kind of machines: \"" + row.offer + "\" cannot be asked for");
      } else if (!row.machine.empty() && victim == nullptr) {
        refuse(NOVA_NOT_FOUND, "the group has no machine \"" + row.machine + '"');
      } else if (victim != nullptr && (victim->marks & NOVA_MARK_PROTECTED) != 0) {
        refuse(NOVA_FAILED_PRECONDITION,
               row.machine + " is protected: take its protection away first");
      } else if (row.desired > have && after > seen.max) {
        refuse(NOVA_QUOTA, "the group may hold " + std::to_string(seen.max) +
                               " machines, asked were " + std::to_string(after));
      } else if (row.desired < have && after < seen.min) {
        refuse(NOVA_INVALID_ARGUMENT, "the group must hold " + std::to_string(seen.min) +
                                          " machines, asked were " + std::to_string(after));
      } else {
        const bool nothing = row.desired == have && row.machine.empty();
        out.push_back({NOVA_OK, nothing ? NOVA_OP_NOTHING : 0, {}});
        b.fence = row.fence.value_or(b.fence), b.total = after, have = row.desired;
      }
    }
  }
  return out;
}

void Ledger::fence(const std::vector<Row>& rows, const std::vector<Verdict>& verdicts) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (const auto at = groups_.find(rows[i].group);
        verdicts[i].status == NOVA_OK && rows[i].fence && at != groups_.end())
      at->second.fence = std::max(at->second.fence, *rows[i].fence);
}

std::int32_t Ledger::take(const Row& row, bool nothing, std::int64_t now) {
  if (const auto* p = part(row)) return p->state;
  const auto before = held(groups_.at(row.group).seen, row.offer);
  const auto state = nothing ? NOVA_OP_NOTHING : NOVA_OP_RUNNING;
  operations_[row.token].push_back({row.group,
                                    row.offer,
                                    row.desired,
                                    before.desired,
                                    before.serving,
                                    now,
                                    nothing ? now : NOVA_NONE,
                                    state,
                                    NOVA_OK,
                                    0,
                                    row.machine,
                                    {}});
  return state;
}

void Ledger::end(const Row& row, const Verdict& why, std::int64_t now) {
  for (auto& p : operations_.at(row.token))
    if (p.of(row) && !over(p.state)) {
      p.state = why.done > 0 ? NOVA_OP_PARTIAL : NOVA_OP_FAILED;
      p.result = why.status, p.why = why.note, p.done = why.done, p.ended_ns = now;
    }
}

std::string Ledger::why(const Token& token) const {
  const auto at = operations_.find(token);
  if (at != operations_.end())
    for (const auto& p : at->second)
      if (!p.why.empty()) return p.why;
  return {};
}

std::vector<std::string> Ledger::waiting(const std::vector<Token>& tokens) const {
  std::vector<std::string> out;
  for (const auto& token : tokens)
    if (const auto at = operations_.find(token); at != operations_.end())
      for (const auto& p : at->second)
        if (!over(p.state) && std::find(out.begin(), out.end(), p.group) == out.end())
          out.push_back(p.group);
  return out;
}

// By what was seen of its group.
void Ledger::follow(Part& p, std::int64_t now) const {
  const auto at = groups_.find(p.group);
  if (over(p.state) || at == groups_.end() || at->second.seen.status != NOVA_OK) return;
  const auto& seen = at->second.seen;
  const auto row = held(seen, p.offer);
  const auto all = row.booting + row.serving + row.unhealthy + row.draining;
  const bool out = p.desired > p.from;
  const bool late = now - p.started_ns > patience_ns_;
  const auto end = [&](std::int32_t state, nova_status result) {
    p.state = state, p.result = result, p.ended_ns = now;
  };
  if (!p.machine.empty()) {
    if (!holds(seen, p.machine))
      p.done = 1, end(NOVA_OP_DONE, NOVA_OK);
    else if (late)
      end(NOVA_OP_FAILED, NOVA_DEADLINE_EXCEEDED);
    return;
  }
  p.done = out ? std::min(p.desired - p.from, row.serving - std::min(row.serving, p.serving))
               : std::min(p.from - p.desired, p.from - std::min(p.from, all));
  if (row.desired != p.desired)
    end(NOVA_OP_CANCELLED, NOVA_ABORTED);  // somebody wants another number by now
  else if (out ? row.serving >= p.desired : all <= p.desired)
    p.done = out ? p.desired - p.from : p.from - p.desired, end(NOVA_OP_DONE, NOVA_OK);
  else if (out && seen.trouble && seen.trouble->at_ns >= p.started_ns)
    p.why = seen.trouble->why,
    end(p.done > 0 ? NOVA_OP_PARTIAL : NOVA_OP_FAILED, seen.trouble->status);
  else if (late)
    end(p.done > 0 ? NOVA_OP_PARTIAL : NOVA_OP_FAILED, NOVA_DEADLINE_EXCEEDED);
}

std::optional<Operation> Ledger::poll(const Token& token, std::int64_t now) {
  const auto at = operations_.find(token);
  if (at == operations_.end()) return std::nullopt;
  Operation out;
  std::uint64_t asked = 0;
  bool running = false, whole = true, same = true;
  for (auto& p : at->second) {
    follow(p, now);
    asked += !p.machine.empty() ? 1 : p.desired > p.from ? p.desired - p.from : p.from - p.desired;
    out.machines += p.done;
    running = running || !over(p.state);
    whole = whole && (p.state == NOVA_OP_DONE || p.state == NOVA_OP_NOTHING);
    same = same && p.state == at->second.front().state;
    if (out.result == NOVA_OK) out.result = p.result;
    out.started_ns =
        out.started_ns == NOVA_NONE ? p.started_ns : std::min(out.started_ns, p.started_ns);
    out.ended_ns = std::max(out.ended_ns, p.ended_ns);
  }
  out.state = same      ? at->second.front().state
              : running ? NOVA_OP_RUNNING
              : whole   ? NOVA_OP_DONE
                        : NOVA_OP_PARTIAL;
  out.progress = asked == 0 ? 1 : static_cast<double>(out.machines) / static_cast<double>(asked);
  if (running) out.ended_ns = NOVA_NONE;
  const auto ended = out.ended_ns;
  std::erase_if(operations_, [&](const auto& entry) {  // who ended a day ago is asked for no more
    return entry.first != token &&
           std::all_of(entry.second.begin(), entry.second.end(), [&](const Part& p) {
             return p.ended_ns != NOVA_NONE && now - p.ended_ns > kRememberNs;
           });
  });
  out.ended_ns = ended;
  return out;
}

}  // namespace nova::fleet
