// Conformance: the checks of `plugins verify`, one function each, in one table.
//
// A check drives one component through the C ABI itself, with nothing between, and says what is
// wrong by throwing Failed, or why it does not apply by throwing Skipped. It runs in a process of
// its own (host/cli/plugins_verify.cpp), so a crash is a failed check and nothing more.
#pragma once

#include <limits>
#include <span>
#include <string>

#include "host/loader/library.hpp"

namespace nova::verify {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  // missing

class Rig;

struct Failed {
  std::string reason;
};
struct Skipped {
  std::string reason;
};
// How the reason begins where nothing but the author's word is missing.
inline constexpr const char* kNoBindings = "check.json names no bindings";

struct Check {
  const char* name;   // "quantiles-ascend"
  loader::Kind kind;  // unknown = every kind
  const char* what;   // the rule, one line
  void (*run)(Rig& rig);
};

// The checks of one theme, in the order they are run; each defined in checks_<theme>.cpp.
std::span<const Check> descriptor_checks();
std::span<const Check> lifecycle_checks();
std::span<const Check> growth_checks();
std::span<const Check> thread_checks();
std::span<const Check> model_checks();
std::span<const Check> memory_checks();
std::span<const Check> state_checks();
std::span<const Check> metrics_checks();
std::span<const Check> cost_checks();
std::span<const Check> controller_checks();
std::span<const Check> sink_checks();
std::span<const Check> policy_checks();

// Calls `take` for each check that applies to a kind.
template <class Take>
void for_each_check(loader::Kind kind, Take&& take) {
  for (const auto checks :
       {descriptor_checks(), lifecycle_checks(), growth_checks(), thread_checks(), model_checks(),
        memory_checks(), state_checks(), metrics_checks(), cost_checks(), controller_checks(),
        sink_checks(), policy_checks()})
    for (const auto& check : checks)
      if (check.kind == loader::Kind::unknown || check.kind == kind) take(check);
}

// Under a sanitizer freed memory is kept and time is stretched: what measures those must know.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// Throws Failed unless `good`.
inline void require(bool good, const std::string& reason) {
  if (!good) throw Failed{reason};
}

}  // namespace nova::verify
