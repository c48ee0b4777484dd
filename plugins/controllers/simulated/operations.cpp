// The operations of a Fleet: what was asked under which token, and how it stands.
#include <novascale/controller.h>

#include <algorithm>
#include <cstring>

#include "fleet.hpp"

namespace nova::simulated {

namespace {

constexpr std::int64_t kForgetNs = 86'400'000'000'000;  // ended operations are known for a day

}  // namespace

std::size_t Fleet::TokenHash::operator()(const Token& t) const noexcept {
  std::uint64_t a = 0, b = 0;
  std::memcpy(&a, t.data(), 8);
  std::memcpy(&b, t.data() + 8, 8);
  return static_cast<std::size_t>(mixed(a ^ mixed(b)));
}

std::int32_t Fleet::Part::state() const {
  if (nothing) return NOVA_OP_NOTHING;
  if (booting > 0) return NOVA_OP_RUNNING;
  if (failed + cancelled == 0) return NOVA_OP_DONE;
  if (done == 0 && cancelled == 0) return NOVA_OP_FAILED;
  if (done == 0 && failed == 0) return NOVA_OP_CANCELLED;
  return NOVA_OP_PARTIAL;
}

const Fleet::Part* Fleet::part(const Token& token, const std::string& what) const {
  const auto at = operations_.find(token);
  if (at == operations_.end()) return nullptr;
  for (const auto& p : at->second)
    if (p.what == what) return &p;
  return nullptr;
}
Fleet::Part* Fleet::part_of(const Machine& m) {
  const auto at = operations_.find(m.token);
  return at == operations_.end() ? nullptr : &at->second[m.part];
}

std::uint32_t Fleet::open(const Token& token, std::string what, std::int64_t now) {
  auto [at, fresh] = operations_.try_emplace(token);
  if (fresh) by_age_.emplace_back(now, token);
  Part p;
  p.what = std::move(what);
  p.started_ns = now;
  at->second.push_back(std::move(p));
  return static_cast<std::uint32_t>(at->second.size() - 1);
}

void Fleet::forget_old(std::int64_t now) {
  while (!by_age_.empty() && by_age_.front().first < now - kForgetNs) {
    const Token token = by_age_.front().second;
    by_age_.pop_front();
    const auto at = operations_.find(token);
    const bool running = std::any_of(at->second.begin(), at->second.end(),
                                     [](const Part& p) { return p.booting > 0; });
    if (running)
      by_age_.emplace_back(now, token);
    else
      operations_.erase(at);
  }
}

std::optional<Progress> Fleet::poll(const Token& token) const {
  const auto at = operations_.find(token);
  if (at == operations_.end()) return std::nullopt;
  Progress out;
  out.state = NOVA_OP_NOTHING;
  bool same = true, running = false, ended = true;
  std::uint64_t asked = 0, over = 0, done = 0;
  for (const auto& p : at->second) {
    const std::int32_t state = p.state();
    if (&p == &at->second.front()) out.state = state;
    same = same && state == out.state;
    running = running || state == NOVA_OP_RUNNING;
    ended = ended && p.ended_ns != kNever;
    asked += p.asked;
    done += p.done;
    over += p.done + p.failed + p.cancelled;
    if (out.result == NOVA_OK) out.result = p.result;
    out.started_ns =
        out.started_ns == kNever ? p.started_ns : std::min(out.started_ns, p.started_ns);
    out.ended_ns = std::max(out.ended_ns, p.ended_ns);
    out.eta_ns = std::max(out.eta_ns, p.eta_ns);
  }
  // Parts that differ: some row has what it asked for and some row has not, unless all that
  // differs is that nothing was to be done.
  if (!same) {
    const bool whole = std::all_of(at->second.begin(), at->second.end(), [](const Part& p) {
      return p.state() == NOVA_OP_DONE || p.state() == NOVA_OP_NOTHING;
    });
    out.state = running ? NOVA_OP_RUNNING : whole ? NOVA_OP_DONE : NOVA_OP_PARTIAL;
  }
  if (!ended) out.ended_ns = kNever;
  if (ended) out.eta_ns = kNever;
  out.machines = static_cast<std::uint32_t>(done);
  out.progress = asked == 0 ? 1 : static_cast<double>(over) / static_cast<double>(asked);
  return out;
}

std::optional<Progress> Fleet::cancel(const Token& token, std::int64_t now) {
  advance(now);
  if (operations_.find(token) == operations_.end()) return std::nullopt;
  for (auto& g : groups_)
    for (auto& r : g.rows)
      for (std::size_t i = r.machines.size(); i-- > 0;)
        if (r.machines[i].token == token && r.machines[i].state == NOVA_MACHINE_BOOTING)
          drop(g, r, i, now_, NOVA_CANCELLED);
  return poll(token);
}

}  // namespace nova::simulated
