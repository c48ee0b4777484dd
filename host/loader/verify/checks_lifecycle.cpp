// Lifecycle: create, describe, bind, forget, destroy, a hundred times and side by side.
#include <nlohmann/json.hpp>

#include "host/loader/verify/standard.hpp"
#include "host/wiring/json_schema.hpp"

namespace nova::verify {
namespace {

using loader::Kind;
using nlohmann::json;

void create_destroy(Rig& rig) {
  const auto object = rig.make();
  CallBox box;
  (void)box.message();
}

// One use of the component, as short as can be.
void use(Rig& rig) {
  const auto object = rig.make();
  const auto call = standard_call(rig, 1);
  call->prepare(object);
  CallBox box;
  (void)call->run(object, box);
}

void no_growth(Rig& rig) {
  for (int i = 0; i < 20; ++i) use(rig);  // pools and caches fill once
  const auto before = ProcessState::now();
  for (int i = 0; i < 100; ++i) use(rig);
  const auto after = ProcessState::now();
  require(after.files <= before.files,
          "100 instances left " + std::to_string(after.files - before.files) + " files open");
  require(
      after.threads <= before.threads,
      "100 instances left " + std::to_string(after.threads - before.threads) + " threads running");
  // 64 KiB an instance: an allocator's own noise is far below.
  const auto grown =
      after.resident_kb > before.resident_kb ? after.resident_kb - before.resident_kb : 0;
  require(kSanitized || grown < 6400,
          "100 instances left " + std::to_string(grown) + " KiB of memory behind");
}

void leaves_process_alone(Rig& rig) {
  const auto before = ProcessState::now();
  use(rig);
  const auto changed = before.changes_to(ProcessState::now());
  require(changed.empty(), changed);
}

void quiet(Rig& rig) {
  const CapturedOutput output;
  use(rig);
  const auto text = output.text();
  require(text.empty(), "wrote to stdout: \"" + text.substr(0, 60) + "\"; use the host's log");
}

void instances_apart(Rig& rig) {
  const auto call = standard_call(rig);
  const auto first = rig.make();
  call->prepare(first);
  CallBox box;
  const auto alone = call->run(first, box);
  {
    const auto second = rig.make();
    const auto other = standard_call(rig, 1);
    other->prepare(second);
    CallBox of_second;
    (void)other->run(second, of_second);
    CallBox beside;
    const auto again = call->run(first, beside);
    require(again.code == alone.code && again.output == alone.output,
            "a second instance changes what the first answers");
  }
  CallBox after;
  const auto again = call->run(first, after);
  require(again.code == alone.code && again.output == alone.output,
          "destroying a second instance changes what the first answers");
}

// What `create` makes of a config: an instance, or an error with its reason. Never both.
void bad_config(Rig& rig) {
  const bool has_settings =
      !rig.info.config_schema.empty() &&
      !json::parse(rig.info.config_schema).value("properties", json::object()).empty();
  const std::pair<const char*, std::string> cases[] = {
      {"no JSON", "{ \"a\": "},
      {"an array", "[]"},
      {"a number", "17"},
      {"binary", std::string("\0\xff\x01{}", 5)},
      {"deeply nested", std::string(5000, '[')},
      {"empty text", ""},
      {"an unknown key", R"({"no_such_key_of_anybody":1})"}};
  for (const auto& [name, text] : cases) {
    CallBox box;
    nova_instance* raw = nullptr;
    const auto status = rig.create(text, box, &raw);
    if (status == NOVA_OK) {
      require(raw, std::string("config ") + name + ": said OK but gave no instance");
      const Object object(rig.component, raw);
      require(!has_settings || std::string_view(name) != "no JSON",
              "took a config that is no JSON for a good one");
      continue;
    }
    require(!raw, std::string("config ") + name + ": failed, and gave an instance nonetheless");
    require(!box.message().empty(), std::string("config ") + name + ": refused without a message");
  }
}

// Each setting with a value of a wrong type: the host refuses it first, so here only the form of
// the answer counts.
void wrong_types(Rig& rig) {
  if (rig.info.config_schema.empty()) throw Skipped{"takes no config"};
  const auto properties = json::parse(rig.info.config_schema).value("properties", json::object());
  if (properties.empty()) throw Skipped{"takes no config"};
  for (const auto& [key, rule] : properties.items())
    for (const json& value : {json("text"), json(-1e308), json::array({1, "two"}), json(nullptr)}) {
      auto config = json::parse(rig.config);
      config[key] = value;
      CallBox box;
      nova_instance* raw = nullptr;
      const auto status = rig.create(config.dump(), box, &raw);
      if (status == NOVA_OK && raw) {
        const Object object(rig.component, raw);
        continue;
      }
      require(status != NOVA_OK,
              "/" + key + " = " + value.dump() + ": said OK but gave no instance");
      require(!raw,
              "/" + key + " = " + value.dump() + ": failed, and gave an instance nonetheless");
      require(!box.message().empty(),
              "/" + key + " = " + value.dump() + ": refused without a message");
    }
}

void describe(Rig& rig) {
  if (!rig.component.describe) throw Skipped{"no describe"};
  const auto object = rig.make();
  std::string text;
  const nova_writer writer{
      sizeof writer, 0, &text, [](const nova_writer* w, const void* data, std::uint64_t size) {
        static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data), size);
        return nova_status{NOVA_OK};
      }};
  CallBox box;
  box.expect_ok(rig.component.describe(object.get(), &box.call, &writer, &box.error), "describe");
  const auto answer = json::parse(text, nullptr, false);
  require(answer.is_object(), "describe answered no JSON object: " + text.substr(0, 60));
  require(answer.contains("config") && answer["config"].is_object(),
          "describe has no \"config\", the effective one");
  // No secret may come out.
  if (!rig.info.config_schema.empty()) {
    const auto shown = without_secrets(json::parse(rig.info.config_schema), answer["config"]);
    require(shown == answer["config"], "describe shows a secret; write \"***\" instead");
  }
  const auto capabilities = answer.value("capabilities", json::object());
  require(!capabilities.contains("max_batch") || capabilities["max_batch"].is_number_unsigned(),
          "describe: capabilities.max_batch must be a number from 1");
}

// A host that cannot take it: the writer's refusal must come back.
void writer_refusal(Rig& rig) {
  if (!rig.component.describe) throw Skipped{"no describe"};
  const auto object = rig.make();
  const nova_writer writer{sizeof writer, 0, nullptr,
                           [](const nova_writer*, const void*, std::uint64_t) {
                             return nova_status{NOVA_RESOURCE_EXHAUSTED};
                           }};
  CallBox box;
  const auto status = rig.component.describe(object.get(), &box.call, &writer, &box.error);
  require(status == NOVA_RESOURCE_EXHAUSTED,
          "a writer answered NOVA_RESOURCE_EXHAUSTED, describe made of it " + status_name(status));
}

void bind_again(Rig& rig) {
  if (!rig.component.bind) throw Skipped{"no bind"};
  if (rig.setup.bindings.empty()) throw Skipped{"check.json names no bindings"};
  const auto object = rig.make();
  rig.bind(object);
  rig.bind(object);
  if (!rig.component.forget) return;
  const auto keys = rig.bound_keys();
  for (int round = 0; round < 2; ++round) {
    CallBox box;
    box.expect_ok(
        rig.component.forget(object.get(), &box.call, keys.data(), keys.size(), &box.error),
        round ? "forget of keys it does not hold" : "forget");
  }
  rig.bind(object);
}

void unknown_extension(Rig& rig) {
  if (!rig.component.get_extension) throw Skipped{"no extensions"};
  const auto object = rig.make();
  require(!rig.component.get_extension(object.get(), "com.nobody.extension/99"),
          "answers for an extension it cannot know");
}

constexpr Check kLifecycleChecks[] = {
    {"create", Kind::unknown, "an instance can be made and destroyed", create_destroy},
    {"bad-config", Kind::unknown, "a bad config gives a status and a message", bad_config},
    {"wrong-types", Kind::unknown, "so does each setting of a wrong type", wrong_types},
    {"describe", Kind::unknown, "describe is JSON with the config, without secrets", describe},
    {"writer-refusal", Kind::unknown, "a writer's refusal is passed on", writer_refusal},
    {"bind-again", Kind::unknown, "bind twice, forget twice, bind", bind_again},
    {"extension", Kind::unknown, "no extension of an unknown id", unknown_extension},
    {"instances-apart", Kind::unknown, "instances do not see each other", instances_apart},
    {"no-growth", Kind::unknown, "100 instances leave no file, thread or memory", no_growth},
    {"process", Kind::unknown, "signals, folder, environment and locale stay",
     leaves_process_alone},
    {"quiet", Kind::unknown, "nothing is written to stdout", quiet},
};

}  // namespace

std::span<const Check> lifecycle_checks() { return kLifecycleChecks; }

}  // namespace nova::verify
