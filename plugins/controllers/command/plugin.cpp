// controllers/command: machines by an operator's own executable. See README.md.
#include <novascale.hpp>

#include <cstdlib>
#include <filesystem>

#include "plugins/controllers/ledger/controller.hpp"
#include "process.hpp"
#include "protocol.hpp"

namespace nova::command {
namespace {

class Command : public fleet::Controller {
 public:
  static constexpr auto id = "org.novacron.controller.command";
  static constexpr auto name = "Command";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Machines by an executable of your own: JSON in, JSON out";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({
    "type": "object", "additionalProperties": false, "required": ["program"],
    "properties": {
      "program": { "type": "string", "minLength": 1, "x-path": true, "title": "Executable file; no shell, no search" },
      "arguments": { "type": "array", "items": { "type": "string" }, "default": [], "title": "Given to it one by one" },
      "pass_environment": { "type": "array", "items": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }, "default": [], "title": "Variables of the host it may see, beside PATH, HOME, LANG and TZ" },
      "secret": { "type": "string", "minLength": 1, "x-secret": true, "title": "Given to it as NOVASCALE_SECRET: secret:env:NAME or secret:file:PATH" },
      "timeout": { "type": "string", "x-unit": "duration", "default": "30s", "title": "Most time of one run; then it is killed with all it started" },
      "max_output_bytes": { "type": "integer", "minimum": 1024, "maximum": 67108864, "default": 1048576 },
)" NOVA_OPERATION_TIMEOUT "} }";

  explicit Command(Context context) : Controller(context), context_(context) {
    program_.path = context.text("program");
    program_.arguments = context.config().texts("arguments");
    limits_.time = positive(context, "timeout");
    limits_.output = static_cast<std::size_t>(context.integer("max_output_bytes"));
    std::error_code why;
    if (!std::filesystem::exists(program_.path, why))
      throw Error(NOVA_NOT_FOUND, "/program: there is no file " + program_.path);
  }

 private:
  void adopt(const std::string& group, const Config& settings) override {
    configs_[group] = settings.json();
  }
  void drop(const std::string& group) override { configs_.erase(group); }

  std::vector<Seen> look(const Call& call, const std::vector<std::string>& groups,
                         fleet::Look) override {
    return parsed([&] { return parse_list(ask(call, list_request(groups, configs_)), groups); });
  }
  std::vector<Verdict> send(const Call& call, const std::vector<Row>& rows) override {
    return parsed(
        [&] { return parse_scale(ask(call, scale_request(rows, configs_)), rows.size()); });
  }

  // An error of the answer is told with whose answer it is.
  template <class Parse>
  std::invoke_result_t<Parse> parsed(Parse&& parse) {
    try {
      return parse();
    } catch (const Error& e) {
      const std::string text = e.what();
      throw Error(e.status(), text.find(program_.path) == 0 ? text : program_.path + ": " + text);
    }
  }

  std::string ask(const Call& call, const std::string& request) {
    auto program = program_;
    auto names = context_.config().texts("pass_environment");
    names.insert(names.end(), {"PATH", "HOME", "LANG", "TZ"});
    for (const auto& variable : names)
      if (const char* value = std::getenv(variable.c_str()))
        program.environment.push_back(variable + "=" + value);
    std::string secret;
    if (context_.has("secret")) {
      secret = context_.secret(context_.text("secret"));
      while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
      program.environment.push_back("NOVASCALE_SECRET=" + secret);
    }
    auto finished = run(program, request, limits_, call);
    hide(finished.output, secret), hide(finished.errors, secret);
    const auto said = first_line(finished.errors);
    if (finished.status != 0)
      throw Error(NOVA_UNAVAILABLE, program.path + ": ended with status " +
                                        std::to_string(finished.status) +
                                        (said.empty() ? "" : ": " + said));
    if (!said.empty()) context_.log().info(program.path + ": " + said);
    return finished.output;
  }

  static void hide(std::string& text, const std::string& secret) {
    if (!secret.empty())
      for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + 3))
        text.replace(at, secret.size(), "***");
  }
  static std::string first_line(const std::string& text) {
    auto line = text.substr(0, std::min<std::size_t>(300, text.find('\n')));
    for (auto& c : line)
      if (c < ' ' || c > '~') c = '?';
    return line;
  }

  Context context_;
  Program program_;
  ProcessLimits limits_;
  GroupConfigs configs_;  // of the groups that are bound
};

}  // namespace
}  // namespace nova::command

NOVA_PLUGIN("org.novacron.command", "NovaCron", "1.0.0",
            nova::controller_component<nova::command::Command>)
