#include "host/cli/offer_question.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>

namespace nova::cli {
namespace {

constexpr double kNoEnd = 1e15;  // JSON knows no infinity
constexpr double kUnknown = std::numeric_limits<double>::infinity();

bool parse_end(const std::string& text, std::optional<double>& end) {
  if (text.empty()) return true;
  double value = 0;
  const auto [stop, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || stop != text.data() + text.size() || !(value >= 0) || value > kNoEnd)
    return false;
  end = value;
  return true;
}

bool any_is(const std::vector<std::string>& of, const std::string& word) {
  return of.empty() || std::find(of.begin(), of.end(), word) != of.end();
}

bool zone_fits(const std::string& zone, const Offer& offer) {
  if (zone.empty() || offer.zone == zone) return true;
  if (!offer.zone.empty() || zone.compare(0, offer.region.size(), offer.region) != 0) return false;
  // "us-east-1a", "us-central1-a": the region and a letter.
  const auto rest = zone.size() - offer.region.size();
  return rest == 1 || (rest == 2 && zone[offer.region.size()] == '-');
}

double price_of(const Offer& offer) {
  const auto nanos = effective_nanos_per_hour(offer);
  return nanos ? static_cast<double>(*nanos) : kUnknown;
}

double risk_of(const Offer& offer) {
  if (offer.purchase != Purchase::spot) return 0;
  return offer.interruption_month.value_or(kUnknown);
}

double key_of(const Offer& offer, OfferOrder order) {
  const auto per = [&](double size) { return size > 0 ? price_of(offer) / size : kUnknown; };
  switch (order) {
    case OfferOrder::price_per_vcpu:
      return per(offer.vcpus);
    case OfferOrder::price_per_gib:
      return per(offer.memory_gib);
    case OfferOrder::risk:
      return risk_of(offer);
    case OfferOrder::price:
    case OfferOrder::type:
      break;
  }
  return price_of(offer);
}

// Text with its numbers by value: m5.2xlarge before m5.12xlarge.
int compare_names(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      std::size_t x = a.find_first_not_of('0', i), y = b.find_first_not_of('0', j);
      x = std::min(x, a.size()), y = std::min(y, b.size());
      i = x, j = y;
      while (i < a.size() && digit(a[i])) ++i;
      while (j < b.size() && digit(b[j])) ++j;
      if (i - x != j - y) return i - x < j - y ? -1 : 1;
      if (const int order = a.compare(x, i - x, b, y, j - y)) return order;
    } else if (a[i] != b[j]) {
      return a[i] < b[j] ? -1 : 1;
    } else {
      ++i, ++j;
    }
  }
  return static_cast<int>(a.size() - i > 0) - static_cast<int>(b.size() - j > 0);
}

}  // namespace

const std::vector<std::string>& offer_orders() {
  static const std::vector<std::string> kNames = {"price", "price-per-vcpu", "price-per-gib",
                                                  "type", "risk"};
  return kNames;
}

const std::vector<std::string>& purchase_words() {
  static const std::vector<std::string> kWords = {"on-demand", "spot", "reserved", "savings-plan"};
  return kWords;
}

std::string purchase_word(Purchase purchase) {
  const auto i = static_cast<std::size_t>(purchase);
  return i == 0 ? "" : purchase_words()[i - 1];
}

bool parse_range(const std::string& text, Range& range) {
  const auto colon = text.find(':');
  if (text.empty() || text == ":" || !parse_end(text.substr(0, colon), range.low)) return false;
  if (colon == text.npos) {
    range.high = range.low;
    return true;
  }
  return parse_end(text.substr(colon + 1), range.high) &&
         (!range.low || !range.high || *range.low <= *range.high);
}

std::string OfferQuestion::filter_json() const {
  auto filter = nlohmann::json::object();
  const auto range = [&](const char* key, const Range& r) {
    if (r.low || r.high) filter[key] = {r.low.value_or(0), r.high.value_or(kNoEnd)};
  };
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) filter[key] = value;
  };
  const auto list = [&](const char* key, const std::vector<std::string>& values) {
    if (!values.empty()) filter[key] = values;
  };
  range("vcpus", vcpus);
  range("memory_gib", memory_gib);
  text("arch", arch);
  text("os", os);
  text("zone", zone);
  list("regions", regions);
  list("machine_types", types);
  list("purchase", purchase);
  return filter.dump();
}

bool OfferQuestion::keeps(const Offer& offer) const {
  const OfferFilter filter{vcpus, memory_gib, arch, os, {}, {}};
  return matches(filter, offer) && any_is(regions, offer.region) && zone_fits(zone, offer) &&
         any_is(purchase, purchase_word(offer.purchase)) &&
         (types.empty() || std::any_of(types.begin(), types.end(), [&](const auto& pattern) {
            return glob_matches(pattern, offer.machine_type);
          }));
}

void sort_offers(std::vector<Offer>& offers, OfferOrder order) {
  struct Ranked {
    bool other_currency;
    double key, price;
    std::size_t at;
  };
  std::vector<Ranked> ranked;
  for (std::size_t i = 0; i < offers.size(); ++i)
    ranked.push_back(
        {offers[i].currency != "USD", key_of(offers[i], order), price_of(offers[i]), i});
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    const Offer &x = offers[a.at], &y = offers[b.at];
    if (order == OfferOrder::type)
      if (const int by_name = compare_names(x.machine_type, y.machine_type)) return by_name < 0;
    return std::tie(a.other_currency, x.currency, a.key, a.price, x.id) <
           std::tie(b.other_currency, y.currency, b.key, b.price, y.id);
  });
  std::vector<Offer> sorted;
  sorted.reserve(offers.size());
  for (const auto& r : ranked) sorted.push_back(std::move(offers[r.at]));
  offers = std::move(sorted);
}

}  // namespace nova::cli
