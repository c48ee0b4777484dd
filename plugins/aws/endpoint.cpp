#include "endpoint.hpp"

#include <cstdlib>
#include <novascale/error.hpp>

namespace nova::aws {
namespace {

bool in_china(std::string_view region) { return region.substr(0, 3) == "cn-"; }

// The service's name in variables: AWS_ENDPOINT_URL_AUTO_SCALING.
std::string_view id_of(std::string_view service) {
  return service == "ec2" ? "EC2" : service == "autoscaling" ? "AUTO_SCALING" : "PRICING";
}

std::string from_environment(std::string_view service) {
  const std::string all = "AWS_ENDPOINT_URL";
  for (const auto& name : {all + "_" + std::string(id_of(service)), all})
    if (const char* url = std::getenv(name.c_str()); url != nullptr && *url != '\0') return url;
  return {};
}

std::string checked(std::string url) {
  const auto scheme = url.find("://");
  const auto named = url.substr(0, scheme == url.npos ? 0 : scheme);
  const auto host = scheme == url.npos ? std::string() : url.substr(scheme + 3);
  // What stands before an @ would be credentials, and would be shown with the URL.
  if ((named != "http" && named != "https") || host.empty() || host[0] == '/' ||
      host.find_first_of("@?# \t\r\n") != host.npos)
    throw Error(NOVA_INVALID_ARGUMENT,
                "/endpoint: must be a URL such as http://127.0.0.1:8080, without user and query");
  if (url.back() != '/') url += '/';
  return url;
}

}  // namespace

Endpoint endpoint_of(std::string_view service, std::string_view region, std::string_view override) {
  Endpoint at{"", std::string(service), std::string(region), false};
  std::string url = override.empty() ? from_environment(service) : std::string(override);
  if (url.empty()) {
    at.official = true;
    url = "https://" + std::string(service == "pricing" ? "api.pricing" : service) + "." +
          at.region + ".amazonaws.com" + (in_china(region) ? ".cn" : "");
  }
  at.url = checked(std::move(url));
  return at;
}

std::string pricing_region(std::string_view region) {
  if (in_china(region)) return "cn-northwest-1";
  if (region.substr(0, 3) == "eu-") return "eu-central-1";
  return region.substr(0, 3) == "ap-" ? "ap-south-1" : "us-east-1";
}

}  // namespace nova::aws
