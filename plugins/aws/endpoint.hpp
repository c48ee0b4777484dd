// Where a service of AWS answers in a region, and under which names a request to it is signed.
//
// An override wins over the environment (AWS_ENDPOINT_URL_EC2 and the like, then AWS_ENDPOINT_URL),
// that over AWS's own host; region and service of the signature never follow from the host. Source:
// "Service-specific endpoints", AWS SDKs and Tools Reference Guide. Pure but for getenv.
#pragma once

#include <string>
#include <string_view>

namespace nova::aws {

struct Endpoint {
  std::string url;              // ends with '/'
  std::string service, region;  // as signed
  bool official = true;         // AWS's own host: no override
};

// Services: "ec2", "autoscaling", "pricing". Throws nova::Error (NOVA_INVALID_ARGUMENT) for an
// override that is no http(s) URL of a host.
Endpoint endpoint_of(std::string_view service, std::string_view region, std::string_view override);

// The region whose price service knows this region's prices.
std::string pricing_region(std::string_view region);

}  // namespace nova::aws
