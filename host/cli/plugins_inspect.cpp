// `plugins inspect`: everything a library declares, plainly laid out.
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/plugins.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loader/kinds.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

std::string one_line(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// One setting a line: name, type, what is allowed, default, description.
void print_settings(std::ostream& out, const nlohmann::json& schema, const std::string& indent) {
  const auto properties = schema.value("properties", nlohmann::json::object());
  const auto required = schema.value("required", nlohmann::json::array());
  for (const auto& [name, rule] : properties.items()) {
    out << indent << name;
    if (rule.contains("type")) out << " (" << one_line(rule["type"]) << ")";
    for (const char* key : {"enum", "const", "minimum", "maximum", "minLength", "minItems",
                            "pattern", "x-unit", "default"})
      if (rule.contains(key)) out << " " << key << " " << rule[key].dump();
    for (const auto& each : required)
      if (each == name) out << " required";
    if (rule.value("x-secret", false)) out << " secret";
    if (rule.value("x-path", false)) out << " path";
    if (rule.contains("description")) out << ": " << one_line(rule["description"]);
    out << "\n";
    print_settings(out, rule, indent + "  ");
    if (rule.contains("items")) print_settings(out, rule["items"], indent + "  ");
  }
}

void print_component(std::ostream& out, const loader::ComponentInfo& component) {
  out << "\n" << to_string(component.kind) << " " << component.id << "\n";
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty())
      out << "  " << name << std::string(13 - std::string(name).size(), ' ') << value << "\n";
  };
  line("name", component.name);
  line("version", component.version);
  line("interface", component.interface_id);
  line("description", component.description);
  std::string flags;
  if (component.concurrent()) flags += "concurrent ";
  if (component.virtual_time()) flags += "virtual_time ";
  if (component.kind == loader::Kind::model) {
    if (component.ops_flags & NOVA_MODEL_STATELESS) flags += "stateless ";
    if (component.ops_flags & NOVA_MODEL_NEEDS_FIT) flags += "needs_fit ";
    if (component.ops_flags & NOVA_MODEL_DETERMINISTIC) flags += "deterministic ";
    if (component.ops_flags & NOVA_MODEL_EXOGENOUS) flags += "exogenous ";
  }
  line("flags", flags);
  std::string operations, absent, idle;
  for (const auto& operation : loader::facts_of(component.kind)->operations) {
    const auto& has = component.operations;
    const bool there = std::find(has.begin(), has.end(), operation.name) != has.end();
    (there ? operations : absent) += std::string(operation.name) + " ";
    if (there && !operation.called) idle += std::string(operation.name) + " ";
  }
  line("operations", operations);
  line("without", absent);
  line("not called", idle.empty() ? "" : idle + "(not by this host yet)");
  if (component.config_schema.empty()) {
    line("settings", "none");
  } else {
    out << "  settings\n";
    print_settings(out, nlohmann::json::parse(component.config_schema), "    ");
  }
}

}  // namespace

int plugins_inspect(const Call& call, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()                                                                           //
      ("library", po::value<std::string>(), "the shared object")                                  //
      ("manifest", "write the manifest LIBRARY.nova.json, and print it")                          //
      ("format", po::value<std::string>()->default_value("text"), "text or json (the manifest)")  //
      ("help,h", "show this help");
  po::positional_options_description positional;
  positional.add("library", 1);
  const auto seen = parse_words(args, options, positional);
  if (seen.count("help") || !seen.count("library")) {
    (seen.count("help") ? call.out : call.err)
        << "Usage: novascale plugins inspect LIB [--manifest] [--format json]\n\n"
           "Loads a library and shows what it declares: components, their operations and\n"
           "settings. A manifest lets catalogues know this without loading it.\n\n"
        << options;
    return seen.count("help") ? kFine : kUsage;
  }
  const bool json = wants_json(seen);
  const auto library = loader::Library::open(seen["library"].as<std::string>(), plugins_policy());
  if (!library) {
    call.err << "novascale: " << library.error().message << "\n";
    return kFailed;
  }
  if (seen.count("manifest") || json) {
    const auto text = loader::manifest_of(**library);
    if (!text) {
      call.err << "novascale: " << text.error().message << "\n";
      return kFailed;
    }
    if (seen.count("manifest")) {
      const auto path = loader::manifest_path((*library)->path());
      std::ofstream file(path);
      file << *text;
      if (!file.flush()) {
        call.err << "novascale: " << path.string() << ": cannot be written\n";
        return kFailed;
      }
    }
    call.out << *text;
    return kFine;
  }
  const auto& info = (*library)->info();
  call.out << "plugin " << info.id << " " << info.version << " (ABI " << info.abi_major << "."
           << info.abi_minor << ")\n  library      " << (*library)->path().string() << "\n";
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string&>{"vendor       ", info.vendor},
        {"license      ", info.license},
        {"url          ", info.url},
        {"build        ", info.build_info}})
    if (!value.empty()) call.out << "  " << name << value << "\n";
  for (const auto& component : info.components) print_component(call.out, component);
  return kFine;
}

}  // namespace nova::cli
