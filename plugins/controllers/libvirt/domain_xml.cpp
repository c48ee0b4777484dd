#include "domain_xml.hpp"

#include <map>
#include <pugixml.hpp>
#include <sstream>

namespace nova::libvirt {
namespace {

constexpr auto kName = "{name}";

pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  const auto result = document.load_buffer(xml.data(), xml.size());
  if (!result)
    throw Error(NOVA_INVALID_ARGUMENT,
                "the template is not XML: " + std::string(result.description()) + ", at byte " +
                    std::to_string(result.offset));
  if (document.document_element().name() != std::string("domain"))
    throw Error(NOVA_INVALID_ARGUMENT, "the template must be a <domain>, is a <" +
                                           std::string(document.document_element().name()) + ">");
  return document;
}

// Bytes of a unit as libvirt knows them; 0 = no unit.
double unit_bytes(const std::string& unit) {
  static const std::map<std::string, double> kUnits = {
      {"b", 1},     {"bytes", 1},           {"KB", 1e3},
      {"k", 1024},  {"KiB", 1024},          {"", 1024},
      {"MB", 1e6},  {"M", 1 << 20},         {"MiB", 1 << 20},
      {"GB", 1e9},  {"G", 1 << 30},         {"GiB", 1 << 30},
      {"TB", 1e12}, {"T", 1099511627776.0}, {"TiB", 1099511627776.0}};
  const auto at = kUnits.find(unit);
  return at == kUnits.end() ? 0 : at->second;
}

std::uint64_t memory_of(pugi::xml_node domain) {
  auto node = domain.child("currentMemory");
  if (!node) node = domain.child("memory");
  return static_cast<std::uint64_t>(node.text().as_double() *
                                    unit_bytes(node.attribute("unit").value()) / 1024);
}

void set_text(pugi::xml_node domain, const char* name, const std::string& text) {
  auto node = domain.child(name);
  if (!node) node = domain.append_child(name);
  node.remove_attributes();
  node.text() = text.c_str();
}

void name_it(pugi::xml_node node, const std::string& name) {
  for (auto attribute : node.attributes()) attribute = filled_in(attribute.value(), name).c_str();
  for (auto child : node.children()) {
    if (child.type() == pugi::node_pcdata) child.set_value(filled_in(child.value(), name).c_str());
    name_it(child, name);
  }
}

}  // namespace

std::string filled_in(std::string text, const std::string& name) {
  for (auto at = text.find(kName); at != text.npos; at = text.find(kName, at + name.size()))
    text.replace(at, std::char_traits<char>::length(kName), name);
  return text;
}

std::string make_volume(const std::string& xml, const std::string& name) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size()))
    throw Error(NOVA_INTERNAL, "libvirt describes a volume by what is no XML");
  auto volume = document.document_element();
  set_text(volume, "name", name);
  volume.remove_child("key");  // libvirt's to choose, as the path
  volume.child("target").remove_child("path");
  std::ostringstream out;
  document.save(out, "", pugi::format_raw);
  return out.str();
}

void check_template(const std::string& xml) {
  const auto document = parsed(xml);
  if (memory_of(document.document_element()) == 0)
    throw Error(NOVA_INVALID_ARGUMENT, "the template's <domain> tells no <memory>");
}

std::uint64_t memory_kib(const std::string& xml, const Size& size) {
  return size.memory_mib != 0 ? size.memory_mib * 1024 : memory_of(parsed(xml).document_element());
}

std::string make_domain(const std::string& xml, const std::string& name, const Size& size,
                        const Mark& mark) {
  auto document = parsed(xml);
  auto domain = document.document_element();
  domain.remove_attribute("id");
  domain.remove_child("uuid");
  name_it(domain, name);
  set_text(domain, "name", name);
  if (size.vcpus != 0) set_text(domain, "vcpu", std::to_string(size.vcpus));
  if (size.memory_mib != 0) {
    domain.remove_child("currentMemory");
    set_text(domain, "memory", std::to_string(size.memory_mib));
    domain.child("memory").append_attribute("unit") = "MiB";
  }
  for (auto device : domain.child("devices").children("interface")) device.remove_child("mac");
  auto metadata = domain.child("metadata");
  if (!metadata) metadata = domain.append_child("metadata");
  for (auto child = metadata.first_child(); child;) {  // a mark that the template was dumped with
    const auto next = child.next_sibling();
    for (const auto attribute : child.attributes())
      if (attribute.value() == std::string(kMarkNamespace)) {
        metadata.remove_child(child);
        break;
      }
    child = next;
  }
  const auto element = to_xml(mark);
  metadata.append_buffer(element.data(), element.size());
  auto own = metadata.last_child();
  own.set_name((std::string(kMarkPrefix) + ":machine").c_str());
  own.prepend_attribute((std::string("xmlns:") + kMarkPrefix).c_str()) = kMarkNamespace;
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

std::string free_name(const std::string& group, const std::set<std::string>& taken) {
  auto stem = group;
  for (auto& c : stem)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
          c == '_' || c == '-'))
      c = '-';
  for (std::size_t n = 1;; ++n)
    if (auto name = stem + '-' + std::to_string(n); taken.count(name) == 0) return name;
}

}  // namespace nova::libvirt
