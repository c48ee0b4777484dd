#include "host/cli/solver_plugin.hpp"

#include <ostream>

#include "host/cli/cost.hpp"
#include "host/loader/catalogue.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {

int open_solver(const Call& call, const std::string& name, SolverPlugin& solver) {
  loader::PluginCatalogue catalogue(loader::plugin_search_path(call.globals.plugin_dirs));
  std::vector<std::string> names;
  std::string id;
  for (const auto& entry : catalogue.entries())
    for (const auto& component : entry.info.components) {
      if (!entry.ok() || component.kind != loader::Kind::solver) continue;
      names.push_back(component.id.substr(component.id.rfind('.') + 1));
      if (names.back() == name || component.id == name) id = component.id;
    }
  if (id.empty())
    return say(call, kUsage,
               "there is no solver plugin \"" + name + "\"" + did_you_mean(name, names));
  auto opened = catalogue.open(id);
  if (!opened.ok()) return say(call, kFailed, opened.error().message);
  loader::InstanceSpec spec;
  spec.name = name;
  spec.tenant = "default";
  auto made = loader::Instance::create(loader::HostContext::make({}), opened->library,
                                       *opened->component, spec);
  if (!made.ok()) return say(call, kFailed, "\"" + name + "\": " + made.error().message);
  solver.instance = std::move(made).value();
  solver.client = std::make_unique<loader::SolverClient>(*solver.instance);
  return kFine;
}

}  // namespace nova::cli
