// The leaf values of a config: how a duration, a share, a name or a path is read, published, shown.
//
// Each returns a reader::Value to be put into a Table row. Used by config_keys.cpp only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/offer.hpp"
#include "core/cost/period.hpp"
#include "core/decide/behaviour.hpp"
#include "core/decide/cron.hpp"
#include "host/wiring/address.hpp"
#include "host/wiring/reader.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::reader {

Value<bool> flag();
Value<std::string> text();            // not empty
Value<std::string> free_text();       // any
Value<std::string> id();              // [a-z0-9][a-z0-9_-]{0,62}
Value<std::string> component_id();    // reversed domain, kind, method
Value<std::string> sha256();          // 64 hex digits
Value<std::string> json_object();     // kept as text: whoever it is for reads it
Value<std::filesystem::path> path();  // absolute once read
Value<Duration> duration();           // "0s" and longer
Value<Duration> positive_duration(Duration least = Duration{1});
Value<double> number(double least, double most);  // both included
Value<double> positive_number();                  // above 0
Value<double> share();                            // above 0, at most 1
Value<double> percentage(double most);            // "1%" as 0.01; above 0, at most `most` (a share)
Value<std::uint32_t> machines();                  // 0 to a million
Value<std::size_t> count(std::size_t least);      // up to a million
Value<UsdPerHour> usd_per_hour();                 // above 0
Value<UsdPerHour> usd_per_hour_or_nothing();      // 0 and above
Value<Usd> usd();                                 // above 0
Value<Usd> usd_or_nothing();                      // 0 and above
Value<TimePoint> date();                          // "2026-03-01", midnight UTC
Value<TimePoint> instant();                       // "2026-03-01T12:00:00Z"
Value<Range> range();                             // [low, high], null = open
Value<StepLimit> step_limit();                    // 3 or "25%"
Value<Address> loopback();                        // "127.0.0.1:9464"
Value<TimeZone> time_zone();                      // "Europe/Berlin"
Value<Cron> cron();                               // "0 8 * * mon-fri"

// One of several words. `later` lists words that a later version will know.
template <class E>
Value<E> choice(std::vector<std::pair<std::string, E>> words,
                const std::vector<std::string>& later = {}) {
  Value<E> value;
  std::vector<std::string> names;
  for (const auto& [name, meaning] : words) names.push_back(name);
  value.schema = {{"type", "string"}, {"enum", names}};
  value.read = [words, names, later](const json& node, E& out, const Place& place) {
    std::string list;
    const auto found = node.is_string() ? node.get<std::string>() : std::string();
    for (const auto& [name, meaning] : words) {
      if (node.is_string() && found == name) {
        out = meaning;
        return;
      }
      list += (list.empty() ? "\"" : ", \"") + name + "\"";
    }
    const auto only = "must be " + std::string(words.size() > 1 ? "one of " : "") + list;
    if (std::count(later.begin(), later.end(), found))
      return place.broken(only + ": " + shown(node) + " is not available in this version");
    place.broken(only + ", got " + shown(node) + did_you_mean(found, names));
  };
  value.show = [words](const E& meant) {
    for (const auto& [name, meaning] : words)
      if (meaning == meant) return ordered_json(name);
    return ordered_json();
  };
  return value;
}

}  // namespace nova::reader
