#include "node.hpp"

#include <libvirt/virterror.h>

#include <cstdlib>

namespace nova::libvirt {
namespace {

using virt::Domain;
using Pool = std::unique_ptr<virStoragePool, virt::Freed<virStoragePool, virStoragePoolFree>>;
using StoredVolume = std::unique_ptr<virStorageVol, virt::Freed<virStorageVol, virStorageVolFree>>;

bool gone() {
  const auto* last = virGetLastError();
  return last != nullptr && last->code == VIR_ERR_NO_DOMAIN;
}

// nullopt: it wears none.
std::optional<Mark> mark_of(virDomainPtr domain) {
  auto* text = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, kMarkNamespace,
                                    VIR_DOMAIN_AFFECT_CURRENT);
  return text == nullptr ? std::nullopt : parse_mark(virt::taken(text));
}

// What the driver does not know of is left out: the test driver has no firmware to forget.
constexpr unsigned kUndefine[] = {
    VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
        VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM,
    VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA, 0};

}  // namespace

std::string Node::host_name() {
  const auto connection = connection_.get();
  auto* name = virConnectGetHostname(connection.get());
  if (name == nullptr) throw virt::failure("host name");
  return virt::taken(name);
}

std::uint64_t Node::memory_kib() {
  const auto connection = connection_.get();
  virNodeInfo info;
  if (virNodeGetInfo(connection.get(), &info) < 0) throw virt::failure("memory of the node");
  return info.memory;
}

std::vector<Member> Node::members() {
  const auto connection = connection_.get();
  virDomainPtr* list = nullptr;
  const int count = virConnectListAllDomains(connection.get(), &list, 0);
  if (count < 0) throw virt::failure("domains of " + connection_.uri());
  std::vector<Domain> domains;
  for (int i = 0; i < count; ++i) domains.emplace_back(list[i]);
  std::free(list);
  std::vector<Member> out;
  for (const auto& domain : domains) {
    Member member;
    char uuid[VIR_UUID_STRING_BUFLEN];
    virDomainInfo info;
    member.name = virDomainGetName(domain.get());
    if (virDomainGetUUIDString(domain.get(), uuid) < 0 ||
        virDomainGetInfo(domain.get(), &info) < 0) {
      if (gone()) continue;
      throw virt::failure(member.name);
    }
    member.uuid = uuid;
    member.state = info.state;
    member.active = info.state != VIR_DOMAIN_SHUTOFF;
    member.memory_kib = info.memory;
    if (auto mark = mark_of(domain.get()))
      member.mark = std::move(*mark);
    else if (connection_.lost())  // a machine without its mark would be no machine of ours
      throw Error(NOVA_UNAVAILABLE, connection_.uri() + ": the connection was lost");
    out.push_back(std::move(member));
  }
  return out;
}

Domain Node::find(const std::shared_ptr<virConnect>& connection, const std::string& uuid) {
  Domain domain(virDomainLookupByUUIDString(connection.get(), uuid.c_str()));
  if (!domain && !gone()) throw virt::failure("domain " + uuid);
  return domain;
}

std::string Node::define(const std::string& xml) {
  const auto connection = connection_.get();
  const Domain domain(virDomainDefineXML(connection.get(), xml.c_str()));
  char uuid[VIR_UUID_STRING_BUFLEN];
  if (!domain || virDomainGetUUIDString(domain.get(), uuid) < 0)
    throw virt::failure("a new domain is refused");
  return uuid;
}

void Node::start(const std::string& uuid) {
  const auto connection = connection_.get();
  const auto domain = find(connection, uuid);
  if (domain && virDomainIsActive(domain.get()) != 1 && virDomainCreate(domain.get()) < 0)
    throw virt::failure("does not start");
}

void Node::shut_down(const std::string& uuid) {
  const auto connection = connection_.get();
  const auto domain = find(connection, uuid);
  if (domain && virDomainIsActive(domain.get()) == 1 && virDomainShutdown(domain.get()) < 0)
    throw virt::failure("does not shut down");
}

void Node::destroy(const std::string& uuid) {
  const auto connection = connection_.get();
  const auto domain = find(connection, uuid);
  if (domain && virDomainIsActive(domain.get()) == 1 && virDomainDestroy(domain.get()) < 0)
    throw virt::failure("cannot be destroyed");
}

void Node::undefine(const std::string& uuid) {
  const auto connection = connection_.get();
  const auto domain = find(connection, uuid);
  if (!domain) return;
  for (const auto flags : kUndefine) {
    if (virDomainUndefineFlags(domain.get(), flags) == 0 || gone()) return;
    const auto* last = virGetLastError();
    if (last == nullptr || (last->code != VIR_ERR_INVALID_ARG && last->code != VIR_ERR_NO_SUPPORT))
      break;
  }
  throw virt::failure("cannot be undefined");
}

void Node::clone(const Volume& volume, const std::string& machine) {
  const auto connection = connection_.get();
  const auto name = filled_in(volume.name, machine);
  const Pool pool(virStoragePoolLookupByName(connection.get(), volume.pool.c_str()));
  if (!pool) throw virt::failure("pool " + volume.pool);
  if (StoredVolume(virStorageVolLookupByName(pool.get(), name.c_str()))) return;
  const StoredVolume from(virStorageVolLookupByName(pool.get(), volume.from.c_str()));
  if (!from) throw virt::failure("volume " + volume.from + " of pool " + volume.pool);
  auto* xml = virStorageVolGetXMLDesc(from.get(), 0);
  if (xml == nullptr) throw virt::failure("volume " + volume.from);
  const StoredVolume made(virStorageVolCreateXMLFrom(
      pool.get(), make_volume(virt::taken(xml), name).c_str(), from.get(), 0));
  if (!made) throw virt::failure("copy of volume " + volume.from + " in pool " + volume.pool);
}

void Node::remove_clone(const Volume& volume, const std::string& machine) {
  const auto connection = connection_.get();
  const auto name = filled_in(volume.name, machine);
  const Pool pool(virStoragePoolLookupByName(connection.get(), volume.pool.c_str()));
  if (!pool) return;
  const StoredVolume clone(virStorageVolLookupByName(pool.get(), name.c_str()));
  if (clone && virStorageVolDelete(clone.get(), 0) < 0)
    throw virt::failure("volume " + name + " of pool " + volume.pool + " cannot be removed");
}

void Node::change_mark(const std::string& uuid, const std::function<void(Mark&)>& change) {
  const auto connection = connection_.get();
  const auto domain = find(connection, uuid);
  if (!domain) return;
  auto mark = mark_of(domain.get());
  if (!mark) return;
  const auto before = *mark;
  change(*mark);
  if (*mark == before) return;
  const unsigned where =
      VIR_DOMAIN_AFFECT_CONFIG |
      (virDomainIsActive(domain.get()) == 1 ? unsigned{VIR_DOMAIN_AFFECT_LIVE} : 0u);
  if (virDomainSetMetadata(domain.get(), VIR_DOMAIN_METADATA_ELEMENT, to_xml(*mark).c_str(),
                           kMarkPrefix, kMarkNamespace, where) < 0)
    throw virt::failure("mark of " + std::string(virDomainGetName(domain.get())));
}

}  // namespace nova::libvirt
