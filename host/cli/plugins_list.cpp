// `plugins list`: every library of the plugin folders and its components.
#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/plugins.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loader/kinds.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using loader::CatalogueEntry;

void print_text(std::ostream& out, std::ostream& err, const std::vector<CatalogueEntry>& entries,
                const std::vector<std::filesystem::path>& folders) {
  std::size_t width = 9;
  for (const auto& entry : entries)
    for (const auto& component : entry.info.components)
      width = std::max(width, component.id.size());
  const auto row = [&](const std::string& kind, const std::string& id, const std::string& version,
                       const std::string& library) {
    out << std::left << std::setw(11) << kind << std::setw(static_cast<int>(width) + 2) << id
        << std::setw(9) << version << library << "\n";
  };
  if (!entries.empty()) row("KIND", "COMPONENT", "VERSION", "LIBRARY");
  for (const auto& facts : loader::all_kinds())
    for (const auto& entry : entries)
      for (const auto& component : entry.info.components)
        if (component.kind == facts.kind)
          row(facts.name, component.id, component.version, entry.library.string());
  for (const auto& entry : entries)
    if (!entry.ok()) err << "unusable: " << entry.error.message << "\n";
  if (entries.empty()) {
    err << "no plugins in";
    for (const auto& folder : folders) err << " " << folder.string();
    err << (folders.empty() ? " any folder: give one with --plugin-dir\n" : "\n");
  }
}

nlohmann::ordered_json to_json(const CatalogueEntry& entry) {
  nlohmann::ordered_json out = {{"library", entry.library.string()}};
  if (!entry.ok()) {
    out["error"] = entry.error.message;
    return out;
  }
  out["id"] = entry.info.id;
  out["version"] = entry.info.version;
  out["from_manifest"] = entry.from_manifest;
  out["components"] = nlohmann::ordered_json::array();
  for (const auto& component : entry.info.components)
    out["components"].push_back({{"kind", to_string(component.kind)},
                                 {"id", component.id},
                                 {"name", component.name},
                                 {"version", component.version},
                                 {"description", component.description}});
  return out;
}

}  // namespace

int plugins_list(const Call& call, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("format", po::value<std::string>()->default_value("text"), "text or json")(
      "help,h", "show this help");
  const auto seen = parse_words(args, options, {});
  if (seen.count("help")) {
    call.out << "Usage: novascale [--plugin-dir DIR]... plugins list [--format json]\n\n"
                "Lists the components found in --plugin-dir, in NOVASCALE_PLUGIN_PATH and in the\n"
                "folder of the plugins that came with the program. Where a manifest\n"
                "(LIB.so.nova.json) belongs to the library, no code of it runs.\n\n"
             << options;
    return kFine;
  }
  const bool json = wants_json(seen);
  const auto folders = loader::plugin_search_path(call.globals.plugin_dirs);
  const auto entries = loader::list_plugins(folders, plugins_policy());
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& entry : entries) list.push_back(to_json(entry));
    call.out << list.dump(2) << "\n";
  } else {
    print_text(call.out, call.err, entries, folders);
  }
  const bool broken =
      std::any_of(entries.begin(), entries.end(), [](const auto& e) { return !e.ok(); });
  return broken ? kFailed : kFine;
}

}  // namespace nova::cli
