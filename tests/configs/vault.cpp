// A plugin with secrets in its settings, which none of the project's own has.
#include <novascale.hpp>

namespace {

struct Vault {
  static constexpr auto id = "com.example.vault", name = "Vault", version = "1.0.0",
                        description = "A sink that keeps nothing, behind a token";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["token"],
    "properties": {
      "token": { "type": "string", "x-secret": true },
      "more": { "type": "object", "additionalProperties": false, "default": {},
        "properties": { "key": { "type": "string", "x-secret": true } } } } })";

  explicit Vault(nova::Context) {}
  void write(const nova::Call&, const nova::Events&) {}
};

}  // namespace

NOVA_PLUGIN("com.example.vault", "Example", "1.0.0", nova::sink_component<Vault>)
