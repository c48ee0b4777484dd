// What tests of controllers/libvirt share: real time, a client of their own beside the plugin's,
// and patience.
#pragma once

#include <libvirt/libvirt.h>

#include <chrono>
#include <functional>
#include <thread>

#include "plugins/libvirt/connection.hpp"
#include "tests/plugins/controllers/fleet_calls.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace libvirt_test {

inline const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("libvirt");
  return component;
}

// A host whose clock runs: the plugin has a thread of its own, which the fake's must not be set
// under.
class RealTimeHost : public nova::FakeHost {
 public:
  RealTimeHost() {
    const_cast<nova_host*>(get())->now_ns = [](const nova_host*, std::int32_t) {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
          .count();
    };
  }
};

inline bool eventually(const std::function<bool()>& so, int seconds = 30) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Somebody else at the same libvirt; while it is open, the test driver keeps its domains.
class Client {
 public:
  explicit Client(const std::string& uri) : connection_({uri}), open_(connection_.get()) {}

  std::vector<std::string> names() const {
    virDomainPtr* list = nullptr;
    const int count = virConnectListAllDomains(open_.get(), &list, 0);
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i)
      out.emplace_back(virDomainGetName(nova::virt::Domain(list[i]).get()));
    std::free(list);
    std::sort(out.begin(), out.end());
    return out;
  }
  nova::virt::Domain domain(const std::string& name) const {
    return nova::virt::Domain(virDomainLookupByName(open_.get(), name.c_str()));
  }
  int state(const std::string& name) const {
    virDomainInfo info{};
    const auto found = domain(name);
    return found && virDomainGetInfo(found.get(), &info) == 0 ? info.state : -1;
  }
  std::string xml(const std::string& name) const {
    return nova::virt::taken(virDomainGetXMLDesc(domain(name).get(), 0));
  }
  bool make_volume(const char* pool, const std::string& xml) const {
    const auto found = virStoragePoolLookupByName(open_.get(), pool);
    const auto made = virStorageVolCreateXML(found, xml.c_str(), 0);
    virStoragePoolFree(found);
    return made != nullptr && virStorageVolFree(made) == 0;
  }
  std::vector<std::string> volumes(const char* pool) const {
    const auto found = virStoragePoolLookupByName(open_.get(), pool);
    virStorageVolPtr* list = nullptr;
    const int count = virStoragePoolListAllVolumes(found, &list, 0);
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
      out.emplace_back(virStorageVolGetName(list[i]));
      virStorageVolFree(list[i]);
    }
    std::free(list);
    virStoragePoolFree(found);
    std::sort(out.begin(), out.end());
    return out;
  }
  bool define(const std::string& xml) const {
    return nova::virt::Domain(virDomainDefineXML(open_.get(), xml.c_str())) != nullptr;
  }

 private:
  nova::virt::Connection connection_;
  std::shared_ptr<virConnect> open_;
};

inline std::string small_domain(const std::string& name = "golden") {
  return "<domain type='test'><name>" + name +
         "</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>";
}
// A group's settings.
inline std::string of_template(const std::string& xml, const std::string& more = "") {
  return R"({"template":)" + nova::Json(xml).dump() + more + "}";
}

}  // namespace libvirt_test
