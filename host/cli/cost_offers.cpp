// `cost offers`: what the price plugins offer, filtered, sorted, with quality, source and age of
// each price.
#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/cells.hpp"
#include "host/cli/cost.hpp"
#include "host/cli/offer_sources.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

constexpr std::size_t kTableRows = 40;

struct OffersOptions : OfferWords {
  std::string sort = "price", format = "table";
  std::int64_t limit = -1;  // -1: kTableRows in a table, else all
};

void describe_cost_offers(po::options_description& shown, po::options_description& hidden,
                          OffersOptions& o) {
  add_offer_options(shown, hidden, o);
  shown.add_options()  //
      ("purchase", po::value(&o.purchase)->value_name("OPTIONS"),
       "on-demand, spot, reserved, savings-plan; by default all")  //
      ("sort", po::value(&o.sort)->default_value("price")->value_name("KEY"),
       "price, price-per-vcpu, price-per-gib, type or risk")  //
      ("limit", po::value(&o.limit)->value_name("N"),
       "at most so many; 0 = all (default: 40 in a table, else all)")  //
      ("format", po::value(&o.format)->default_value("table")->value_name("FORMAT"),
       "table, json or csv")  //
      ("help,h", "show this help");
}

// The message of what is wrong with the words, or "".
std::string read_question(OffersOptions& o) {
  if (auto wrong = read_offer_words(o); !wrong.empty()) return wrong;
  if (auto wrong = check_word("sort", o.sort, offer_orders()); !wrong.empty()) return wrong;
  o.question.order = static_cast<OfferOrder>(
      std::find(offer_orders().begin(), offer_orders().end(), o.sort) - offer_orders().begin());
  if (auto wrong = check_word("format", o.format, {"table", "json", "csv"}); !wrong.empty())
    return wrong;
  if (o.limit < -1) return "--limit must be >= 0, got " + std::to_string(o.limit);
  return "";
}

// Exact: "0.096", "494".
std::string money(std::int64_t nanos) {
  auto text = std::to_string(nanos / 1'000'000'000);
  auto rest = std::to_string(1'000'000'000 + nanos % 1'000'000'000).substr(1);
  rest.erase(rest.find_last_not_of('0') + 1);
  return rest.empty() ? text : text + "." + rest;
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
    const auto known = [](double size) { return size > 0 ? plain(size) : std::string("-"); };
    auto chance = risk(offer, "unknown");
    if (offer.interruption_month && !chance.empty())
      chance = plain(*offer.interruption_month * 100) + " %";
    rows.push_back({offer.id, known(offer.vcpus), known(offer.memory_gib),
                    price ? money((*price + 500) / 1000 * 1000) : "-", offer.currency,
                    price ? to_string(offer.quality) : "-",
                    offer.as_of ? age_text(now - *offer.as_of) : "-", chance.empty() ? "-" : chance,
                    offer.source.empty() ? "-" : offer.source});
  }
  print_rows(out, rows, "lrrrllrrl");
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
  po::options_description shown("Options of cost offers"), hidden;
  describe_cost_offers(shown, hidden, options);
  if (parse_cost_words(args, shown, hidden)) {
    call.out
        << "Usage: novascale cost offers [options]\n\nLists what the price plugins offer: those "
           "of --config, else all that are found. Prices are\nper hour; a commitment's is what "
           "an hour costs when it is used to its end.\n\n"
        << shown;
    return kFine;
  }
  if (const auto wrong = read_question(options); !wrong.empty()) return say(call, kUsage, wrong);
  std::vector<Offer> offers;
  const int code = gather_offers(call, options, offers);
  if (offers.empty()) return code;
  sort_offers(offers, options.question.order);
  print(call, options, std::move(offers));
  return code;
}

}  // namespace nova::cli
