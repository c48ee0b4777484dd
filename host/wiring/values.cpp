#include "host/wiring/values.hpp"

#include <charconv>
#include <cmath>
#include <regex>

#include "core/base/ids.hpp"
#include "host/wiring/time_zone.hpp"

namespace nova::reader {
namespace {

constexpr double kMillion = 1e6;

// As an operator writes it: 1, not 1.0.
std::string plain(double number) {
  auto text = json(number).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

// "25%" as 0.25, none when it is not one.
std::optional<double> percent(const std::string& text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (ec != std::errc{} || stop + 1 != end || *stop != '%' || !std::isfinite(number)) return {};
  return number / 100;
}

std::string as_percent(double share) { return plain(std::round(share * 1e8) / 1e6) + "%"; }

// A text that must match `pattern`; `fits` is the same rule in code.
Value<std::string> patterned(const char* pattern, const char* rule,
                             std::function<bool(const std::string&)> fits) {
  return {
      {{"type", "string"}, {"pattern", pattern}},
      [rule, fits](const json& node, std::string& out, const Place& place) {
        if (!node.is_string()) return place.broken("must be a string, got " + shown(node));
        if (!fits(node.get_ref<const std::string&>()))
          return place.broken(std::string(rule) + ", got " + shown(node));
        out = node;
      },
      [](const std::string& text) { return text.empty() ? ordered_json() : ordered_json(text); }};
}

// A whole number; 3.0 is one, as in JSON Schema.
std::optional<double> whole_of(const json& node) {
  if (!node.is_number()) return {};
  const auto number = node.get<double>();
  if (!std::isfinite(number) || number != std::floor(number)) return {};
  return number;
}

template <class N>
Value<N> whole(double least, double most) {
  return {{{"type", "integer"},
           {"minimum", static_cast<std::int64_t>(least)},
           {"maximum", static_cast<std::int64_t>(most)}},
          [least, most](const json& node, N& out, const Place& place) {
            const auto number = whole_of(node);
            if (!number) return place.broken("must be an integer, got " + shown(node));
            if (*number < least || *number > most)
              return place.broken(
                  "must be in [" + std::to_string(static_cast<std::int64_t>(least)) + ", " +
                  std::to_string(static_cast<std::int64_t>(most)) + "], got " + shown(node));
            out = static_cast<N>(*number);
          },
          [](const N& value) { return ordered_json(value); }};
}

// `above` is a bound the subset of JSON Schema cannot state, so it is checked here alone.
Value<double> bounded(std::optional<double> least, std::optional<double> most,
                      std::optional<double> above) {
  Value<double> value;
  value.schema = {{"type", "number"}};
  if (least) value.schema["minimum"] = *least;
  if (most) value.schema["maximum"] = *most;
  value.read = [=](const json& node, double& out, const Place& place) {
    if (!node.is_number()) return place.broken("must be a number, got " + shown(node));
    const auto number = node.get<double>();
    const auto got = ", got " + shown(node);
    const auto upper = most ? " and <= " + plain(*most) : std::string();
    if (above && number < *least) return place.broken("must be > " + plain(*above) + upper + got);
    if (above && number <= *above) return place.refused("must be > " + plain(*above) + upper + got);
    if ((least && number < *least) || (most && number > *most))
      return place.broken("must be " + (above ? "> " + plain(*above) : ">= " + plain(*least)) +
                          upper + got);
    out = number;
  };
  value.show = [](const double& number) { return ordered_json(number); };
  return value;
}

#define NOVA_NUMBER "([0-9]+[.]?[0-9]*|[.][0-9]+)"
constexpr const char* kDurationPattern =
    "^(?=.)(" NOVA_NUMBER "w)?(" NOVA_NUMBER "d)?(" NOVA_NUMBER "h)?(" NOVA_NUMBER
    "m)?(" NOVA_NUMBER "s)?(" NOVA_NUMBER "ms)?(" NOVA_NUMBER "us)?(" NOVA_NUMBER "ns)?$";
constexpr const char* kPercentPattern = "^" NOVA_NUMBER "%$";
#undef NOVA_NUMBER
constexpr std::size_t kLongestText = 512;  // that the schema checks against a pattern

Value<Duration> duration_from(Duration least) {
  return {{{"type", "string"}, {"pattern", kDurationPattern}, {"x-unit", "duration"}},
          [least](const json& node, Duration& out, const Place& place) {
            if (!node.is_string())
              return place.broken("must be a duration such as \"90s\", got " + shown(node));
            const auto text = node.get<std::string>();
            const auto read = parse_duration(text);
            if (!read.ok()) {
              // Only arithmetic can refuse what has the form of a duration: one too long.
              const bool form = text.size() <= kLongestText &&
                                std::regex_match(text, std::regex(kDurationPattern));
              return form ? place.refused(read.error().message)
                          : place.broken(read.error().message);
            }
            if (*read < least)
              return place.refused((least.count() == 1 ? std::string("must be > 0s")
                                                       : "must be >= " + to_string(least)) +
                                   ", got " + to_string(*read));
            out = *read;
          },
          [](const Duration& value) { return ordered_json(to_string(value)); }};
}

void read_range(const json& node, Range& out, const Place& place) {
  const auto rule = "must be [low, high], null for an open end, got " + shown(node);
  if (!node.is_array() || node.size() < 2) place.broken(rule);
  if (!node.is_array()) return;
  if (node.size() > 2) place.refused(rule);
  std::vector<std::optional<double>> ends;
  for (std::size_t i = 0; i < node.size(); ++i) {
    auto& end = ends.emplace_back();
    if (node[i].is_number() && node[i] >= 0)
      end = node[i].get<double>();
    else if (!node[i].is_null())
      place.at(i).broken("must be a number >= 0 or null, got " + shown(node[i]));
  }
  if (!place.clean()) return;
  out = {ends[0], ends[1]};
  if (out.low && out.high && *out.low > *out.high)
    place.refused("must be [low, high] with low <= high, got " + shown(node));
}

void read_step_limit(const json& node, StepLimit& out, const Place& place) {
  const auto rule =
      std::string("must be a number of machines >= 1 or a share such as \"25%\", got ");
  if (const auto number = whole_of(node)) {
    if (*number < 1 || *number > kMillion) return place.broken(rule + shown(node));
    out = {static_cast<std::uint32_t>(*number), {}};
    return;
  }
  if (!node.is_string()) return place.broken(rule + shown(node));
  const auto text = node.get<std::string>();
  const auto part = percent(text);
  if (!part) return place.broken(rule + shown(node));
  if (*part <= 0) return place.refused(rule + shown(node));
  out = {{}, part};
}

}  // namespace

Value<bool> flag() {
  return {{{"type", "boolean"}},
          [](const json& node, bool& out, const Place& place) {
            if (!node.is_boolean())
              return place.broken("must be true or false, got " + shown(node));
            out = node;
          },
          [](const bool& value) { return ordered_json(value); }};
}

Value<std::string> text() {
  auto value = free_text();
  value.schema["minLength"] = 1;
  value.read = [](const json& node, std::string& out, const Place& place) {
    if (!node.is_string() || node.get_ref<const std::string&>().empty())
      return place.broken("must be a non-empty string, got " + shown(node));
    out = node;
  };
  return value;
}

Value<std::string> free_text() {
  return {
      {{"type", "string"}},
      [](const json& node, std::string& out, const Place& place) {
        if (!node.is_string()) return place.broken("must be a string, got " + shown(node));
        out = node;
      },
      [](const std::string& text) { return text.empty() ? ordered_json() : ordered_json(text); }};
}

Value<std::string> id() {
  return patterned("^[a-z0-9][a-z0-9_-]{0,62}$",
                   "must be 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit",
                   [](const std::string& text) { return is_valid_id(text); });
}

Value<std::string> component_id() {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return patterned(
      "^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)+$",
      "must be a component id such as \"org.novacron.model.arima\"", [](const std::string& text) {
        return text.size() <= kLongestText && text.find('.') != std::string::npos &&
               text.find_first_not_of(kLetters) == std::string::npos && text.front() != '.' &&
               text.back() != '.' && text.find("..") == std::string::npos;
      });
}

Value<std::string> sha256() {
  return patterned("^[0-9a-fA-F]{64}$", "must be a SHA-256 as 64 hex digits",
                   [](const std::string& text) {
                     return text.size() == 64 &&
                            text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
                   });
}

Value<std::string> json_object() {
  return {{{"type", "object"}},
          [](const json& node, std::string& out, const Place& place) {
            if (!node.is_object()) return place.broken("must be an object, got " + shown(node));
            out = node.dump();
          },
          [](const std::string& text) {
            return text.empty() ? ordered_json() : ordered_json::parse(text);
          }};
}

Value<std::filesystem::path> path() {
  return {{{"type", "string"}, {"minLength", 1}, {"x-path", true}},
          [](const json& node, std::filesystem::path& out, const Place& place) {
            if (!node.is_string() || node.get_ref<const std::string&>().empty())
              return place.broken("must be a path, got " + shown(node));
            out = (place.session->folder / node.get<std::string>()).lexically_normal();
          },
          [](const std::filesystem::path& value) {
            return value.empty() ? ordered_json() : ordered_json(value.string());
          }};
}

Value<Duration> duration() { return duration_from(Duration{0}); }
Value<Duration> positive_duration(Duration least) { return duration_from(least); }
Value<double> number(double least, double most) { return bounded(least, most, {}); }
Value<double> positive_number() { return bounded(0, {}, 0); }
Value<double> share() { return bounded(0, 1, 0); }
Value<std::uint32_t> machines() { return whole<std::uint32_t>(0, kMillion); }
Value<std::size_t> count(std::size_t least) {
  return whole<std::size_t>(static_cast<double>(least), kMillion);
}

namespace {

template <class Money>
Value<Money> money(double most, std::optional<double> above) {
  const auto dollars = bounded(0, most, above);
  return {dollars.schema,
          [dollars](const json& node, Money& out, const Place& place) {
            double value = out.dollars();
            dollars.read(node, value, place);
            out = Money::from_dollars(value);
          },
          [](const Money& value) { return ordered_json(value.dollars()); }};
}

constexpr double kBillion = 1e9;  // beyond it nanos no longer fit

}  // namespace

Value<UsdPerHour> usd_per_hour() { return money<UsdPerHour>(kMillion, 0); }
Value<UsdPerHour> usd_per_hour_or_nothing() { return money<UsdPerHour>(kMillion, {}); }
Value<Usd> usd() { return money<Usd>(kBillion, 0); }
Value<Usd> usd_or_nothing() { return money<Usd>(kBillion, {}); }

namespace {

// A text of UTC that starts with a date; `pattern` is its form, of which `shown` chars are kept.
Value<TimePoint> utc(const char* what, const char* pattern, std::size_t length) {
  const std::string rule = std::string("must be ") + what;
  return {{{"type", "string"}, {"pattern", pattern}},
          [rule, pattern, length](const json& node, TimePoint& out, const Place& place) {
            const auto text = node.is_string() ? node.get<std::string>() : std::string();
            if (text.size() > length + 1 || !std::regex_match(text, std::regex(pattern)))
              return place.broken(rule + ", got " + shown(node));
            const auto part = [&](std::size_t at, std::size_t digits) {
              unsigned value = 0;
              if (at < text.size())
                std::from_chars(text.data() + at, text.data() + at + digits, value);
              return value;
            };
            const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(part(0, 4))),
                                                  std::chrono::month(part(5, 2)),
                                                  std::chrono::day(part(8, 2))};
            const auto h = part(11, 2), m = part(14, 2), s = part(17, 2);
            if (!day.ok() || part(0, 4) < 1970 || part(0, 4) > 2200 || h > 23 || m > 59 || s > 59)
              return place.refused(rule + ", got " + shown(node));
            out = TimePoint(std::chrono::sys_days(day)) + std::chrono::hours(h) +
                  std::chrono::minutes(m) + std::chrono::seconds(s);
          },
          [length](const TimePoint& t) {
            const auto text = to_iso8601(t);
            return ordered_json(length < text.size() ? text.substr(0, length) : text);
          }};
}

}  // namespace

Value<TimePoint> date() {
  return utc("a date such as \"2026-03-01\"", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 10);
}

Value<TimePoint> instant() {
  return utc("an instant such as \"2026-03-01T12:00:00Z\"",
             "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", 20);
}

Value<Range> range() {
  return {{{"type", "array"},
           {"minItems", 2},
           {"items", {{"type", {"number", "null"}}, {"minimum", 0}}}},
          read_range,
          [](const Range& value) {
            if (!value.low && !value.high) return ordered_json();
            const auto end = [](const std::optional<double>& x) {
              return x ? ordered_json(*x) : ordered_json();
            };
            return ordered_json::array({end(value.low), end(value.high)});
          }};
}

Value<double> percentage(double most) {
  return {{{"type", "string"}, {"pattern", kPercentPattern}},
          [most](const json& node, double& out, const Place& place) {
            const auto rule = "must be a percentage such as \"1%\", above 0% and at most " +
                              as_percent(most) + ", got ";
            const auto share =
                node.is_string() ? percent(node.get<std::string>()) : std::optional<double>();
            if (!share) return place.broken(rule + shown(node));
            if (*share <= 0 || *share > most) return place.refused(rule + shown(node));
            out = *share;
          },
          [](const double& value) {
            return value > 0 ? ordered_json(as_percent(value)) : ordered_json();
          }};
}

Value<StepLimit> step_limit() {
  return {{{"type", {"integer", "string"}},
           {"minimum", 1},
           {"maximum", 1000000},
           {"pattern", kPercentPattern}},
          read_step_limit,
          [](const StepLimit& limit) {
            if (limit.count) return ordered_json(*limit.count);
            if (limit.share) return ordered_json(as_percent(*limit.share));
            return ordered_json();
          }};
}

Value<TimeZone> time_zone() {
  return {{{"type", "string"}, {"minLength", 1}},
          [](const json& node, TimeZone& out, const Place& place) {
            if (!node.is_string() || node.get_ref<const std::string&>().empty())
              return place.broken("must be an IANA time zone such as \"Europe/Berlin\", got " +
                                  shown(node));
            const auto name = node.get<std::string>();
            auto zone = read_time_zone(name);
            if (zone.ok())
              out = std::move(zone).value();
            else if (zone.error().code == ErrorCode::not_found)
              place.refused("must be an IANA time zone such as \"Europe/Berlin\", got " +
                            shown(node) + did_you_mean(name, time_zone_names()));
            else
              place.refused(zone.error().message);
          },
          [](const TimeZone& zone) { return ordered_json(zone.name()); }};
}

Value<Cron> cron() {
  return {{{"type", "string"}, {"minLength", 9}},
          [](const json& node, Cron& out, const Place& place) {
            if (!node.is_string() || node.get_ref<const std::string&>().size() < 9)
              return place.broken("must be a cron expression such as \"0 8 * * mon-fri\", got " +
                                  shown(node));
            auto cron = Cron::parse(node.get_ref<const std::string&>());
            if (!cron.ok()) return place.refused(cron.error().message);
            out = std::move(cron).value();
          },
          [](const Cron& cron) {
            return cron.text().empty() ? ordered_json() : ordered_json(cron.text());
          }};
}

}  // namespace nova::reader
