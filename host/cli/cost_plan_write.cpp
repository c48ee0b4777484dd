#include "host/cli/cost_plan_write.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <set>

#include "core/cost/spot.hpp"
#include "host/cli/cells.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

using nlohmann::ordered_json;

std::string usd(UsdPerHour rate) { return to_string(Usd{rate.nanos}, 4); }

std::string hours_text(double hours) { return plain(hours, hours < 100 ? "%.3g h" : "%.0f h"); }

std::string limit_name(double max_risk) {
  if (max_risk <= 0) return "no spot";
  return max_risk >= 1 ? "any" : percent(max_risk);
}

// Positions of the columns a mix uses, dearest sum first.
std::vector<std::size_t> used(const MixQuestion& q, const MixAnswer& mix) {
  std::vector<std::size_t> order;
  for (std::size_t j = 0; j < mix.counts.size(); ++j)
    if (mix.counts[j] > 0) order.push_back(j);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return q.columns[a].price * mix.counts[a] > q.columns[b].price * mix.counts[b];
  });
  return order;
}

Amounts sum_of(const MixQuestion& q, const MixAnswer& mix) {
  Amounts sum{};
  for (std::size_t j = 0; j < mix.counts.size(); ++j)
    for (std::size_t r = 0; r < kResources; ++r) sum[r] += q.columns[j].amount[r] * mix.counts[j];
  return sum;
}

double spot_share(const MixQuestion& q, const MixAnswer& mix) {
  double share = 0;
  for (std::size_t j = 0; j < mix.counts.size(); ++j)
    if (q.columns[j].pay == PayAs::spot) share += share_of(q, q.columns[j]) * mix.counts[j];
  return share;
}

std::string size_text(double vcpus, double memory_gib) {
  const auto v = plain(vcpus) + " vCPU", m = plain(memory_gib) + " GiB";
  return memory_gib <= 0 ? v : vcpus <= 0 ? m : v + " and " + m;
}

// More than all of the demand cannot be lost.
std::string lost_text(const MixAnswer& mix) { return percent(std::min(1.0, mix.worst_pool_share)); }

double month_risk(const MixColumn& column) {
  return interruption_probability(column.hazard, kHoursPerMonth);
}

class Text {
 public:
  Text(std::ostream& out, const PlanReport& report, const std::vector<Offer>& offers, TimePoint now)
      : out_(out), r_(report), q_(report.asked.question), offers_(offers), now_(now) {}

  void write() {
    head();
    plan();
    changes();
    alternatives();
    risk();
    beside();
  }

 private:
  void head() {
    std::set<std::string> providers;
    for (const auto i : r_.asked.offer) providers.insert(offers_[i].provider);
    out_ << size_text(r_.vcpus, r_.memory_gib);
    if (q_.demand[kSlots] > 0)
      out_ << " in " << q_.demand[kSlots] << " pieces of "
           << size_text(r_.vcpus / static_cast<double>(q_.demand[kSlots]),
                        r_.memory_gib / static_cast<double>(q_.demand[kSlots]));
    out_ << ": " << q_.columns.size() - risky() << " offers of " << providers.size()
         << (providers.size() == 1 ? " provider" : " providers") << " compared"
         << (r_.kinds.empty() ? "" : " (" + r_.kinds + " alone)");
    std::string why;
    for (const auto& [reason, count] : r_.asked.left_out)
      why += (why.empty() ? "" : ", ") + reason + " " + std::to_string(count);
    out_ << (why.empty() ? "" : "; left out: " + why) << "\n\n";
  }

  std::size_t risky() const {
    const auto at = r_.asked.left_out.find("spot too risky");
    return at == r_.asked.left_out.end() ? 0 : at->second;
  }

  void plan() {
    std::vector<std::vector<std::string>> rows = {
        {"COUNT", "OFFER", "VCPU", "GIB", "PRICE/H", "EXPECTED/H", "RISK/MONTH", "PRICE IS"}};
    for (const auto j : used(q_, r_.plan)) {
      const auto& c = q_.columns[j];
      const auto& o = offers_[r_.asked.offer[j]];
      const auto n = r_.plan.counts[j];
      std::string age = to_string(o.quality);
      if (o.as_of) age += ", " + age_text(now_ - *o.as_of) + " old";
      rows.push_back({std::to_string(n), c.offer_id, plain(o.vcpus), plain(o.memory_gib),
                      usd(c.price), usd(c.expected),
                      c.pay == PayAs::spot ? percent(month_risk(c)) : "-", age});
    }
    print_rows(out_, rows, "rlrrrrrl");
    const auto& cost = r_.plan.cost;
    const auto sum = sum_of(q_, r_.plan);
    out_ << "\n"
         << r_.plan.machines << (r_.plan.machines == 1 ? " machine" : " machines") << " with "
         << size_text(static_cast<double>(sum[kVcpu]) / 1000,
                      static_cast<double>(sum[kMemory]) / 1024)
         << ": " << usd(cost.bill) << " USD/h, "
         << to_string(cost_of(cost.bill, std::chrono::hours(730))) << " USD a month of 730 h\n"
         << "with interruptions " << usd(cost.expected) << " USD/h expected";
    for (const auto& [name, term] :
         {std::pair("risk", cost.risk), {"carbon", cost.carbon}, {"moves", cost.moves}})
      if (term.nanos > 0) out_ << ", " << name << " " << usd(term);
    if (cost.carbon.nanos > 0)
      out_ << " for " << plain(1e3 * cost.carbon.dollars() / q_.carbon_usd_per_kg, "%.3g")
           << " g of CO2 an hour";
    out_ << "; no mix is cheaper by more than " << percent(r_.plan.gap) << "\n";
    if (r_.plan.worst_pool.empty()) {
      out_ << "nothing of it can be taken away\n";
      return;
    }
    out_ << percent(spot_share(q_, r_.plan))
         << " of the demand is on spot; an interruption about every "
         << hours_text(1 / r_.plan.interruptions_per_hour) << "; losing the worst pool, "
         << r_.plan.worst_pool << ", takes " << lost_text(r_.plan) << "\n";
  }

  void changes() {
    if (!r_.present) return;
    std::vector<std::vector<std::string>> rows = {{"CHANGE", "OFFER"}};
    for (std::size_t j = 0; j < q_.columns.size(); ++j) {
      const auto by = std::int64_t{r_.plan.counts[j]} - q_.columns[j].held;
      if (by != 0)
        rows.push_back({plain(static_cast<double>(by), "%+.0f"), q_.columns[j].offer_id});
    }
    const auto& now = r_.present->answer.cost.expected;
    out_ << "\nRuns now: " << r_.present->answer.machines << " machines, " << usd(now)
         << " USD/h expected";
    for (const auto& broken : r_.present->breaks) out_ << "; " << broken;
    out_ << "\nThe plan " << (r_.plan.cost.expected <= now ? "saves " : "costs ");
    const auto more = r_.plan.cost.expected.nanos - now.nanos;
    out_ << usd(UsdPerHour{more < 0 ? -more : more}) << " USD/h" << (more > 0 ? " more" : "")
         << "\n";
    if (rows.size() > 1) print_rows(out_, rows, "rl");
    if (rows.size() == 1) out_ << "nothing changes\n";
  }

  void alternatives() {
    if (r_.alternatives.empty()) return;
    out_ << "\nAlternatives\n";
    for (const auto& other : r_.alternatives) {
      out_ << "  " << other.mix.stated_for << ": " << usd(other.mix.answer.cost.expected)
           << " USD/h expected, " << other.mix.answer.machines << " machines\n";
      for (const auto& pro : other.said.pros) out_ << "    + " << pro << "\n";
      for (const auto& con : other.said.cons) out_ << "    - " << con << "\n";
    }
  }

  void risk() {
    out_ << "\nThe price of risk: most acceptable chance of losing a machine within a month\n";
    std::vector<std::vector<std::string>> rows = {{"LIMIT", "EXPECTED/H", "OF THE PLAN", "SPOT",
                                                   "LOST WITH WORST POOL", "INTERRUPTED EVERY"}};
    for (const auto& row : r_.risk) {
      const auto name = limit_name(row.max_risk) + (row.max_risk == r_.max_risk ? " *" : "");
      if (!row.answer) {
        rows.push_back({name, "-", "-", "-", "-", row.why});
        continue;
      }
      const auto& a = *row.answer;
      rows.push_back(
          {name, usd(a.cost.expected),
           percent(a.cost.expected.dollars() / std::max(1e-9, r_.plan.cost.expected.dollars())),
           percent(spot_share(q_, a)), lost_text(a),
           a.interruptions_per_hour > 0 ? hours_text(1 / a.interruptions_per_hour) : "never"});
    }
    print_rows(out_, rows, "lrrrrl");
    out_ << "* as asked\n";
  }

  void beside() {
    out_ << "\nBeside simpler rules\n";
    std::vector<std::vector<std::string>> rows = {
        {"RULE", "EXPECTED/H", "OF THE PLAN", "MACHINES", "LOST WITH WORST POOL", "BUYS"}};
    const auto add = [&](const std::string& name, const MixAnswer& a, const std::string& breaks) {
      const auto order = used(q_, a);
      std::string buys;
      for (std::size_t k = 0; k < order.size() && k < 2; ++k)
        buys += (k ? ", " : "") + std::to_string(a.counts[order[k]]) + " x " +
                q_.columns[order[k]].offer_id;
      if (order.size() > 2) buys += " and " + std::to_string(order.size() - 2) + " more";
      rows.push_back(
          {name, usd(a.cost.expected),
           percent(a.cost.expected.dollars() / std::max(1e-9, r_.plan.cost.expected.dollars())),
           std::to_string(a.machines), lost_text(a), buys + breaks});
    };
    add("this plan", r_.plan, "");
    for (const auto& rival : r_.rivals)
      add(rival.name, rival.answer,
          rival.breaks.empty()
              ? ""
              : "; breaks " + rival.breaks.front() +
                    (rival.breaks.size() > 1
                         ? " and " + std::to_string(rival.breaks.size() - 1) + " more"
                         : ""));
    print_rows(out_, rows, "lrrrrl");
  }

  std::ostream& out_;
  const PlanReport& r_;
  const MixQuestion& q_;
  const std::vector<Offer>& offers_;
  TimePoint now_;
};

ordered_json machines_json(const PlanReport& r, const MixAnswer& mix,
                           const std::vector<Offer>& offers) {
  auto list = ordered_json::array();
  for (const auto j : used(r.asked.question, mix)) {
    const auto& c = r.asked.question.columns[j];
    const auto& o = offers[r.asked.offer[j]];
    list.push_back({{"offer", c.offer_id},
                    {"count", mix.counts[j]},
                    {"provider", o.provider},
                    {"region", o.region},
                    {"purchase", to_string(c.pay)},
                    {"price_usd_per_hour", c.price.dollars()},
                    {"expected_usd_per_hour", c.expected.dollars()},
                    {"interruption_month", month_risk(c)},
                    {"quality", to_string(o.quality)}});
  }
  return list;
}

ordered_json mix_json(const PlanReport& r, const MixAnswer& mix, const std::vector<Offer>& offers) {
  const auto sum = sum_of(r.asked.question, mix);
  return {{"bill_usd_per_hour", mix.cost.bill.dollars()},
          {"expected_usd_per_hour", mix.cost.expected.dollars()},
          {"risk_usd_per_hour", mix.cost.risk.dollars()},
          {"carbon_usd_per_hour", mix.cost.carbon.dollars()},
          {"moves_usd_per_hour", mix.cost.moves.dollars()},
          {"total_usd_per_hour", mix.cost.total.dollars()},
          {"machines", mix.machines},
          {"vcpus", static_cast<double>(sum[kVcpu]) / 1000},
          {"memory_gib", static_cast<double>(sum[kMemory]) / 1024},
          {"spot_share", spot_share(r.asked.question, mix)},
          {"worst_pool", mix.worst_pool},
          {"worst_pool_share", mix.worst_pool_share},
          {"interruptions_per_hour", mix.interruptions_per_hour},
          {"lost_share_per_hour", lost_per_hour(r.asked.question, mix.counts)},
          {"offers", machines_json(r, mix, offers)}};
}

ordered_json to_json(const PlanReport& r, const std::vector<Offer>& offers) {
  const auto& q = r.asked.question;
  auto plan = mix_json(r, r.plan, offers);
  plan["bound_usd_per_hour"] = r.plan.bound.dollars();
  plan["gap"] = r.plan.gap;
  auto others = ordered_json::array(), risk = others, rules = others;
  for (const auto& other : r.alternatives) {
    others.push_back(mix_json(r, other.mix.answer, offers));
    others.back()["name"] = other.mix.stated_for;
    others.back()["pros"] = other.said.pros;
    others.back()["cons"] = other.said.cons;
  }
  for (const auto& row : r.risk) {
    risk.push_back({{"max_risk", row.max_risk}});
    risk.back()["mix"] = row.answer ? mix_json(r, *row.answer, offers) : ordered_json(nullptr);
    if (!row.answer) risk.back()["why"] = row.why;
  }
  for (const auto& rival : r.rivals) {
    rules.push_back(mix_json(r, rival.answer, offers));
    rules.back()["name"] = rival.name;
    rules.back()["breaks"] = rival.breaks;
  }
  ordered_json present;
  if (r.present) {
    present = mix_json(r, r.present->answer, offers);
    present["breaks"] = r.present->breaks;
    present["given_up"] = r.given_up;
  }
  return {
      {"format", "novascale.cost_plan/1"},
      {"demand", {{"vcpus", r.vcpus}, {"memory_gib", r.memory_gib}, {"pieces", q.demand[kSlots]}}},
      {"compared", q.columns.size()},
      {"left_out", r.asked.left_out},
      {"plan", plan},
      {"alternatives", others},
      {"max_risk", r.max_risk},
      {"price_of_risk", risk},
      {"simpler_rules", rules},
      {"present", present}};
}

void write_csv(std::ostream& out, const PlanReport& r, const std::vector<Offer>& offers) {
  out << "offer,count,vcpus,memory_gib,price_usd_per_hour,expected_usd_per_hour,"
         "interruption_month\n";
  for (const auto j : used(r.asked.question, r.plan)) {
    const auto& c = r.asked.question.columns[j];
    const auto& o = offers[r.asked.offer[j]];
    out << c.offer_id << ',' << r.plan.counts[j] << ',' << plain(o.vcpus) << ','
        << plain(o.memory_gib) << ',' << plain(c.price.dollars(), "%.9g") << ','
        << plain(c.expected.dollars(), "%.9g") << ',' << plain(month_risk(c), "%.4g") << '\n';
  }
}

}  // namespace

void write_plan(std::ostream& out, const PlanReport& report, const std::vector<Offer>& offers,
                const std::string& format, TimePoint now) {
  if (format == "csv") return write_csv(out, report, offers);
  if (format == "json") {
    out << to_json(report, offers).dump(2) << "\n";
    return;
  }
  Text(out, report, offers, now).write();
  for (const auto& gone : report.given_up)
    out << "given up, for it cannot be used here: " << gone << "\n";
}

}  // namespace nova::cli
