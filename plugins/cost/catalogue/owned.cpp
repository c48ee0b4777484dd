#include "owned.hpp"

#include <chrono>
#include <cstdio>
#include <optional>

namespace nova::cloud {

namespace {

[[noreturn]] void refuse(const Config& entry, const char* key, const std::string& what) {
  throw Error(NOVA_INVALID_ARGUMENT, entry.pointer(key) + ": " + what);
}

std::int64_t first_day_ns(const Config& entry) {
  using namespace std::chrono;
  const auto text = entry.text("start");
  int y = 0, end = 0;
  unsigned m = 0, d = 0;
  if (text.size() == 10 && std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &end) == 3 &&
      end == 10) {
    const year_month_day date{year{y}, month{m}, day{d}};
    if (date.ok() && y >= 1970 && y < 2200)
      return nanoseconds(sys_days{date}.time_since_epoch()).count();
  }
  refuse(entry, "start", "must be a day such as 2026-01-31, got \"" + text + '"');
}

}  // namespace

std::vector<Owned> owned_commitments(const PriceBook& book, const std::vector<Config>& entries) {
  std::vector<Owned> owned;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Config& entry = entries[i];
    const auto id = entry.text("offer");
    const auto item = book.find(id);
    if (!item || book.option(*item).years == 0)
      refuse(entry, "offer",
             "must be a reserved or savings-plan offer of this plugin, got \"" + id + '"');
    const Price price = book.price(*item);
    if (price.source == nullptr) refuse(entry, "offer", "has no known price");
    const auto machines = entry.integer("machines");
    const auto& option = book.option(*item);
    const bool plan = option.purchase == NOVA_SAVINGS_PLAN;
    Json line{{"id", entry.has("id") ? entry.text("id") : id + "#" + std::to_string(i)},
              {"kind", plan ? "savings_plan" : "reserved"},
              {"provider", book.provider()},
              {"currency", book.currency(book.region_index(*item))},
              {"start_ns", first_day_ns(entry)}};
    line["end_ns"] = line["start_ns"].get<std::int64_t>() + price.term_s * 1'000'000'000;
    std::int64_t hourly = 0, upfront = 0;
    if (__builtin_mul_overflow(price.nanos_per_hour, machines, &hourly) ||
        __builtin_mul_overflow(price.upfront_nanos, machines, &upfront))
      refuse(entry, "machines",
             "makes a sum too large to be told, got " + std::to_string(machines));
    line["nanos_per_hour"] = hourly;
    line["upfront_nanos"] = upfront;
    if (!plan || option.offering == "instance-plan") {
      line["region"] = std::string(book.region(*item));
      line["family"] = std::string(book.family(*item));
    }
    if (!plan) {
      line["machine_type"] = std::string(book.machine_type(*item));
      line["os"] = option.os;
      if (book.size_flexible(*item))
        line["family_units"] = book.family_units(*item) * static_cast<double>(machines);
      else
        line["machines"] = machines;
    }
    owned.push_back({std::string(book.region(*item)), line.dump() + '\n'});
  }
  return owned;
}

}  // namespace nova::cloud
