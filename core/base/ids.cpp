#include "core/base/ids.hpp"

namespace nova {
namespace {

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) noexcept {
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

bool is_lower_alnum(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_valid_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 63 || !is_lower_alnum(id[0])) return false;
  for (const char c : id)
    if (!is_lower_alnum(c) && c != '_' && c != '-') return false;
  return true;
}

std::uint64_t series_key(std::string_view tenant, std::string_view group,
                         std::string_view signal) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto part : {tenant, std::string_view("/"), group, std::string_view("/"), signal})
    hash = fnv1a(hash, part);
  return hash == 0 ? 1 : hash;
}

}  // namespace nova
