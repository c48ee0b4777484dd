// Manifests: what a library declares, written beside it as JSON.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "host/loader/catalogue.hpp"
#include "host/loader/trust.hpp"

namespace nova::loader {
namespace {

constexpr int kManifestVersion = 1;

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

constexpr std::pair<const char*, std::uint32_t> kFlagNames[] = {
    {"concurrent", NOVA_COMPONENT_CONCURRENT}, {"virtual_time", NOVA_COMPONENT_VIRTUAL_TIME}};

PluginInfo parse(const nlohmann::json& manifest) {
  PluginInfo info;
  const auto abi = manifest.at("abi").get<std::string>();
  const auto dot = abi.find('.');
  info.abi_major = static_cast<std::uint16_t>(std::strtoul(abi.c_str(), nullptr, 10));
  if (dot != abi.npos)
    info.abi_minor = static_cast<std::uint16_t>(std::strtoul(abi.c_str() + dot + 1, nullptr, 10));
  info.id = text_of(manifest, "id");
  info.vendor = text_of(manifest, "vendor");
  info.version = text_of(manifest, "version");
  info.license = text_of(manifest, "license");
  info.url = text_of(manifest, "url");
  info.build_info = text_of(manifest, "build_info");
  for (const auto& item : manifest.at("components")) {
    ComponentInfo component;
    component.interface_id = text_of(item, "interface");
    component.kind = kind_of_interface(component.interface_id);
    component.id = text_of(item, "id");
    component.name = text_of(item, "name");
    component.version = text_of(item, "version");
    component.description = text_of(item, "description");
    if (item.contains("config_schema")) component.config_schema = item["config_schema"].dump();
    for (const auto& [name, bit] : kFlagNames)
      for (const auto& flag : item.value("flags", nlohmann::json::array()))
        if (flag == name) component.flags |= bit;
    component.ops_flags = item.value("ops_flags", std::uint32_t{0});
    component.operations = item.value("operations", std::vector<std::string>{});
    if (component.kind != Kind::unknown) info.components.push_back(std::move(component));
  }
  return info;
}

}  // namespace

std::filesystem::path manifest_path(const std::filesystem::path& library) {
  return library.string() + ".nova.json";
}

Result<std::string> manifest_of(const Library& library) {
  const auto digest = sha256_of(library.path());
  if (!digest) return digest.error();
  const auto& info = library.info();
  // The form is plugin-api/schema/manifest.json.
  nlohmann::ordered_json out = {
      {"manifest", kManifestVersion},
      {"library", library.path().filename().string()},
      {"sha256", *digest},
      {"abi", std::to_string(info.abi_major) + "." + std::to_string(info.abi_minor)},
      {"id", info.id},
      {"vendor", info.vendor},
      {"version", info.version},
      {"license", info.license},
      {"url", info.url},
      {"build_info", info.build_info},
      {"components", nlohmann::ordered_json::array()},
  };
  for (const auto& component : info.components) {
    auto flags = nlohmann::ordered_json::array();
    for (const auto& [name, bit] : kFlagNames)
      if (component.flags & bit) flags.push_back(name);
    nlohmann::ordered_json item = {{"interface", component.interface_id},
                                   {"kind", to_string(component.kind)},
                                   {"id", component.id},
                                   {"name", component.name},
                                   {"version", component.version},
                                   {"description", component.description},
                                   {"flags", flags},
                                   {"operations", component.operations},
                                   {"ops_flags", component.ops_flags}};
    if (!component.config_schema.empty())
      item["config_schema"] = nlohmann::ordered_json::parse(component.config_schema);
    out["components"].push_back(std::move(item));
  }
  return out.dump(2) + "\n";
}

Result<PluginInfo> read_manifest(const std::filesystem::path& library) {
  const auto path = manifest_path(library);
  std::ifstream file(path);
  if (!file) return Error{ErrorCode::not_found, path.string() + ": no manifest"};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto manifest = nlohmann::json::parse(text, nullptr, false);
  const auto refuse = [&](const char* why) {
    return Error{ErrorCode::invalid_argument, path.string() + ": " + why};
  };
  if (!manifest.is_object()) return refuse("not a JSON object");
  const auto digest = sha256_of(library);
  if (!digest) return digest.error();
  if (text_of(manifest, "sha256") != *digest) return refuse("belongs to another build: stale");
  try {
    if (manifest.at("manifest") != kManifestVersion) return refuse("of another version");
    return parse(manifest);
  } catch (const nlohmann::json::exception& e) {
    return refuse(e.what());
  }
}

}  // namespace nova::loader
