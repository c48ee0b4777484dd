#include "core/cost/refusals.hpp"

#include <algorithm>

namespace nova {

const char* to_string(RefusedFor why) noexcept {
  return why == RefusedFor::quota ? "quota" : why == RefusedFor::invalid ? "invalid" : "capacity";
}

const char* in_words(RefusedFor why) noexcept {
  return why == RefusedFor::quota     ? "over quota"
         : why == RefusedFor::invalid ? "not accepted"
                                      : "sold out";
}

RefusedFor refused_for(std::string_view word) noexcept {
  for (const auto why : {RefusedFor::quota, RefusedFor::invalid})
    if (word == to_string(why)) return why;
  return RefusedFor::capacity;
}

void Refusals::refuse(const std::string& tenant, const std::string& offer, TimePoint now,
                      RefusedFor why) {
  // What was left alone for long is forgotten.
  std::erase_if(pools_, [&](const auto& one) { return one.second.until + kMost < now; });
  auto& pool = pools_[{tenant, offer}];
  if (pool.times > 0 && now < pool.until) return;  // asked before it was known
  pool.offer = offer;
  pool.why = why;
  pool.ttl = pool.times == 0 ? kFirst : std::min(pool.ttl * 2, kMost);
  pool.until = now + pool.ttl;
  ++pool.times;
}

bool Refusals::blocks(const std::string& tenant, const std::string& offer, TimePoint now) const {
  if (pools_.empty()) return false;
  const auto at = pools_.find({tenant, offer});
  return at != pools_.end() && now < at->second.until;
}

std::vector<Refusal> Refusals::of(const std::string& tenant, TimePoint now) const {
  std::vector<Refusal> blocked;
  for (auto at = pools_.lower_bound({tenant, ""}); at != pools_.end() && at->first.first == tenant;
       ++at)
    if (now < at->second.until) blocked.push_back(at->second);
  return blocked;
}

}  // namespace nova
