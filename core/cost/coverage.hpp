// Coverage: which running machines the commitments pay for, shared by all groups of an account.
//
// A commitment is account-wide: whoever runs a matching machine is covered, and another group may
// eat what this one counted on. So it is a pool of units, leased: a unit is lent once. In: what is
// owned, who asks for what. Out: machines covered, and the order in which machines go. Order of
// cover: exact zonal reservations, then regional ones (size-flexible within a family), then money
// of savings plans. Sunk-cost rule: until a commitment is full, a machine it covers costs nothing
// more, and giving one up saves nothing.
// Not safe from several threads: the host settles groups one after the other, in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/question.hpp"

namespace nova {

// Size within a family in quarters of a nano-to-8xlarge unit: nano 1, micro 2, small 4, medium 8,
// large 16, xlarge 32, Nxlarge 32 N (AWS: .25, .5, 1, 2, 4, 8, 8 N). Nothing for "metal" and what
// is no size.
std::optional<std::int64_t> size_units(std::string_view machine_type);

// A promise that is paid, used or not.
struct Commitment {
  std::string id;
  std::string family, machine_type, region, zone, os;  // empty = any
  bool size_flexible = false;  // covers any size of the family, by size_units
  std::int64_t units = 0;      // machines, or size units where size-flexible
  UsdPerHour money;            // of a savings plan: instead of units
  double plan_discount = 0;    // of a savings plan, off the on-demand price
  TimePoint start, end;
};

// Machines somebody runs or wants to run.
struct CoverRequest {
  std::string group;  // tenant/group
  std::string family, machine_type, region, zone, os;
  UsdPerHour on_demand;
  std::uint32_t machines = 0;
};

// What one of the machines would take of a commitment: size units, machines, or nanos an hour of a
// savings plan; 0 = it does not cover them now.
std::int64_t units_needed(const Commitment& commitment, const CoverRequest& request, TimePoint now);

struct Lease {
  std::string commitment;
  std::uint32_t machines = 0;
  std::int64_t units = 0;  // or nanos an hour of a savings plan
};

class CoveragePool {
 public:
  explicit CoveragePool(std::vector<Commitment> owned);

  // Covers as many machines as it can and lends what that takes to the group until `release`.
  std::vector<Lease> lease(const CoverRequest& request, TimePoint now);

  // All that a group was lent is free again.
  void release(const std::string& group);

  // Units (or nanos an hour) of a commitment that are free; 0 outside its term or if unknown.
  std::int64_t free_units(const std::string& commitment, TimePoint now) const;

  // What a commitment costs each group that uses it: its hourly price by the units lent, with what
  // nobody uses under "". Adds up to the price exactly.
  std::map<std::string, Usd> shares(const std::string& commitment, Usd price) const;

  const std::vector<Commitment>& owned() const noexcept { return owned_; }

 private:
  std::int64_t lent(std::size_t commitment) const;

  std::vector<Commitment> owned_;  // in order of cover
  std::vector<std::map<std::string, std::int64_t>> lent_;
};

// Positions of `columns` in which running machines are given up: on-demand machines that nothing
// covers, the dearest first; then spot by highest expected cost; covered ones last.
std::vector<std::size_t> scale_in_order(std::span<const MixColumn> columns);

}  // namespace nova
