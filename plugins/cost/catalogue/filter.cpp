#include "filter.hpp"

#include <algorithm>

namespace nova::cloud {

namespace {

std::string text_of(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  std::vector<std::string> out;
  const auto at = json.find(key);
  if (at == json.end() || !at->is_array()) return out;
  for (const auto& one : *at)
    if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

Filter::Range range_of(const Json& json, const char* key) {
  Filter::Range range;
  const auto at = json.find(key);
  if (at == json.end() || !at->is_array() || at->size() != 2) return range;
  if ((*at)[0].is_number()) range.low = (*at)[0].get<double>();
  if ((*at)[1].is_number()) range.high = (*at)[1].get<double>();
  return range;
}

bool holds(const std::vector<std::string>& any_of, std::string_view word) {
  return any_of.empty() || std::find(any_of.begin(), any_of.end(), word) != any_of.end();
}

}  // namespace

// Greedy, with one place to fall back to: O(pattern x text) at worst, no recursion.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

Filter::Filter(const Json& json)
    : vcpus(range_of(json, "vcpus")),
      memory_gib(range_of(json, "memory_gib")),
      arch(text_of(json, "arch")),
      os(text_of(json, "os")),
      machine_type(text_of(json, "machine_type")),
      zone(text_of(json, "zone")),
      regions(texts_of(json, "regions")),
      machine_types(texts_of(json, "machine_types")),
      purchase(texts_of(json, "purchase")) {
  if (const auto one = text_of(json, "region"); !one.empty()) regions = {one};
}

bool Filter::wants_region(std::string_view region) const { return holds(regions, region); }

bool Filter::wants_zone_of(std::string_view region) const {
  if (zone.empty()) return true;
  if (zone.compare(0, region.size(), region) != 0) return false;
  const auto rest = zone.size() - region.size();  // "a" of us-east-1a, "-a" of us-central1-a
  return rest == 1 || (rest == 2 && zone[region.size()] == '-');
}

bool Filter::wants_machine(std::string_view type, std::string_view its_arch, double its_vcpus,
                           double its_memory_gib) const {
  if (!machine_type.empty() && machine_type != type) return false;
  if (!arch.empty() && arch != its_arch) return false;
  if (!vcpus.holds(its_vcpus) || !memory_gib.holds(its_memory_gib)) return false;
  return machine_types.empty() ||
         std::any_of(machine_types.begin(), machine_types.end(),
                     [&](const auto& pattern) { return glob_matches(pattern, type); });
}

bool Filter::wants_purchase(std::string_view word) const { return holds(purchase, word); }

}  // namespace nova::cloud
