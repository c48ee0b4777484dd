#include "recording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <novascale/error.hpp>
#include <numeric>

#include "timestamp.hpp"

namespace nova::replay {

namespace {

// Timestamps below this (1973) that count by ones are an index, not seconds of the year 1970.
constexpr std::int64_t kIndexBelow = 100'000'000 * kSecond;
constexpr std::int64_t kIndexStep = 60 * kSecond;

std::string unquoted(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

// The most frequent distance of neighbours, the smallest of several; 0 when there is none.
std::int64_t usual_distance(const std::vector<std::int64_t>& times) {
  std::map<std::int64_t, std::size_t> count;
  for (std::size_t i = 1; i < times.size(); ++i) {
    ++count[times[i] - times[i - 1]];
    if (count.size() > 4096) break;  // no rule in it; the smallest so far will do
  }
  std::int64_t best = 0;
  std::size_t most = 0;
  for (const auto& [distance, n] : count)
    if (n > most) {
      best = distance;
      most = n;
    }
  return best;
}

}  // namespace

Labels parse_labels(const std::string& name) {
  const auto brace = name.find('{');
  if (brace == std::string::npos || name.back() != '}') return {name, {}};
  Labels out{name.substr(0, brace), {}};
  std::string_view body(name.data() + brace + 1, name.size() - brace - 2);
  while (!body.empty()) {
    bool inside = false;  // a comma between quotes is part of the value
    std::size_t end = 0;
    for (; end < body.size() && (inside || body[end] != ','); ++end)
      if (body[end] == '"') inside = !inside;
    const auto pair = body.substr(0, end);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return {name, {}};  // braces, but no labels
    out.pairs.emplace_back(unquoted(pair.substr(0, equals)), unquoted(pair.substr(equals + 1)));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return out;
}

Recording Recording::make(Table table, std::int64_t step_ns, const std::string& path) {
  Recording r;
  for (auto& raw : table.series) {
    auto labels = parse_labels(raw.name);
    r.series_.push_back(
        {std::move(raw.name), std::move(labels), raw.times, std::move(raw.values), {}});
  }
  r.repair(table.times);
  r.find_steps(step_ns, path);
  r.find_span();
  return r;
}

// Sorts each row of times with the values of all series that share it, and drops doubles.
void Recording::repair(std::vector<std::vector<std::int64_t>>& raw) {
  std::vector<std::vector<Series*>> users(raw.size());
  for (auto& s : series_) users[s.times].push_back(&s);
  for (std::size_t row = 0; row < raw.size(); ++row) {
    auto& times = raw[row];
    std::uint64_t unordered = 0, duplicate = 0;
    std::int64_t newest = std::numeric_limits<std::int64_t>::min();
    for (const auto t : times) {
      if (t < newest) ++unordered;
      newest = std::max(newest, t);
    }
    std::vector<std::size_t> order(times.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (unordered > 0)
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
    std::vector<std::size_t> kept;
    kept.reserve(order.size());
    for (const auto i : order) {
      if (!kept.empty() && times[kept.back()] == times[i]) {
        kept.back() = i;  // the stable sort has the file's last one last
        ++duplicate;
      } else {
        kept.push_back(i);
      }
    }
    if (unordered + duplicate > 0) {
      for (Series* s : users[row]) {
        std::vector<double> values;
        values.reserve(kept.size());
        for (const auto i : kept) values.push_back(s->values[i]);
        s->values = std::move(values);
      }
      std::vector<std::int64_t> sorted;
      sorted.reserve(kept.size());
      for (const auto i : kept) sorted.push_back(times[i]);
      times = std::move(sorted);
      repairs_.unordered += unordered;
      repairs_.duplicate += duplicate;
    }
    times_.push_back({std::move(times), 0});
  }
}

void Recording::find_steps(std::int64_t given, const std::string& path) {
  for (auto& t : times_) t.step = usual_distance(t.at);
  const bool small = std::all_of(times_.begin(), times_.end(), [](const Times& t) {
    return t.at.empty() || (t.at.front() >= 0 && t.at.back() < kIndexBelow &&
                            (t.step == kSecond || t.at.size() == 1));
  });
  const bool whole = std::all_of(times_.begin(), times_.end(), [](const Times& t) {
    return std::all_of(t.at.begin(), t.at.end(), [](auto at) { return at % kSecond == 0; });
  });
  if (small && whole) {
    indexed_ = true;
    const std::int64_t step = given > 0 ? given : kIndexStep;
    for (auto& t : times_) {
      for (auto& at : t.at) {
        // The bound on an index leaves room for steps of up to 92 s x 1e8; check all the same.
        if (__builtin_mul_overflow(at / kSecond, step, &at))
          throw Error(NOVA_INVALID_ARGUMENT,
                      path + ": an index times the step passes the year 2262");
      }
      t.step = step;
    }
  }
  std::int64_t common = given;
  for (const auto& t : times_)
    if (t.step > 0 && (common == 0 || (given == 0 && t.step < common))) common = t.step;
  if (common == 0)
    throw Error(NOVA_INVALID_ARGUMENT,
                path + ": one sample alone has no spacing, set `step` in the config");
  for (auto& t : times_) {
    if (given > 0 || t.step == 0) t.step = common;
    for (std::size_t i = 1; i < t.at.size(); ++i) {
      const std::int64_t distance = t.at[i] - t.at[i - 1];
      if (distance % t.step != 0) ++repairs_.irregular, t.regular = false;
      repairs_.gaps += static_cast<std::uint64_t>(std::max<std::int64_t>(distance / t.step - 1, 0));
    }
  }
  step_ = common;
}

void Recording::find_span() {
  first_ = std::numeric_limits<std::int64_t>::max();
  last_ = std::numeric_limits<std::int64_t>::min();
  for (const auto& t : times_) {
    if (t.at.empty()) continue;
    first_ = std::min(first_, t.at.front());
    last_ = std::max(last_, t.at.back() + t.step);
  }
}

// A counter's increase per second, told at the sample that shows it. After a reset the counter has
// counted from zero, so its value is the increase (as Prometheus' rate() has it).
void Recording::prepare_rate(std::size_t index) {
  Series& s = series_[index];
  if (!s.rates.empty()) return;
  const auto& at = times_[s.times].at;
  s.rates.assign(s.values.size(), kMissing);
  std::size_t before = SIZE_MAX;
  for (std::size_t i = 0; i < s.values.size(); ++i) {
    if (std::isnan(s.values[i])) continue;
    if (before != SIZE_MAX) {
      const double grown = s.values[i] - s.values[before];
      const double seconds = static_cast<double>(at[i] - at[before]) / 1e9;
      s.rates[i] = (grown < 0 ? s.values[i] : grown) / seconds;
    }
    before = i;
  }
}

// The value of [begin, end). `from` is the first sample that may overlap it, moved on for the next
// cell.
double Recording::cell(const Series& s, Within within, std::int64_t begin, std::int64_t end,
                       std::size_t& from) const {
  const Times& t = times_[s.times];
  const auto& values = within == Within::rate ? s.rates : s.values;
  while (from < t.at.size() && end_of(t, from) <= begin) ++from;
  double sum = 0, weighted = 0, low = kMissing, high = kMissing, last = kMissing;
  std::int64_t covered = 0;
  std::size_t count = 0;
  for (std::size_t i = from; i < t.at.size() && t.at[i] < end; ++i) {
    const double v = values[i];
    if (std::isnan(v)) continue;
    const std::int64_t overlap = std::min(end, end_of(t, i)) - std::max(begin, t.at[i]);
    const double share = static_cast<double>(overlap) / static_cast<double>(end_of(t, i) - t.at[i]);
    sum += v * share;
    weighted += v * static_cast<double>(overlap);
    low = std::isnan(low) || v < low ? v : low;
    high = std::isnan(high) || v > high ? v : high;
    last = v;
    covered += overlap;
    ++count;
  }
  if (count == 0) return kMissing;
  switch (within) {
    case Within::max:
      return high;
    case Within::min:
      return low;
    case Within::last:
      return last;
    // A sum of a part of the step would read as too little; a count is shared out evenly over its
    // step.
    case Within::sum:
      return covered == end - begin ? sum : kMissing;
    case Within::mean:
    case Within::rate:
      break;
  }
  // A lone sample is answered bit for bit.
  return count == 1 ? last : weighted / static_cast<double>(covered);
}

// How long after its time a point is told. First, until ends of samples fall on points of the grid:
// of a file and a grid of five minutes, one of them a minute off, none would be known when it ends.
// Then, until the last sample that can begin before the point is complete.
std::int64_t Recording::late(const Times& t, std::int64_t t0, std::int64_t step) {
  if (t.at.empty()) return 0;
  const std::int64_t unit = std::gcd(step, t.step);
  const std::int64_t off = (t.at.front() + t.step - t0) % unit;
  const std::int64_t to_meet = off == 0 ? 0 : off > 0 ? unit - off : -off;
  return to_meet + t.step - (t.regular ? unit : 0);
}

void Recording::points(std::size_t index, Within within, std::int64_t now, std::int64_t t0,
                       std::int64_t step, std::span<double> out) const {
  const Series& s = series_[index];
  const Times& t = times_[s.times];
  const std::int64_t later = late(t, t0, step);
  // A sample stamped a step of the file before the first cell may still reach into it.
  const std::int64_t begin = t0 - later - step;
  std::size_t from = static_cast<std::size_t>(
      std::lower_bound(t.at.begin(), t.at.end(), begin - t.step) - t.at.begin());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t told = t0 + static_cast<std::int64_t>(i) * step, end = told - later;
    out[i] = told > now ? kMissing : cell(s, within, end - step, end, from);
  }
}

std::optional<Sample> Recording::newest(std::size_t index, bool rate, std::int64_t now) const {
  const Series& s = series_[index];
  const Times& t = times_[s.times];
  const auto& values = rate ? s.rates : s.values;
  auto i = static_cast<std::size_t>(std::upper_bound(t.at.begin(), t.at.end(), now - t.step) -
                                    t.at.begin());
  while (i-- > 0)
    if (!std::isnan(values[i])) return Sample{t.at[i] + t.step, values[i]};
  return std::nullopt;
}

}  // namespace nova::replay
