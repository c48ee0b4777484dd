// controllers/command: machines by an operator's own executable. See README.md.
#include <novascale.hpp>

#include <cstdlib>
#include <filesystem>

#include "process.hpp"
#include "protocol.hpp"

namespace nova::command {
namespace {

class Command {
 public:
  static constexpr auto id = "org.novacron.controller.command";
  static constexpr auto name = "Command";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Machines by an executable of your own: JSON in, JSON out";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["program"],
    "properties": {
      "program": { "type": "string", "minLength": 1, "x-path": true, "title": "Executable file; no shell, no search" },
      "arguments": { "type": "array", "items": { "type": "string" }, "default": [], "title": "Given to it one by one" },
      "pass_environment": { "type": "array", "items": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }, "default": [], "title": "Variables of the host it may see, beside PATH, HOME, LANG and TZ" },
      "secret": { "type": "string", "minLength": 1, "x-secret": true, "title": "Given to it as NOVASCALE_SECRET: secret:env:NAME or secret:file:PATH" },
      "timeout": { "type": "string", "x-unit": "duration", "default": "30s", "title": "Most time of one run; then it is killed with all it started" },
      "max_output_bytes": { "type": "integer", "minimum": 1024, "maximum": 67108864, "default": 1048576 },
      "operation_timeout": { "type": "string", "x-unit": "duration", "default": "15m", "title": "An operation that is not done by then has failed" }
    } })";

  explicit Command(Context context)
      : context_(context), ledger_(positive("operation_timeout").count()) {
    program_.path = context.text("program");
    program_.arguments = context.config().texts("arguments");
    limits_.time = positive("timeout");
    limits_.output = static_cast<std::size_t>(context.integer("max_output_bytes"));
    std::error_code why;
    if (!std::filesystem::exists(program_.path, why))
      throw Error(NOVA_NOT_FOUND, "/program: there is no file " + program_.path);
  }

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      const std::string group(io.name(i));
      if (group.empty()) throw Error(NOVA_INVALID_ARGUMENT, "a group needs an id");
      release(io.key(i), group);
      bound_[io.key(i)] = group;
      configs_[group] = io.settings(i).json();
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) release(key, "");
  }

  void list_groups(const Call& call, Strings ids, Groups& out) {
    const auto asked = ids.all() ? all() : named(ids);
    look(call, asked);
    for (const auto& group : asked) {
      const auto* seen = ledger_.find(group);
      nova::Group row;
      row.group_id = group;
      if (seen == nullptr || seen->status != NOVA_OK) {
        row.status = seen == nullptr ? NOVA_NOT_FOUND : seen->status;
        out.add(std::move(row));
        continue;
      }
      row.generation = ledger_.generation(group);
      row.changed_ns = ledger_.changed_ns(group);
      row.min = seen->min, row.max = seen->max;
      if (seen->offers.empty()) out.add(row);
      for (const auto& held : seen->offers) {
        row.offer_id = held.offer;
        row.desired = held.desired, row.booting = held.booting, row.serving = held.serving;
        row.unhealthy = held.unhealthy, row.draining = held.draining;
        out.add(row);
      }
    }
  }

  void list_machines(const Call& call, Strings ids, Machines& out) {
    const auto asked = ids.all() ? all() : named(ids);
    look(call, asked);
    for (const auto& group : asked)
      if (const auto* seen = ledger_.find(group); seen != nullptr && seen->status == NOVA_OK) {
        if (!seen->machines)
          throw Error(NOVA_UNIMPLEMENTED, program_.path + ": tells no machines of " + group);
        for (const auto& machine : *seen->machines) out.add(machine);
      }
  }

  void can_scale(const Call& call, Scale& io) {
    const auto rows = rows_of(io);
    const auto verdicts = judged(call, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) tell(io, i, verdicts[i]);
  }

  void scale(const Call& call, Scale& io) {
    const auto rows = rows_of(io);
    const auto verdicts = judged(call, rows);
    std::vector<Row> sent;
    std::vector<std::string> reasons;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (verdicts[i].status != NOVA_OK || verdicts[i].state != 0) continue;
      sent.push_back(rows[i]), index.push_back(i), reasons.emplace_back(io.reason(i));
    }
    std::vector<Verdict> answers;
    if (!sent.empty())
      answers = parsed([&] {
        return parse_scale(ask(call, scale_request(sent, reasons, configs_)), sent.size());
      });
    ledger_.fence(rows, verdicts);
    const auto now = context_.now_ns();
    for (std::size_t i = 0, next = 0; i < rows.size(); ++i) {
      auto verdict = verdicts[i];
      const bool was_sent = next < index.size() && index[next] == i;
      if (was_sent) verdict = answers[next++];
      if (verdict.status == NOVA_OK && (was_sent || verdict.state == NOVA_OP_NOTHING))
        verdict.state = ledger_.take(rows[i], !was_sent, now);
      tell(io, i, verdict);
    }
  }

  void poll(const Call& call, Operations& io) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < io.count(); ++i) tokens.push_back(nova::token(io.token(i)));
    look(call, ledger_.waiting(tokens));
    for (std::size_t i = 0; i < io.count(); ++i) {
      if (const auto operation = ledger_.poll(tokens[i], context_.now_ns()))
        io.answer(i, *operation);
      else
        io.unknown(i);
    }
  }

 private:
  std::chrono::nanoseconds positive(const char* key) const {
    const auto time = context_.duration(key);
    if (time < std::chrono::milliseconds(1))
      throw Error(NOVA_INVALID_ARGUMENT,
                  std::string("/") + key + ": must be at least 1ms, got " + context_.text(key));
    return time;
  }

  // Ends what a key stands for, unless it still is `stays`.
  void release(std::uint64_t key, const std::string& stays) {
    const auto at = bound_.find(key);
    if (at == bound_.end() || at->second == stays) return;
    const auto group = at->second;
    bound_.erase(at);
    for (const auto& [other, served] : bound_)
      if (served == group) return;
    configs_.erase(group);
    ledger_.forget(group);
  }

  std::vector<std::string> all() const {
    std::vector<std::string> out;
    for (const auto& [group, config] : configs_) out.push_back(group);
    return out;
  }
  static std::vector<std::string> named(const Strings& ids) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (std::find(out.begin(), out.end(), ids[i]) == out.end()) out.emplace_back(ids[i]);
    return out;
  }

  // Asks how the groups stand that are ours.
  void look(const Call& call, const std::vector<std::string>& groups) {
    std::vector<std::string> ours;
    for (const auto& group : groups)
      if (configs_.count(group) != 0) ours.push_back(group);
    if (ours.empty()) return;
    auto seen = parsed([&] { return parse_list(ask(call, list_request(ours, configs_)), ours); });
    for (auto& group : seen) ledger_.see(std::move(group), context_.now_ns());
  }

  std::vector<Verdict> judged(const Call& call, const std::vector<Row>& rows) {
    std::vector<std::string> groups;
    for (const auto& row : rows)
      if (!ledger_.knows(row.token)) groups.push_back(row.group);
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    look(call, groups);
    return ledger_.judge(rows);
  }

  static std::vector<Row> rows_of(const Scale& io) {
    std::vector<Row> out;
    for (std::size_t i = 0; i < io.count(); ++i)
      out.push_back({std::string(io.group_id(i)), std::string(io.offer_id(i)), io.desired(i),
                     nova::token(io.token(i)), io.expected_generation(i), io.fence(i)});
    return out;
  }
  static void tell(const Scale& io, std::size_t i, const Verdict& verdict) {
    if (verdict.status == NOVA_OK)
      io.answer(i, verdict.state);
    else
      io.fail(i, verdict.status, verdict.note);
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
  Ledger ledger_;
  GroupConfigs configs_;  // of the groups that are bound
  std::map<std::uint64_t, std::string> bound_;
};

}  // namespace
}  // namespace nova::command

NOVA_PLUGIN("org.novacron.command", "NovaCron", "1.0.0",
            nova::controller_component<nova::command::Command>)
