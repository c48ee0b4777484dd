#include "figure.hpp"

namespace nova::node {
namespace {

constexpr Figure kFigures[] = {
    {"cpu.utilisation", "1", "", true, Source::stat, "share of all cores that was busy"},
    {"cpu.iowait", "1", "", true, Source::stat, "share of all cores idle for want of a disk"},
    {"cpu.steal", "1", "", true, Source::stat, "share of all cores that the hypervisor kept back"},
    {"cpu.count", "1", "", false, Source::stat, "cores"},
    {"load.1m", "1", "", false, Source::loadavg, "load average of a minute"},
    {"load.5m", "1", "", false, Source::loadavg, "load average of five minutes"},
    {"load.15m", "1", "", false, Source::loadavg, "load average of fifteen minutes"},
    {"memory.total", "By", "", false, Source::meminfo, "memory of the machine"},
    {"memory.available", "By", "", false, Source::meminfo, "to be had without swapping"},
    {"memory.utilisation", "1", "", false, Source::meminfo, "share that is not available"},
    {"swap.used", "By", "", false, Source::meminfo, "memory that was written to disk"},
    {"network.received", "By/s", "device", true, Source::net, "bytes received, but for lo"},
    {"network.sent", "By/s", "device", true, Source::net, "bytes sent, but for lo"},
    {"network.received_packets", "1/s", "device", true, Source::net, "packets received"},
    {"network.sent_packets", "1/s", "device", true, Source::net, "packets sent"},
    {"network.errors", "1/s", "device", true, Source::net, "packets that failed, either way"},
    {"network.dropped", "1/s", "device", true, Source::net, "packets dropped, either way"},
    {"disk.read", "By/s", "device", true, Source::disks, "bytes read, of whole disks"},
    {"disk.written", "By/s", "device", true, Source::disks, "bytes written, of whole disks"},
    {"disk.reads", "1/s", "device", true, Source::disks, "reads that ended"},
    {"disk.writes", "1/s", "device", true, Source::disks, "writes that ended"},
    {"disk.busy", "1", "device", true, Source::disks, "share of time with something under way"},
    {"pressure.cpu", "1", "", true, Source::pressure, "share of time that some task lacked a core"},
    {"pressure.memory", "1", "", true, Source::pressure, "... that some waited for memory"},
    {"pressure.memory.full", "1", "", true, Source::pressure, "... that all waited for memory"},
    {"pressure.io", "1", "", true, Source::pressure, "... that some waited for a disk"},
    {"pressure.io.full", "1", "", true, Source::pressure, "... that all waited for a disk"},
    {"domain.running", "1", "domain", false, Source::domains, "1 while it runs, else 0"},
    {"domain.cpu", "1", "domain", true, Source::domains, "cores that it kept busy"},
    {"domain.vcpus", "1", "domain", false, Source::domains, "cores that it has"},
    {"domain.utilisation", "1", "domain", true, Source::domains,
     "share of its cores that was busy"},
    {"domain.memory", "By", "domain", false, Source::domains, "memory that its balloon leaves it"},
    {"domain.memory.resident", "By", "domain", false, Source::domains, "what of it the node holds"},
    {"domain.memory.unused", "By", "domain", false, Source::domains, "what the guest calls unused"},
    {"domain.read", "By/s", "domain", true, Source::domains, "bytes read, of all its disks"},
    {"domain.written", "By/s", "domain", true, Source::domains, "bytes written, of all its disks"},
    {"domain.received", "By/s", "domain", true, Source::domains, "bytes received, all interfaces"},
    {"domain.sent", "By/s", "domain", true, Source::domains, "bytes sent, all interfaces"}};

}  // namespace

std::span<const Figure> figures() { return kFigures; }

const Figure* find_figure(std::string_view name) {
  for (const auto& figure : kFigures)
    if (name == figure.name) return &figure;
  return nullptr;
}

}  // namespace nova::node
