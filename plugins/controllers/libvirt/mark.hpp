// The mark that a machine of a group wears: an element of novascale's own XML namespace in its
// domain's metadata. What must outlive this process is kept there, and nowhere else. Pure.
//
//   <machine xmlns="https://novacron.org/xmlns/novascale/machine/1" group="web" token="c0..." .../>
#pragma once

#include <cstdint>
#include <novascale/controller.hpp>
#include <optional>
#include <string>

namespace nova::libvirt {

inline constexpr auto kMarkNamespace = "https://novacron.org/xmlns/novascale/machine/1";
inline constexpr auto kMarkPrefix = "novascale";

struct Mark {
  std::string group, offer;
  Token token{};              // of the request that made it, or that it was last started for
  std::uint32_t desired = 0;  // what that request asked for
  std::int64_t created_ns = NOVA_NONE, started_ns = NOVA_NONE, serving_ns = NOVA_NONE;
  bool on = false;           // of a tagged domain: started by us, so to be kept running
  Token left{};              // of the request that gives it up; none = it is wanted
  std::uint32_t remain = 0;  // what that request asked for
  std::int64_t left_ns = NOVA_NONE;
  bool chosen = false;  // it was given up by name

  bool leaves() const { return left != Token{}; }
  friend bool operator==(const Mark&, const Mark&) = default;
};

// The element, as virDomainSetMetadata takes it.
std::string to_xml(const Mark& mark);
// nullopt where the text is no element of ours with a group; what an attribute says wrongly is as
// absent.
std::optional<Mark> parse_mark(const std::string& xml);

}  // namespace nova::libvirt
