// Which series a bound query means.
//
// Input: the query text and the binding's settings {"labels": {...}, "within": "mean", "aggregate":
// "sum"}. Output: indices of series and how to fold them. Called by plugin.cpp when the host binds.
#pragma once

#include <novascale/config.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "recording.hpp"

namespace nova::replay {

enum class Aggregate { none, sum, mean, max };

struct Selection {
  std::vector<std::size_t> series;  // one, or several with an aggregate
  Within within = Within::mean;
  Aggregate aggregate = Aggregate::none;
};

class Catalogue {
 public:
  Catalogue() = default;
  explicit Catalogue(const Recording& recording);

  // A query is a full name, or the part before its labels; a file with one series also answers to
  // "value". Throws nova::Error: NOVA_NOT_FOUND with near names, NOVA_INVALID_ARGUMENT for several
  // without an aggregate (naming them) or for settings that are not understood.
  Selection select(std::string_view query, const Config& settings) const;

 private:
  struct Entry {
    std::string name;
    Labels labels;
  };
  std::vector<std::size_t> named(std::string_view query) const;
  std::string near(std::string_view query) const;

  std::vector<Entry> entries_;
};

}  // namespace nova::replay
