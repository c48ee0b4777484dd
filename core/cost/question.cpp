#include "core/cost/question.hpp"

#include <algorithm>
#include <cmath>

#include "core/cost/exact.hpp"

namespace nova {
namespace {

constexpr std::int64_t kMostAmount = 1'000'000'000'000;
constexpr std::int64_t kMostNanos = 10'000'000'000'000;  // 10 000 USD

std::int64_t whole(double x) { return std::llround(std::clamp(x, 0.0, 1e15)); }
bool at_least_zero(double x) { return x >= 0 && std::isfinite(x); }
bool is_share(double x) { return x >= 0 && x <= 1; }
Error wrong(const std::string& where, const char* rule) {
  return {ErrorCode::invalid_argument, where + ": " + rule};
}

Result<void> check(const MixColumn& column, const MixQuestion& question, std::size_t j) {
  const auto fail = [&](const char* where, const char* rule) {
    return wrong("/columns/" + std::to_string(j) + where, rule);
  };
  for (const auto a : column.amount)
    if (a < 0 || a > kMostAmount) return fail("/amount", "must be in [0, 1e12]");
  for (const auto nanos :
       {column.price.nanos, column.expected.nanos, column.move_in.nanos, column.move_out.nanos})
    if (nanos < 0 || nanos > kMostNanos)
      return fail("", "prices and move costs must be in [0, 10000] USD");
  if (!at_least_zero(column.hazard) || column.hazard > 1e6)
    return fail("/hazard", "must be in [0, 1e6] per hour");
  if (!at_least_zero(column.carbon_g_per_hour) || column.carbon_g_per_hour > 1e9)
    return fail("/carbon_g_per_hour", "must be in [0, 1e9]");
  if (column.held > 100'000) return fail("/held", "must be at most 100000");
  if (column.pay != PayAs::covered) return {};
  if (!column.commitment || *column.commitment >= question.commitments.size())
    return fail("/commitment", "a covered column names one of the commitments");
  if (column.units <= 0 || column.units > kMostAmount)
    return fail("/units", "must be in [1, 1e12]");
  return {};
}

}  // namespace

const char* to_string(PayAs pay) noexcept {
  return pay == PayAs::covered ? "covered" : pay == PayAs::spot ? "spot" : "on_demand";
}

const char* resource_name(std::size_t resource) noexcept {
  static constexpr const char* kNames[kResources] = {"vCPU", "memory", "slots"};
  return kNames[resource];
}

Amounts amounts(double vcpus, double memory_gib, std::int64_t slots) {
  return {whole(vcpus * 1000), whole(memory_gib * 1024), slots};
}

std::int64_t slots_of(double vcpus, double memory_gib, double vcpus_each, double gib_each) {
  double fit = INFINITY;
  // A hair is allowed for sizes that are no binary fractions: 0.3 / 0.1 is 3.
  if (vcpus_each > 0) fit = std::min(fit, vcpus / vcpus_each);
  if (gib_each > 0) fit = std::min(fit, memory_gib / gib_each);
  return fit < 1e12 ? static_cast<std::int64_t>(std::floor(fit + 1e-9)) : 0;
}

double share_of(const MixQuestion& question, const MixColumn& column) {
  double share = 0;
  for (std::size_t r = 0; r < kResources; ++r)
    if (question.demand[r] > 0)
      share = std::max(
          share, static_cast<double>(column.amount[r]) / static_cast<double>(question.demand[r]));
  return share;
}

MixCost price_of(const MixQuestion& question, const std::vector<std::uint32_t>& counts) {
  MixCost cost;
  UsdPerHour list, expected_list;  // of on-demand machines, before the volume discount
  std::uint32_t steady = 0;        // machines that count for the volume tier
  double risk = 0, carbon = 0, moves = 0;
  for (std::size_t j = 0; j < counts.size(); ++j) {
    const auto& column = question.columns[j];
    const auto n = counts[j];
    if (n == 0 && column.held == 0) continue;
    if (column.pay == PayAs::on_demand && column.tiered) {
      list = list + column.price * n;
      expected_list = expected_list + column.expected * n;
    } else {
      cost.bill = cost.bill + column.price * n;
      cost.expected = cost.expected + column.expected * n;
    }
    if (column.pay != PayAs::spot && column.tiered) steady += n;
    if (column.pay == PayAs::spot) risk += column.hazard * share_of(question, column) * n;
    carbon += column.carbon_g_per_hour * n;
    const double up = n > column.held ? n - column.held : 0;
    const double down = n < column.held ? column.held - n : 0;
    moves += up * static_cast<double>(column.move_in.nanos) +
             down * static_cast<double>(column.move_out.nanos);
  }
  const auto running = steady + question.account_machines;
  cost.bill = cost.bill + question.volume.discounted(list, running);
  cost.expected = cost.expected + question.volume.discounted(expected_list, running);
  const auto nanos = [](double x) { return UsdPerHour{std::llround(std::clamp(x, 0.0, 4e18))}; };
  cost.risk = nanos(risk * static_cast<double>(question.loss_of_all.nanos));
  cost.carbon = nanos(carbon * 1e-3 * question.carbon_usd_per_kg * 1e9);
  cost.moves = nanos(moves / question.life_hours);
  cost.total = cost.expected + cost.risk + cost.carbon + cost.moves;
  return cost;
}

double lost_per_hour(const MixQuestion& question, const std::vector<std::uint32_t>& counts) {
  double lost = 0;
  for (std::size_t j = 0; j < counts.size(); ++j)
    if (question.columns[j].pay == PayAs::spot && counts[j] > 0)
      lost += question.columns[j].hazard * share_of(question, question.columns[j]) * counts[j];
  return lost;
}

PartQuestion part_of(const MixQuestion& question,
                     const std::function<bool(const MixColumn&, std::size_t)>& keeps) {
  PartQuestion part;
  for (std::size_t j = 0; j < question.columns.size(); ++j)
    if (keeps(question.columns[j], j)) part.column.push_back(j);
  std::vector<MixColumn> columns;
  columns.reserve(part.column.size());
  for (const auto j : part.column) columns.push_back(question.columns[j]);
  part.question = {std::move(columns),   question.demand,
                   question.limits,      question.commitments,
                   question.volume,      question.account_machines,
                   question.loss_of_all, question.carbon_usd_per_kg,
                   question.life_hours};
  return part;
}

std::vector<std::uint32_t> PartQuestion::whole(const std::vector<std::uint32_t>& counts,
                                               std::size_t size) const {
  std::vector<std::uint32_t> all(size, 0);
  for (std::size_t k = 0; k < counts.size(); ++k) all[column[k]] = counts[k];
  return all;
}

MixAnswer describe(const MixQuestion& question, std::vector<std::uint32_t> counts) {
  MixAnswer answer;
  answer.counts = std::move(counts);
  answer.cost = price_of(question, answer.counts);
  for (std::size_t j = 0; j < answer.counts.size(); ++j) {
    const auto& column = question.columns[j];
    const auto n = answer.counts[j];
    answer.machines += n;
    if (column.pay != PayAs::spot || n == 0) continue;
    answer.interruptions_per_hour += column.hazard * n;
    const double share = share_of(question, column) * n;
    if (share > answer.worst_pool_share) {
      answer.worst_pool_share = share;
      answer.worst_pool = column.machine_type + '/' + column.zone;
    }
  }
  return answer;
}

Result<void> check(const MixQuestion& question) {
  for (std::size_t j = 0; j < question.columns.size(); ++j)
    if (auto fine = check(question.columns[j], question, j); !fine.ok()) return fine;
  for (std::size_t r = 0; r < kResources; ++r)
    if (question.demand[r] < 0 || question.demand[r] > kMostAmount)
      return wrong(std::string("/demand/") + resource_name(r), "must be in [0, 1e12]");
  const auto& limits = question.limits;
  const std::pair<const char*, double> shares[] = {{"pool", limits.pool},
                                                   {"family", limits.family},
                                                   {"zone", limits.zone},
                                                   {"alive", limits.alive},
                                                   {"base_on_demand", limits.base_on_demand},
                                                   {"spot", limits.spot}};
  for (const auto& [name, share] : shares)
    if (!is_share(share)) return wrong(std::string("/limits/") + name, "must be in [0, 1]");
  if (limits.budget && (limits.budget->nanos < 0 || limits.budget->nanos > 100'000 * kMostNanos))
    return wrong("/limits/budget", "must be in [0, 1e9] USD/h");
  for (const auto units : question.commitments)
    if (units < 0 || units > kMostAmount) return wrong("/commitments", "must be in [0, 1e12]");
  if (question.account_machines > 1'000'000)
    return wrong("/account_machines", "must be at most 1e6");
  if (question.loss_of_all.nanos < 0) return wrong("/loss_of_all", "must not be negative");
  if (!at_least_zero(question.carbon_usd_per_kg) || question.carbon_usd_per_kg > 1e6)
    return wrong("/carbon_usd_per_kg", "must be in [0, 1e6]");
  if (!(question.life_hours > 0) || !std::isfinite(question.life_hours))
    return wrong("/life_hours", "must be positive and finite");
  return {};
}

}  // namespace nova
