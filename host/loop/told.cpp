// What the loop tells of: alerts, the clock, lost machines, accounts, outcomes, plans, the
// report. Nothing here changes a decision.
#include <algorithm>

#include "core/base/text.hpp"
#include "core/engine/outcome_json.hpp"
#include "core/record/plan_json.hpp"
#include "host/loop/loop.hpp"

namespace nova {
namespace {

constexpr Duration kStandingEvery = std::chrono::hours(1);
// Longer than any decision waits for its outcome: two lead times and a stabilisation window.
constexpr Duration kForgotten = std::chrono::hours(24 * 7);
// A plugin that failed for fewer ticks is late, beyond it down.
constexpr std::size_t kTicksDown = Situation::kLateSteps;

// Machines that serve, as capacity of one signal.
double serving_capacity(const Decision& decision, const SignalSpec& signal) {
  return decision.serving * signal.per_machine;
}

std::string in_a_line(const Decision& d, bool dry_run) {
  return std::string(to_string(d.action)) + " " + std::to_string(d.current) + " -> " +
         std::to_string(d.desired) + (dry_run || d.dry_run ? " (dry run)" : "") + ": " + d.reason;
}

}  // namespace

std::vector<Condition> Loop::conditions(TimePoint now) {
  auto all = budget_conditions(engine_.market().ledger().book(), now);
  all.insert(all.end(), orphans_.begin(), orphans_.end());
  if (late_ticks_ > 0)
    all.push_back({"", "", "ticks_skipped", "ticks", "warning",
                   std::to_string(late_ticks_) +
                       " ticks were skipped: the one before took longer "
                       "than a step of " +
                       in_words(options_.step) + " (sources and controllers that answer slowly?)",
                   kTicksDown});
  for (auto& condition : door_.errors().conditions(now)) all.push_back(std::move(condition));
  for (std::size_t g = 0; g < engine_.size(); ++g)
    for (auto& condition : engine_.group(g).conditions(offers_.of(g), engine_.market()))
      all.push_back(std::move(condition));
  const auto down = [&](const auto& troubles, const char* severity) {
    for (const auto& [name, why] : troubles)
      if (!why.empty() && name.find('/') == std::string::npos)
        all.push_back({"", "", "plugin_down", "plugin " + name, severity,
                       "plugin " + name + " does not answer: " + why, kTicksDown});
  };
  down(senses_.troubles(), "critical");
  down(offers_.troubles(), "warning");
  down(model_troubles_, "warning");
  // One that is not asked, since its fleet is not known, is not judged: nothing new is told of it,
  // and nothing taken back.
  for (const auto& group : world_.groups)
    for (const auto& policy : group.policies) {
      const auto* plugin = std::get_if<PluginSpec>(&policy);
      if (!plugin) continue;
      const PerTenant who{group.name(), plugin->plugin};
      const auto trouble = policy_troubles_.find(who);
      const bool asked = policies_asked_.count(who) > 0;
      if (asked && trouble == policy_troubles_.end()) continue;
      const auto why = asked ? trouble->second : "";
      all.push_back(
          {group.tenant, group.id, "policy_failed", "policy plugin " + plugin->plugin, "critical",
           "policy plugin " + plugin->plugin + " proposes nothing, no machine is removed: " + why,
           kTicksDown, asked});
    }
  down(sinks_.troubles(), "warning");
  return all;
}

void Loop::raise_alerts(TimePoint now) {
  for (auto& [tenant, group, body] : alerts_.observe(now, conditions(now))) {
    const bool firing = body.value("firing", false);
    const auto text = (group.empty() ? "" : tenant + "/" + group + ": ") +
                      (firing ? body.value("severity", "") + ": " : "") + body.value("text", "");
    if (firing)
      log_(text);
    else if (options_.tell)
      options_.tell(text);
    write(EntryType::event, now, tenant, group, std::move(body));
  }
}

// Time goes on behind the last tick alone: what is on record cannot be lived through again.
void Loop::tell_clock(TimePoint boundary, bool behind) {
  const auto text =
      behind ? "the clock stands " + in_words(boundary - options_.step - clock_.now()) +
                   " before the last tick: it was set back, or was ahead then; nothing is decided "
                   "until " +
                   to_iso8601(boundary) + " (to go on now, start with another data_dir)"
             : "resolved: the clock has passed the last tick";
  event("", "",
        {{"text", text},
         {"alert", "clock_set_back"},
         {"about", "clock"},
         {"severity", "critical"},
         {"firing", behind},
         {"since_unix_ns", unix_ns(clock_.now())}});
  sinks_.feed(false);
}

// Machines that went while nobody looked: there is no list of before to compare with.
void Loop::tell_lost_meanwhile(const TickInput& input) {
  const auto size = [](const FleetView& fleet) {
    std::uint64_t all = 0;
    for (const auto& row : fleet.rows) all += row.desired;
    return all;
  };
  for (std::size_t g = 0; g < input.groups.size(); ++g) {
    const auto &before = engine_.group(g).fleet(), &now = input.groups[g].fleet;
    if (!before.known || !now.known || size(now) >= size(before)) continue;
    event(world_.groups[g].tenant, world_.groups[g].id,
          {{"text",
            std::to_string(size(before) - size(now)) +
                " machines have gone while the host was stopped: " + std::to_string(size(before)) +
                " then, " + std::to_string(size(now)) + " now"},
           {"change", "lost"}});
  }
}

void Loop::account(const std::vector<Decision>& decisions) {
  for (std::size_t g = 0; g < decisions.size(); ++g) {
    auto& tally = tallies_[g];
    ++tally.steps;
    const auto& group = engine_.group(g);
    // A replay has no one waiting.
    if (options_.tell && !clock_.is_virtual() && decisions[g].action != Action::hold)
      options_.tell(group.spec().name() + ": " + in_a_line(decisions[g], options_.dry_run));
    if (!group.fleet().known) continue;  // nobody knows what served
    for (std::size_t s = 0; s < group.spec().signals.size(); ++s)
      if (group.load(s) > serving_capacity(decisions[g], group.signal(s))) {
        ++tally.violations;
        break;
      }
  }
}

// What came of decisions that are judged by now.
void Loop::stamp_outcomes(TimePoint now) {
  for (std::size_t g = 0; g < engine_.size(); ++g) {
    const auto& group = engine_.group(g);
    for (const auto& outcome : group.hindsight().outcomes()) {
      const auto decision = unjudged_.extract({group.spec().name(), outcome.decided});
      if (decision.empty()) continue;  // its entry has expired from the journal
      std::uint32_t serving = 0;
      for (const auto& row : group.fleet().rows) serving += row.serving;
      Json loads = Json::array();
      for (std::size_t s = 0; s < group.spec().signals.size(); ++s)
        loads.push_back(
            {{"signal", group.spec().signals[s].name}, {"load", number(group.load(s))}});
      auto body = to_json(outcome);
      body["decision"] = decision.mapped();
      body["serving"] = serving;
      body["signals"] = loads;
      body["usd_per_hour"] = engine_.market().ledger().running(group.payer()).dollars();
      write(EntryType::outcome, now, group.spec().tenant, group.spec().id, std::move(body));
    }
  }
  // What was never carried out is never judged.
  std::erase_if(unjudged_, [&](const auto& each) { return each.first.second + kForgotten < now; });
}

// Once an hour, and at the end.
void Loop::write_standings(TimePoint now, bool at_end) {
  const auto hour = floor_to(now, kStandingEvery);
  if (last_standing_ == hour && !at_end) return;
  last_standing_ = hour;
  for (std::size_t g = 0; g < engine_.size(); ++g)
    write(EntryType::outcome, now, engine_.specs()[g].tenant, engine_.specs()[g].id,
          standing(engine_.group(g)));
}

// Of the groups whose turn it is and whose fleet is known. Nothing is decided by plans, so replay
// passes them over.
void Loop::make_plans(TimePoint now) {
  for (std::size_t g = 0; g < engine_.size(); ++g) {
    const auto& group = engine_.group(g);
    if (!group.plan_due(options_.planning.every) || !group.fleet().known) continue;
    plans_[g] = std::make_shared<const Json>(
        to_json(group.plan(offers_.of(g), &engine_.market(), options_.planning)));
    write(EntryType::plan, now, group.spec().tenant, group.spec().id, *plans_[g]);
  }
}

void Loop::report(TimePoint now, const std::vector<Decision>& decisions,
                  const std::function<void(const TickReport&)>& on_tick) const {
  TickReport report{now, end_, {}, summary_, std::chrono::steady_clock::now() - tick_began_};
  const auto& ledger = engine_.market().ledger();
  for (std::size_t g = 0; g < decisions.size(); ++g) {
    const auto& group = engine_.group(g);
    GroupReport r;
    r.group = &group;
    r.decision = &decisions[g];
    r.dry_run = options_.dry_run || decisions[g].dry_run;
    for (const auto& row : group.fleet().rows) r.booting += row.booting;
    r.load = group.load(0);
    r.forecast = group.forecast_at_lead(0);
    r.price = ledger.running(group.payer());
    r.cost = ledger.spent(group.payer()) - tallies_[g].spent_before;
    r.steps = tallies_[g].steps;
    r.violations = tallies_[g].violations;
    r.plan = plans_[g];
    report.groups.push_back(r);
  }
  on_tick(report);
}

}  // namespace nova
