#include "host/loader/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "host/loader/kinds.hpp"
#include "host/loader/safe_read.hpp"

namespace nova::loader {
namespace {

constexpr std::size_t kNameCap = 128, kTextCap = 4096, kSchemaCap = 256 * 1024;
constexpr std::uint64_t kComponentCap = 256;
constexpr std::uint32_t kLargestStruct = 4096;  // far above any that will ever be declared

Error broken(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::string in_quotes(const std::string& text) { return "\"" + text.substr(0, 80) + "\""; }

// Copies the part of a growable struct that both sides know; the rest of `out` stays zero.
template <class T>
Result<void> copy_struct(const void* from, const std::string& place, std::uint32_t least, T& out) {
  std::uint32_t size = 0;
  if (!from) return broken(place + ": is null");
  if (reinterpret_cast<std::uintptr_t>(from) % alignof(T) || !safe_copy(from, &size, sizeof size))
    return broken(place + ": points to memory that cannot be read");
  if (size < least || size > kLargestStruct || size % 8)
    return broken(place + ".struct_size: must be " + std::to_string(least) + " to " +
                  std::to_string(kLargestStruct) + " and a multiple of 8, got " +
                  std::to_string(size));
  out = T{};
  if (!safe_copy(from, &out, std::min<std::size_t>(size, sizeof out)))
    return broken(place + ".struct_size: claims " + std::to_string(size) +
                  " bytes, but they cannot be read");
  return {};
}

struct TextRule {
  std::size_t cap;
  bool mandatory;
};

Result<std::string> read_text(const char* text, const std::string& place, TextRule rule) {
  if (!text && !rule.mandatory) return std::string();
  if (!text) return broken(place + ": is null");
  auto copy = safe_text(text, rule.cap);
  if (!copy)
    return broken(place + ": must be readable, NUL-terminated text of at most " +
                  std::to_string(rule.cap) + " bytes");
  if (rule.mandatory && copy->empty()) return broken(place + ": is empty");
  // dump() refuses text that is not UTF-8: nothing else here needs a decoder.
  try {
    (void)nlohmann::json(*copy).dump();
  } catch (const nlohmann::json::exception&) {
    return broken(place + ": is not UTF-8");
  }
  return *copy;
}

Result<void> check_schema(const std::string& schema, const std::string& place,
                          const LoadPolicy& policy) {
  if (schema.empty()) return {};
  const auto parsed = nlohmann::json::parse(schema, nullptr, false);
  if (parsed.is_discarded()) return broken(place + ".config_schema: is not JSON");
  if (!parsed.is_object()) return broken(place + ".config_schema: must be a JSON object");
  if (policy.schema_check)
    if (auto good = policy.schema_check(schema); !good)
      return broken(place + ".config_schema: " + good.error().message);
  return {};
}

bool callable(const void* function) {
  char byte;
  return safe_copy(function, &byte, 1);
}

Result<void> read_ops(const nova_component& raw, const KindFacts& facts, const std::string& place,
                      ComponentInfo& info) {
  // A table of any kind: two numbers, then pointers.
  struct Table {
    std::uint32_t struct_size, flags;
    std::array<const void*, 16> functions;
  } table{};
  std::uint32_t least = 8;
  for (std::size_t i = 0; i < facts.operations.size(); ++i)
    if (facts.operations[i].mandatory) least = static_cast<std::uint32_t>(16 + 8 * i);
  if (auto good = copy_struct(raw.ops, place + ".ops", least, table); !good)
    return broken(good.error().message +
                  (raw.ops ? " (the mandatory functions of " + std::string(facts.interface_id) +
                                 " need " + std::to_string(least) + ")"
                           : ""));
  info.ops_flags = table.flags;
  for (std::size_t i = 0; i < facts.operations.size(); ++i) {
    const std::string name = facts.operations[i].name;
    if (!table.functions[i]) {
      if (facts.operations[i].mandatory)
        return broken(place + ".ops." + name + ": is mandatory and null");
      continue;
    }
    if (!callable(table.functions[i]))
      return broken(place + ".ops." + name + ": points to memory that cannot be read");
    info.operations.push_back(name);
  }
  return {};
}

Result<void> check_functions(const nova_component& raw, const KindFacts& facts,
                             const std::string& place) {
  const std::tuple<const char*, const void*, bool> functions[] = {
      {"create", reinterpret_cast<const void*>(raw.create), true},
      {"destroy", reinterpret_cast<const void*>(raw.destroy), true},
      {"describe", reinterpret_cast<const void*>(raw.describe), false},
      {"bind", reinterpret_cast<const void*>(raw.bind), facts.needs_bind},
      {"forget", reinterpret_cast<const void*>(raw.forget), false},
      {"get_extension", reinterpret_cast<const void*>(raw.get_extension), false},
  };
  for (const auto& [name, function, mandatory] : functions) {
    if (!function && mandatory) return broken(place + "." + name + ": is mandatory and null");
    if (function && !callable(function))
      return broken(place + "." + name + ": points to memory that cannot be read");
  }
  return {};
}

// One component; a result without `raw` is one of an interface this host does not know.
Result<ComponentInfo> read_component(const nova_component* pointer, const std::string& place,
                                     const LoadPolicy& policy) {
  nova_component raw;
  if (auto good = copy_struct(pointer, place, sizeof(nova_component), raw); !good)
    return good.error();
  ComponentInfo info;
  const struct {
    const char *text, *name;
    std::string* to;
    TextRule rule;
  } texts[] = {
      {raw.interface_id, "interface_id", &info.interface_id, {kNameCap, true}},
      {raw.id, "id", &info.id, {kNameCap, true}},
      {raw.name, "name", &info.name, {kTextCap, true}},
      {raw.version, "version", &info.version, {kNameCap, true}},
      {raw.description, "description", &info.description, {kTextCap, false}},
      {raw.config_schema, "config_schema", &info.config_schema, {kSchemaCap, false}},
  };
  for (const auto& item : texts) {
    auto text = read_text(item.text, place + "." + item.name, item.rule);
    if (!text) return text.error();
    *item.to = *text;
  }
  if (!is_component_id(info.id))
    return broken(place + ".id: must look like com.example.drift, got " + in_quotes(info.id));
  info.flags = raw.flags;
  if (raw.flags & 0xFFFF0000u)
    return broken(place + ".flags: has must-understand bits this host does not know");
  const auto* facts = facts_of_interface(info.interface_id);
  if (!facts) return info;
  info.kind = facts->kind;
  info.raw = pointer;
  if (auto good = check_functions(raw, *facts, place); !good) return good.error();
  if (auto good = read_ops(raw, *facts, place, info); !good) return good.error();
  if (auto good = check_schema(info.config_schema, place, policy); !good) return good.error();
  return info;
}

}  // namespace

bool is_component_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > kNameCap || id.front() == '.' || id.back() == '.') return false;
  bool dotted = false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    if (c == '.') {
      if (id[i + 1] == '.') return false;
      dotted = true;
    } else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) {
      return false;
    }
  }
  return dotted;
}

Result<PluginInfo> read_descriptor(const nova_plugin* plugin, const LoadPolicy& policy) {
  nova_plugin raw;
  // The major is read first: of another major's layout nothing else may be believed.
  std::uint32_t head[2] = {};
  if (plugin && safe_copy(plugin, head, sizeof head)) {
    std::uint16_t major;
    std::memcpy(&major, reinterpret_cast<const char*>(head) + offsetof(nova_plugin, abi_major), 2);
    if (head[0] >= 8 && major != NOVA_ABI_MAJOR)
      return Error{ErrorCode::unimplemented, "plugin.abi_major: this host speaks ABI major " +
                                                 std::to_string(NOVA_ABI_MAJOR) + ", the plugin " +
                                                 std::to_string(major)};
  }
  if (auto good = copy_struct(plugin, "plugin", sizeof(nova_plugin), raw); !good)
    return good.error();

  PluginInfo info;
  info.abi_major = raw.abi_major;
  info.abi_minor = raw.abi_minor;
  const struct {
    const char *text, *name;
    std::string* to;
    TextRule rule;
  } texts[] = {
      {raw.id, "id", &info.id, {kNameCap, true}},
      {raw.vendor, "vendor", &info.vendor, {kTextCap, false}},
      {raw.version, "version", &info.version, {kNameCap, true}},
      {raw.license, "license", &info.license, {kTextCap, false}},
      {raw.url, "url", &info.url, {kTextCap, false}},
      {raw.build_info, "build_info", &info.build_info, {kTextCap, false}},
  };
  for (const auto& item : texts) {
    auto text = read_text(item.text, std::string("plugin.") + item.name, item.rule);
    if (!text) return text.error();
    *item.to = *text;
  }
  if (!is_component_id(info.id))
    return broken("plugin.id: must look like com.example.drift, got " + in_quotes(info.id));
  if (raw.component_count == 0 || raw.component_count > kComponentCap)
    return broken("plugin.component_count: must be 1 to " + std::to_string(kComponentCap) +
                  ", got " + std::to_string(raw.component_count));

  std::vector<const nova_component*> pointers(raw.component_count);
  if (!safe_copy(raw.components, pointers.data(), pointers.size() * sizeof pointers[0]))
    return broken("plugin.components: null, or shorter than component_count says");
  std::set<std::pair<std::string, std::string>> seen;
  std::string unknown;
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    const auto place = "component " + std::to_string(i);
    auto component = read_component(pointers[i], place, policy);
    if (!component) return component.error();
    if (!seen.emplace(component->id, component->interface_id).second)
      return broken(place + ".id: " + in_quotes(component->id) + " is there twice (duplicate)");
    if (component->raw)
      info.components.push_back(std::move(*component));
    else
      unknown = component->interface_id;
  }
  if (info.components.empty())
    return broken("no component of an interface this host knows; one asks for " +
                  in_quotes(unknown));
  // Two interfaces of one id would be two majors of one kind, and this host knows but one of each.
  for (std::size_t i = 0; i < info.components.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (info.components[i].id == info.components[j].id)
        return broken("component " + std::to_string(i) +
                      ".id: " + in_quotes(info.components[i].id) + " is there twice (duplicate)");
  return info;
}

}  // namespace nova::loader
