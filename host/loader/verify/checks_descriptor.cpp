// Descriptor: what a library exports, says of itself, and does while being loaded.
#include <nlohmann/json.hpp>

#include "host/loader/elf.hpp"
#include "host/loader/verify/process_state.hpp"
#include "host/loader/verify/rig.hpp"
#include "host/wiring/json_schema.hpp"

namespace nova::verify {
namespace {

using loader::Kind;
using nlohmann::json;

void exports(Rig& rig) {
  const auto names = loader::exported_symbols(rig.library.path());
  require(names.ok(), names.ok() ? "" : names.error().message);
  for (const auto& name : *names)
    require(name == "nova_plugin_entry_v1" || name == "_init" || name == "_fini",
            "exports \"" + name + "\" too; hide it (nova_add_plugin does)");
}

void quiet_scan(Rig& rig) {
  const auto& scan = rig.scan;
  require(scan.after.threads == scan.before.threads, "loading it started a thread");
  require(scan.output.empty(), "loading it wrote to stdout: " + scan.output.substr(0, 60));
  const auto changed = scan.before.changes_to(scan.after);
  require(changed.empty(), "loading it " + changed);
  // Last, for it depends on the machine: the wall clock only catches a plugin that waits.
  require(scan.cpu_ms < (kSanitized ? 500 : 50) && scan.wall_ms < 2000,
          "loading took " + std::to_string(scan.wall_ms) + " ms, " + std::to_string(scan.cpu_ms) +
              " of them CPU; do nothing before create");
}

void schema(Rig& rig) {
  if (rig.info.config_schema.empty()) throw Skipped{"takes no config"};
  const auto findings = check_schema(json::parse(rig.info.config_schema));
  require(findings.empty(),
          findings.empty() ? "" : findings.front().pointer + ": " + findings.front().message);
}

// The words of a component that people read.
void identity(Rig& rig) {
  require(rig.info.id.starts_with("org.") || rig.info.id.find('.') != std::string::npos,
          "its id is no reversed domain");
  require(rig.info.version.find_first_of("0123456789") != std::string::npos,
          "its version has no digit: " + rig.info.version);
  require(rig.library.info().abi_minor <= NOVA_ABI_MINOR,
          "built with headers of a later minor than this program knows");
}

constexpr Check kDescriptorChecks[] = {
    {"exports", Kind::unknown, "exports nova_plugin_entry_v1 and nothing else", exports},
    {"quiet-scan", Kind::unknown, "loading it is quick, silent and has no effect", quiet_scan},
    {"schema", Kind::unknown, "its config schema keeps to the subset, defaults satisfy it", schema},
    {"identity", Kind::unknown, "its id and version are well-formed", identity},
};

}  // namespace

std::span<const Check> descriptor_checks() { return kDescriptorChecks; }

}  // namespace nova::verify
