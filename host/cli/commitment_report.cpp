#include "host/cli/commitment_report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

// "1y-all-upfront" of ".../linux/reserved/1y-all-upfront".
std::string terms_name(const Offer& offer) {
  const auto word = offer.purchase == Purchase::reserved ? "/reserved/" : "/savings-plan/";
  const auto at = offer.id.rfind(word);
  return at == std::string::npos ? offer.id : offer.id.substr(at + std::string(word).size());
}

CommitmentTerms terms_of(const Offer& offer) {
  return {terms_name(offer),
          {offer.upfront_nanos.value_or(0)},
          {offer.nanos_per_hour.value_or(0)},
          std::chrono::duration_cast<std::chrono::hours>(offer.term).count()};
}

bool same_kind(const Offer& a, const Offer& b) {
  return a.provider == b.provider && a.region == b.region && a.machine_type == b.machine_type &&
         a.os == b.os;
}

// What an hour costs that runs on the cheapest pool admitted; nothing if there is none.
void take_spot(const Offer& on_demand, const std::vector<Offer>& offers, const CommitmentWish& wish,
               KindDemand& kind) {
  for (const auto& o : offers) {
    if (o.purchase != Purchase::spot || !o.price || !same_kind(o, on_demand)) continue;
    const auto hazard = hazard_of_month_share(
        o.interruption_month.value_or(std::numeric_limits<double>::quiet_NaN()));
    if (!hazard.ok() || !admits(wish.max_risk, *hazard)) continue;
    const auto expected = expected_cost(*o.price, kind.on_demand, *hazard, {});
    if (expected >= kind.alternative) continue;
    kind.alternative = expected;
    kind.alternative_is = "spot in " + (o.zone.empty() ? o.region : o.zone);
  }
}

// Demand of all kinds hour by hour, hour-major, that is not owned: as forecast, or as it was. Hours
// nobody knows left out.
std::vector<double> usage_of(const std::vector<KindReport>& kinds, std::uint32_t owned) {
  const auto demand = [](const KindReport& k) -> const std::vector<double>& {
    return k.kind.forecast.empty() ? k.kind.history : k.kind.forecast;
  };
  TimePoint first = TimePoint::max(), end = TimePoint::min();
  for (const auto& k : kinds) {
    first = std::min(first, k.kind.first);
    end = std::max(end, k.kind.first + std::chrono::hours(demand(k).size()));
  }
  std::vector<double> usage;
  for (auto hour = first; hour < end; hour += std::chrono::hours(1)) {
    std::vector<double> row;
    bool known = false;
    for (const auto& k : kinds) {
      const auto at = (hour - k.kind.first) / std::chrono::hours(1);
      const bool within = at >= 0 && static_cast<std::size_t>(at) < demand(k).size();
      const double x = within ? demand(k)[static_cast<std::size_t>(at)] : NAN;
      known = known || !std::isnan(x);
      row.push_back(std::isnan(x) ? 0 : std::max(0.0, x - static_cast<double>(owned)));
    }
    if (known) usage.insert(usage.end(), row.begin(), row.end());
  }
  return usage;
}

PlanRow plan_row(const std::string& name, const std::vector<KindReport>& kinds,
                 const std::vector<double>& usage, double yearly_rate) {
  PlanRow row;
  row.name = name;
  std::vector<PlanRate> rates;
  const CommitmentTerms* terms = nullptr;
  for (const auto& k : kinds)
    for (std::size_t i = 0; i < k.kind.plans.size(); ++i)
      if (k.kind.plans[i].name == name) {
        terms = &k.kind.plans[i];
        rates.push_back({k.kind.alternative, effective_price(*terms)});
        row.quality = std::max(row.quality, k.kind.plan_quality[i]);
      }
  row.choice = savings_plan(rates, usage);
  row.saving = {row.choice.without.nanos - row.choice.cost.nanos};
  // Per committed dollar, the parts of the price paid at once and by the hour.
  const double effective = effective_price(*terms).dollars();
  const double c = effective > 0 ? row.choice.commitment.dollars() / effective : 0;
  const CommitmentTerms bought{name, Usd::from_dollars(c * terms->upfront.dollars()),
                               UsdPerHour::from_dollars(c * terms->recurring.dollars()),
                               terms->term_hours};
  const UsdPerHour replaced = row.saving + row.choice.commitment;
  row.worth =
      Usd::from_dollars(std::clamp(net_present_value(bought, replaced, 1, yearly_rate), -9e9, 9e9));
  return row;
}

}  // namespace

Result<KindDemand> kind_of(const std::string& name, const std::vector<Offer>& offers,
                           const CommitmentWish& wish) {
  std::vector<const Offer*> found;
  std::vector<std::string> known;
  for (const auto& o : offers) {
    if (o.purchase != Purchase::on_demand) continue;
    known.push_back(o.machine_type);
    if (o.id == name || o.machine_type == name) found.push_back(&o);
  }
  if (found.empty())
    return Error{ErrorCode::not_found,
                 "no on-demand offer of \"" + name + "\"" + did_you_mean(name, known)};
  if (found.size() > 1)
    return Error{ErrorCode::invalid_argument,
                 "\"" + name + "\" is offered in " + std::to_string(found.size()) +
                     " places, such as " + found[0]->id + " and " + found[1]->id +
                     ": say which with --provider, --region and --os"};
  const auto& offer = *found.front();
  if (!offer.price)
    return Error{ErrorCode::failed_precondition,
                 offer.id + " has no price in USD to compare a commitment with"};
  KindDemand kind;
  kind.name = offer.machine_type + " in " + offer.region + ", " + offer.os;
  kind.on_demand = kind.alternative = *offer.price;
  kind.alternative_is = "on demand";
  if (wish.may_run_on_spot) take_spot(offer, offers, wish, kind);
  for (const auto& o : offers) {
    if (!same_kind(o, offer) || o.term.count() <= 0 || o.currency != "USD") continue;
    if (!o.nanos_per_hour || !o.upfront_nanos) continue;
    const bool reserved = o.purchase == Purchase::reserved;
    (reserved ? kind.reserved : kind.plans).push_back(terms_of(o));
    (reserved ? kind.reserved_quality : kind.plan_quality).push_back(o.quality);
  }
  return kind;
}

Result<CommitmentReport> advise_all(std::vector<KindDemand> kinds, const CommitmentWish& wish) {
  CommitmentReport report;
  for (auto& kind : kinds) {
    KindReport of{std::move(kind), {}, {}};
    const auto& k = of.kind;
    AdviceQuestion question;
    question.history = k.history;
    question.forecast = k.forecast;
    question.on_demand = k.alternative;
    question.owned = wish.owned;
    question.min_days = wish.lookback_days;
    question.yearly_rate = wish.yearly_rate;
    const auto whole = advise(question);  // refuses what is too short, and sees demand fall
    if (!whole.ok()) return Error{whole.error().code, k.name + ": " + whole.error().message};
    of.warning = whole->warning;
    for (std::size_t i = 0; i < k.reserved.size(); ++i) {
      question.terms = {&k.reserved[i], 1};
      auto advice = advise(question);
      if (!advice.ok()) return advice.error();
      const auto effective = effective_price(k.reserved[i]);
      const double use = advice->use;
      of.rows.push_back({k.reserved[i], k.reserved_quality[i], effective,
                         break_even_utilisation(k.reserved[i], k.alternative),
                         std::move(advice).value(),
                         break_even_months(k.reserved[i], k.alternative, use)});
    }
    std::stable_sort(of.rows.begin(), of.rows.end(), [](const TermRow& a, const TermRow& b) {
      return a.advice.worth > b.advice.worth;
    });
    report.kinds.push_back(std::move(of));
  }
  // A plan is compared where it covers every kind.
  std::map<std::string, std::size_t> covers;
  for (const auto& k : report.kinds)
    for (const auto& plan : k.kind.plans) ++covers[plan.name];
  const auto usage = usage_of(report.kinds, wish.owned);
  for (const auto& [name, count] : covers)
    if (count == report.kinds.size())
      report.plans.push_back(plan_row(name, report.kinds, usage, wish.yearly_rate));
  std::stable_sort(report.plans.begin(), report.plans.end(),
                   [](const PlanRow& a, const PlanRow& b) { return a.worth > b.worth; });
  return report;
}

}  // namespace nova::cli
