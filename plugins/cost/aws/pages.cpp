#include "pages.hpp"

#include <algorithm>
#include <charconv>
#include <novascale/cost.hpp>
#include <optional>
#include <pugixml.hpp>

namespace nova::cloud {
namespace {

constexpr std::size_t kLongestName = 64;

struct System {
  std::string_view os, spot, priced;
};
constexpr System kSystems[] = {{"linux", "Linux/UNIX", "Linux"},
                               {"windows", "Windows", "Windows"},
                               {"rhel", "Red Hat Enterprise Linux", "RHEL"},
                               {"suse", "SUSE Linux", "SUSE"},
                               {"ubuntu-pro", "", "Ubuntu Pro"}};

[[noreturn]] void refuse(const std::string& what) { throw Error(NOVA_INTERNAL, what); }

// Of machine types, zones and tokens in ids and file names: nothing that could mean something else.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

// Per hour, in nanos; nothing for what is no positive amount below 1e6.
std::optional<std::int64_t> price_of(std::string_view text) {
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || end != text.data() + text.size() || !(amount > 0 && amount < 1e6))
    return std::nullopt;
  return to_nanos(amount);
}

// The answer's element, of an XML document that is whole.
pugi::xml_node answer_of(pugi::xml_document& xml, std::string_view text, const char* root) {
  const auto parsed = xml.load_buffer(text.data(), text.size());
  if (!parsed)
    refuse(std::string("the answer is no XML: ") + parsed.description() + " at byte " +
           std::to_string(parsed.offset));
  const auto node = xml.child(root);
  if (!node) refuse(std::string("the answer is no ") + root);
  return node;
}

double number_of(pugi::xml_node node) {
  const double value = node.text().as_double(-1);
  return value >= 0 && value < 1e12 ? value : -1;
}

std::string text_of(const Json& of, const char* key) {
  const auto at = of.find(key);
  return at != of.end() && at->is_string() ? at->get<std::string>() : std::string();
}

const Json& member(const Json& of, const char* key) {
  static const Json kNone = Json::object();
  const auto at = of.is_object() ? of.find(key) : of.end();
  return of.is_object() && at != of.end() && at->is_object() ? *at : kNone;
}

// The price of a machine-hour: the one dimension that is counted in hours.
std::optional<std::int64_t> hourly(const Json& product, const std::string& currency) {
  for (const auto& term : member(member(product, "terms"), "OnDemand"))
    for (const auto& dimension : member(term, "priceDimensions"))
      if (dimension.is_object() && text_of(dimension, "unit") == "Hrs")
        return price_of(text_of(member(dimension, "pricePerUnit"), currency.c_str()));
  return std::nullopt;
}

}  // namespace

std::string_view spot_product(std::string_view os) {
  for (const auto& s : kSystems)
    if (s.os == os) return s.spot;
  return {};
}

std::string_view priced_system(std::string_view os) {
  for (const auto& s : kSystems)
    if (s.os == os) return s.priced;
  return {};
}

Page read_spot_page(std::string_view text) {
  pugi::xml_document xml;
  const auto answer = answer_of(xml, text, "DescribeSpotPriceHistoryResponse");
  Page page;
  page.next = answer.child_value("nextToken");
  for (const auto item : answer.child("spotPriceHistorySet").children("item")) {
    LiveRow row{item.child_value("availabilityZone"), item.child_value("instanceType"), "", 0,
                item.child_value("timestamp")};
    const std::string_view product = item.child_value("productDescription");
    for (const auto& s : kSystems)  // of a VPC or not: one market by now
      if (!s.spot.empty() && product.substr(0, s.spot.size()) == s.spot &&
          (product.size() == s.spot.size() || product.substr(s.spot.size()) == " (Amazon VPC)"))
        row.os = s.os;
    const auto price = price_of(item.child_value("spotPrice"));
    if (row.os.empty() || !price || !is_name(row.zone) || !is_name(row.type)) continue;
    row.nanos = *price;
    page.prices.push_back(std::move(row));
  }
  return page;
}

Page read_types_page(std::string_view text) {
  pugi::xml_document xml;
  const auto answer = answer_of(xml, text, "DescribeInstanceTypesResponse");
  Page page;
  page.next = answer.child_value("nextToken");
  for (const auto item : answer.child("instanceTypeSet").children("item")) {
    Machine m{item.child_value("instanceType"), "", 0, 0, 0};
    for (const auto arch :
         item.child("processorInfo").child("supportedArchitectures").children("item")) {
      const std::string_view name = arch.child_value();
      if (name == "x86_64") m.arch = "x86_64";
      if (name == "arm64") m.arch = "aarch64";
    }
    m.vcpus = number_of(item.child("vCpuInfo").child("defaultVCpus"));
    m.memory_mib = number_of(item.child("memoryInfo").child("sizeInMiB"));
    for (const auto gpu : item.child("gpuInfo").child("gpus").children("item"))
      m.gpus += std::max(0.0, number_of(gpu.child("count")));
    // Mac machines are hired as whole hosts, by the day: not offered.
    if (!is_name(m.type) || m.arch.empty() || m.vcpus <= 0 || m.memory_mib <= 0 ||
        m.type.substr(0, 3) == "mac")
      continue;
    page.machines.push_back(std::move(m));
  }
  return page;
}

Page read_products_page(std::string_view text, std::string_view region, std::string_view os,
                        std::string_view currency) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("PriceList") || !json["PriceList"].is_array())
    refuse("the answer is no list of products");
  Page page;
  page.next = text_of(json, "NextToken");
  for (const auto& entry : json["PriceList"]) {
    // The price list is an array of texts, each of them JSON.
    const auto product = entry.is_string()
                             ? Json::parse(entry.get_ref<const std::string&>(), nullptr, false)
                             : Json();
    if (!product.is_object()) refuse("a product of the answer is no JSON object");
    const auto& facts = member(member(product, "product"), "attributes");
    const auto is = [&](const char* key, std::string_view value) {
      return !facts.contains(key) || text_of(facts, key) == value;
    };
    const auto type = text_of(facts, "instanceType");
    if (!is_name(type) || type.substr(0, 3) == "mac" || text_of(facts, "regionCode") != region ||
        text_of(facts, "operatingSystem") != priced_system(os) || !is("tenancy", "Shared") ||
        !is("preInstalledSw", "NA") || !is("capacitystatus", "Used") ||
        !is("marketoption", "OnDemand") || !is("licenseModel", "No License required"))
      continue;
    if (const auto price = hourly(product, std::string(currency)))
      page.prices.push_back({"", type, std::string(os), *price, ""});
  }
  return page;
}

}  // namespace nova::cloud
