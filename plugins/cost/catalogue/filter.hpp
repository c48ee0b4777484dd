// What a question asks for: the filter of offers (plugin-api/schema/offer_filter.json), read once.
//
// Keys that are not known, or not of the stated form, leave nothing out: a filter is a hint and the
// host filters again. Called by PriceBook and for rates.
#pragma once

#include <limits>
#include <novascale/config.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nova::cloud {

// Shell patterns: `*` any text, `?` any one character, all else itself.
bool glob_matches(std::string_view pattern, std::string_view text);

struct Filter {
  Filter() = default;  // everything
  explicit Filter(const Json& json);

  bool wants_region(std::string_view region) const;
  // The zone asked for belongs to this region; true when none is asked for.
  bool wants_zone_of(std::string_view region) const;
  // A size that is not known (NaN) does not match a range on it.
  bool wants_machine(std::string_view type, std::string_view its_arch, double its_vcpus,
                     double its_memory_gib) const;
  bool wants_os(std::string_view name) const { return os.empty() || os == name; }
  bool wants_purchase(std::string_view word) const;

  struct Range {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool open() const { return low == -high; }
    bool holds(double x) const { return open() || (x >= low && x <= high); }
  };
  Range vcpus, memory_gib;
  std::string arch, os, machine_type, zone;  // "" = any
  // Empty = any. `machine_types` are shell patterns, `purchase` words as in an offer id.
  std::vector<std::string> regions, machine_types, purchase;
};

}  // namespace nova::cloud
