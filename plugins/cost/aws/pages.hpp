// The answers of AWS that carry prices and machine types, read page by page.
//
// Input: the body of one answer. Output: its rows and the token of the next page ("" = the last).
// Bytes that are not that answer are refused with nova::Error (NOVA_INTERNAL) and a sentence; a row
// that is none of ours is left out. Prices are nanos of the currency asked for. Sources: "Amazon
// EC2 API Reference" (DescribeSpotPriceHistory, DescribeInstanceTypes), "AWS Price List Query API"
// (GetProducts). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nova::cloud {

struct LiveRow {
  std::string zone, type, os;  // os as in offer ids; zone "" = the whole region
  std::int64_t nanos = 0;      // per hour
  std::string since;           // spot: when the price became this, ISO 8601
};

struct Machine {
  std::string type, arch;  // arch as uname -m says
  double vcpus = 0, memory_mib = 0, gpus = 0;
};

struct Page {
  std::vector<LiveRow> prices;
  std::vector<Machine> machines;
  std::string next;
};

Page read_spot_page(std::string_view xml);
Page read_types_page(std::string_view xml);
// Products of one region and operating system (as in offer ids), priced in the currency.
Page read_products_page(std::string_view json, std::string_view region, std::string_view os,
                        std::string_view currency);

// The names AWS has for an operating system of ours; "" = it is not sold so.
std::string_view spot_product(std::string_view os);   // "Linux/UNIX"
std::string_view priced_system(std::string_view os);  // "Linux"

}  // namespace nova::cloud
