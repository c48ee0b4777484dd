#include "price_book.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

namespace nova::cloud {

namespace {

constexpr double kMiB = 1024.0 * 1024;
constexpr std::int64_t kHoursPerYear = 8760;
constexpr unsigned kWhat = 7;  // low bits of an info byte; the rest is the source
constexpr int kMostYears = 10;
constexpr std::int64_t kMostRatio = 20'000;  // so that no sum of a row passes int64
constexpr unsigned kFirstBand = 1, kLastBand = 5;

std::int64_t midnight_ns(const std::string& day) {
  using namespace std::chrono;
  int y = 0;
  unsigned m = 0, d = 0;
  if (std::sscanf(day.c_str(), "%4d-%2u-%2u", &y, &m, &d) != 3) return NOVA_NONE;
  const year_month_day date{year{y}, month{m}, std::chrono::day{d}};
  if (!date.ok() || y < 1970 || y > 2200) return NOVA_NONE;
  return nanoseconds(sys_days{date}.time_since_epoch()).count();
}

std::int32_t quality_of(const std::string& word) {
  return word == "list"       ? NOVA_PRICE_LIST
         : word == "observed" ? NOVA_PRICE_OBSERVED
                              : NOVA_PRICE_ESTIMATED;
}

std::int32_t purchase_of(const std::string& word) {
  return word == "on-demand"  ? NOVA_ON_DEMAND
         : word == "spot"     ? NOVA_SPOT
         : word == "reserved" ? NOVA_RESERVED
                              : NOVA_SAVINGS_PLAN;
}

bool lets_in(const std::vector<std::string>& any_of, const std::string& word) {
  return any_of.empty() || std::find(any_of.begin(), any_of.end(), word) != any_of.end();
}

// Half up; nothing here is negative.
std::int64_t divided(__int128 numerator, std::int64_t denominator) {
  return static_cast<std::int64_t>((numerator + denominator / 2) / denominator);
}

std::optional<std::size_t> place_of(const std::vector<std::string_view>& sorted,
                                    std::string_view name) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), name);
  if (at == sorted.end() || *at != name) return std::nullopt;
  return static_cast<std::size_t>(at - sorted.begin());
}

// The names a config gives, as a mask over those there are; each must stand for something.
template <class Matches>
std::vector<bool> allowed(const std::vector<std::string_view>& names,
                          const std::vector<std::string>& wanted, const char* key,
                          Matches&& matches) {
  if (wanted.empty()) return std::vector<bool>(names.size(), true);
  std::vector<bool> mask(names.size(), false);
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    bool any = false;
    for (std::size_t n = 0; n < names.size(); ++n)
      if (matches(wanted[w], names[n])) any = mask[n] = true;
    if (!any)
      throw Error(NOVA_INVALID_ARGUMENT, std::string("/") + key + "/" + std::to_string(w) +
                                             ": there is none such, got \"" + wanted[w] + '"');
  }
  return mask;
}

}  // namespace

PriceBook::PriceBook(std::span<const std::byte> catalogue, const Selection& selection)
    : catalogue_(catalogue) {
  const Json& header = catalogue_.header();
  provider_ = header.at("provider").get<std::string>();
  for (const auto& s : header.at("sources"))
    sources_.push_back({s.at(0).get<std::string>(), midnight_ns(s.at(1).get<std::string>()),
                        quality_of(s.at(2).get<std::string>())});
  bands_ = header.value("interruption_month", std::vector<double>{});
  regions_ = catalogue_.texts("regions.name");
  kinds_ = catalogue_.texts("regions.kind");
  parents_ = catalogue_.texts("regions.parent");
  for (const auto text : catalogue_.texts("regions.currency")) currencies_.emplace_back(text);
  index_ = catalogue_.column<double>("regions.index");
  types_ = catalogue_.texts("types.name");
  families_ = catalogue_.texts("types.family");
  archs_ = catalogue_.texts("types.arch");
  details_ = catalogue_.texts("types.details");
  vcpus_ = catalogue_.column<double>("types.vcpus");
  memory_mib_ = catalogue_.column<double>("types.memory_mib");
  gpus_ = catalogue_.column<double>("types.gpus");
  units_ = catalogue_.column<double>("types.units");
  flexible_ = catalogue_.column<std::uint8_t>("types.flexible");
  row_type_ = catalogue_.column<std::uint16_t>("rows.type");
  first_ = catalogue_.column<std::uint32_t>("rows.first");
  if (catalogue_.has("rows.zones")) zones_ = catalogue_.column<std::uint8_t>("rows.zones");
  if (catalogue_.has("rows.month")) month_ = catalogue_.column<std::uint32_t>("rows.month");
  base_ = place_of(regions_, header.value("base_region", ""));
  if (selection.estimate_missing) estimate_ = header.value("estimate_source", -1);
  region_allowed_ = allowed(regions_, selection.regions, "regions",
                            [](const auto& a, std::string_view b) { return a == b; });
  type_allowed_ = allowed(types_, selection.types, "types", glob_matches);
  read_options(selection);
  check_rows();
}

// Once, so that no look-up need check again.
void PriceBook::check_rows() const {
  const std::size_t rows = row_type_.size(), types = types_.size(), regions = regions_.size();
  bool fits = first_.size() == regions + 1 && first_.back() == rows &&
              std::is_sorted(first_.begin(), first_.end()) && kinds_.size() == regions &&
              parents_.size() == regions && currencies_.size() == regions &&
              index_.size() == regions && (zones_.empty() || zones_.size() == rows) &&
              (month_.empty() || month_.size() == rows);
  for (const auto size : {families_.size(), archs_.size(), details_.size(), vcpus_.size(),
                          memory_mib_.size(), gpus_.size(), units_.size(), flexible_.size()})
    fits = fits && size == types;
  for (const auto type : row_type_) fits = fits && type < types;
  for (const auto& option : options_) {
    fits = fits && option.price.size() == rows && option.source < sources_.size() &&
           (option.info.empty() || option.info.size() == rows) && option.years >= 0 &&
           option.years <= kMostYears && option.ratio >= 0 && option.ratio <= kMostRatio &&
           (option.ratio == 0 || option.years > 0);
    for (const auto info : option.info) fits = fits && info / (kWhat + 1) < sources_.size();
  }
  fits = fits && estimate_ < static_cast<int>(sources_.size());
  if (!fits) throw Error(NOVA_INTERNAL, "price catalogue: its tables do not fit each other");
}

void PriceBook::read_options(const Selection& selection) {
  for (const auto& o : catalogue_.header().at("options")) {
    Option option;
    option.purchase_word = o.at("purchase").get<std::string>();
    option.purchase = purchase_of(option.purchase_word);
    option.os = o.at("os").get<std::string>();
    option.offering = o.value("offering", "");
    option.payment = o.value("payment", "");
    option.years = o.value("years", 0);
    option.ratio = o.value("ratio", std::int64_t{0});
    option.source = o.value("source", 0u);
    const auto column = "rows." + o.value(option.ratio > 0 ? "upfront" : "price", "");
    option.price = catalogue_.column<std::uint32_t>(column);
    if (o.contains("info"))
      option.info = catalogue_.column<std::uint8_t>("rows." + o.at("info").get<std::string>());
    if (option.years > 0) {
      option.suffix = "/" + std::to_string(option.years) + "y-";
      if (option.offering != "standard" && option.offering != "commitment")
        option.suffix += option.offering + "-";
      option.suffix += option.payment;
    }
    if (lets_in(selection.os, option.os) && lets_in(selection.purchase, option.purchase_word) &&
        (option.offering.empty() || lets_in(selection.offerings, option.offering)))
      options_.push_back(std::move(option));
  }
}

std::size_t PriceBook::region_of(std::uint32_t row) const {
  return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), row) -
                                  first_.begin()) -
         1;
}

std::optional<std::uint32_t> PriceBook::find_row(std::size_t region, std::string_view type) const {
  const auto t = place_of(types_, type);
  if (!t) return std::nullopt;
  const auto begin = row_type_.begin() + first_[region],
             end = row_type_.begin() + first_[region + 1];
  const auto at = std::lower_bound(begin, end, *t);
  if (at == end || *at != *t) return std::nullopt;
  return static_cast<std::uint32_t>(at - row_type_.begin());
}

bool PriceBook::offered(std::uint32_t row, const Option& option) const {
  return option.info.empty() ? option.price[row] != 0 : (option.info[row] & kWhat) != 0;
}

std::vector<bool> PriceBook::types_wanted(const Filter& filter) const {
  auto wanted = type_allowed_;
  for (std::size_t t = 0; t < types_.size(); ++t)
    wanted[t] =
        wanted[t] && filter.wants_machine(types_[t], archs_[t], vcpus_[t], memory_mib_[t] / 1024);
  return wanted;
}

std::optional<Item> PriceBook::find(std::string_view offer_id) const {
  std::string_view part[6], rest = offer_id;
  for (auto& p : part) {
    p = rest.substr(0, rest.find('/'));
    rest.remove_prefix(p.size());
    if (&p != &part[5] && !rest.empty()) rest.remove_prefix(1);
  }
  const auto region = place_of(regions_, part[1]);
  if (part[0] != provider_ || !region || !region_allowed_[*region]) return std::nullopt;
  const auto row = find_row(*region, part[3]);
  if (!row || !type_allowed_[row_type_[*row]]) return std::nullopt;
  for (std::size_t o = 0; o < options_.size(); ++o) {
    const auto& option = options_[o];
    if (option.os != part[4] || option.purchase_word != part[5] || option.suffix != rest) continue;
    if (!offered(*row, option)) return std::nullopt;
    Item item{*row, static_cast<std::uint16_t>(o), '\0'};
    const unsigned zones = zones_.empty() || option.purchase != NOVA_SPOT ? 0u : zones_[*row];
    for (char z = 'a'; z <= 'h'; ++z)
      if (zones >> (z - 'a') & 1 && part[2] == std::string(part[1]) + z) item.zone = z;
    if (part[2] == zone_name(item) && (item.zone != 0) == (zones != 0)) return item;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::int64_t> scaled_price(std::int64_t nanos, double index) {
  const double scaled = static_cast<double>(nanos) * index;
  if (!(scaled >= 0 && scaled < 9.2e18)) return std::nullopt;
  return std::llround(scaled);
}

// The base region's price times this region's index, in nanos; nothing where either is unknown.
std::optional<std::int64_t> PriceBook::estimate(const Item& item) const {
  const auto region = region_of(item.row);
  if (estimate_ < 0 || !base_ || !(index_[region] > 0)) return std::nullopt;
  const auto row = find_row(*base_, machine_type(item));
  if (!row || option(item).price[*row] == 0) return std::nullopt;
  return scaled_price(option(item).price[*row] * std::int64_t{1000}, index_[region]);
}

Price PriceBook::price(const Item& item) const {
  const Option& o = option(item);
  Price price;
  if (o.years > 0) price.term_s = o.years * kHoursPerYear * 3600;
  const std::int64_t cell = o.price[item.row];
  if (cell == 0) {
    if (const auto made = o.purchase == NOVA_ON_DEMAND ? estimate(item) : std::nullopt) {
      price.nanos_per_hour = *made;
      price.source = estimate_source();
    }
    return price;
  }
  price.source = &sources_[o.info.empty() ? o.source : o.info[item.row] / (kWhat + 1)];
  if (o.ratio == 0) {
    price.nanos_per_hour = cell * 1000;
    if (o.years > 0) price.upfront_nanos = 0;
    return price;
  }
  const std::int64_t total = divided(__int128{cell} * 1'000'000'000 * o.ratio, 10'000);
  price.upfront_nanos = o.payment == "all-upfront"       ? total
                        : o.payment == "partial-upfront" ? divided(total, 2)
                                                         : 0;
  price.nanos_per_hour = divided(total - price.upfront_nanos, o.years * kHoursPerYear);
  return price;
}

double PriceBook::interruption_month(const Item& item) const {
  const Option& o = option(item);
  if (o.purchase != NOVA_SPOT || o.info.empty()) return kNaN;
  const unsigned what = o.info[item.row] & kWhat;
  return what >= kFirstBand && what <= kLastBand && what <= bands_.size()
             ? bands_[what - kFirstBand]
             : kNaN;
}

std::string PriceBook::zone_name(const Item& item) const {
  return item.zone == 0 ? std::string() : std::string(region(item)) + item.zone;
}

std::string PriceBook::attributes(const Item& item) const {
  const auto r = region_of(item.row);
  const Option& o = option(item);
  std::string text(details_[row_type_[item.row]]);
  const auto add = [&](const char* key, const std::string& value) {
    if (!text.empty()) text += ',';
    text.append("\"").append(key).append("\":").append(value);
  };
  const auto quoted = [](std::string_view value) { return '"' + std::string(value) + '"'; };
  if (kinds_[r] != "region") {
    add("place", quoted(kinds_[r]));
    add("parent_region", quoted(parents_[r]));
  }
  if (o.purchase == NOVA_ON_DEMAND && !zones_.empty() && zones_[item.row] != 0) {
    std::string names;
    for (char z = 'a'; z <= 'h'; ++z)
      if (zones_[item.row] >> (z - 'a') & 1)
        names += (names.empty() ? "\"" : ",\"") + std::string(regions_[r]) + z + '"';
    add("zones", '[' + names + ']');
  }
  if (o.purchase == NOVA_ON_DEMAND && !month_.empty() && month_[item.row] != 0) {
    char amount[32];
    std::snprintf(amount, sizeof amount, "%.4f", month_[item.row] / 1e4);
    add("sustained_use_month", amount);  // a full month's bill after the automatic discount
  }
  if (!std::isnan(interruption_month(item)))
    add("interruption_as_of", quoted(catalogue_.header().value("interruption_as_of", "")));
  if (o.years > 0) {
    add("offering", quoted(o.offering));
    add("payment", quoted(o.payment));
  }
  return text.empty() ? text : '{' + text + '}';
}

std::optional<std::size_t> PriceBook::find_region(std::string_view name) const {
  return place_of(regions_, name);
}

bool PriceBook::describe(std::string_view type, nova::Offer& offer) const {
  const auto t = place_of(types_, type);
  if (t) describe_type(*t, offer);
  return t.has_value();
}

void PriceBook::describe_type(std::size_t t, nova::Offer& offer) const {
  offer.machine_type = types_[t];
  offer.family = families_[t];
  offer.arch = archs_[t];
  offer.vcpus = vcpus_[t];
  offer.memory_bytes = memory_mib_[t] * kMiB;
  offer.gpus = gpus_[t];
  offer.family_units = units_[t];
}

nova::Offer PriceBook::offer(const Item& item) const {
  const auto r = region_of(item.row);
  const Option& o = option(item);
  const Price p = price(item);
  nova::Offer offer;
  offer.provider = provider_;
  offer.region = regions_[r];
  offer.zone = zone_name(item);
  describe_type(row_type_[item.row], offer);
  offer.os = o.os;
  offer.purchase = o.purchase;
  offer.offer_id = make_offer_id(offer) + o.suffix;
  offer.currency = currencies_[r];
  offer.attributes_json = attributes(item);
  offer.interruption_month = interruption_month(item);
  offer.nanos_per_hour = p.nanos_per_hour;
  offer.upfront_nanos = p.upfront_nanos;
  offer.term_s = p.term_s;
  if (p.source != nullptr) {
    offer.source = p.source->name;
    offer.as_of_ns = p.source->as_of_ns;
    offer.quality = p.source->quality;
  }
  return offer;
}

}  // namespace nova::cloud
