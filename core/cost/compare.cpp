#include "core/cost/compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "core/cost/spot.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace {

using Counts = std::vector<std::uint32_t>;

constexpr double kMostOfOne = 100'000;

std::int64_t to_be_had(const MixColumn& column) {
  return column.available ? *column.available : static_cast<std::int64_t>(kMostOfOne);
}

// The part of the demand one machine serves: the least over the resources asked; 0 = it does not
// fit.
double serves(const MixQuestion& q, const MixColumn& column) {
  double part = std::numeric_limits<double>::infinity();
  for (std::size_t r = 0; r < kResources; ++r)
    if (q.demand[r] > 0)
      part =
          std::min(part, static_cast<double>(column.amount[r]) / static_cast<double>(q.demand[r]));
  return std::isfinite(part) ? part : 0;
}

// The column of a kind whose machines alone meet the demand at the least price.
std::optional<Counts> cheapest_alone(const MixQuestion& q, PayAs pay) {
  std::optional<std::size_t> best;
  double least = std::numeric_limits<double>::infinity(), machines = 0;
  for (std::size_t j = 0; j < q.columns.size(); ++j) {
    const auto& c = q.columns[j];
    const double part = serves(q, c);
    if (c.pay != pay || part <= 0) continue;
    const double n = std::ceil(1 / part - 1e-9);
    const double price = n * c.price.dollars();
    if (n > static_cast<double>(to_be_had(c)) || price >= least) continue;
    best = j;
    least = price;
    machines = n;
  }
  if (!best) return std::nullopt;
  Counts counts(q.columns.size(), 0);
  counts[*best] = static_cast<std::uint32_t>(machines);
  return counts;
}

// The rule that Karpenter follows, with and without the question's caps and on-demand base.
class KarpenterLike {
 public:
  KarpenterLike(const MixQuestion& q, bool within_limits)
      : q_(q), within_(within_limits), counts_(q.columns.size(), 0) {
    for (const auto& column : q.columns)
      part_.push_back(column.pay == PayAs::covered ? 0 : serves(q, column));
  }

  std::optional<Counts> buy() {
    double base = within_ ? std::max(q_.limits.base_on_demand, 1 - q_.limits.spot) : 0;
    for (double rest = 1; rest > 1e-9;) {
      const bool steady = base > 1e-9;
      const double lack = steady ? std::min(base, rest) : rest;
      auto pick = choose(lack, steady ? PayAs::on_demand : PayAs::spot);
      if (!pick) pick = choose(lack, PayAs::on_demand);
      if (!pick) return std::nullopt;
      const auto at_once = std::floor(lack / part_[*pick] + 1e-9);
      const auto n = std::clamp<std::int64_t>(static_cast<std::int64_t>(at_once), 1, room(*pick));
      take(*pick, n);
      const double done = static_cast<double>(n) * part_[*pick];
      rest -= done;
      if (q_.columns[*pick].pay == PayAs::on_demand) base -= done;
    }
    return std::move(counts_);
  }

 private:
  std::optional<std::size_t> choose(double rest, PayAs pay) const {
    const auto usable = [&](std::size_t j) {
      return part_[j] > 0 && q_.columns[j].pay == pay && room(j) > 0;
    };
    double most = 0, least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < part_.size(); ++j) {
      if (!usable(j)) continue;
      if (part_[j] <= rest + 1e-12) most = std::max(most, part_[j]);
      least = std::min(least, part_[j]);
    }
    if (most <= 0) most = least;
    std::optional<std::size_t> pick;
    for (std::size_t j = 0; j < part_.size(); ++j)
      if (part_[j] >= most && usable(j) && (!pick || q_.columns[j].price < q_.columns[*pick].price))
        pick = j;
    return pick;
  }

  // How many more machines of a column there may be.
  std::int64_t room(std::size_t j) const {
    const auto& c = q_.columns[j];
    auto most = to_be_had(c) - counts_[j];
    if (!within_ || c.pay != PayAs::spot) return most;
    for (const auto& [name, cap] : caps(c)) {
      const auto sum = spot_.find(name);
      for (std::size_t r = 0; r < kResources; ++r) {
        if (q_.demand[r] == 0 || c.amount[r] == 0 || cap >= 1) continue;
        const auto left = std::floor(cap * static_cast<double>(q_.demand[r])) -
                          static_cast<double>(sum == spot_.end() ? 0 : sum->second[r]);
        most = std::min(
            most, static_cast<std::int64_t>(std::floor(left / static_cast<double>(c.amount[r]))));
      }
    }
    return most;
  }

  std::array<std::pair<std::string, double>, 4> caps(const MixColumn& c) const {
    return {std::pair{std::string("all"), q_.limits.spot},
            std::pair{"p " + c.machine_type + '/' + c.zone, q_.limits.pool},
            std::pair{"f " + c.family, q_.limits.family}, std::pair{"z " + c.zone, q_.limits.zone}};
  }

  void take(std::size_t j, std::int64_t n) {
    const auto& c = q_.columns[j];
    counts_[j] += static_cast<std::uint32_t>(n);
    if (within_ && c.pay == PayAs::spot)
      for (const auto& [name, cap] : caps(c))
        for (std::size_t r = 0; r < kResources; ++r) spot_[name][r] += c.amount[r] * n;
  }

  const MixQuestion& q_;
  bool within_;
  Counts counts_;
  std::vector<double> part_;
  std::map<std::string, Amounts> spot_;  // by cap
};

std::string text(const char* format, double a, double b = 0) {
  char out[96];
  std::snprintf(out, sizeof out, format, a, b);
  return out;
}

std::string times(double per_hour) {
  const double every = 1 / per_hour;
  return per_hour > 0 ? "every " + text(every < 100 ? "%.3g h" : "%.0f h", every) : "never";
}

}  // namespace

PartQuestion within_risk(const MixQuestion& question, double max_risk) {
  return part_of(question, [&](const MixColumn& column, std::size_t) {
    return column.pay != PayAs::spot || (max_risk > 0 && admits(max_risk, column.hazard));
  });
}

MixAnswer in_all(const MixQuestion& question, const PartQuestion& part, const MixAnswer& answer) {
  auto whole = describe(question, part.whole(answer.counts, question.columns.size()));
  whole.bound = std::min(answer.bound, whole.cost.total);
  whole.gap = answer.gap;
  return whole;
}

std::vector<RiskPrice> price_of_risk(const MixQuestion& question, std::vector<double> limits,
                                     const MixEffort& effort) {
  std::sort(limits.begin(), limits.end());
  const auto useful = without_replaced(question);
  std::vector<RiskPrice> rows;
  for (const double limit : limits) {
    const auto within = within_risk(useful.question, limit);
    RiskPrice row{limit, std::nullopt, {}};
    MixEffort quiet = effort;
    quiet.explain = false;
    if (const auto answer = optimise(within.question, quiet); answer.ok())
      row.answer = in_all(question, useful, in_all(useful.question, within, *answer));
    else  // said of all there is
      row.why = optimise(within_risk(question, limit).question, effort).error().message;
    const auto* tighter = rows.empty() || !rows.back().answer ? nullptr : &*rows.back().answer;
    if (tighter && (!row.answer || tighter->cost.total < row.answer->cost.total))
      row = {limit, *tighter, {}};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Rival> rivals(const MixQuestion& question) {
  std::vector<Rival> all;
  const auto add = [&](const char* name, std::optional<Counts> counts) {
    if (!counts) return;
    auto breaks = violations(question, *counts);
    all.push_back({name, describe(question, std::move(*counts)), std::move(breaks)});
  };
  add("cheapest type on demand", cheapest_alone(question, PayAs::on_demand));
  add("cheapest spot pool", cheapest_alone(question, PayAs::spot));
  add("Karpenter-like", KarpenterLike(question, false).buy());
  add("the same within the caps", KarpenterLike(question, true).buy());
  return all;
}

ProsAndCons weigh(const MixQuestion& question, const MixAnswer& mix, const MixAnswer& other) {
  ProsAndCons said;
  const auto say = [&](bool better, std::string what) {
    (better ? said.pros : said.cons).push_back(std::move(what));
  };
  const double dearer = other.cost.expected.dollars() - mix.cost.expected.dollars();
  if (other.cost.expected != mix.cost.expected)
    say(dearer < 0, text("%+.4g USD/h (%+.3g %%)", dearer,
                         100 * dearer / std::max(1e-9, mix.cost.expected.dollars())));
  const double lost = lost_per_hour(question, mix.counts);
  const double lost_then = lost_per_hour(question, other.counts);
  if (lost_then == 0 && lost > 0)
    say(true, "no machine can be taken away");
  else if (std::fabs(lost_then - lost) > 1e-3 * lost)
    say(lost_then < lost,
        text(lost_then < lost ? "loses %.3g %% less of the demand to interruptions"
                              : "loses %.3g %% more of the demand to interruptions",
             100 * std::fabs(lost_then / lost - 1)));
  if (std::fabs(other.worst_pool_share - mix.worst_pool_share) > 0.005 && lost_then > 0)
    say(other.worst_pool_share < mix.worst_pool_share,
        text("the worst pool holds %.3g %%, not %.3g %%", 100 * other.worst_pool_share,
             100 * mix.worst_pool_share));
  if (lost_then > 0 && std::fabs(other.interruptions_per_hour - mix.interruptions_per_hour) >
                           0.05 * mix.interruptions_per_hour)
    say(other.interruptions_per_hour < mix.interruptions_per_hour,
        "an interruption " + times(other.interruptions_per_hour) + ", not " +
            times(mix.interruptions_per_hour));
  if (other.machines != mix.machines)
    say(other.machines < mix.machines,
        text("%.0f machines, not %.0f", other.machines, mix.machines));
  return said;
}

}  // namespace nova
