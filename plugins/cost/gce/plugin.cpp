// cost/gce: Google Compute Engine by its built-in price catalogue. See README.md.
#include "plugins/cost/catalogue/cloud.hpp"
#include "plugins/cost/catalogue/schema.hpp"

namespace nova::cloud {

NOVA_EMBED(gce_catalogue, NOVA_CATALOGUE)

namespace {

struct Gce {
  static constexpr auto id = "org.novacron.cost.gce";
  static constexpr auto name = "Google Compute Engine";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Compute Engine on demand, spot and committed use, with disks; a captured price list, built "
      "in";
  static constexpr auto schema = NOVA_CLOUD_SCHEMA(
      R"(,"purchase": {"type": "array", "items": {"type": "string", "enum": ["on-demand", "spot", "reserved"]}, "title": "Purchase options; absent: all"})" NOVA_CLOUD_COMMITMENTS);
  static std::span<const std::byte> catalogue() { return gce_catalogue(); }
  static ChargeUnit charge(std::string_view) { return {1, 60}; }
};

}  // namespace
}  // namespace nova::cloud

NOVA_PLUGIN("org.novacron.gce", "NovaCron", "1.0.0",
            nova::cost_component<nova::cloud::CloudPrices<nova::cloud::Gce>>)
