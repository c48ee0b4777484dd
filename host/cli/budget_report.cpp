#include "host/cli/budget_report.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/cells.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

using nlohmann::ordered_json;

std::string tenths(double share) { return plain(100 * share, "%.1f %%"); }

std::string scope_of(const BudgetSpec& spec) {
  if (spec.tenant.empty()) return "all";
  return spec.group.empty() ? spec.tenant : spec.tenant + "/" + spec.group;
}

// When a monthly limit is reached at the present rate; nothing where it is not before the month
// ends.
std::optional<TimePoint> runs_out(const BudgetLine& line, const Period& month, TimePoint now) {
  const auto& [spec, s] = line;
  if (!spec.max_monthly || s.rate.nanos <= 0) return std::nullopt;
  const auto left = spec.max_monthly->nanos - s.month_to_date.amortised.nanos;
  if (left <= 0) return now;
  const double last = static_cast<double>(left) / static_cast<double>(s.rate.nanos);
  if (last >= nova::hours(month.end - now)) return std::nullopt;
  return now + std::chrono::duration_cast<Duration>(
                   std::chrono::duration<double, std::ratio<3600>>(last));
}

// To the minute: nobody plans to the second; and no time to come before now.
std::string minute(TimePoint t, TimePoint now) {
  constexpr auto kMinute = std::chrono::minutes(1);
  const auto at = floor_to(t, kMinute);
  return to_iso8601(at < now ? at + kMinute : at);
}

void write_text(std::ostream& out, const std::vector<BudgetLine>& lines, TimePoint now) {
  out << "At " << to_iso8601(now) << "\n";
  std::vector<std::vector<std::string>> rows = {{"BUDGET", "OF", "STATE", "NOW/H", "LIMIT/H", "",
                                                 "THIS MONTH", "PROJECTED", "LIMIT", "", "RESETS"}};
  for (const auto& line : lines) {
    const auto& [spec, s] = line;
    rows.push_back({spec.name, scope_of(spec),
                    std::string(to_string(s.level)) + (spec.hard ? "" : " (only told)"),
                    to_string(Usd{s.rate.nanos}),
                    spec.max_hourly ? to_string(Usd{spec.max_hourly->nanos}) : "-",
                    spec.max_hourly ? tenths(s.hourly_share) : "",
                    to_string(s.month_to_date.amortised), to_string(s.projected),
                    spec.max_monthly ? to_string(*spec.max_monthly) : "-",
                    spec.max_monthly ? tenths(s.monthly_share) : "",
                    minute(month_of(spec.zone, now).end, now)});
  }
  print_rows(out, rows, "lllrrrrrrrl");
  for (const auto& line : lines) {
    const auto month = month_of(line.spec.zone, now);
    if (const auto at = runs_out(line, month, now))
      out << line.spec.name
          << (*at == now ? ": the month's limit is reached"
                         : ": at this rate the month's limit is reached on " + minute(*at, now))
          << "\n";
    if (line.status.month_to_date.cash != line.status.month_to_date.amortised)
      out << line.spec.name << ": " << to_string(line.status.month_to_date.cash)
          << " USD were paid this month; what is paid upfront counts by the hour\n";
  }
}

ordered_json to_json(const std::vector<BudgetLine>& lines, TimePoint now) {
  auto list = ordered_json::array();
  const auto usd = [](const auto& limit) {
    return limit ? ordered_json(limit->dollars()) : ordered_json();
  };
  for (const auto& line : lines) {
    const auto& [spec, s] = line;
    const auto month = month_of(spec.zone, now);
    const auto out = runs_out(line, month, now);
    list.push_back({{"name", spec.name},
                    {"of", scope_of(spec)},
                    {"hard", spec.hard},
                    {"state", to_string(s.level)},
                    {"usd_per_hour", s.rate.dollars()},
                    {"max_hourly_usd", usd(spec.max_hourly)},
                    {"hourly_share", s.hourly_share},
                    {"month_to_date_usd", s.month_to_date.amortised.dollars()},
                    {"month_to_date_cash_usd", s.month_to_date.cash.dollars()},
                    {"projected_usd", s.projected.dollars()},
                    {"max_monthly_usd", usd(spec.max_monthly)},
                    {"monthly_share", s.monthly_share},
                    {"reached_at", out ? ordered_json(to_iso8601(*out)) : ordered_json()},
                    {"resets_at", to_iso8601(month.end)},
                    {"time_zone", spec.zone.name()}});
  }
  return {{"format", "novascale.budgets/1"}, {"at", to_iso8601(now)}, {"budgets", list}};
}

}  // namespace

void write_budgets(std::ostream& out, const std::vector<BudgetLine>& lines, TimePoint now,
                   const std::string& format) {
  if (format == "json")
    out << to_json(lines, now).dump(2) << "\n";
  else
    write_text(out, lines, now);
}

}  // namespace nova::cli
