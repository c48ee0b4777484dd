#include "core/cost/verify_mix.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

namespace nova {
namespace {

using Sums = std::array<__int128, kResources>;

std::string amount_text(std::size_t r, double amount) {
  static constexpr double kUnit[kResources] = {1000, 1024, 1};
  static constexpr const char* kName[kResources] = {"", " GiB", ""};
  char text[48];
  std::snprintf(text, sizeof text, "%.6g%s", amount / kUnit[r], kName[r]);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g %%", 100 * share);
  return text;
}

// The most spot a cap admits: whole amounts, rounded down; a cap of 1 or more admits all.
bool above(double cap, std::int64_t demand, __int128 sum) {
  return cap < 1 && static_cast<double>(sum) > std::floor(cap * static_cast<double>(demand));
}

}  // namespace

std::vector<std::string> violations(const MixQuestion& question,
                                    const std::vector<std::uint32_t>& counts) {
  std::vector<std::string> found;
  if (counts.size() != question.columns.size()) return {"counts: one is needed for each column"};
  Sums total{}, steady{}, spot{};
  std::map<std::string, Sums> pool, family, zone;
  std::set<std::string> pools_used, types_used;
  std::map<std::size_t, __int128> units;
  for (std::size_t j = 0; j < counts.size(); ++j) {
    const auto& column = question.columns[j];
    const auto n = counts[j];
    if (n == 0) continue;
    const auto place = column.machine_type + '/' + column.zone;
    pools_used.insert(place);
    types_used.insert(column.machine_type);
    if (column.available && n > *column.available)
      found.push_back("available: " + column.offer_id + " has " +
                      std::to_string(*column.available) + ", asked " + std::to_string(n));
    if (column.pay == PayAs::covered) units[*column.commitment] += __int128{column.units} * n;
    for (std::size_t r = 0; r < kResources; ++r) {
      if (question.demand[r] == 0) continue;
      const auto amount = __int128{column.amount[r]} * n;
      if (column.amount[r] == 0)
        found.push_back("fit: " + column.offer_id + " has no " + resource_name(r));
      total[r] += amount;
      if (column.pay != PayAs::spot) {
        steady[r] += amount;
        continue;
      }
      spot[r] += amount;
      pool[place][r] += amount;
      family[column.family][r] += amount;
      zone[column.zone][r] += amount;
    }
  }
  const auto& limits = question.limits;
  for (std::size_t r = 0; r < kResources; ++r) {
    const auto demand = question.demand[r];
    if (demand == 0) continue;
    const std::string name = resource_name(r);
    const auto text = [&](__int128 x) { return amount_text(r, static_cast<double>(x)); };
    if (total[r] < demand)
      found.push_back("demand: " + name + ' ' + text(total[r]) + ", needs " + text(demand));
    if (static_cast<double>(steady[r]) < limits.base_on_demand * static_cast<double>(demand))
      found.push_back("base_on_demand: " + name + ' ' + text(steady[r]) + ", needs " +
                      percent(limits.base_on_demand) + " of " + text(demand));
    if (above(limits.spot, demand, spot[r]))
      found.push_back("spot: " + name + ' ' + text(spot[r]) + ", at most " + percent(limits.spot) +
                      " of " + text(demand));
    const std::tuple<const char*, double, const std::map<std::string, Sums>*> caps[] = {
        {"pool", limits.pool, &pool},
        {"family", limits.family, &family},
        {"zone", limits.zone, &zone}};
    for (const auto& [kind, cap, sums] : caps)
      for (const auto& [place, sum] : *sums)
        if (above(cap, demand, sum[r]))
          found.push_back(std::string(kind) + ' ' + place + ": spot " + name + ' ' + text(sum[r]) +
                          ", at most " + percent(cap) + " of " + text(demand));
    for (const auto& [place, sum] : pool)
      if (static_cast<double>(total[r] - sum[r]) < limits.alive * static_cast<double>(demand))
        found.push_back("alive: without " + place + " " + name + ' ' + text(total[r] - sum[r]) +
                        ", needs " + percent(limits.alive) + " of " + text(demand));
  }
  if (pools_used.size() < limits.min_pools)
    found.push_back("min_pools: " + std::to_string(pools_used.size()) + ", needs " +
                    std::to_string(limits.min_pools));
  if (limits.max_types > 0 && types_used.size() > limits.max_types)
    found.push_back("max_types: " + std::to_string(types_used.size()) + ", at most " +
                    std::to_string(limits.max_types));
  for (const auto& [commitment, sum] : units)
    if (sum > question.commitments[commitment])
      found.push_back("commitment " + std::to_string(commitment) + ": more units than are free");
  const auto bill = price_of(question, counts).bill;
  if (limits.budget && bill > *limits.budget) {
    char text[96];
    std::snprintf(text, sizeof text, "budget: %.6g USD/h, at most %.6g", bill.dollars(),
                  limits.budget->dollars());
    found.emplace_back(text);
  }
  return found;
}

}  // namespace nova
