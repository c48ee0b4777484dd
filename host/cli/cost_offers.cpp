// `cost offers`: what the price plugins offer, filtered, sorted, with quality, source and age of
// each price.
#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "host/cli/cost.hpp"
#include "host/cli/cost_plugins.hpp"
#include "host/cli/offer_question.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

constexpr std::size_t kTableRows = 40;

struct OffersOptions {
  std::string providers, regions, types, purchase, vcpus, memory, sort = "price", format = "table";
  std::int64_t limit = -1;  // -1: kTableRows in a table, else all
  OfferQuestion question;
};

po::options_description describe(OffersOptions& o) {
  po::options_description description("Options of cost offers");
  description.add_options()  //
      ("provider", po::value(&o.providers)->value_name("NAMES"),
       "price plugins to ask, such as aws,gce; by default all that are found or configured")  //
      ("region", po::value(&o.regions)->value_name("NAMES"), "in these regions")              //
      ("zone", po::value(&o.question.zone)->value_name("NAME"), "to be had in this zone")     //
      ("type", po::value(&o.types)->value_name("GLOBS"),
       "machine types, such as m5.*,c6?.large")  //
      ("vcpus", po::value(&o.vcpus)->value_name("FROM:TO"),
       "hardware threads; either end may lack")                                       //
      ("memory", po::value(&o.memory)->value_name("FROM:TO"), "GiB")                  //
      ("arch", po::value(&o.question.arch)->value_name("ARCH"), "x86_64 or aarch64")  //
      ("os", po::value(&o.question.os)->value_name("OS"), "linux, windows, ...")      //
      ("purchase", po::value(&o.purchase)->value_name("OPTIONS"),
       "on-demand, spot, reserved, savings-plan; by default all")  //
      ("sort", po::value(&o.sort)->default_value("price")->value_name("KEY"),
       "price, price-per-vcpu, price-per-gib, type or risk")  //
      ("limit", po::value(&o.limit)->value_name("N"),
       "at most so many; 0 = all (default: 40 in a table, else all)")  //
      ("format", po::value(&o.format)->default_value("table")->value_name("FORMAT"),
       "table, json or csv")  //
      ("help,h", "show this help");
  return description;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> parts;
  if (!text.empty()) boost::split(parts, text, boost::is_any_of(","));
  return parts;
}

// The message of what is wrong with the words, or "".
std::string read_question(OffersOptions& o) {
  const auto one_of = [](const std::string& option, const std::string& word,
                         const std::vector<std::string>& known) {
    if (std::count(known.begin(), known.end(), word)) return std::string();
    return "--" + option + " must be one of " + boost::join(known, ", ") + ", got \"" + word +
           "\"" + did_you_mean(word, known);
  };
  auto& q = o.question;
  q.regions = words(o.regions);
  q.types = words(o.types);
  q.purchase = words(o.purchase);
  for (const auto* list : {&q.regions, &q.types})
    if (std::count(list->begin(), list->end(), "")) return "a list must have no empty name";
  for (const auto& word : q.purchase)
    if (const auto wrong = one_of("purchase", word, purchase_words()); !wrong.empty()) return wrong;
  for (const auto& [option, text, range] :
       {std::tuple("vcpus", &o.vcpus, &q.vcpus), std::tuple("memory", &o.memory, &q.memory_gib)})
    if (!text->empty() && !parse_range(*text, *range))
      return std::string("--") + option + " must be a range such as 4:16, 4: or :16, got \"" +
             *text + "\"";
  if (q.arch == "amd64") q.arch = "x86_64";  // the other name of the same thing
  if (q.arch == "arm64") q.arch = "aarch64";
  if (const auto wrong = one_of("sort", o.sort, offer_orders()); !wrong.empty()) return wrong;
  q.order = static_cast<OfferOrder>(
      std::find(offer_orders().begin(), offer_orders().end(), o.sort) - offer_orders().begin());
  if (const auto wrong = one_of("format", o.format, {"table", "json", "csv"}); !wrong.empty())
    return wrong;
  if (o.limit < -1) return "--limit must be >= 0, got " + std::to_string(o.limit);
  return "";
}

// Adds what a plugin offers; false when it failed.
bool gather(const Call& call, PricePlugin& plugin, const OfferQuestion& question,
            std::vector<Offer>& offers) {
  auto listed = plugin.client->list_offers(question.filter_json(), plugin.timeout);
  if (!listed.ok()) {
    call.err << "novascale cost: \"" << plugin.name << "\": " << listed.error().message << "\n";
    return false;
  }
  for (const auto& remark : listed->remarks)
    call.err << "novascale cost: \"" << plugin.name << "\": " << remark << "\n";
  for (auto& offer : listed->offers)
    if (question.keeps(offer)) offers.push_back(std::move(offer));
  return true;
}

// What the question names and no plugin has, for people; "" when each name is known.
std::string unknown_name(const Call& call, std::vector<PricePlugin>& plugins,
                         const OfferQuestion& question) {
  std::vector<Offer> all;
  OfferQuestion anything;  // what is there at all is there on demand; zones are those of pools
  if (question.zone.empty()) anything.purchase = {"on-demand"};
  for (auto& plugin : plugins) gather(call, plugin, anything, all);
  std::set<std::string> regions, zones, types, archs, systems;
  for (const auto& offer : all) {
    regions.insert(offer.region);
    zones.insert(offer.zone);
    types.insert(offer.machine_type);
    archs.insert(offer.arch);
    systems.insert(offer.os);
  }
  const auto none = [](const std::string& what, const std::string& name,
                       const std::set<std::string>& known) {
    return "no offer " + what + " \"" + name + "\"" +
           did_you_mean(name, {known.begin(), known.end()});
  };
  for (const auto& region : question.regions)
    if (!regions.count(region)) return none("in region", region, regions);
  for (const auto& type : question.types)
    if (std::none_of(types.begin(), types.end(),
                     [&](const auto& known) { return glob_matches(type, known); }))
      return none("of type", type, types);
  if (!question.arch.empty() && !archs.count(question.arch))
    return none("of architecture", question.arch, archs);
  if (!question.os.empty() && !systems.count(question.os))
    return none("with", question.os, systems);
  OfferQuestion in_zone;
  in_zone.zone = question.zone;
  if (std::none_of(all.begin(), all.end(), [&](const Offer& o) { return in_zone.keeps(o); }))
    return none("in zone", question.zone, zones);
  return "";
}

// Exact: "0.096", "494".
std::string money(std::int64_t nanos) {
  auto text = std::to_string(nanos / 1'000'000'000);
  auto rest = std::to_string(1'000'000'000 + nanos % 1'000'000'000).substr(1);
  rest.erase(rest.find_last_not_of('0') + 1);
  return rest.empty() ? text : text + "." + rest;
}

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::optional<std::int64_t> age_days(const Offer& offer, TimePoint now) {
  if (!offer.as_of) return std::nullopt;
  return std::max<std::int64_t>(0,
                                std::chrono::floor<std::chrono::days>(now - *offer.as_of).count());
}

std::string day(TimePoint at) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(unix_ns(at))))};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string risk(const Offer& offer, const char* unknown) {
  if (offer.purchase != Purchase::spot) return "";
  return offer.interruption_month ? plain(*offer.interruption_month) : unknown;
}

void print_table(std::ostream& out, const std::vector<Offer>& offers, TimePoint now) {
  std::vector<std::vector<std::string>> rows = {
      {"OFFER", "VCPU", "GIB", "PRICE/H", "CUR", "QUALITY", "AGE", "RISK/MONTH", "SOURCE"}};
  for (const auto& offer : offers) {
    const auto price = effective_nanos_per_hour(offer);
    const auto age = age_days(offer, now);
    const auto known = [](double size) { return size > 0 ? plain(size) : std::string("-"); };
    auto chance = risk(offer, "unknown");
    if (offer.interruption_month && !chance.empty())
      chance = plain(*offer.interruption_month * 100) + " %";
    rows.push_back({offer.id, known(offer.vcpus), known(offer.memory_gib),
                    price ? money((*price + 500) / 1000 * 1000) : "-", offer.currency,
                    price ? to_string(offer.quality) : "-", age ? std::to_string(*age) + " d" : "-",
                    chance.empty() ? "-" : chance, offer.source.empty() ? "-" : offer.source});
  }
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c + 1 < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool number = c == 1 || c == 2 || c == 3 || c == 6 || c == 7;
      out << (number ? std::right : std::left) << std::setw(static_cast<int>(widths[c])) << row[c]
          << (c + 1 < row.size() ? "  " : "\n");
    }
  }
}

void print_csv(std::ostream& out, const std::vector<Offer>& offers, TimePoint now) {
  const auto field = [](const std::string& text) {
    return text.find_first_of(",\"\n") == text.npos
               ? text
               : '"' + boost::replace_all_copy(text, "\"", "\"\"") + '"';
  };
  const auto number = [](const auto& value, auto&& shown) {
    return value ? shown(*value) : std::string();
  };
  const auto count = [](std::int64_t n) { return std::to_string(n); };
  out << "offer,vcpus,memory_gib,price_per_hour,currency,quality,source,as_of,age_days,"
         "interruption_month,list_per_hour,upfront,term_h\n";
  for (const auto& o : offers) {
    out << field(o.id) << ',' << (o.vcpus > 0 ? plain(o.vcpus) : "") << ','
        << (o.memory_gib > 0 ? plain(o.memory_gib) : "") << ','
        << number(effective_nanos_per_hour(o), money) << ',' << o.currency << ','
        << (o.nanos_per_hour ? to_string(o.quality) : "") << ',' << field(o.source) << ','
        << number(o.as_of, day) << ',' << number(age_days(o, now), count) << ',' << risk(o, "")
        << ',' << number(o.nanos_per_hour, money) << ',' << number(o.upfront_nanos, money) << ','
        << (o.term.count() > 0
                ? count(std::chrono::duration_cast<std::chrono::hours>(o.term).count())
                : "")
        << '\n';
  }
}

ordered_json to_json(const Offer& o, TimePoint now) {
  const auto or_null = [](const auto& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
  };
  const auto size = [](double s) { return s > 0 ? ordered_json(s) : ordered_json(nullptr); };
  return {
      {"offer", o.id},
      {"plugin", o.plugin},
      {"provider", o.provider},
      {"region", o.region},
      {"zone", o.zone},
      {"machine_type", o.machine_type},
      {"family", o.family},
      {"arch", o.arch},
      {"os", o.os},
      {"purchase", purchase_word(o.purchase)},
      {"vcpus", size(o.vcpus)},
      {"memory_gib", size(o.memory_gib)},
      {"currency", o.currency},
      {"effective_nanos_per_hour", or_null(effective_nanos_per_hour(o))},
      {"nanos_per_hour", or_null(o.nanos_per_hour)},
      {"upfront_nanos", or_null(o.upfront_nanos)},
      {"term_s",
       o.term.count() > 0
           ? ordered_json(std::chrono::duration_cast<std::chrono::seconds>(o.term).count())
           : ordered_json(nullptr)},
      {"quality", o.nanos_per_hour ? ordered_json(to_string(o.quality)) : ordered_json(nullptr)},
      {"source", o.source.empty() ? ordered_json(nullptr) : ordered_json(o.source)},
      {"as_of", o.as_of ? ordered_json(day(*o.as_of)) : ordered_json(nullptr)},
      {"age_days", or_null(age_days(o, now))},
      {"interruption_month", or_null(o.interruption_month)}};
}

void print(const Call& call, const OffersOptions& options, std::vector<Offer> offers) {
  const std::size_t all = offers.size();
  const auto limit = options.limit >= 0          ? static_cast<std::size_t>(options.limit)
                     : options.format == "table" ? kTableRows
                                                 : 0;
  if (limit > 0 && all > limit) offers.resize(limit);
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  if (options.format == "csv") return print_csv(call.out, offers, now);
  if (options.format == "json") {
    auto list = ordered_json::array();
    for (const auto& offer : offers) list.push_back(to_json(offer, now));
    call.out << ordered_json{{"offers", list}, {"matching", all}}.dump(2) << "\n";
    return;
  }
  print_table(call.out, offers, now);
  if (offers.size() < all)
    call.err << offers.size() << " of " << all << " offers; --limit 0 shows all\n";
}

}  // namespace

int cost_offers(const Call& call, const std::vector<std::string>& args) {
  OffersOptions options;
  const auto description = describe(options);
  po::variables_map seen;
  po::store(po::command_line_parser(args)
                .options(description)
                .positional({})
                .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                .run(),
            seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out
        << "Usage: novascale cost offers [options]\n\nLists what the price plugins offer: those "
           "of --config, else all that are found. Prices are\nper hour; a commitment's is what "
           "an hour costs when it is used to its end.\n\n"
        << description;
    return kFine;
  }
  const auto say = [&](int code, const std::string& text) {
    call.err << "novascale cost: " << text << "\n";
    return code;
  };
  if (const auto wrong = read_question(options); !wrong.empty()) return say(kUsage, wrong);
  std::vector<PricePlugin> plugins;
  if (const int code = open_price_plugins(call, words(options.providers), plugins); code != kFine)
    return code;
  std::vector<Offer> offers;
  bool failed = false;
  for (auto& plugin : plugins) failed |= !gather(call, plugin, options.question, offers);
  const auto& asked = options.question.regions;
  const bool missing =
      offers.empty() || std::any_of(asked.begin(), asked.end(), [&](const auto& r) {
        return std::none_of(offers.begin(), offers.end(),
                            [&](const Offer& o) { return o.region == r; });
      });
  if (missing && !failed)
    if (const auto name = unknown_name(call, plugins, options.question); !name.empty())
      return say(kNo, name);
  if (offers.empty())
    return failed ? kFailed : say(kNo, "no offer matches: each name is known, not together");
  sort_offers(offers, options.question.order);
  print(call, options, std::move(offers));
  return failed ? kFailed : kFine;
}

}  // namespace nova::cli
