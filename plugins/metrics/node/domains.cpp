#include "domains.hpp"

#include <map>
#include <optional>

namespace nova::node {
namespace {

std::optional<double> number_of(const virTypedParameter& param) {
  switch (param.type) {
    case VIR_TYPED_PARAM_INT:
      return param.value.i;
    case VIR_TYPED_PARAM_UINT:
      return param.value.ui;
    case VIR_TYPED_PARAM_LLONG:
      return static_cast<double>(param.value.l);
    case VIR_TYPED_PARAM_ULLONG:
      return static_cast<double>(param.value.ul);
    case VIR_TYPED_PARAM_DOUBLE:
      return param.value.d;
    default:
      return std::nullopt;
  }
}

// "block.0.rd.bytes" is of the kind "block.rd.bytes".
std::string kind_of(const std::string& field) {
  std::string out;
  std::size_t from = 0;
  while (from <= field.size()) {
    const auto dot = std::min(field.find('.', from), field.size());
    const auto part = field.substr(from, dot - from);
    if (part.find_first_not_of("0123456789") != part.npos) out += (out.empty() ? "" : ".") + part;
    from = dot + 1;
  }
  return out;
}

}  // namespace

Samples domain_samples(const std::string& name, const virTypedParameter* params, int count) {
  std::map<std::string, double> sums;  // over disks and interfaces
  for (int i = 0; i < count; ++i)
    if (const auto number = number_of(params[i])) sums[kind_of(params[i].field)] += *number;
  Samples out;
  const auto tell = [&](const char* figure, const char* kind, double scale) {
    if (const auto at = sums.find(kind); at != sums.end())
      out.push_back({figure, name, at->second * scale});
  };
  if (const auto at = sums.find("state.state"); at != sums.end())
    out.push_back({"domain.running", name, at->second == double{VIR_DOMAIN_RUNNING} ? 1.0 : 0.0});
  tell("domain.cpu", "cpu.time", 1e-9);
  tell("domain.vcpus", "vcpu.current", 1);
  if (sums.count("cpu.time") && sums["vcpu.current"] > 0)
    out.push_back({"domain.utilisation", name, sums["cpu.time"] * 1e-9 / sums["vcpu.current"]});
  tell("domain.memory", "balloon.current", 1024);
  tell("domain.memory.resident", "balloon.rss", 1024);
  tell("domain.memory.unused", "balloon.unused", 1024);
  tell("domain.read", "block.rd.bytes", 1);
  tell("domain.written", "block.wr.bytes", 1);
  tell("domain.received", "net.rx.bytes", 1);
  tell("domain.sent", "net.tx.bytes", 1);
  return out;
}

Samples read_domains(virt::Connection& connection) {
  const auto open = connection.get();
  virDomainStatsRecordPtr* records = nullptr;
  const int count = virConnectGetAllDomainStats(
      open.get(),
      VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |
          VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK,
      &records, 0);
  if (count < 0) throw virt::failure("figures of " + connection.uri());
  Samples out;
  for (int i = 0; i < count; ++i) {
    const auto some =
        domain_samples(virDomainGetName(records[i]->dom), records[i]->params, records[i]->nparams);
    out.insert(out.end(), some.begin(), some.end());
  }
  virDomainStatsRecordListFree(records);
  return out;
}

}  // namespace nova::node
