#include "host/cli/forecast_time.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace nova::cli {
namespace {

using Times = std::vector<std::int64_t>;

constexpr std::int64_t kSecond = kBillion, kDay = 86'400 * kSecond;
// Any two of these differ by less than 2^63 billionths.
constexpr int kFirstYear = 1830, kLastYear = 2110;
constexpr double kLargest = 4.6e9;
constexpr double kFirstUnixSecond = 100'000'000;  // numbers from 1973 on are dates
constexpr double kLastUnixSecond = 1e11;          // those from 5138 on are of a finer unit
// A typical step beyond so many smallest ones is no missing row.
constexpr std::int64_t kSparse = 4;
constexpr double kClose = 0.2;  // of a step: what most steps of a jittered grid keep to

// Exactly `digits` digits at the front, taken off.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return {};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + digits, number);
  if (ec != std::errc{} || end != text.data() + digits || text[0] == '-') return {};
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// HH:MM[:SS[.fraction]], as nanoseconds of the day.
std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return {};
  std::int64_t ns = (*hour * 3600LL + *minute * 60LL) * kSecond;
  if (!take(text, ':')) return ns;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return {};
  ns += *second * kSecond;
  if (!take(text, '.')) return ns;
  std::int64_t unit = kSecond / 10;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, unit /= 10)
    ns += (text[digits] - '0') * unit;
  if (digits == 0) return {};
  text.remove_prefix(digits);
  return ns;
}

// Z, +02:00, or nothing (taken as UTC), as nanoseconds to subtract.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return 0;
  const int sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
  if (sign == 0) return {};
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  take(text, ':');
  const auto minute = take_digits(text, 2);
  if (!hour || !minute) return {};
  return sign * (*hour * 3600LL + *minute * 60LL) * kSecond;
}

// 2024-12-31 or, where dots stand between, 31.12.2024; then perhaps a time.
std::optional<Stamp> parse_date(std::string_view text, char between) {
  using namespace std::chrono;
  const bool day_first = between == '.';
  auto y = take_digits(text, day_first ? 2 : 4);
  if (!y || !take(text, between)) return {};
  const auto m = take_digits(text, 2);
  if (!m || !take(text, between)) return {};
  auto d = take_digits(text, day_first ? 4 : 2);
  if (!d) return {};
  if (day_first) std::swap(y, d);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok() || *y < kFirstYear || *y > kLastYear) return {};
  const auto midnight = duration_cast<nanoseconds>(sys_days{date}.time_since_epoch()).count();
  if (text.empty()) return Stamp{TimeKind::iso, true, midnight};
  if (!take(text, 'T') && !take(text, ' ')) return {};
  const auto time = take_time(text);
  if (!time) return {};
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return {};
  return Stamp{TimeKind::iso, false, midnight + *time - *zone};
}

// Months since year 0 and what is left of the instant, from the start of the month or (negative)
// from its end, for calendar grids.
struct MonthStamp {
  std::int64_t month, from_start, from_end;
};

MonthStamp to_months(std::int64_t ns) {
  using namespace std::chrono;
  const auto instant = from_unix_ns(ns);
  const year_month_day date{floor<days>(instant)};
  const auto month = static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1;
  const year_month this_month{date.year(), date.month()};
  const sys_days first{this_month / 1}, next{(this_month + months{1}) / 1};
  return {month, (instant - first).count(), (instant - next).count()};
}

std::int64_t from_months(std::int64_t month, std::int64_t rest) {
  using namespace std::chrono;
  if (rest < 0) ++month;
  const sys_days first{year(static_cast<int>(month / 12)) /
                       std::chrono::month(static_cast<unsigned>(month % 12 + 1)) / 1};
  return duration_cast<nanoseconds>(first.time_since_epoch()).count() + rest;
}

// Positions of `times` on the grid through the first with the smallest step there is; empty when
// one lies off it.
Times on_grid(const Times& times, std::int64_t& step) {
  step = times[1] - times[0];
  for (std::size_t i = 2; i < times.size(); ++i) step = std::min(step, times[i] - times[i - 1]);
  Times at;
  for (const auto time : times) {
    if ((time - times[0]) % step != 0) return {};
    at.push_back((time - times[0]) / step);
  }
  return at;
}

// Calendar months, for a day that every month has, or the last of each.
Times on_months(const Times& times, std::int64_t& step) {
  const auto first = to_months(times[0]);
  bool from_start = first.from_start < 28 * kDay, from_end = first.from_end >= -kDay;
  Times months;
  for (const auto time : times) {
    const auto stamp = to_months(time);
    from_start &= stamp.from_start == first.from_start;
    from_end &= stamp.from_end == first.from_end;
    if ((!from_start && !from_end) || (!months.empty() && stamp.month == months.back())) return {};
    months.push_back(stamp.month);
  }
  return on_grid(months, step);
}

std::int64_t typical_step(const Times& times) {
  Times steps;
  for (std::size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>((steps.size() - 1) / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

// `value` as a whole number of days, hours, minutes, ... whichever is the coarsest within
// `tolerance`.
std::int64_t tidied(double value, double tolerance) {
  for (const std::int64_t unit : {kDay, 3600 * kSecond, 60 * kSecond, kSecond, kSecond / 1000}) {
    const double whole = std::round(value / static_cast<double>(unit)) * static_cast<double>(unit);
    if (std::abs(whole - value) <= tolerance) return static_cast<std::int64_t>(whole);
  }
  return std::llround(value);
}

// Steps of jittered times, counted against a clock that follows them slowly, and the slope of a
// line through (count, time): a better guess of the step than the one it starts from.
double counted_step(const Times& times, double step) {
  constexpr double kFollow = 0.1;  // of each deviation
  double clock = 0, ticks = 0, n = 0, mean_ticks = 0, mean_time = 0, product = 0, square = 0;
  for (const auto time : times) {
    const auto since = static_cast<double>(time - times[0]);
    const double passed = std::max(0.0, std::round((since - clock) / step));
    ticks += passed;
    clock += passed * step + kFollow * (since - clock - passed * step);
    const double away = ticks - mean_ticks;  // Welford's update of means and sums
    mean_ticks += away / ++n;
    mean_time += (since - mean_time) / n;
    product += away * (since - mean_time);
    square += away * (ticks - mean_ticks);
  }
  return square > 0 ? product / square : step;
}

// The grid that jittered times lie about.
struct Snapped {
  std::int64_t first = 0, step = 1;
  Times at;
};

Snapped snapped(const Times& times) {
  const auto typical = static_cast<double>(typical_step(times));
  double step = typical;
  for (int round = 0; round < 3; ++round) step = counted_step(times, step);
  const double ticks = std::max(1.0, static_cast<double>(times.back() - times[0]) / step);
  Snapped out;
  // Over all the series a tidied step may move the grid by a tenth of a step.
  out.step = std::max<std::int64_t>(1, tidied(step, typical / 10 / ticks));
  std::int64_t first = times[0];
  for (int round = 0; round < 2; ++round) {  // the first time may itself be off
    Times off;
    for (const auto time : times) {
      const double since = static_cast<double>(time - first);
      off.push_back(time - first - std::llround(since / static_cast<double>(out.step)) * out.step);
    }
    const auto middle = off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2);
    std::nth_element(off.begin(), middle, off.end());
    first += *middle;
  }
  // From midnight on, as clocks are read.
  const std::int64_t midnight = first - ((first % kDay) + kDay) % kDay;
  out.first = midnight + tidied(static_cast<double>(first - midnight), typical / 20);
  for (const auto time : times)
    out.at.push_back(
        std::llround(static_cast<double>(time - out.first) / static_cast<double>(out.step)));
  const auto start = out.at.front();
  out.first += start * out.step;
  for (auto& at : out.at) at -= start;
  return out;
}

std::string plain(std::int64_t billionths, std::int64_t unit) {
  std::string text = std::to_string(billionths / unit);
  if (billionths < 0 && billionths > -unit) text = "-0";
  if (const auto rest = std::abs(billionths % unit)) {
    auto digits = std::to_string(unit + rest).substr(1);
    digits.resize(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text;
}

// "line 3: timestamp 2024-02-29", as the file writes it.
std::string at_line(const Progression& lines, TimeGrid grid, std::int64_t time, std::size_t i) {
  grid.first = time;
  return "line " + std::to_string(lines[i]) + ": timestamp " + grid.text(0);
}

}  // namespace

std::optional<Stamp> parse_stamp(std::string_view text) {
  if (text.size() >= 10 && text[4] == '-') return parse_date(text, '-');
  if (text.size() >= 10 && text[2] == '.' && text[5] == '.') return parse_date(text, '.');
  const auto *begin = text.data(), *end = begin + text.size();
  std::int64_t whole = 0;  // nanoseconds are more than a double can count
  const auto read = std::from_chars(begin, end, whole);
  const bool is_whole = read.ec == std::errc{} && read.ptr == end;
  double number = static_cast<double>(whole), part = 0;
  if (!is_whole) {
    const auto [stop, ec] = std::from_chars(begin, end, number);
    if (ec != std::errc{} || stop != end) return {};
  }
  std::int64_t unit = kSecond;
  for (double most = kLastUnixSecond; number >= most && unit > 1; most *= 1000) unit /= 1000;
  const std::int64_t a_second = kSecond / unit;
  if (!(std::abs(number) <= kLargest * static_cast<double>(a_second))) return {};
  if (!is_whole) {
    whole = static_cast<std::int64_t>(std::floor(number));
    part = number - std::floor(number);
  }
  const auto kind = number >= kFirstUnixSecond ? TimeKind::unix_time : TimeKind::index;
  if (kind == TimeKind::index && part != 0) return {};
  return Stamp{kind, false, whole * unit + std::llround(part * 1e6) * unit / 1'000'000, unit};
}

Result<GridStep> parse_step(std::string_view text) {
  if (text.size() > 2 && text.substr(text.size() - 2) == "mo") {
    const auto count = text.substr(0, text.size() - 2);
    std::int64_t months = 0;
    const auto [stop, ec] = std::from_chars(count.data(), count.data() + count.size(), months);
    if (ec == std::errc{} && stop == count.data() + count.size() && months > 0 && months <= 1200)
      return GridStep{months, true};
  } else if (const auto read = parse_duration(text); read.ok() && read.value().count() > 0) {
    return GridStep{read.value().count(), false};
  }
  return Error{
      ErrorCode::invalid_argument,
      "must be a duration above 0 such as 5m, 1h, 1d or 1mo, got \"" + std::string(text) + "\""};
}

std::int64_t TimeGrid::instant(std::int64_t point) const {
  // Unsigned, since the way from the first point may be longer than can be counted.
  if (!months)
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                     static_cast<std::uint64_t>(point) *
                                         static_cast<std::uint64_t>(step));
  const auto stamp = to_months(first);
  return from_months(stamp.month + point * step,
                     stamp.from_start < 28 * kDay ? stamp.from_start : stamp.from_end);
}

std::string TimeGrid::text(std::int64_t point) const {
  const auto at = instant(point);
  if (kind != TimeKind::iso) return plain(at, unit);
  auto text = to_iso8601(from_unix_ns(at));
  if (date_only && text.size() > 10 && text.compare(10, std::string::npos, "T00:00:00Z") == 0)
    text.resize(10);
  return text;
}

bool TimeGrid::counts(std::size_t points) const {
  const double each = months ? 2.63e15 : 1;
  return static_cast<double>(first) +
             each * static_cast<double>(step) * (static_cast<double>(points) - 1) <
         9.2e18;
}

TimePoint TimeGrid::end(std::size_t points) const {
  if (kind == TimeKind::index || months) return from_unix_ns(0);
  return from_unix_ns(instant(static_cast<std::int64_t>(points) - 1));
}

Duration TimeGrid::step_duration() const {
  constexpr std::int64_t kMonth = 2'629'746 * kSecond;  // mean of the Gregorian calendar
  if (kind == TimeKind::index) return std::chrono::seconds(1);
  return Duration{months ? step * kMonth : step};
}

Result<Times> fit_grid(const Progression& times, const Progression& lines, TimeGrid& grid) {
  const auto all = times.expand();
  const auto place = [&](std::size_t i) { return at_line(lines, grid, all[i], i); };
  // Before equal steps: July, August and September are 31 days apart, too.
  if (grid.kind == TimeKind::iso && typical_step(all) >= 28 * kDay)
    if (auto months = on_months(all, grid.step); !months.empty()) {
      grid.months = true;
      return months;
    }
  auto exact = on_grid(all, grid.step);
  const bool sparse = typical_step(all) > kSparse * grid.step;
  if (!exact.empty() && (!sparse || grid.kind == TimeKind::index)) return exact;
  if (grid.kind == TimeKind::index)
    for (std::size_t i = 1; i < all.size(); ++i)
      if ((all[i] - all[0]) % grid.step != 0)
        return Error{ErrorCode::invalid_argument, place(i) + " is not a whole number of steps of " +
                                                      plain(grid.step, kSecond) +
                                                      " after the first; number the rows evenly"};
  auto snap = snapped(all);
  const auto typical = static_cast<double>(typical_step(all));
  std::size_t crowded = 0, odd = 0, close = 0;  // the first of either; how many keep the step
  for (std::size_t i = 1; i < all.size(); ++i) {
    const double steps = static_cast<double>(all[i] - all[i - 1]) / typical;
    const bool near = std::abs(steps - std::max(1.0, std::round(steps))) < kClose;
    close += near;
    if (odd == 0 && !near) odd = i;
    if (crowded == 0 && snap.at[i] == snap.at[i - 1]) crowded = i;
  }
  const std::string todo = "; give one value a step, such as its mean, or none where it is missing",
                    about = to_string(Duration{tidied(typical, typical / 50)});
  if (2 * close < all.size() - 1) {
    if (!exact.empty()) return exact;  // thinly sown, but on a grid
    return Error{ErrorCode::invalid_argument,
                 place(odd) +
                     " is not a whole number of steps after the one before it, and "
                     "most of the others are not either (the typical step is " +
                     about + ")" + todo};
  }
  if (crowded != 0)
    return Error{ErrorCode::invalid_argument, place(crowded) + " falls into the same step of " +
                                                  about + " as the one before it" + todo};
  grid.first = snap.first;
  grid.step = snap.step;
  return std::move(snap.at);
}

Result<Times> stated_grid(const Progression& times, const Progression& lines,
                          const TimeGrid& grid) {
  Times at;
  for (const auto time : times.expand()) {
    const auto since =
        grid.months ? to_months(time).month - to_months(grid.first).month : time - grid.first;
    at.push_back(since / grid.step);
    if (grid.instant(at.back()) != time)
      return Error{
          ErrorCode::invalid_argument,
          at_line(lines, grid, time, at.size() - 1) + " is not a whole number of steps of " +
              (grid.months ? std::to_string(grid.step) + "mo" : to_string(Duration{grid.step})) +
              " after the first"};
  }
  return at;
}

}  // namespace nova::cli
