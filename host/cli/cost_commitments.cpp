// `cost commitments`: what to pay ahead, from the demand hour by hour.
#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>

#include "host/cli/cells.hpp"
#include "host/cli/commitment_demand.hpp"
#include "host/cli/commitment_report.hpp"
#include "host/cli/cost.hpp"
#include "host/cli/offer_sources.hpp"
#include "host/cli/setup.hpp"
#include "host/cli/text_table.hpp"
#include "host/wiring/config.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

struct CostCommitmentsOptions : OfferWords {
  std::string demand, forecast, column = "hi80", group, lookback, format = "text";
  double per_machine = 1;
  CommitmentWish wish;
};

void describe_cost_commitments(po::options_description& shown, po::options_description& hidden,
                               CostCommitmentsOptions& o) {
  o.question.os = "linux";
  po::options_description demand("Demand: a file, or the journal of --config"),
      which("Which machine"), rest("Advice");
  demand.add_options()  //
      ("demand", po::value(&o.demand)->value_name("CSV"),
       "timestamp,machines; or series,timestamp,machines with a machine type for each series")  //
      ("per-machine", po::value(&o.per_machine)->value_name("LOAD"),
       "the values are a load of which one machine serves so much (1)")                   //
      ("group", po::value(&o.group)->value_name("G"), "of the journal, this group only")  //
      ("forecast", po::value(&o.forecast)->value_name("CSV"),
       "hours ahead, as `novascale forecast` writes them: they size the purchase")  //
      ("forecast-column", po::value(&o.column)->default_value("hi80")->value_name("NAME"),
       "the quantile to be ready for");
  which.add_options()                                                                            //
      ("type", po::value(&o.types)->value_name("TYPE"), "machine type of a file of one series")  //
      ("provider", po::value(&o.providers)->value_name("NAME"), "price plugin to ask")           //
      ("region", po::value(&o.regions)->value_name("NAME"), "where the machines run")            //
      ("os", po::value(&o.question.os)->value_name("OS"), "linux by default");
  hidden.add_options()("regions", po::value(&o.regions))("providers", po::value(&o.providers));
  rest.add_options()  //
      ("owned", po::value(&o.wish.owned)->value_name("N"),
       "machines that are committed already (0)")  //
      ("lookback", po::value(&o.lookback)->value_name("DURATION"),
       "no advice on less known demand than this (the longest of the groups of --config; 30d)")  //
      ("discount-rate", po::value(&o.wish.yearly_rate)->default_value(0.05, "0.05"),
       "what money costs a year: worth is in today's dollars")  //
      ("or-spot", po::bool_switch(&o.wish.may_run_on_spot),
       "what is not committed may run on spot instead of on demand")  //
      ("spot-max-risk",
       po::value(&o.wish.max_risk)->default_value(0.2, "0.2")->value_name("CHANCE"),
       "of that spot, of losing a machine within a month")  //
      ("format", po::value(&o.format)->default_value("text")->value_name("FORMAT"),
       "text or json")  //
      ("help,h", "show this help");
  shown.add(demand).add(which).add(rest);
}

// The message of what is wrong with the words, or "".
std::string read_words(const Call& call, CostCommitmentsOptions& o) {
  if (auto wrong = read_offer_words(o); !wrong.empty()) return wrong;
  if (auto wrong = check_word("format", o.format, {"text", "json"}); !wrong.empty()) return wrong;
  const bool journal = !call.globals.config.empty();
  if (o.demand.empty() && !journal)
    return "demand from where? --demand CSV, or --config with a journal";
  if (!o.demand.empty() && !o.group.empty()) return "--group is of a journal, not of --demand";
  if (!(o.per_machine > 0) || !std::isfinite(o.per_machine))
    return "--per-machine must be positive, got " + plain(o.per_machine);
  if (!(o.wish.yearly_rate > -1 && o.wish.yearly_rate <= 10))
    return "--discount-rate must be in (-1, 10], got " + plain(o.wish.yearly_rate);
  if (!(o.wish.max_risk >= 0 && o.wish.max_risk <= 1))
    return "--spot-max-risk must be in [0, 1], got " + plain(o.wish.max_risk);
  if (o.wish.owned > 1'000'000) return "--owned must be at most 1000000";
  if (!o.lookback.empty()) {
    const auto lookback = parse_duration(o.lookback);
    if (!lookback.ok()) return "--lookback: " + lookback.error().message;
    o.wish.lookback_days = hours(*lookback) / 24;
  }
  if (o.question.types.size() > 1) return "--type names one machine type";
  return "";
}

// What is paid ahead for each demand: "" in a journal means the type of --type.
Result<std::vector<KindDemand>> kinds_of(const CostCommitmentsOptions& o,
                                         std::vector<HourlyDemand> demand,
                                         const std::vector<HourlyDemand>& forecast,
                                         const std::vector<Offer>& offers) {
  std::vector<KindDemand> kinds;
  for (auto& one : demand) {
    const auto& name = o.types.empty() ? one.name : o.types;
    auto kind = kind_of(name, offers, o.wish);
    if (!kind.ok()) return kind.error();
    kind->history = std::move(one.machines);
    kind->first = one.first;
    for (const auto& ahead : forecast)
      if (ahead.name == one.name || forecast.size() == 1) kind->forecast = ahead.machines;
    kinds.push_back(std::move(kind).value());
  }
  return kinds;
}

std::string usd(std::int64_t nanos, int digits = 4) { return to_string(Usd{nanos}, digits); }
std::string months(double m) { return std::isfinite(m) ? plain(m, "%.1f months") : "never"; }

void write_kind(std::ostream& out, const KindReport& report, const CommitmentWish& wish) {
  const auto& k = report.kind;
  std::vector<double> known;
  for (const double x : k.history)
    if (!std::isnan(x)) known.push_back(x);
  std::sort(known.begin(), known.end());
  double sum = 0;
  for (const double x : known) sum += x;
  out << k.name << ": " << usd(k.on_demand.nanos, 6) << " USD/h on demand";
  if (k.alternative != k.on_demand)
    out << ", " << usd(k.alternative.nanos, 6) << " expected on " << k.alternative_is;
  out << "\n"
      << plain(static_cast<double>(known.size()) / 24) << " days: " << plain(known.front())
      << " to " << plain(known.back()) << " machines, median " << plain(known[known.size() / 2])
      << ", mean " << plain(sum / static_cast<double>(known.size()));
  if (wish.owned > 0) out << "; " << wish.owned << " committed already";
  if (!k.forecast.empty()) out << "; sized by " << k.forecast.size() << " h of forecast";
  out << "\n";
  if (!report.warning.empty()) out << "warning: " << report.warning << "\n";
  out << "\n";
  if (report.rows.empty()) {
    out << "no reservation of it is among the offers asked for\n";
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"RESERVED", "PRICE IS", "EFFECTIVE/H",
                                                 "PAYS ABOVE", "BUY", "USED", "SAVES/H",
                                                 "PAYS BACK IN", "WORTH TODAY"}};
  for (const auto& row : report.rows) {
    const auto& a = row.advice;
    rows.push_back({row.terms.name, to_string(row.quality), usd(row.effective.nanos, 6),
                    percent(row.break_even_use), std::to_string(a.buy),
                    a.buy ? percent(a.use) : "-", a.buy ? usd(a.saving.nanos) : "-",
                    a.buy ? months(row.payback_months) : "-", a.buy ? usd(a.worth.nanos, 2) : "-"});
  }
  print_rows(out, rows, "llrrrrrrr");
}

void write_text(std::ostream& out, const CommitmentReport& report, const CommitmentWish& wish) {
  for (const auto& kind : report.kinds) {
    write_kind(out, kind, wish);
    out << "\n";
  }
  if (!report.plans.empty()) {
    std::vector<std::vector<std::string>> rows = {
        {"SAVINGS PLAN", "PRICE IS", "COMMIT/H", "USED", "SAVES/H", "WORTH TODAY"}};
    for (const auto& plan : report.plans) {
      const bool buy = plan.choice.commitment.nanos > 0;
      rows.push_back({plan.name, to_string(plan.quality), usd(plan.choice.commitment.nanos),
                      buy ? percent(plan.choice.utilisation) : "-",
                      buy ? usd(plan.saving.nanos) : "-", buy ? usd(plan.worth.nanos, 2) : "-"});
    }
    print_rows(out, rows, "llrrrr");
    out << "\n";
  }
  Usd reserved;
  std::string buy;
  for (const auto& kind : report.kinds) {
    if (kind.rows.empty() || kind.rows.front().advice.buy == 0) continue;
    const auto& best = kind.rows.front();
    buy += (buy.empty() ? "" : ", ") + std::to_string(best.advice.buy) + " x " + kind.kind.name +
           " " + best.terms.name;
    reserved = reserved + best.advice.worth;
  }
  const auto* plan = report.plans.empty() ? nullptr : &report.plans.front();
  if (plan && plan->worth > reserved)
    out << "Advice: commit " << usd(plan->choice.commitment.nanos) << " USD/h in a " << plan->name
        << ", worth " << usd(plan->worth.nanos, 2);
  else if (!buy.empty())
    out << "Advice: reserve " << buy << ", worth " << usd(reserved.nanos, 2);
  else {
    out << "Advice: buy nothing\n";
    return;
  }
  out << " USD today at " << percent(wish.yearly_rate)
      << " a year. Plans and reservations are alternatives, not a sum.\n";
}

ordered_json finite(double x) { return std::isfinite(x) ? ordered_json(x) : ordered_json(); }

ordered_json to_json(const CommitmentReport& report) {
  auto kinds = ordered_json::array(), plans = kinds;
  for (const auto& k : report.kinds) {
    auto rows = ordered_json::array();
    for (const auto& row : k.rows)
      rows.push_back({{"terms", row.terms.name},
                      {"quality", to_string(row.quality)},
                      {"upfront_usd", row.terms.upfront.dollars()},
                      {"recurring_usd_per_hour", row.terms.recurring.dollars()},
                      {"term_hours", row.terms.term_hours},
                      {"effective_usd_per_hour", row.effective.dollars()},
                      {"break_even_use", finite(row.break_even_use)},
                      {"buy", row.advice.buy},
                      {"use", row.advice.use},
                      {"utilisation_of_all", row.advice.utilisation},
                      {"saving_usd_per_hour", row.advice.saving.dollars()},
                      {"payback_months", finite(row.payback_months)},
                      {"worth_usd", row.advice.worth.dollars()}});
    kinds.push_back({{"machine", k.kind.name},
                     {"on_demand_usd_per_hour", k.kind.on_demand.dollars()},
                     {"alternative_usd_per_hour", k.kind.alternative.dollars()},
                     {"alternative", k.kind.alternative_is},
                     {"hours", k.kind.history.size()},
                     {"warning", k.warning},
                     {"reserved", rows}});
  }
  for (const auto& plan : report.plans)
    plans.push_back({{"terms", plan.name},
                     {"quality", to_string(plan.quality)},
                     {"commitment_usd_per_hour", plan.choice.commitment.dollars()},
                     {"utilisation", plan.choice.utilisation},
                     {"cost_usd_per_hour", plan.choice.cost.dollars()},
                     {"without_usd_per_hour", plan.choice.without.dollars()},
                     {"saving_usd_per_hour", plan.saving.dollars()},
                     {"worth_usd", plan.worth.dollars()}});
  return {{"format", "novascale.commitments/1"}, {"machines", kinds}, {"savings_plans", plans}};
}

// From the file, or from the journal of the configuration, whose groups then say how long a demand
// must be known.
Result<std::vector<HourlyDemand>> read_demand(const Call& call, CostCommitmentsOptions& o,
                                              int& code) {
  if (!o.demand.empty()) return demand_from_csv(o.demand, o.per_machine, call.err);
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) {
    code = kNo;
    return std::vector<HourlyDemand>{};
  }
  std::optional<Duration> lookback;
  for (const auto& group : loaded.config.groups)
    if (o.group.empty() || o.group == group.id || o.group == group.name())
      lookback = std::max(lookback.value_or(Duration{0}), group.buying.lookback);
  if (lookback && o.lookback.empty()) o.wish.lookback_days = hours(*lookback) / 24;
  return demand_from_journal(loaded.config.host.data_dir / "journal", o.group);
}

}  // namespace

int cost_commitments(const Call& call, const std::vector<std::string>& args) {
  CostCommitmentsOptions o;
  po::options_description shown, hidden;
  describe_cost_commitments(shown, hidden, o);
  if (parse_cost_words(args, shown, hidden)) {
    call.out << "Usage: novascale cost commitments --demand CSV --type m5.large --region us-east-1 "
                "[options]\n\nWhat to pay ahead: reservations and savings plans, by the demand "
                "hour by hour.\n"
             << shown;
    return kFine;
  }
  if (const auto wrong = read_words(call, o); !wrong.empty()) return say(call, kUsage, wrong);
  int code = kFine;
  auto demand = read_demand(call, o, code);
  if (code != kFine) return code;
  if (!demand.ok()) return say(call, kNo, demand.error().message);
  std::vector<HourlyDemand> forecast;
  if (!o.forecast.empty()) {
    auto ahead = demand_from_forecast(o.forecast, o.column, o.per_machine);
    if (!ahead.ok()) return say(call, kNo, ahead.error().message);
    forecast = std::move(ahead).value();
  }
  if (demand->empty()) return say(call, kNo, "there is no demand in it");
  if (!o.types.empty() && demand->size() > 1)
    return say(call, kUsage, "--type is for one series; here each series is named after its type");
  if (o.wish.owned > 0 && demand->size() > 1) return say(call, kUsage, "--owned is for one series");
  std::set<std::string> types;
  for (const auto& one : *demand) {
    const auto name = o.types.empty() ? one.name : o.types;
    if (name.empty() || name == "series")  // a file of one series has no name
      return say(call, kUsage, "which machine serves this demand? --type m5.large");
    const auto part = name.find("//");  // an offer id of a region, or a type
    auto type = part == name.npos ? name : name.substr(part + 2);
    types.insert(type.substr(0, type.find('/')));
  }
  o.offerings = {"standard", "instance-plan", "compute-plan"};
  o.question.types.assign(types.begin(), types.end());
  std::vector<Offer> offers;
  code = gather_offers(call, o, offers);
  if (offers.empty()) return code;
  auto kinds = kinds_of(o, std::move(demand).value(), forecast, offers);
  if (!kinds.ok()) return say(call, kNo, kinds.error().message);
  const auto report = advise_all(std::move(kinds).value(), o.wish);
  if (!report.ok()) return say(call, kNo, report.error().message);
  if (o.format == "json")
    call.out << to_json(*report).dump(2) << "\n";
  else
    write_text(call.out, *report, o.wish);
  return code;
}

}  // namespace nova::cli
