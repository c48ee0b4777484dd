// cost/azure: Azure virtual machines by their built-in price catalogue. See README.md.
#include "plugins/cost/catalogue/cloud.hpp"
#include "plugins/cost/catalogue/schema.hpp"

namespace nova::cloud {

NOVA_EMBED(azure_catalogue, NOVA_CATALOGUE)

namespace {

struct Azure {
  static constexpr auto id = "org.novacron.cost.azure";
  static constexpr auto name = "Azure virtual machines";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Azure Linux machines on demand; a captured price list, built in";
  static constexpr auto schema = NOVA_CLOUD_SCHEMA("");
  static std::span<const std::byte> catalogue() { return azure_catalogue(); }
  static ChargeUnit charge(std::string_view) { return {1, 0}; }
};

}  // namespace
}  // namespace nova::cloud

NOVA_PLUGIN("org.novacron.azure", "NovaCron", "1.0.0",
            nova::cost_component<nova::cloud::CloudPrices<nova::cloud::Azure>>)
