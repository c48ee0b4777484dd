#include "roster.hpp"

#include <libvirt/libvirt.h>

#include <algorithm>

namespace nova::libvirt {
namespace {

bool runs(const Member& m) {
  return m.active && (m.state == VIR_DOMAIN_RUNNING || m.state == VIR_DOMAIN_BLOCKED ||
                      m.state == VIR_DOMAIN_NOSTATE);
}

bool is_of(const Member& m, const std::string& group) { return m.mark.group == group; }

// FNV-1a over the wanted, in the order of their uuids; never 0.
std::uint64_t generation_of(std::vector<std::string> wanted) {
  std::sort(wanted.begin(), wanted.end());
  std::uint64_t hash = 14695981039346656037u;
  for (const auto& uuid : wanted)
    for (const char c : uuid + ';') hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash == 0 ? 1 : hash;
}

// Requests that the marks remember: of those a token made, and of those it gave up.
std::vector<fleet::Kept> kept_by(const std::string& group, const std::vector<Member>& members) {
  std::vector<fleet::Kept> out;
  const auto entry = [&](const Token& token, const Member& m, std::uint32_t desired, bool chosen,
                         std::int64_t at) -> fleet::Kept& {
    for (auto& kept : out)
      if (kept.token == token && kept.offer == m.mark.offer) return kept;
    out.push_back({token, chosen ? "" : m.mark.offer, chosen ? m.name : "", desired, desired, at});
    return out.back();
  };
  for (const auto& m : members) {
    if (!is_of(m, group)) continue;
    if (m.mark.leaves())
      ++entry(m.mark.left, m, m.mark.remain, m.mark.chosen, m.mark.left_ns).from;
    else if (m.mark.token != Token{})
      --entry(m.mark.token, m, m.mark.desired, false, m.mark.created_ns).from;
  }
  return out;
}

}  // namespace

bool is_wanted(const Member& m, bool tagged) {
  return !m.mark.leaves() && (!tagged || m.mark.on || m.active);
}

Standing standing(const Member& m, bool tagged, const Failures& failures, const Clock& clock) {
  if (!is_wanted(m, tagged)) {
    if (!m.mark.leaves()) return {};
    return {NOVA_MACHINE_STOPPING, 0};
  }
  if (!m.active) {
    if (failures.count(m.uuid) != 0) return {NOVA_MACHINE_FAILED, NOVA_UNHEALTHY};
    return {NOVA_MACHINE_BOOTING, 0};
  }
  if (runs(m)) {
    const bool up = m.mark.started_ns == NOVA_NONE ||  // not by us
                    clock.now_ns - m.mark.started_ns >= clock.boot_ns;
    return up ? Standing{NOVA_MACHINE_RUNNING, NOVA_HEALTHY} : Standing{NOVA_MACHINE_BOOTING, 0};
  }
  if (m.state == VIR_DOMAIN_CRASHED) return {NOVA_MACHINE_FAILED, NOVA_UNHEALTHY};
  // Paused or going down by itself: a new one may still come.
  if (m.mark.serving_ns == NOVA_NONE) return {NOVA_MACHINE_BOOTING, 0};
  return {NOVA_MACHINE_RUNNING, NOVA_UNHEALTHY};
}

fleet::Seen see_group(const std::string& id, const GroupRules& rules,
                      const std::vector<Member>& members, const Failures& failures,
                      const Clock& clock, const std::string& node) {
  fleet::Seen seen;
  seen.id = id;
  seen.min = rules.min, seen.max = rules.max;
  for (const auto& offer : rules.offers) seen.offers.push_back({offer.id});
  seen.machines.emplace();
  std::vector<std::string> wanted;
  for (const auto& m : members) {
    if (!is_of(m, id)) continue;
    const auto stands = standing(m, rules.tagged(), failures, clock);
    if (stands.state == NOVA_MACHINE_GONE) continue;
    auto row = std::find_if(seen.offers.begin(), seen.offers.end(),
                            [&](const fleet::Held& held) { return held.offer == m.mark.offer; });
    if (row == seen.offers.end())  // an offer that the settings do not name any more
      row = seen.offers.insert(row, fleet::Held{m.mark.offer});
    const bool stays = stands.state != NOVA_MACHINE_STOPPING;
    row->desired += stays;
    ++(!stays                                 ? row->draining
       : stands.state == NOVA_MACHINE_BOOTING ? row->booting
       : stands.health == NOVA_HEALTHY        ? row->serving
                                              : row->unhealthy);
    if (stays) wanted.push_back(m.uuid);
    Machine machine;
    machine.group_id = id, machine.machine_id = m.name, machine.offer_id = m.mark.offer;
    machine.node = node;
    machine.token = uuid(m.mark.token);
    machine.state = stands.state, machine.health = stands.health;
    machine.created_ns = m.mark.created_ns, machine.serving_ns = m.mark.serving_ns;
    seen.machines->push_back(std::move(machine));
    if (const auto at = failures.find(m.uuid);
        stays && at != failures.end() && (!seen.trouble || seen.trouble->at_ns < at->second.at_ns))
      seen.trouble = {at->second.status, m.name + ": " + at->second.why, at->second.at_ns};
  }
  seen.generation = generation_of(std::move(wanted));
  seen.kept = kept_by(id, members);
  return seen;
}

std::vector<const Member*> victims(const std::string& group, const GroupRules& rules,
                                   const std::string& offer, const std::vector<Member>& members,
                                   const Failures& failures, const Clock& clock) {
  std::vector<const Member*> out;
  for (const auto& m : members)
    if (is_of(m, group) && m.mark.offer == offer && is_wanted(m, rules.tagged())) out.push_back(&m);
  const auto rank = [&](const Member* m) {
    const auto stands = standing(*m, rules.tagged(), failures, clock);
    return stands.health == NOVA_HEALTHY ? 2 : stands.state == NOVA_MACHINE_BOOTING ? 1 : 0;
  };
  std::stable_sort(out.begin(), out.end(), [&](const Member* a, const Member* b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (a->mark.created_ns != b->mark.created_ns) return a->mark.created_ns > b->mark.created_ns;
    return a->name.size() != b->name.size() ? a->name.size() > b->name.size() : a->name > b->name;
  });
  return out;
}

Step next_step(const Member& m, bool tagged, const Failures& failures, const Clock& clock,
               std::optional<std::int64_t> waited_ns, std::int64_t patience_ns) {
  if (m.mark.leaves()) {
    if (!m.active) return tagged ? Step::rest : Step::undefine;
    if (patience_ns <= 0 || (waited_ns && *waited_ns >= patience_ns)) return Step::destroy;
    return waited_ns ? Step::none : Step::shut_down;
  }
  if (!m.active) return !tagged || m.mark.on ? Step::start : Step::none;
  if (m.mark.serving_ns == NOVA_NONE && standing(m, tagged, failures, clock).health == NOVA_HEALTHY)
    return Step::stamp_serving;
  return Step::none;
}

}  // namespace nova::libvirt
