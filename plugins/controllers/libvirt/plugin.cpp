// controllers/libvirt: machines as domains of a libvirt node. See README.md.
#include <novascale.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "keeper.hpp"
#include "plugins/controllers/ledger/controller.hpp"

namespace nova::libvirt {
namespace {

constexpr auto kGroupSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "template": { "type": "string", "minLength": 1 },
    "tagged": { "type": "boolean", "default": false },
    "offers": { "type": "array", "default": [], "items": { "type": "object", "additionalProperties": false, "properties": {
      "id": { "type": "string", "minLength": 1 },
      "vcpus": { "type": "integer", "minimum": 1, "maximum": 4096 },
      "memory_mib": { "type": "integer", "minimum": 1, "maximum": 1073741824 } } } },
    "volumes": { "type": "array", "default": [], "items": { "type": "object", "additionalProperties": false, "required": ["pool", "from"], "properties": {
      "pool": { "type": "string", "minLength": 1 },
      "from": { "type": "string", "minLength": 1 },
      "name": { "type": "string", "minLength": 1, "default": "{name}" } } } },
    "min": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0 },
    "max": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 1000 }
  } })";

class Libvirt : public fleet::Controller {
 public:
  static constexpr auto id = "org.novacron.controller.libvirt";
  static constexpr auto name = "libvirt";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Machines as domains of a libvirt node: from a template, or tagged";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "uri": { "type": "string", "minLength": 1, "default": "qemu:///system", "title": "Connection URI of libvirt; whoever may use it is libvirt's own matter" },
      "templates": { "type": "string", "minLength": 1, "x-path": true, "title": "Folder in which groups name their template" },
      "keepalive": { "type": "string", "x-unit": "duration", "default": "5s", "title": "A peer that answers none of three questions at this distance is lost; whole seconds, 0s = never" },
      "boot_time": { "type": "string", "x-unit": "duration", "default": "0s", "title": "A machine serves when it has run for so long" },
      "shutdown_timeout": { "type": "string", "x-unit": "duration", "default": "90s", "title": "A guest that has not shut down by then is destroyed; 0s = at once" },
      "memory_overcommit": { "type": "number", "minimum": 0, "maximum": 100, "default": 1, "title": "Share of the node's memory that domains may take together; 0 = any" },
      )" NOVA_OPERATION_TIMEOUT R"(
    } })";

  explicit Libvirt(Context context) : Controller(context), keeper_(context, options_of(context)) {
    if (context.has("templates")) templates_ = context.text("templates");
  }

  void act(const Call& call, MachineAction& io) { act_on(call, io); }

  // Machines remember the requests that made them: a token of before a restart is found with them.
  void poll(const Call& call, Operations& io) {
    for (std::size_t i = 0; i < io.count(); ++i)
      if (!ledger().knows(token(io.token(i)))) {
        look_at(call, {bound_.begin(), bound_.end()}, fleet::Look::follow);
        break;
      }
    Controller::poll(call, io);
  }

  std::uint64_t watch(const Call&, const nova_watcher& watcher) { return keeper_.watch(watcher); }
  void unwatch(std::uint64_t watch) { keeper_.unwatch(watch); }

 protected:
  void adopt(const std::string& group, const Config& given) override {
    const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                          kGroupSchema);
    GroupRules rules;
    if (settings.has("template") == settings.boolean("tagged"))
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/template: a group needs either a template or \"tagged\": true");
    if (settings.has("template")) rules.domain = read_template(settings.text("template"));
    for (const auto& from : settings.objects("offers")) {
      Offer offer;
      offer.id = from.text("id");
      if (from.has("vcpus")) offer.size.vcpus = static_cast<std::uint32_t>(from.integer("vcpus"));
      if (from.has("memory_mib"))
        offer.size.memory_mib = static_cast<std::uint64_t>(from.integer("memory_mib"));
      for (const auto& other : rules.offers)
        if (other.id == offer.id)
          throw Error(NOVA_INVALID_ARGUMENT, from.pointer("id") + ": " + offer.id + " comes twice");
      rules.offers.push_back(std::move(offer));
    }
    for (const auto& from : settings.objects("volumes")) {
      Volume volume{from.text("pool"), from.text("from"), from.text("name")};
      if (volume.name.find("{name}") == std::string::npos)
        throw Error(
            NOVA_INVALID_ARGUMENT,
            from.pointer("name") + ": must hold {name}, or machines would share " + volume.name);
      if (rules.tagged())
        throw Error(NOVA_INVALID_ARGUMENT, "/volumes: tagged domains have their disks");
      rules.volumes.push_back(std::move(volume));
    }
    rules.min = static_cast<std::uint32_t>(settings.integer("min"));
    rules.max = static_cast<std::uint32_t>(settings.integer("max"));
    if (rules.min > rules.max)
      throw Error(NOVA_INVALID_ARGUMENT, "/min: must be <= max, got " + std::to_string(rules.min));
    keeper_.adopt(group, std::move(rules));
    bound_.insert(group);
  }
  void drop(const std::string& group) override {
    bound_.erase(group);
    keeper_.drop(group);
  }
  std::vector<fleet::Seen> look(const Call&, const std::vector<std::string>& groups,
                                fleet::Look) override {
    return keeper_.look(groups);
  }
  std::vector<fleet::Verdict> send(const Call&, const std::vector<fleet::Row>& rows) override {
    return keeper_.send(rows);
  }

 private:
  static std::chrono::nanoseconds not_negative(const Context& context, const char* key) {
    const auto time = context.duration(key);
    if (time.count() < 0)
      throw Error(NOVA_INVALID_ARGUMENT,
                  std::string("/") + key + ": must be >= 0s, got " + context.text(key));
    return time;
  }

  static KeeperOptions options_of(const Context& context) {
    KeeperOptions out;
    out.connection.uri = context.text("uri");
    const auto keepalive = not_negative(context, "keepalive");
    out.connection.keepalive = std::chrono::duration_cast<std::chrono::seconds>(keepalive);
    if (out.connection.keepalive != keepalive || out.connection.keepalive.count() > 3600)
      throw Error(NOVA_INVALID_ARGUMENT, "/keepalive: must be whole seconds up to an hour, got " +
                                             context.text("keepalive"));
    out.boot_time = not_negative(context, "boot_time");
    out.shutdown_timeout = not_negative(context, "shutdown_timeout");
    out.memory_overcommit = context.number("memory_overcommit");
    return out;
  }

  // The XML itself, or the name of a file that holds it.
  std::string read_template(const std::string& text) const {
    const auto first = text.find_first_not_of(" \t\r\n");
    std::string xml = text;
    std::string where = "/template: ";
    if (first == text.npos || text[first] != '<') {
      std::filesystem::path path(text);
      if (path.is_relative() && templates_.empty())
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/template: " + text +
                        " is relative: set \"templates\" of the plugin's config to its folder");
      if (path.is_relative()) path = templates_ / path;
      std::ifstream in(path, std::ios::binary);
      std::ostringstream read;
      if (!(read << in.rdbuf()))
        throw Error(NOVA_NOT_FOUND, "/template: there is no file " + path.string() +
                                        " that can be read, or it is empty");
      xml = read.str();
      where += path.string() + ": ";
    }
    try {
      check_template(xml);
    } catch (const Error& e) {
      throw Error(e.status(), where + e.what());
    }
    return xml;
  }

  std::filesystem::path templates_;
  std::set<std::string> bound_;
  Keeper keeper_;
};

}  // namespace
}  // namespace nova::libvirt

NOVA_PLUGIN("org.novacron.libvirt", "NovaCron", "1.0.0",
            nova::controller_component<nova::libvirt::Libvirt>)
