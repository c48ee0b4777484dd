// `cost optimize`: the cheapest safe mix of machines for a demand, what else could be done, what
// risk is worth, and what simpler rules would buy.
#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <ostream>
#include <set>
#include <sstream>

#include "host/cli/cost.hpp"
#include "host/cli/cost_plan.hpp"
#include "host/cli/cost_plan_write.hpp"
#include "host/cli/offer_sources.hpp"
#include "host/cli/solver_plugin.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct CostOptimizeOptions : OfferWords {
  MixWish wish;
  double budget = NAN, move_cost = 0.01;
  double interruption = 0, outage = 0;
  bool divisible = false;
  std::string exclude, grid, current, life = "24h", max_price_age, format = "text";
  std::string solver, solver_time = "2s";
  Duration solver_limit{};
};

void describe_cost_optimize(po::options_description& shown, po::options_description& hidden,
                            CostOptimizeOptions& o) {
  auto& w = o.wish;
  auto& l = w.limits;
  const auto share = [](double& at) {
    return po::value(&at)->default_value(at, "")->value_name("SHARE");
  };
  const auto usd = [](double& at) { return po::value(&at)->value_name("USD"); };
  po::options_description demand("What is needed"), which("Which offers may be used"),
      safety("How safe"), money("Money"), rest("Output");
  demand.add_options()                                                            //
      ("vcpus", po::value(&w.vcpus)->value_name("N"), "hardware threads in all")  //
      ("memory", po::value(&w.memory_gib)->value_name("GIB"), "GiB in all")       //
      ("divisible", po::bool_switch(&o.divisible),
       "vCPUs and memory may lie on different machines; else they come in pieces of one vCPU "
       "with its share of the memory")  //
      ("machines", po::value(&w.slots)->value_name("N"),
       "instead: room for so many equal pieces, none of which is split, of this size:")      //
      ("machine-vcpus", po::value(&w.slot_vcpus)->value_name("N"), "hardware threads each")  //
      ("machine-memory", po::value(&w.slot_memory_gib)->value_name("GIB"), "GiB each")       //
      ("current", po::value(&o.current)->value_name("WHAT"),
       "what runs now, offer=count,... or a CSV file with columns offer,count");
  o.question.arch = "x86_64";
  o.question.os = "linux";
  add_offer_options(which, hidden, o, "type-");
  which.add_options()("exclude", po::value(&o.exclude)->value_name("GLOBS"),
                      "machine types not to use, such as t*");
  safety.add_options()  //
      ("spot-max-risk",
       po::value(&w.spot_rules.max_risk)->default_value(0.2, "0.2")->value_name("CHANCE"),
       "most acceptable chance of losing a machine within a month; 0 = no spot")  //
      ("max-spot-share", share(l.spot), "of the demand (1)")                      //
      ("on-demand-base", share(l.base_on_demand),
       "of the demand on machines that nobody takes away (0)")  //
      ("max-share-per-pool", share(l.pool),
       "of the demand, on spot of one type in one zone (0.25)")             //
      ("max-share-per-family", share(l.family), "and of one family (0.4)")  //
      ("max-share-per-zone", share(l.zone), "and of one zone (0.5)")        //
      ("survive-worst-pool", po::value(&l.alive)->implicit_value(1, "")->value_name("SHARE"),
       "what must be left of the demand when the largest spot pool is lost; all if no share is "
       "given")                                                                                  //
      ("min-pools", po::value(&l.min_pools)->value_name("N"), "at least so many types x zones")  //
      ("max-types", po::value(&l.max_types)->value_name("N"), "at most so many machine types");
  money.add_options()                                                             //
      ("budget-hourly", usd(o.budget), "the bill must not pass this in an hour")  //
      ("spot-min-saving", share(w.spot_rules.min_saving),
       "least saving of spot against the same machine on demand (0.2)")                         //
      ("on-demand-discount", share(w.on_demand_discount), "off list prices, by agreement (0)")  //
      ("interruption-cost", usd(o.interruption), "what the loss of one machine costs (0)")      //
      ("outage-cost", usd(o.outage),
       "what losing all of the demand at once would cost: weighs risk (0)")        //
      ("move-cost", usd(o.move_cost), "of starting or stopping a machine (0.01)")  //
      ("life", po::value(&o.life)->value_name("DURATION"),
       "a move must pay within this (24h)")  //
      ("carbon-weight", po::value(&w.carbon_usd_per_kg)->value_name("USD"),
       "what a kg of CO2 is to cost (0)")  //
      ("grid", po::value(&o.grid)->value_name("REGION=G,..."),
       "grams of CO2 a kWh, where a provider does not say")  //
      ("max-price-age", po::value(&o.max_price_age)->value_name("DURATION"),
       "leave out older prices");
  rest.add_options()  //
      ("solver", po::value(&o.solver)->value_name("NAME"),
       "also ask this solver plugin, such as cbc")  //
      ("solver-time", po::value(&o.solver_time)->value_name("DURATION"),
       "for so long at most (2s)")  //
      ("format", po::value(&o.format)->default_value("text")->value_name("FORMAT"),
       "text, json or csv")  //
      ("help,h", "show this help");
  shown.add(demand).add(which).add(safety).add(money).add(rest);
}

// "a=2,b=3" or the rows of a CSV file with columns "offer" and "count"; "" or what is wrong.
std::string read_held(const std::string& text, std::vector<MixRow>& held) {
  const auto add = [&](const std::string& id, const std::string& number, const std::string& where) {
    std::uint32_t count = 0;
    const auto [stop, ec] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (ec != std::errc{} || stop != number.data() + number.size() || count > 100'000)
      return where + ": must be a count up to 100000, got \"" + number + "\"";
    held.push_back({id, count});
    return std::string();
  };
  if (text.find('=') != text.npos) {
    for (const auto& part : split_names(text)) {
      const auto at = part.rfind('=');
      if (at == part.npos) return "--current: must be offer=count, got \"" + part + "\"";
      if (auto wrong = add(part.substr(0, at), part.substr(at + 1), "--current"); !wrong.empty())
        return wrong;
    }
    return "";
  }
  std::ifstream file(text);
  std::string line;
  if (!std::getline(file, line)) return "--current: cannot read \"" + text + "\"";
  const auto cells = [](std::string row) {
    boost::trim_right(row);
    std::vector<std::string> parts;
    boost::split(parts, row, boost::is_any_of(","));
    return parts;
  };
  const auto names = cells(line);
  const auto offer = std::find(names.begin(), names.end(), "offer") - names.begin();
  const auto count = std::find(names.begin(), names.end(), "count") - names.begin();
  const auto columns = static_cast<std::ptrdiff_t>(names.size());
  if (offer == columns || count == columns)
    return text + ":1: must have columns offer and count, got \"" + line + "\"";
  for (int number = 2; std::getline(file, line); ++number) {
    if (boost::trim_copy(line).empty()) continue;
    const auto row = cells(line);
    const auto where = text + ":" + std::to_string(number);
    if (row.size() != names.size())
      return where + ": must have " + std::to_string(names.size()) + " cells, got " +
             std::to_string(row.size());
    if (auto wrong =
            add(row[static_cast<std::size_t>(offer)], row[static_cast<std::size_t>(count)], where);
        !wrong.empty())
      return wrong;
  }
  return "";
}

// Where there are offers, or those that do not say what their grid emits.
std::vector<std::string> regions_of(const std::vector<Offer>& offers, bool silent) {
  std::set<std::string> regions;
  for (const auto& offer : offers)
    if (!silent || !offer.carbon_g_per_kwh) regions.insert(offer.region);
  return {regions.begin(), regions.end()};
}

// "us-east-1=380,..."; "" or what is wrong. Offers of these regions then say so.
std::string read_grid(const std::string& text, std::vector<Offer>& offers) {
  for (const auto& part : split_names(text)) {
    const auto at = part.find('=');
    double grams = -1;
    const auto* end = part.data() + part.size();
    if (at == part.npos || std::from_chars(part.data() + at + 1, end, grams).ptr != end ||
        !(grams >= 0 && grams <= 1e5))
      return "--grid: must be region=grams up to 1e5, got \"" + part + "\"";
    const auto region = part.substr(0, at);
    bool known = false;
    for (auto& offer : offers)
      if (offer.region == region) offer.carbon_g_per_kwh = grams, known = true;
    if (!known)
      return "--grid: no offer asked for is in \"" + region + "\"" +
             did_you_mean(region, regions_of(offers, false));
  }
  return "";
}

// Work whose vCPUs and memory belong together comes in pieces of one vCPU: a machine bears as many
// as its scarcer resource holds, and one too small for a piece bears nothing.
void to_pieces(MixWish& w) {
  w.slots = static_cast<std::int64_t>(std::ceil(w.vcpus));
  w.slot_vcpus = w.vcpus / static_cast<double>(w.slots);
  w.slot_memory_gib = w.memory_gib / static_cast<double>(w.slots);
  w.vcpus = w.memory_gib = 0;
}

// The message of what is wrong with the words, or "".
std::string read_wish(CostOptimizeOptions& o) {
  if (auto wrong = read_offer_words(o, "type-"); !wrong.empty()) return wrong;
  o.question.purchase = {"on-demand", "spot"};
  for (auto* word : {&o.question.arch, &o.question.os})
    if (*word == "any") word->clear();
  if (auto wrong = check_word("format", o.format, {"text", "json", "csv"}); !wrong.empty())
    return wrong;
  auto& w = o.wish;
  auto& l = w.limits;
  const auto number = [](double x) {
    std::ostringstream text;
    text << x;
    return text.str();
  };
  const std::pair<const char*, double> shares[] = {
      {"spot-max-risk", w.spot_rules.max_risk}, {"max-spot-share", l.spot},
      {"on-demand-base", l.base_on_demand},     {"max-share-per-pool", l.pool},
      {"max-share-per-family", l.family},       {"max-share-per-zone", l.zone},
      {"survive-worst-pool", l.alive},          {"spot-min-saving", w.spot_rules.min_saving}};
  for (const auto& [name, x] : shares)
    if (!(x >= 0 && x <= 1))
      return std::string("--") + name + " must be in [0, 1], got " + number(x);
  const std::tuple<const char*, double, double> amounts[] = {
      {"vcpus", w.vcpus, 1e8},
      {"memory", w.memory_gib, 1e8},
      {"machines", static_cast<double>(w.slots), 1e8},
      {"machine-vcpus", w.slot_vcpus, 1e6},
      {"machine-memory", w.slot_memory_gib, 1e6},
      {"carbon-weight", w.carbon_usd_per_kg, 1e6},
      {"interruption-cost", o.interruption, 1e4},
      {"outage-cost", o.outage, 1e6},
      {"move-cost", o.move_cost, 1e4}};
  for (const auto& [name, x, most] : amounts)
    if (!(x >= 0 && x <= most))
      return std::string("--") + name + " must be in [0, " + number(most) + "], got " + number(x);
  if (!(w.on_demand_discount >= 0 && w.on_demand_discount < 1))
    return "--on-demand-discount must be in [0, 1), got " + number(w.on_demand_discount);
  if (w.vcpus + w.memory_gib <= 0 && w.slots == 0)
    return "what is needed? --vcpus, --memory, or --machines with --machine-vcpus and "
           "--machine-memory";
  if ((w.slots > 0) != (w.slot_vcpus + w.slot_memory_gib > 0))
    return "--machines and the size of one, --machine-vcpus and --machine-memory, go together";
  if (w.slots > 0 && w.vcpus + w.memory_gib > 0)
    return "--machines stands for --vcpus and --memory: give one or the other";
  if (w.vcpus > 0 && w.memory_gib > 0 && !o.divisible) to_pieces(w);
  if (!std::isnan(o.budget)) {
    if (!(o.budget >= 0 && o.budget <= 1e9))
      return "--budget-hourly must be in [0, 1e9], got " + number(o.budget);
    l.budget = UsdPerHour::from_dollars(o.budget);
  }
  w.spot_rules.cost.money = Usd::from_dollars(o.interruption);
  w.loss_of_all = Usd::from_dollars(o.outage);
  w.move_in = w.move_out = Usd::from_dollars(o.current.empty() ? 0 : o.move_cost);
  const auto life = parse_duration(o.life);
  if (!life.ok()) return "--life: " + life.error().message;
  if (life->count() <= 0) return "--life must be positive, got " + o.life;
  w.life_hours = hours(*life);
  if (!o.max_price_age.empty()) {
    const auto age = parse_duration(o.max_price_age);
    if (!age.ok()) return "--max-price-age: " + age.error().message;
    w.max_price_age = *age;
  }
  const auto limit = parse_duration(o.solver_time);
  if (!limit.ok()) return "--solver-time: " + limit.error().message;
  if (limit->count() <= 0) return "--solver-time must be positive, got " + o.solver_time;
  o.solver_limit = *limit;
  return o.current.empty() ? "" : read_held(o.current, w.held);
}

}  // namespace

int cost_optimize(const Call& call, const std::vector<std::string>& args) {
  CostOptimizeOptions options;
  po::options_description shown, hidden;
  describe_cost_optimize(shown, hidden, options);
  if (parse_cost_words(args, shown, hidden)) {
    call.out << "Usage: novascale cost optimize --vcpus N [--memory GIB] [options]\n\nThe cheapest "
                "mix of machines that is safe, over all providers asked; needs no configuration.\n"
                "Machines of x86_64 and linux alone, unless --arch or --os say otherwise (any: "
                "all).\n"
             << shown;
    return kFine;
  }
  if (const auto wrong = read_wish(options); !wrong.empty()) return say(call, kUsage, wrong);
  std::vector<Offer> offers;
  const int code = gather_offers(call, options, offers);
  if (offers.empty()) return code;
  const auto unwanted = split_names(options.exclude);
  std::erase_if(offers, [&](const Offer& offer) {
    return std::any_of(unwanted.begin(), unwanted.end(), [&](const auto& pattern) {
      return glob_matches(pattern, offer.machine_type);
    });
  });
  if (const auto wrong = read_grid(options.grid, offers); !wrong.empty())
    return say(call, kUsage, wrong);
  if (auto silent = regions_of(offers, true);
      options.wish.carbon_usd_per_kg > 0 && !silent.empty()) {
    constexpr std::size_t kShown = 6;
    const bool more = silent.size() > kShown;
    silent.resize(std::min(silent.size(), kShown));
    return say(call, kNo,
               "--carbon-weight: not every offer says what its grid emits; tell it with --grid " +
                   boost::join(silent, "=G,") + (more ? "=G,..." : "=G") +
                   ", in grams of CO2 a kWh");
  }
  options.wish.now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  SolverPlugin solver;
  if (!options.solver.empty())
    if (const int refused = open_solver(call, options.solver, solver); refused != kFine)
      return refused;
  auto report = make_plan(
      offers, options.wish, solver.client ? solver.client->solver(options.solver_limit) : Solver());
  if (!report.ok()) return say(call, kNo, report.error().message);
  for (const auto& word : {options.question.arch, options.question.os})
    if (!word.empty()) report->kinds += (report->kinds.empty() ? "" : ", ") + word;
  if (report->solver)
    call.err << "novascale cost: " << options.solver << " " << *report->solver << "\n";
  write_plan(call.out, *report, offers, options.format, options.wish.now);
  return code;
}

}  // namespace nova::cli
