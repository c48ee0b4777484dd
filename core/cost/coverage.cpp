#include "core/cost/coverage.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <tuple>

#include "core/cost/exact.hpp"

namespace nova {
namespace {

bool is(const std::string& want, const std::string& have) { return want.empty() || want == have; }

bool is_plan(const Commitment& c) { return c.money.nanos > 0; }

bool covers(const Commitment& c, const CoverRequest& r, TimePoint now) {
  return now >= c.start && now < c.end && is(c.family, r.family) && is(c.region, r.region) &&
         is(c.zone, r.zone) && is(c.os, r.os) &&
         (c.size_flexible || is(c.machine_type, r.machine_type));
}

std::int64_t size_of(const Commitment& c) { return is_plan(c) ? c.money.nanos : c.units; }

}  // namespace

std::optional<std::int64_t> size_units(std::string_view machine_type) {
  const auto dot = machine_type.rfind('.');
  const auto size = dot == std::string_view::npos ? machine_type : machine_type.substr(dot + 1);
  static constexpr std::pair<std::string_view, std::int64_t> kSizes[] = {
      {"nano", 1}, {"micro", 2}, {"small", 4}, {"medium", 8}, {"large", 16}, {"xlarge", 32}};
  for (const auto& [name, units] : kSizes)
    if (size == name) return units;
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), n);
  if (error != std::errc{} || n <= 0 || n > 1000) return std::nullopt;
  if (std::string_view(end, static_cast<std::size_t>(size.data() + size.size() - end)) != "xlarge")
    return std::nullopt;
  return 32 * n;
}

std::int64_t units_needed(const Commitment& c, const CoverRequest& r, TimePoint now) {
  if (!covers(c, r, now)) return 0;
  if (is_plan(c))
    return mul_div(r.on_demand.nanos, kMillion - to_millionths(c.plan_discount), kMillion);
  return c.size_flexible ? size_units(r.machine_type).value_or(0) : 1;
}

CoveragePool::CoveragePool(std::vector<Commitment> owned) : owned_(std::move(owned)) {
  const auto rank = [](const Commitment& c) { return is_plan(c) ? 2 : c.zone.empty() ? 1 : 0; };
  std::stable_sort(owned_.begin(), owned_.end(), [&](const auto& a, const auto& b) {
    return std::tuple(rank(a), -a.plan_discount) < std::tuple(rank(b), -b.plan_discount);
  });
  lent_.resize(owned_.size());
}

std::int64_t CoveragePool::lent(std::size_t commitment) const {
  std::int64_t sum = 0;
  for (const auto& [group, units] : lent_[commitment]) sum += units;
  return sum;
}

std::vector<Lease> CoveragePool::lease(const CoverRequest& request, TimePoint now) {
  std::vector<Lease> leases;
  std::int64_t left = request.machines;
  for (std::size_t i = 0; i < owned_.size() && left > 0; ++i) {
    const auto each = units_needed(owned_[i], request, now);
    if (each <= 0) continue;
    const auto machines = std::min(left, (size_of(owned_[i]) - lent(i)) / each);
    if (machines <= 0) continue;
    lent_[i][request.group] += machines * each;
    left -= machines;
    leases.push_back({owned_[i].id, static_cast<std::uint32_t>(machines), machines * each});
  }
  return leases;
}

void CoveragePool::release(const std::string& group) {
  for (auto& lent : lent_) lent.erase(group);
}

std::int64_t CoveragePool::free_units(const std::string& commitment, TimePoint now) const {
  for (std::size_t i = 0; i < owned_.size(); ++i)
    if (owned_[i].id == commitment && now >= owned_[i].start && now < owned_[i].end)
      return size_of(owned_[i]) - lent(i);
  return 0;
}

std::map<std::string, Usd> CoveragePool::shares(const std::string& commitment, Usd price) const {
  std::map<std::string, Usd> shares;
  for (std::size_t i = 0; i < owned_.size(); ++i) {
    if (owned_[i].id != commitment) continue;
    std::vector<std::string> groups{""};
    std::vector<std::uint64_t> units{static_cast<std::uint64_t>(size_of(owned_[i]) - lent(i))};
    for (const auto& [group, lent] : lent_[i]) {
      groups.push_back(group);
      units.push_back(static_cast<std::uint64_t>(lent));
    }
    const auto parts = split(price, units);
    for (std::size_t k = 0; k < groups.size(); ++k) shares[groups[k]] += parts[k];
    break;
  }
  return shares;
}

std::vector<std::size_t> scale_in_order(std::span<const MixColumn> columns) {
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [](PayAs pay) {
    return pay == PayAs::on_demand ? 0 : pay == PayAs::spot ? 1 : 2;
  };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return std::tuple(rank(columns[a].pay), -columns[a].expected.nanos) <
           std::tuple(rank(columns[b].pay), -columns[b].expected.nanos);
  });
  return order;
}

}  // namespace nova
