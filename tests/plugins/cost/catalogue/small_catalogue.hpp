// A catalogue of three machines in three regions, written here byte by byte: what make_catalogue.py
// lays out, small enough to break on purpose.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "plugins/cost/catalogue/price_book.hpp"

namespace nova_test {

class CatalogueWriter {
 public:
  template <class T>
  void column(const std::string& name, const char* kind, const std::vector<T>& values) {
    bytes(name, kind, values.size(), values.data(), values.size() * sizeof(T));
  }
  void texts(const std::string& name, const std::vector<std::string>& values) {
    std::string all;
    for (const auto& v : values) all += v + "\n";
    bytes(name, "text", values.size(), all.data(), all.size());
  }
  // Eight-byte units, so that the bytes begin where they must.
  std::vector<std::uint64_t> finish(nova::Json header) const {
    header["columns"] = columns_;
    std::string head = header.dump();
    head.resize((head.size() + 7) / 8 * 8, ' ');
    const auto size = static_cast<std::uint32_t>(head.size());
    std::string all = "NOVACAT1" + std::string(8, '\0') + head + body_;
    std::memcpy(all.data() + 8, &size, sizeof size);
    std::vector<std::uint64_t> units((all.size() + 7) / 8);
    std::memcpy(units.data(), all.data(), all.size());
    return units;
  }

 private:
  void bytes(const std::string& name, const char* kind, std::size_t rows, const void* data,
             std::size_t size) {
    body_.resize((body_.size() + 7) / 8 * 8);
    columns_[name] = {{"as", kind}, {"rows", rows}, {"at", body_.size()}, {"bytes", size}};
    body_.append(static_cast<const char*>(data), size);
  }
  nova::Json columns_;
  std::string body_;
};

inline std::span<const std::byte> view_of(const std::vector<std::uint64_t>& units) {
  return std::as_bytes(std::span(units));
}

// Regions a-1 (base), b-1 (index 1.5), c-1 (no index, CNY); types big.x, small.x, tiny.y.
inline std::vector<std::uint64_t> small_catalogue() {
  CatalogueWriter w;
  w.texts("types.name", {"big.x", "small.x", "tiny.y"});
  w.texts("types.family", {"x", "x", "y"});
  w.texts("types.arch", {"x86_64", "x86_64", "aarch64"});
  w.texts("types.details", {"\"burstable\":true", "", ""});
  w.column<double>("types.vcpus", "f64", {8, 2, nova::kNaN});
  w.column<double>("types.memory_mib", "f64", {32768, 8192, 512});
  w.column<double>("types.gpus", "f64", {0, 0, 0});
  w.column<double>("types.units", "f64", {16, 4, nova::kNaN});
  w.column<std::uint8_t>("types.flexible", "u8", {1, 1, 0});
  w.texts("regions.name", {"a-1", "b-1", "c-1"});
  w.texts("regions.kind", {"region", "region", "region"});
  w.texts("regions.parent", {"a-1", "b-1", "c-1"});
  w.texts("regions.currency", {"USD", "USD", "CNY"});
  w.column<double>("regions.index", "f64", {1, 1.5, nova::kNaN});
  // a-1: big, small, tiny; b-1: big (no price), small; c-1: small.
  w.column<std::uint32_t>("rows.first", "u32", {0, 3, 5, 6});
  w.column<std::uint16_t>("rows.type", "u16", {0, 1, 2, 0, 1, 1});
  w.column<std::uint8_t>("rows.zones", "u8", {5, 1, 0, 1, 0, 0});  // a and c; a; not known; ...
  w.column<std::uint32_t>("rows.linux", "u32", {400'001, 100'000, 5'000, 0, 150'000, 700'000});
  const std::uint8_t offered = 6, observed = 8, estimated = 16;
  w.column<std::uint8_t>("rows.linux_info", "u8",
                         {offered, offered, offered, offered, offered, offered});
  w.column<std::uint32_t>("rows.spot", "u32", {100'000, 30'000, 0, 0, 45'000, 0});
  w.column<std::uint8_t>("rows.spot_info", "u8",
                         {std::uint8_t(observed + 4), std::uint8_t(estimated + 6),
                          std::uint8_t(observed + 1), 0, std::uint8_t(observed + 5), 0});
  w.column<std::uint32_t>("rows.upfront_1y", "u32", {2000, 494, 0, 0, 0, 0});
  return w.finish(
      {{"provider", "toy"},
       {"base_region", "a-1"},
       {"estimate_source", 2},
       {"interruption_as_of", "2025-06-28"},
       {"interruption_month", {0.025, 0.075, 0.125, 0.175, 0.3}},
       {"sources",
        {{"list of toy", "2026-07-05", "list"},
         {"market", "2026-07-05", "observed"},
         {"index", "2026-07-05", "estimated"}}},
       {"options",
        {{{"purchase", "on-demand"}, {"os", "linux"}, {"price", "linux"}, {"info", "linux_info"}},
         {{"purchase", "spot"}, {"os", "linux"}, {"price", "spot"}, {"info", "spot_info"}},
         {{"purchase", "reserved"},
          {"os", "linux"},
          {"upfront", "upfront_1y"},
          {"source", 0},
          {"offering", "standard"},
          {"years", 1},
          {"payment", "all-upfront"},
          {"ratio", 10000}},
         {{"purchase", "reserved"},
          {"os", "linux"},
          {"upfront", "upfront_1y"},
          {"source", 2},
          {"offering", "standard"},
          {"years", 1},
          {"payment", "partial-upfront"},
          {"ratio", 10204}}}},
       {"rates",
        {{"a-1", "storage", "GB-month", 0, nullptr, 80'000'000, 0},
         {"a-1", "transfer.internet", "GB", 0, 100, 90'000'000, 0},
         {"world", "snapshot", "GB-month", 0, nullptr, 50'000'000, 0}}}});
}

}  // namespace nova_test
