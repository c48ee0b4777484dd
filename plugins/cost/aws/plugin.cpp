// cost/aws: Amazon EC2 by its built-in price catalogue and, where asked for, by what AWS says now.
// See README.md.
#include "live_prices.hpp"
#include "plugins/aws/keys.hpp"
#include "plugins/cost/catalogue/cloud.hpp"
#include "plugins/cost/catalogue/schema.hpp"

namespace nova::cloud {

NOVA_EMBED(aws_catalogue, NOVA_CATALOGUE)

namespace {

struct Aws {
  static constexpr auto id = "org.novacron.cost.aws";
  static constexpr auto name = "Amazon EC2";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "EC2 on demand, spot and reserved, with storage and traffic; a price list built in, live "
      "prices on request";
  static constexpr auto schema = NOVA_CLOUD_SCHEMA(
      R"(,"os": {"type": "array", "items": {"type": "string", "enum": ["linux", "windows", "rhel", "suse", "ubuntu-pro"]}, "title": "Operating systems; absent: all"},)"
      R"("purchase": {"type": "array", "items": {"type": "string", "enum": ["on-demand", "spot", "reserved", "savings-plan"]}, "title": "Purchase options; absent: all"},)"
      R"("offerings": {"type": "array", "default": ["standard"], "items": {"type": "string", "enum": ["standard", "convertible", "instance-plan", "compute-plan"]}, "title": "Kinds of reserved and savings plans"},)"
      R"("estimate_missing": {"type": "boolean", "default": false, "title": "Estimate prices not known by the region's index against us-east-1"},)"
      R"("live": {"type": "boolean", "default": false, "title": "Ask AWS for present prices; needs regions and keys"},)" NOVA_AWS_KEYS
      R"(,)"
      R"("endpoint": {"type": "string", "minLength": 1, "title": "URL that answers instead of AWS; absent: AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL_PRICING, AWS_ENDPOINT_URL, else AWS"},)"
      R"("snapshot": {"type": "string", "minLength": 1, "x-path": true, "title": "File that keeps the last good prices"},)"
      R"("refresh_on_demand": {"type": "string", "title": "Read list prices again after; absent: 12h"},)"
      R"("refresh_spot": {"type": "string", "title": "Read spot prices again after; absent: 5m"},)"
      R"("refresh_types": {"type": "string", "title": "Read machine types again after; absent: 24h"},)"
      R"("request_timeout": {"type": "string", "title": "Longest time of one request; absent: 15s"})" NOVA_CLOUD_COMMITMENTS);
  static std::span<const std::byte> catalogue() { return aws_catalogue(); }
  // By the second from the first minute on; SUSE by the hour.
  static ChargeUnit charge(std::string_view os) {
    return os == "suse" ? ChargeUnit{3600, 3600} : ChargeUnit{1, 60};
  }
};

}  // namespace
}  // namespace nova::cloud

NOVA_PLUGIN(
    "org.novacron.aws", "NovaCron", "1.0.0",
    nova::cost_component<nova::cloud::CloudPrices<nova::cloud::Aws, nova::cloud::LivePrices>>)
