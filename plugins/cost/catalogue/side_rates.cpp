#include "side_rates.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace nova::cloud {

namespace {

// [region, item, unit, from, to or null, nanos of a USD, source], as make_catalogue.py writes it.
nova::Rate rate_of(const PriceBook& book, const Json& row, const std::string& region) {
  nova::Rate rate;
  rate.provider = book.provider();
  rate.region = region;
  rate.item = row.at(1).get<std::string>();
  rate.unit = row.at(2).get<std::string>();
  rate.from_quantity = row.at(3).get<double>();
  if (!row.at(4).is_null()) rate.to_quantity = row.at(4).get<double>();
  rate.nanos_per_unit = row.at(5).get<std::int64_t>();
  const Source& source = book.sources().at(row.at(6).get<std::size_t>());
  rate.source = source.name;
  rate.as_of_ns = source.as_of_ns;
  rate.quality = source.quality;
  return rate;
}

}  // namespace

std::vector<nova::Rate> side_rates(const PriceBook& book, const Filter& filter) {
  std::vector<nova::Rate> rates;
  const auto wanted = [&](std::size_t r) {
    return book.region_allowed(r) && filter.wants_region(book.regions()[r]);
  };
  const auto& names = book.regions();
  std::set<std::pair<std::string, std::string>> known;  // region, item
  const auto rows = book.header().find("rates");
  if (rows == book.header().end()) return rates;
  for (const auto& row : *rows) {
    const auto name = row.at(0).get<std::string>();
    known.emplace(name, row.at(1).get<std::string>());
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    // A place of several regions ("eu") is no region; whoever asks for none hears of it.
    const bool place = at == names.end() || *at != name;
    if (place ? filter.regions.empty() : wanted(static_cast<std::size_t>(at - names.begin())))
      rates.push_back(rate_of(book, row, name));
  }
  if (book.estimate_source() == nullptr || !book.base_region()) return rates;
  for (std::size_t r = 0; r < names.size(); ++r) {
    const double index = book.region_price_index(r);
    if (!wanted(r) || !(index > 0)) continue;
    for (const auto& row : *rows) {
      const auto item = row.at(1).get<std::string>();
      if (row.at(0) != names[*book.base_region()] || item.rfind("transfer.", 0) == 0 ||
          known.count({std::string(names[r]), item}) != 0)
        continue;
      auto rate = rate_of(book, row, std::string(names[r]));
      const auto scaled = scaled_price(rate.nanos_per_unit, index);
      if (!scaled) continue;
      rate.nanos_per_unit = *scaled;
      rate.source = book.estimate_source()->name;
      rate.as_of_ns = book.estimate_source()->as_of_ns;
      rate.quality = NOVA_PRICE_ESTIMATED;
      rates.push_back(std::move(rate));
    }
  }
  return rates;
}

}  // namespace nova::cloud
