#include "host/cli/past_load.hpp"

#include "core/backtest/trace.hpp"
#include "host/cli/forecast_csv.hpp"
#include "host/cli/trace_source.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/prices.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

const GroupSpec* find_group(const World& world, const std::string& name) {
  if (name.empty()) return world.groups.size() == 1 ? &world.groups.front() : nullptr;
  for (const auto& group : world.groups)
    if (group.id == name || group.name() == name) return &group;
  return nullptr;
}

// The cheapest machine on demand of those that the group may buy, for one reference machine.
int price_by_offers(const Call& call, const World& world, std::size_t group, PastLoad& past) {
  OfferBook book(world, [&](const auto&, const auto&, const std::string& text) {
    call.err << "novascale: " << text << "\n";
  });
  book.refresh(past.start);
  for (const auto& offer : book.of(group).offers()) {  // cheapest first
    if (offer.spot() || offer.capacity <= 0) continue;
    past.rules.price = past.group.price =
        UsdPerHour::from_dollars(offer.price.dollars() / offer.capacity);
    past.rules.charge_unit = offer.charge.unit;
    past.priced_by = offer.id;
    return kFine;
  }
  call.err << "novascale: no offer of group " << past.group.name() << " has a price\n";
  return kNo;
}

// What of the configuration a trial on a recorded load does not know.
std::string left_out(const World& world, const GroupSpec& group) {
  std::string all;
  const auto add = [&](bool there, const char* what) {
    if (there) all += (all.empty() ? "" : ", ") + std::string(what);
  };
  add(!world.market.budgets.empty(), "budgets");
  add(group.buying.spot, "spot machines");
  add(!world.market.commitments.empty(), "commitments");
  return all;
}

}  // namespace

void add_options(po::options_description& to, PastLoadOptions& o) {
  to.add_options()  //
      ("trace", po::value(&o.trace)->value_name("CSV"),
       "the load: timestamp_unix_s,value (.csv, .csv.gz)")  //
      ("series", po::value(&o.series)->value_name("NAME"),
       "series or column of the trace (value)")  //
      ("group", po::value(&o.group)->value_name("G"),
       "group of the configuration; needed if there are several")  //
      ("interp", po::value(&o.interpolation)->value_name("linear|zoh"),
       "between the samples of a trace coarser than the step (linear)")  //
      ("score-from", po::value(&o.score_from)->value_name("DURATION"),
       "history that is not scored (1d)");
}

int check_options(const Call& call, const PastLoadOptions& o) {
  if (o.interpolation != "linear" && o.interpolation != "zoh")
    return usage(call, "--interp: must be linear or zoh, got \"" + o.interpolation + "\"");
  const auto score_from = parse_duration(o.score_from);
  if (!score_from) return usage(call, "--score-from: " + score_from.error().message);
  return kFine;
}

int find_past_load(const Call& call, Setup& setup, const World& world, const PastLoadOptions& o,
                   PastLoad& past) {
  const auto* group = find_group(world, o.group);
  if (!group)
    return usage(call, o.group.empty() ? "--group: must name one of several groups"
                                       : "--group: there is no group \"" + o.group + "\"");
  if (group->signals.size() != 1 || group->signals.front().role != Role::demand)
    return usage(
        call, "group " + group->name() + ": a backtest needs exactly one signal, of role demand");
  const auto& signal = group->signals.front();
  if (signal.learn_capacity)
    return usage(call, "group " + group->name() +
                           ": a recorded load does not tell what a machine serves: give "
                           "per_machine a number");
  for (const auto& policy : group->policies)
    if (const auto* line = std::get_if<ThresholdSpec>(&policy))
      if (line->signal != signal.name)
        return usage(call, "group " + group->name() + ": a recorded load does not tell what \"" +
                               line->signal + "\" would have been: leave its threshold policy out");

  auto recorded = read_recorded_load(
      o.trace, o.series,
      loader::plugin_search_path(call.globals.plugin_dirs, setup.wiring().config.plugin_dirs));
  if (!recorded) {
    call.err << "novascale: " << recorded.error().message << "\n";
    return kNo;
  }
  if (const auto remark = drop_absurd(recorded->values); !remark.empty())
    call.err << "novascale: " << o.trace.string() << ": " << remark << "\n";
  const auto slot = setup.wiring().config.host.step;
  auto slots = to_slots(recorded->values, recorded->step, slot,
                        o.interpolation == "zoh" ? Interpolation::zoh : Interpolation::linear);
  if (!slots) {
    call.err << "novascale: " << o.trace.string() << ": " << slots.error().message << "\n";
    return kNo;
  }
  // Without an explicit one: a day, or nothing of a trace that is too short for it.
  const auto first = static_cast<std::uint64_t>(*parse_duration(o.score_from) / slot);
  if (o.score_from != PastLoadOptions().score_from && first + kFewestScored > slots->size())
    return usage(call, "--score-from must leave " + std::to_string(kFewestScored) +
                           " steps to be scored, got " + o.score_from + " of " +
                           to_string(slot * static_cast<std::int64_t>(slots->size())));
  if (first > 0 && first + kFewestScored > slots->size())
    call.err << "novascale: " << o.trace.string()
             << ": shorter than the day that is history (--score-from): all of it is scored\n";
  if (const auto what = left_out(world, *group); !what.empty())
    call.err << "novascale: " << what
             << " of the configuration have no part in this: all machines are on demand, and "
                "nothing limits the bill\n";
  past.group = *group;
  past.start = recorded->start;
  past.recorded = std::move(slots).value();
  past.load = past.recorded;
  for (auto& x : past.load) x *= signal.scale;
  past.boot_slots =
      static_cast<std::uint32_t>((group->lead_time.count() + slot.count() - 1) / slot.count());
  past.rules.per_machine = signal.per_machine;
  past.rules.target_utilisation = signal.target_utilisation;
  past.rules.min = group->min;
  past.rules.max = group->max;
  past.rules.slot = slot;
  past.rules.score_from = first;
  past.rules.price = group->price;
  if (o.failures) past.misfortune.emplace();
  if (!group->cost.empty())
    return price_by_offers(call, world, static_cast<std::size_t>(group - world.groups.data()),
                           past);
  return kFine;
}

}  // namespace nova::cli
