#include "host/cli/backtest_page.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "host/cli/page_json.hpp"
#include "host/cli/promise_option.hpp"

namespace nova::cli {
namespace {

// The page, with {{DATA}} where its data belong; made from backtest_page.html by CMake.
constexpr std::string_view kPage =
#include "backtest_page.inc"
    ;

// A longer trace is shown by blocks of slots, each with its lowest and highest load.
constexpr std::size_t kMostBlocks = 100'000;

using Json = nlohmann::ordered_json;

// [slot, value] where the value changes.
template <class Value>
Json changes(const std::vector<Value>& row) {
  auto out = Json::array();
  for (std::size_t k = 0; k < row.size(); ++k)
    if (k == 0 || row[k] != row[k - 1]) out.push_back({k, row[k]});
  return out;
}

// Runs of slots with load above what may be served: [first slot, slots, worst load, its capacity].
Json violations(const PastLoad& past, const FleetLog& log) {
  auto out = Json::array();
  std::size_t first = 0, length = 0;
  double worst = 0, load = 0, capacity = 0;
  const auto close = [&] {
    if (length > 0) out.push_back({first, length, rounded(load), rounded(capacity)});
    length = 0;
    worst = 0;
  };
  for (std::size_t k = 0; k < past.load.size(); ++k) {
    const double c = log.serving[k] * past.rules.per_machine;
    if (!violates(past.load[k], log.serving[k], past.rules)) {
      close();
      continue;
    }
    if (length++ == 0) first = k;
    if (past.load[k] - c < worst) continue;
    worst = past.load[k] - c;
    load = past.load[k];
    capacity = c;
  }
  close();
  return out;
}

template <class Pick>
std::vector<double> by_block(const std::vector<double>& row, std::size_t block, const Pick& pick) {
  std::vector<double> out;
  for (std::size_t k = 0; k < row.size(); k += block) {
    double best = std::nan("");
    for (std::size_t i = k; i < std::min(row.size(), k + block); ++i)
      if (std::isfinite(row[i]) && (!std::isfinite(best) || pick(row[i], best))) best = row[i];
    out.push_back(best);
  }
  return out;
}
constexpr auto kHighest = [](double a, double b) { return a > b; };
constexpr auto kLowest = [](double a, double b) { return a < b; };

Json policy_json(const PastLoad& past, const PolicyRun& run) {
  return {{"name", run.name},
          {"scores", to_json(run.scores)},
          {"serving", changes(run.log.serving)},
          {"desired", changes(run.log.desired)},
          {"billed", changes(run.log.billed)},
          {"violations", violations(past, run.log)}};
}

}  // namespace

ForecastFan::ForecastFan(std::size_t slots, std::uint32_t boot_slots)
    : boot_slots_(boot_slots),
      rows_(std::size(kLevels), std::vector<double>(slots, std::nan(""))) {}

void ForecastFan::take(std::size_t k, const GroupEngine& group) {
  const auto at = k + boot_slots_;
  if (at >= rows_[0].size()) return;
  const auto& signal = group.spec().signals.front();
  if (const auto* promise = group.promised()) {
    if (!promise->learned()) return;
    const double unit = signal.per_machine * promise_of(group.spec())->at_utilisation;
    for (std::size_t l = 0; l < rows_.size(); ++l)
      rows_[l][at] = unit * promise->outlook(0).load_at(1 - kLevels[l]);
    by_ = "the engine of the promise";
    return;
  }
  const auto& forecast = group.panel(0).forecast();
  if (!forecast) return;
  for (std::size_t l = 0; l < rows_.size(); ++l)
    if (const auto peak =
            forecast->peak(group.now(), group.now() + group.spec().lead_time, kLevels[l]))
      rows_[l][at] = *peak;
  by_ = group.panel(0).who();
}

void write_page(std::ostream& out, const PastLoad& past, const std::string& trace,
                const std::optional<PromiseSpec>& promise, const std::vector<PolicyRun>& runs,
                const ForecastFan& fan) {
  const auto& rules = past.rules;
  const auto slots = past.load.size();
  const auto block = (slots + kMostBlocks - 1) / kMostBlocks;
  Json data = {{"group", past.group.name()},
               {"trace", trace},
               {"signal", past.group.signals.front().name},
               {"start_ms", unix_ns(past.start) / 1'000'000},
               {"slot_s", seconds(rules.slot)},
               {"slots", slots},
               {"block", block},
               {"score_from", first_scored(slots, rules)},
               {"per_machine", rules.per_machine},
               {"target_utilisation", rules.target_utilisation},
               {"slo_utilisation", rules.slo_utilisation},
               {"boot_s", seconds(rules.slot) * past.boot_slots},
               {"usd_per_hour", rules.price.dollars()},
               {"high", rounded(by_block(past.load, block, kHighest))}};
  if (block > 1) data["low"] = rounded(by_block(past.load, block, kLowest));
  if (promise) data["promise"] = promise_line(*promise, runs);
  if (!fan.by().empty()) {
    auto rows = Json::array();
    for (const auto& row : fan.rows()) rows.push_back(rounded(by_block(row, block, kHighest)));
    data["fan"] = {{"by", fan.by()}, {"levels", ForecastFan::kLevels}, {"rows", rows}};
  }
  auto& policies = data["policies"] = Json::array();
  for (const auto& run : runs) policies.push_back(policy_json(past, run));
  const auto [before, behind] = around_data(kPage);
  out << before << page_text(data) << behind;
}

}  // namespace nova::cli
