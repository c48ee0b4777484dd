// Verb `plan`: what each group will need, what may go wrong and what to do about it; or what a
// promise would have cost, before it is made.
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <cmath>
#include <ostream>

#include "core/plan/need.hpp"
#include "core/record/plan_json.hpp"
#include "host/cli/past_load.hpp"
#include "host/cli/plan_promise.hpp"
#include "host/cli/plan_text.hpp"
#include "host/cli/promise_option.hpp"
#include "host/cli/recorded_engine.hpp"
#include "host/loop/prices.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct PlanOptions {
  PastLoadOptions past;
  std::string promises, format = "text";
  std::uint32_t machines = 0;
};

po::options_description describe_plan(PlanOptions& o) {
  po::options_description d(
      "Usage: novascale --config PATH plan [options]\n\nShows what each group will need over the "
      "next hours and days, which resource binds and when it saturates, when demand peaks, what "
      "may go wrong, and what to do about it with its alternatives. It is made of what the host "
      "has on record, or of a recorded load with --trace.\n\nWith --promise: what several promises "
      "would have cost on a recorded load, and whether they would have been kept: the engine of "
      "`run` on identical machines that boot in lead_time.\n\nOptions");
  add_options(d, o.past);
  d.add_options()  //
      ("machines", po::value(&o.machines)->value_name("N"),
       "with --trace: machines that serve at its end (what its last load needs)")  //
      ("promise", po::value(&o.promises)->value_name("LIST"),
       "shares of violated steps, or hpa for its bill, e.g. 5%,1%,0.1%,hpa; needs --trace")    //
      ("format", po::value(&o.format)->value_name("text|json"), "for people or for programs")  //
      ("help,h", "show this help");
  return d;
}

// One group after the other, as text or as {"plans": [...]}.
class PlanPrinter {
 public:
  PlanPrinter(const Call& call, bool json) : call_(call), json_(json) {}

  void add(const GroupSpec& spec, const GroupPlan& plan) {
    auto made = to_json(plan);
    if (!json_) {
      if (count_ > 0) call_.out << "\n\n";
      print_plan(call_.out, spec.name(), made);
    } else {
      Json one{{"tenant", spec.tenant}, {"group", spec.id}};
      for (auto& [key, value] : made.items()) one[key] = std::move(value);
      all_.push_back(std::move(one));
    }
    ++count_;
  }
  void add_unknown(const GroupSpec& spec, TimePoint now, const std::string& why) {
    const auto text = "its fleet is not known" + (why.empty() ? "" : ": " + why);
    if (json_) {
      all_.push_back({{"tenant", spec.tenant},
                      {"group", spec.id},
                      {"time", to_iso8601(now)},
                      {"problem", text}});
    } else {
      if (count_ > 0) call_.out << "\n\n";
      call_.out << spec.name() << " at " << to_iso8601(now) << ": " << text
                << ", so nothing can be planned\n";
    }
    ++count_;
  }
  std::size_t count() const { return count_; }
  void close() {
    if (json_) call_.out << Json{{"plans", all_}}.dump(2) << "\n";
  }

 private:
  const Call& call_;
  bool json_;
  std::size_t count_ = 0;
  Json all_ = Json::array();
};

// The group as if it had served the recorded load up to its end.
int plan_trace(const Call& call, const PlanOptions& o, Setup& setup, const World& world,
               const PastLoad& past) {
  const auto step = past.rules.slot;
  auto spec = past.group;
  drop_models(spec);
  const auto end = past.start + step * static_cast<std::int64_t>(past.recorded.size());
  OfferBook offers(world,
                   [&](const auto&, const auto&, const auto& text) { setup.log_warning(text); });
  offers.refresh(end);
  std::size_t index = 0;
  while (world.groups[index].name() != spec.name()) ++index;
  const auto& menu = offers.of(index);
  if (menu.empty())
    return failed(call, {ErrorCode::unavailable,
                         "no offer of group " + spec.name() + " can be bought: see `cost offers`"});

  const auto& signal = spec.signals.front();
  double last = 0;
  for (const double x : past.load)
    if (std::isfinite(x)) last = x;
  auto machines = o.machines;
  if (machines == 0)
    machines = std::clamp(machines_for(last, signal.per_machine, signal.target_utilisation),
                          spec.min, spec.max);
  const auto& offer = menu.offers().front();
  const auto count = static_cast<std::uint32_t>(std::ceil(machines / offer.capacity - 1e-9));
  FleetView fleet;
  fleet.known = true;
  fleet.rows.push_back({offer.id, count, 0, count, 0, 0});

  Engine engine({spec}, step);
  engine.observe({end, {{past.start + step, {past.recorded}, fleet}}});
  PlanPrinter plans(call, o.format == "json");
  plans.add(spec, engine.group(0).plan(menu, nullptr, setup.wiring().config.planning.rules, true));
  plans.close();
  return kFine;
}

// Every group, or the one that is named, from what is on record.
int plan_recorded(const Call& call, const PlanOptions& o) {
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) return kNo;
  const auto recorded = recorded_engine(loaded.config.host.data_dir);
  if (!recorded) {
    call.err << "novascale: " << recorded.error().message << "\n";
    return recorded.error().code == ErrorCode::not_found ? kNo : kFailed;
  }
  const auto& engine = *recorded->engine;
  PlanPrinter plans(call, o.format == "json");
  for (std::size_t g = 0; g < engine.size(); ++g) {
    const auto& spec = engine.specs()[g];
    if (!o.past.group.empty() && o.past.group != spec.id && o.past.group != spec.name()) continue;
    const auto& group = engine.group(g);
    if (!group.fleet().known) {
      plans.add_unknown(spec, group.now(), group.fleet().problem);
      continue;
    }
    plans.add(spec, group.plan(recorded->replay->menu(g), &engine.market(),
                               loaded.config.planning.rules, true));
  }
  if (plans.count() == 0) {
    call.err << "novascale: --group: the host on record has no group \"" << o.past.group << "\"\n";
    return kNo;
  }
  plans.close();
  return kFine;
}

int run_plan(const Call& call) {
  PlanOptions o;
  const auto described = describe_plan(o);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (o.past.trace.empty()) {
    for (const auto* needs : {"promise", "machines", "series", "interp", "score-from"})
      if (seen.count(needs) && !seen[needs].defaulted())
        return usage(call, std::string("--") + needs + " needs --trace CSV");
    return plan_recorded(call, o);
  }
  if (seen.count("promise") && seen.count("machines"))
    return usage(call, "--machines has no effect beside --promise");
  if (const int code = check_options(call, o.past); code != kFine) return code;
  std::vector<std::string> texts;
  if (seen.count("promise")) {
    boost::split(texts, o.promises, boost::is_any_of(","));
    for (const auto& text : texts)
      if (const auto parsed = parse_promise(text); !parsed)
        return usage(call, "--promise: " + parsed.error().message);
  }

  Clock clock;
  Setup setup(call, clock);
  if (const int code = setup.wire(call); code != kFine) return code;
  const auto world = world_of(setup.wiring());
  PastLoad past;
  if (const int code = find_past_load(call, setup, world, o.past, past); code != kFine) return code;
  if (!texts.empty()) return price_promises(call, std::move(past), texts, o.format == "json");
  return plan_trace(call, o, setup, world, past);
}

}  // namespace

const Command kPlan{"plan", "what groups will need and what to do about it; what a promise costs",
                    run_plan};

}  // namespace nova::cli
