#include "members.hpp"

#include <algorithm>

namespace nova::novacron {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

int digit_of(char c) {
  const auto* at = std::find(kDigits, kDigits + 16, c);
  return at == kDigits + 16 ? -1 : static_cast<int>(at - kDigits);
}

Machine machine_of(const Vm& vm, const std::string& group, const std::string& prefix) {
  Machine out;
  out.group_id = group, out.machine_id = vm.id, out.node = vm.node;
  if (const auto token = token_in(prefix, vm.name)) out.token = uuid(*token);
  out.created_ns = vm.created_ns;
  switch (vm.phase()) {
    case Phase::booting:
      out.state = NOVA_MACHINE_BOOTING;
      break;
    case Phase::running:
      out.state = NOVA_MACHINE_RUNNING, out.health = NOVA_HEALTHY;
      break;
    case Phase::idle:
      out.state = NOVA_MACHINE_FAILED, out.health = NOVA_UNHEALTHY;
      break;
    case Phase::leaving:
      out.state = NOVA_MACHINE_STOPPING;
      break;
  }
  return out;
}

}  // namespace

std::string name_of(const std::string& prefix, const Token& token, std::size_t number) {
  auto out = prefix;
  for (const auto byte : token) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out + '-' + std::to_string(number);
}

std::optional<Token> token_in(const std::string& prefix, const std::string& name) {
  Token token;
  const auto end = prefix.size() + 2 * token.size();
  if (name.compare(0, prefix.size(), prefix) != 0 || name.size() < end + 2 || name[end] != '-' ||
      name.find_first_not_of("0123456789", end + 1) != name.npos)
    return std::nullopt;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const int high = digit_of(name[prefix.size() + 2 * i]),
              low = digit_of(name[prefix.size() + 2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    token[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return token;
}

bool belongs(const std::string& prefix, const Vm& vm) {
  return vm.name.compare(0, prefix.size(), prefix) == 0;
}

std::vector<Vm> victims(const std::vector<Vm>& all, const std::string& prefix) {
  std::vector<Vm> out;
  for (const auto& vm : all)
    if (belongs(prefix, vm) && vm.phase() != Phase::leaving) out.push_back(vm);
  const auto rank = [](const Vm& vm) {
    return vm.phase() == Phase::idle ? 0 : vm.phase() == Phase::booting ? 1 : 2;
  };
  std::sort(out.begin(), out.end(), [&](const Vm& a, const Vm& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a.created_ns != b.created_ns ? a.created_ns > b.created_ns : a.id > b.id;
  });
  return out;
}

fleet::Seen seen_of(const std::vector<Vm>& all, const std::string& group,
                    const std::string& prefix) {
  fleet::Seen seen;
  seen.id = group, seen.one_kind = true;
  fleet::Held held;
  seen.machines.emplace();
  for (const auto& vm : all) {
    if (!belongs(prefix, vm)) continue;
    seen.machines->push_back(machine_of(vm, group, prefix));
    switch (vm.phase()) {
      case Phase::booting:
        ++held.booting;
        break;
      case Phase::running:
        ++held.serving;
        break;
      case Phase::idle:
        ++held.unhealthy;
        break;
      case Phase::leaving:
        ++held.draining;
        break;
    }
  }
  held.desired = held.booting + held.serving + held.unhealthy;
  seen.offers = {held};
  return seen;
}

}  // namespace nova::novacron
