#include "core/cost/charge.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace nova {

Result<Duration> charged_time(const ChargeRule& rule, Duration used) {
  if (rule.unit.count() <= 0)
    return Error{ErrorCode::invalid_argument,
                 "charge unit: must be positive, got " + to_string(rule.unit)};
  if (rule.minimum.count() < 0)
    return Error{ErrorCode::invalid_argument,
                 "charge minimum: must not be negative, got " + to_string(rule.minimum)};
  if (used.count() < 0)
    return Error{ErrorCode::invalid_argument,
                 "time used: must not be negative, got " + to_string(used)};
  const auto unit = rule.unit.count();
  const auto units = used.count() / unit + (used.count() % unit != 0 ? 1 : 0);
  std::int64_t rounded = 0;
  if (__builtin_mul_overflow(units, unit, &rounded))
    return Error{ErrorCode::out_of_range,
                 "time used: too long to be charged, got " + to_string(used)};
  return std::max(rule.minimum, Duration{rounded});
}

Result<Usd> charge(const ChargeRule& rule, UsdPerHour rate, Duration used) {
  const auto time = charged_time(rule, used);
  if (!time.ok()) return time.error();
  return cost_of(rate, *time);
}

Result<Usd> charge_interrupted(const ChargeRule& rule, UsdPerHour rate, Duration used,
                               Duration free_within) {
  if (used.count() >= 0 && used < free_within) return Usd{};
  return charge(rule, rate, used);
}

Duration paid_rest(const ChargeRule& rule, TimePoint started, TimePoint now) {
  const auto used = std::max(Duration{0}, now - started);
  const auto charged = charged_time(rule, used);
  return charged.ok() ? *charged - used : Duration{0};
}

TimePoint release_at(const PaidMachine& machine, TimePoint now, Duration until_next_decision,
                     Duration drain) {
  const auto rest = paid_rest(machine.rule, machine.started, now);
  return rest <= until_next_decision + drain ? now : now + rest - drain;
}

std::vector<std::size_t> release_order(std::span<const PaidMachine> machines, TimePoint now) {
  std::vector<Duration> rest;
  for (const auto& m : machines) rest.push_back(paid_rest(m.rule, m.started, now));
  std::vector<std::size_t> order(machines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    const auto key = [&](auto i) {
      return std::tuple(rest[i], -machines[i].price.nanos, std::string_view(machines[i].id), i);
    };
    return key(a) < key(b);
  });
  return order;
}

}  // namespace nova
