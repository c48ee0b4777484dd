#include "proc.hpp"

#include <unistd.h>

#include <fstream>
#include <map>
#include <novascale/error.hpp>
#include <sstream>

namespace nova::node {
namespace {

constexpr double kSector =
    512;  // bytes, whatever the disk's own are (Documentation/admin-guide/iostats)

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (!(out << in.rdbuf())) throw Error(NOVA_NOT_FOUND, "cannot read " + path.string());
  return out.str();
}

std::vector<double> numbers_of(std::istream& line) {
  std::vector<double> out;
  for (double number; line >> number;) out.push_back(number);
  return out;
}

template <class Line>
void each_line(const std::string& text, Line&& line) {
  std::istringstream in(text);
  for (std::string one; std::getline(in, one);) line(one);
}

}  // namespace

// "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guests count as user,
// too.
Samples read_stat(const std::string& text, double ticks) {
  std::vector<double> all;
  double cores = 0;
  each_line(text, [&](const std::string& line) {
    std::istringstream in(line);
    std::string name;
    in >> name;
    if (name == "cpu")
      all = numbers_of(in);
    else
      cores += name.size() > 3 && name.compare(0, 3, "cpu") == 0;
  });
  if (all.size() < 8 || cores == 0) return {};
  const double second = ticks * cores;
  const double busy = all[0] + all[1] + all[2] + all[5] + all[6] + all[7];
  return {{"cpu.utilisation", "", busy / second},
          {"cpu.iowait", "", all[4] / second},
          {"cpu.steal", "", all[7] / second},
          {"cpu.count", "", cores}};
}

Samples read_loadavg(const std::string& text) {
  std::istringstream in(text);
  double one, five, fifteen;
  if (!(in >> one >> five >> fifteen)) return {};
  return {{"load.1m", "", one}, {"load.5m", "", five}, {"load.15m", "", fifteen}};
}

Samples read_meminfo(const std::string& text) {
  std::map<std::string, double> bytes;
  each_line(text, [&](const std::string& line) {
    std::istringstream in(line);
    std::string name;
    double kib;
    if (in >> name >> kib) bytes[name] = kib * 1024;
  });
  Samples out;
  if (bytes.count("MemTotal:") && bytes.count("MemAvailable:") && bytes["MemTotal:"] > 0) {
    const double total = bytes["MemTotal:"], available = bytes["MemAvailable:"];
    out.push_back({"memory.total", "", total});
    out.push_back({"memory.available", "", available});
    out.push_back({"memory.utilisation", "", 1 - available / total});
  }
  if (bytes.count("SwapTotal:") && bytes.count("SwapFree:"))
    out.push_back({"swap.used", "", bytes["SwapTotal:"] - bytes["SwapFree:"]});
  return out;
}

// "  eth0: bytes packets errs drop fifo frame compressed multicast  bytes packets errs drop ..."
Samples read_net(const std::string& text) {
  Samples out;
  each_line(text, [&](const std::string& line) {
    const auto colon = line.rfind(':');  // an alias has one in its name
    const auto first = line.find_first_not_of(' ');
    if (colon == line.npos || first >= colon) return;
    const auto device = line.substr(first, colon - first);
    std::istringstream in(line.substr(colon + 1));
    const auto n = numbers_of(in);
    if (n.size() < 16 || device == "lo") return;
    out.insert(out.end(), {{"network.received", device, n[0]},
                           {"network.sent", device, n[8]},
                           {"network.received_packets", device, n[1]},
                           {"network.sent_packets", device, n[9]},
                           {"network.errors", device, n[2] + n[10]},
                           {"network.dropped", device, n[3] + n[11]}});
  });
  return out;
}

// "major minor name reads merged sectors ms writes merged sectors ms under_way ms_busy ..."
Samples read_disks(const std::string& text,
                   const std::function<bool(const std::string&)>& is_disk) {
  Samples out;
  each_line(text, [&](const std::string& line) {
    std::istringstream in(line);
    std::string device;
    unsigned major, minor;
    if (!(in >> major >> minor >> device) || !is_disk(device)) return;
    const auto n = numbers_of(in);
    if (n.size() < 11) return;
    out.insert(out.end(), {{"disk.reads", device, n[0]},
                           {"disk.read", device, n[2] * kSector},
                           {"disk.writes", device, n[4]},
                           {"disk.written", device, n[6] * kSector},
                           {"disk.busy", device, n[9] / 1000}});
  });
  return out;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", in microseconds.
Samples read_pressure(const std::string& text, const std::string& of) {
  Samples out;
  each_line(text, [&](const std::string& line) {
    const auto at = line.find("total=");
    if (at == line.npos) return;
    std::istringstream in(line.substr(at + 6));
    double microseconds;
    if (!(in >> microseconds)) return;
    const auto name = "pressure." + of + (line.compare(0, 4, "full") == 0 ? ".full" : "");
    if (find_figure(name) != nullptr) out.push_back({name, "", microseconds / 1e6});
  });
  return out;
}

Samples read_proc(Source source, const std::filesystem::path& root) {
  const auto proc = root / "proc";
  switch (source) {
    case Source::stat:
      return read_stat(text_of(proc / "stat"), static_cast<double>(sysconf(_SC_CLK_TCK)));
    case Source::loadavg:
      return read_loadavg(text_of(proc / "loadavg"));
    case Source::meminfo:
      return read_meminfo(text_of(proc / "meminfo"));
    case Source::net:
      return read_net(text_of(proc / "net/dev"));
    case Source::disks:
      return read_disks(text_of(proc / "diskstats"), [&](const std::string& device) {
        std::error_code failed;
        for (const auto* not_one : {"loop", "ram", "zram"})
          if (device.rfind(not_one, 0) == 0) return false;
        return std::filesystem::exists(root / "sys/block" / device, failed);
      });
    case Source::pressure: {
      Samples out;
      for (const auto* of : {"cpu", "memory", "io"}) {
        const auto some = read_pressure(text_of(proc / "pressure" / of), of);
        out.insert(out.end(), some.begin(), some.end());
      }
      return out;
    }
    case Source::domains:
      break;  // libvirt's
  }
  return {};
}

}  // namespace nova::node
