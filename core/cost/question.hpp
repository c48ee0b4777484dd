// The question the mix optimiser answers, and its answer.
//
// A column is one way to get machines: a machine type in a zone under a purchase option. A pool is
// a type in a zone; losing it loses all its spot machines at once. Amounts are whole numbers
// (thousandths of a vCPU, MiB, slots), money is whole nanos, so a mix is feasible or it is not, and
// the same on every machine. Built by whoever knows offers, spot figures and commitments; read by
// optimise and verify_mix.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/cost/volume.hpp"

namespace nova {

// How a machine is paid. Covered: by a commitment that is paid anyway, so it costs nothing more.
enum class PayAs { covered, on_demand, spot };
const char* to_string(PayAs pay) noexcept;

inline constexpr std::size_t kResources = 3;
enum Resource : std::size_t { kVcpu = 0, kMemory = 1, kSlots = 2 };
const char* resource_name(std::size_t resource) noexcept;  // "vCPU", "memory", "slots"

// Thousandths of a vCPU, MiB, and slots: how many equal units of work fit (0 = none).
using Amounts = std::array<std::int64_t, kResources>;
Amounts amounts(double vcpus, double memory_gib, std::int64_t slots = 0);

// Units of equal work that one machine holds: the least of its resource ratios, rounded down.
// What is asked of neither resource holds nothing.
std::int64_t slots_of(double vcpus, double memory_gib, double vcpus_each, double gib_each);

struct MixColumn {
  std::string offer_id;
  std::string machine_type, family, zone;
  PayAs pay = PayAs::on_demand;
  Amounts amount{};
  UsdPerHour price;     // what the bill says; list price where a volume discount applies
  UsdPerHour expected;  // what is minimised: spot with its interruptions, 0 where covered
  double hazard = 0;    // of a spot machine, per hour
  double carbon_g_per_hour = 0;
  std::optional<std::size_t> commitment;   // of a covered column: index of Commitments
  std::int64_t units = 0;                  // what one machine takes of it
  bool tiered = true;                      // counts for the volume tier; on demand: priced by it
  std::optional<std::uint32_t> available;  // at most so many; 0 = none to be had
  std::uint32_t held = 0;                  // running now
  Usd move_in, move_out;                   // what it costs to start one, to give one up
};

// Caps bind spot machines only, as shares of the demand for each resource; 1 = no cap.
struct MixLimits {
  double pool = 0.25, family = 0.40, zone = 0.50;
  double alive = 0;           // share of the demand left when the worst pool is lost
  double base_on_demand = 0;  // share of the demand on machines nobody takes away
  std::uint32_t min_pools = 0;
  std::uint32_t max_types = 0;  // 0 = any
  std::optional<UsdPerHour> budget;
  double spot = 1;  // of all spot machines together
};

struct MixQuestion {
  std::vector<MixColumn> columns;
  Amounts demand{};  // 0 = not asked; a column that has none of what is asked does not fit
  MixLimits limits;
  std::vector<std::int64_t> commitments;  // units of each that are free for this group
  VolumeDiscount volume;                  // of on-demand machines
  std::uint32_t account_machines = 0;     // running beside them in the account, for the tier
  Usd loss_of_all;  // what it costs to lose the whole demand at once: the price of risk
  double carbon_usd_per_kg = 0;
  double life_hours = 24;  // over which a move has to pay: its cost is spread over it, > 0
};

// A question of some of the columns of another.
struct PartQuestion {
  MixQuestion question;
  std::vector<std::size_t> column;  // of each of its columns, the place in the whole question

  // Its counts as those of the whole question, which has `size` columns.
  std::vector<std::uint32_t> whole(const std::vector<std::uint32_t>& counts,
                                   std::size_t size) const;
};
PartQuestion part_of(const MixQuestion& question,
                     const std::function<bool(const MixColumn&, std::size_t place)>& keeps);

// Weighted terms of a mix, each per hour; `total` is what is minimised.
struct MixCost {
  UsdPerHour bill;      // money: what the budget sees
  UsdPerHour expected;  // bill with expected interruptions, volume discount applied
  UsdPerHour risk;      // loss_of_all x share lost per hour
  UsdPerHour carbon;
  UsdPerHour moves;
  UsdPerHour total;
};

struct MixAnswer {
  std::vector<std::uint32_t> counts;  // of each column
  MixCost cost;
  UsdPerHour bound;  // no mix costs less (none known: 0)
  double gap = 0;    // (total - bound) / total, in [0, 1]: the answer is within it of the best
  std::uint32_t machines = 0;
  double interruptions_per_hour = 0;
  double worst_pool_share = 0;  // of the demand, lost with the largest spot pool
  std::string worst_pool;       // "type/zone", empty without spot
};

// What `counts` cost, term by term; counts.size() == columns.size().
MixCost price_of(const MixQuestion& question, const std::vector<std::uint32_t>& counts);

// The answer that `counts` are, without a bound: cost, machines, interruptions, worst pool.
MixAnswer describe(const MixQuestion& question, std::vector<std::uint32_t> counts);

// The share of the demand expected to be lost with spot machines in an hour.
double lost_per_hour(const MixQuestion& question, const std::vector<std::uint32_t>& counts);

// The share of the demand one machine of a column bears: the most over the resources asked.
double share_of(const MixQuestion& question, const MixColumn& column);

// Errors: invalid_argument, naming the field, for anything that has no meaning or passes what whole
// numbers hold: amounts or demand beyond 1e12, prices beyond 10 000 USD/h or negative, shares
// outside [0, 1], a hazard or weight that is negative or not finite.
Result<void> check(const MixQuestion& question);

}  // namespace nova
