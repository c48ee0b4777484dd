// Refusals: pools of which no machine was to be had when it was asked for, why, and how long they
// are left alone.
//
// In: an offer (machine type, zone, purchase option: a pool) that was refused, why, and when. Out:
// whether it is blocked now, so that the next best mix is bought meanwhile. A pool is blocked for
// three minutes (as Karpenter does), for twice as long each time it is refused again soon after,
// for half an hour at most. What one tenant was refused is not told to another: quotas differ.
// Pure; part of the engine's state.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

namespace nova {

// Whose fault it was: the provider has none, the account may have no more, the controller knows no
// such machine.
enum class RefusedFor { capacity, quota, invalid };
const char* to_string(RefusedFor why) noexcept;  // for machines: "capacity", ...
const char* in_words(RefusedFor why) noexcept;   // for people: "sold out", "over quota", ...
// Anything else is "capacity".
RefusedFor refused_for(std::string_view word) noexcept;

struct Refusal {
  std::string offer;
  TimePoint until;                        // blocked before this instant
  Duration ttl{};                         // how long it was blocked for
  std::uint32_t times = 0;                // in a row
  RefusedFor why = RefusedFor::capacity;  // the last time
};

class Refusals {
 public:
  static constexpr Duration kFirst = std::chrono::minutes(3), kMost = std::chrono::minutes(30);

  void refuse(const std::string& tenant, const std::string& offer, TimePoint now,
              RefusedFor why = RefusedFor::capacity);

  bool blocks(const std::string& tenant, const std::string& offer, TimePoint now) const;

  // All that are blocked for a tenant now, by offer.
  std::vector<Refusal> of(const std::string& tenant, TimePoint now) const;

  using Table = std::map<std::pair<std::string, std::string>, Refusal>;  // by tenant and offer
  const Table& table() const { return pools_; }
  void restore(Table pools) { pools_ = std::move(pools); }

 private:
  Table pools_;
};

}  // namespace nova
