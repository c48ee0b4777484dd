// A model of the level: the mean of the last day, moved by what is observed.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <random>

#include "chaos.hpp"

namespace chaos {
namespace {

constexpr std::uint64_t kWindow = 24;

struct Level {
  double value = 0;
  std::int64_t newest = INT64_MIN;
};

struct Model : Base {
  std::map<std::uint64_t, Level> levels;
  const double* kept = nullptr;  // what "keeps_pointer" keeps
  double last = 0;               // what "stateful" remembers
};

double sample(const Model& m, const nova_series_view& y, std::uint64_t s, std::uint64_t t) {
  if (m.is("ignores_strides")) return y.values[s * y.point_count + t];
  return y.values[static_cast<std::int64_t>(s) * y.series_stride +
                  static_cast<std::int64_t>(t) * y.time_stride];
}

std::uint64_t first_valid(const Model& m, const nova_series_view& y, std::uint64_t s) {
  if (!NOVA_HAS(&y, lengths) || m.is("ignores_lengths")) return 0;
  return y.point_count - y.lengths[s];
}

// NaN when there is nothing to say.
double level_of(const Model& m, const nova_series_view& y, std::uint64_t s) {
  const auto window = m.is("ignores_lengths") ? y.point_count : kWindow;
  const auto first =
      std::max(first_valid(m, y, s), y.point_count > window ? y.point_count - window : 0);
  double sum = 0;
  int n = 0;
  for (auto t = first; t < y.point_count; ++t)
    if (const double x = sample(m, y, s, t); std::isfinite(x)) sum += x, ++n;
  return n && std::isfinite(sum / n) && std::abs(sum / n) < 1e290 ? sum / n : NAN;
}

std::int64_t time_of(const nova_series_view& y, std::uint64_t t) {
  return y.t0_ns + static_cast<std::int64_t>(t) * y.step_ns;
}

void report(const nova_fit* io, std::uint64_t s, nova_status status) {
  if (NOVA_HAS(io, item_status)) io->item_status[s] = status;
}

nova_status fit(nova_instance* i, const nova_call* c, const nova_fit* io, nova_error* err) {
  auto& m = as<Model>(i);
  if (io->flags & 0xFFFF0000u) return fail(err, NOVA_UNIMPLEMENTED, "flags");
  (void)c;
  const auto& y = *io->history;
  for (std::uint64_t s = 0; s < y.series_count; ++s) {
    double level = level_of(m, y, s);
    if (m.is("tells_warm") && (io->flags & NOVA_FIT_WARM)) level += 1000;
    if (std::isnan(level)) {
      report(io, s, NOVA_FAILED_PRECONDITION);
      continue;
    }
    m.levels[y.keys[s]] = {level, time_of(y, y.point_count - 1)};
    if (m.is("keeps_pointer")) m.kept = y.values;
  }
  return NOVA_OK;
}

nova_status observe(nova_instance* i, const nova_call*, const nova_fit* io, nova_error*) {
  auto& m = as<Model>(i);
  const auto& y = *io->history;
  for (std::uint64_t s = 0; s < y.series_count; ++s) {
    auto& level = m.levels[y.keys[s]];
    for (auto t = first_valid(m, y, s); t < y.point_count; ++t) {
      const double x = sample(m, y, s, t);
      if (!std::isfinite(x) || (time_of(y, t) <= level.newest && !m.is("counts_twice"))) continue;
      level.value += (x - level.value) / double{kWindow};
      level.newest = time_of(y, t);
    }
  }
  return NOVA_OK;
}

// What the forecasts of one series look like when nothing is wrong, or one of the wrong ones.
void fill(Model& m, const nova_forecast* io, std::uint64_t s, double level) {
  const auto random = [&] {
    static std::random_device device;
    return m.is("random") ? device() / 4e9 : 0.0;
  };
  for (std::uint64_t h = 0; h < io->lead_count; ++h) {
    double mean = level + random();
    if (m.is("lead_dependent")) mean += static_cast<double>(h);
    if (m.is("nan") && s == 0) mean = NAN;
    if (m.is("infinite") && s == 0) mean = INFINITY;
    if (m.is("stateful")) mean += m.last;
    const auto row = m.is("ignores_output_stride") ? static_cast<std::int64_t>(io->lead_count)
                                                   : io->mean_series_stride;
    if (io->mean || m.is("writes_null_mean"))
      io->mean[static_cast<std::int64_t>(s) * row + static_cast<std::int64_t>(h)] = mean;
    for (std::uint64_t q = 0; io->quantiles && q < io->level_count; ++q) {
      double z = (io->levels[q] - 0.5) * 20;
      if (m.is("crossed")) z = -z;
      if (m.is("quantile_needs_mean") && !io->mean) z = 0;
      io->quantiles[static_cast<std::int64_t>(s) * io->q_series_stride +
                    static_cast<std::int64_t>(q) * io->q_level_stride +
                    static_cast<std::int64_t>(h)] = mean + z;
    }
  }
}

// The mean of the newest points, worked out in a room that all calls share.
double level_in_scratch(const Model& m, const nova_series_view& y, std::uint64_t s) {
  static volatile double scratch[512];
  const auto n = std::min<std::uint64_t>(512, y.point_count);
  for (std::uint64_t t = 0; t < n; ++t) scratch[t] = sample(m, y, s, y.point_count - n + t);
  double sum = 0;
  for (std::uint64_t t = 0; t < n; ++t) sum += scratch[t];
  return sum / static_cast<double>(n);
}

nova_status forecast(nova_instance* i, const nova_call* c, const nova_forecast* io,
                     nova_error* err) {
  auto& m = as<Model>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  const auto& y = *io->history;
  if (m.is("empty_fails") && y.series_count == 0)
    return fail(err, NOVA_INVALID_ARGUMENT, "no series");
  if ((m.is("keeps_pointer") || m.is("keeps_history")) && m.kept && m.kept[0] == -1)
    return NOVA_INTERNAL;
  if (m.is("keeps_history")) m.kept = y.values;
  double carried = 0;
  static std::atomic<int> inside = 0;  // what "racy" shares between calls
  if (m.is("racy")) ++inside, pause_ms(1);
  for (std::uint64_t s = 0; s < y.series_count; ++s) {
    if (s % 512 == 0 && cancelled(c)) return fail(err, NOVA_CANCELLED, "cancelled");
    const auto known = m.levels.find(y.keys[s]);
    double level = known != m.levels.end() ? known->second.value : level_of(m, y, s);
    if (m.is("shared_scratch")) level = level_in_scratch(m, y, s);
    if (m.is("past_many") && s >= 4096) level = 0;
    if (m.is("answers_nan_series") && std::isnan(level)) {
      fill(m, io, s, level);
      continue;
    }
    if (std::isnan(level)) {
      if (m.is("bad_series_fails_call")) return fail(err, NOVA_INVALID_ARGUMENT, "a bad series");
      if (m.is("bad_series_spreads")) carried = 1;
      if (NOVA_HAS(io, item_status) || m.is("writes_unknown_column"))
        io->item_status[s] = NOVA_FAILED_PRECONDITION;
      note(c, s, NOVA_FAILED_PRECONDITION, "nothing to forecast from");
      continue;
    }
    if (m.is("reads_past_struct") && io->item_status) io->item_status[s] = NOVA_OK;
    fill(m, io, s, level + carried);
  }
  if (m.is("racy") && inside-- > 1 && y.series_count && io->mean) io->mean[0] = -1;
  const auto cells = static_cast<std::int64_t>(
      y.series_count ? (y.series_count - 1) * static_cast<std::uint64_t>(io->mean_series_stride) +
                           io->lead_count
                     : 0);
  if (m.is("writes_past_end") && io->mean) io->mean[cells] = 0;
  if (m.is("writes_before_start") && io->mean) io->mean[-1] = 0;
  if (m.is("writes_input")) const_cast<double*>(y.values)[0] = 0;
  if (m.is("reads_past_end") && y.point_count && y.series_count &&
      y.values[static_cast<std::int64_t>(y.series_count) * y.series_stride] == 0.125)
    return NOVA_INTERNAL;
  if (m.is("odd_item") && y.series_count) io->item_status[0] = 77;
  if (y.series_count) m.last = m.is("stateful") ? m.last + 1 : 0;
  return NOVA_OK;
}

std::uint64_t checksum(const std::string& bytes) {  // FNV-1a
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

struct Entry {
  std::uint64_t key;
  Level level;
};

nova_status save(nova_instance* i, const nova_call*, const std::uint64_t* keys, std::uint64_t n,
                 const nova_writer* out, nova_error*) {
  auto& m = as<Model>(i);
  std::string payload;
  for (const auto& [key, level] : m.levels) {
    if (keys && std::find(keys, keys + n, key) == keys + n) continue;
    if (keys && m.is("saves_nothing_by_key")) continue;
    const Entry entry{key, level};
    payload.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  const std::uint64_t head[3] = {0x4348414f53303031u, payload.size(), checksum(payload)};
  if (const auto status = out->write(out, head, sizeof head)) return status;
  return out->write(out, payload.data(), payload.size());
}

nova_status load(nova_instance* i, const nova_call*, nova_bytes state, nova_error* err) {
  auto& m = as<Model>(i);
  if (m.is("load_forgets")) return NOVA_OK;
  std::uint64_t head[3] = {};
  const std::string bytes(static_cast<const char*>(state.ptr), state.len);
  const auto refuse = [&] {
    return fail(err, m.is("load_internal") ? NOVA_INTERNAL : NOVA_FAILED_PRECONDITION,
                "not my state");
  };
  if (m.is("takes_truncated") && bytes.size() < 40) return NOVA_OK;
  if (bytes.size() < sizeof head) return refuse();
  std::memcpy(head, bytes.data(), sizeof head);
  const auto payload = bytes.substr(sizeof head);
  if (head[0] != 0x4348414f53303031u || head[1] != payload.size()) return refuse();
  if (head[2] != checksum(payload) && !m.is("takes_damaged")) return refuse();
  for (std::size_t at = 0; at + sizeof(Entry) <= payload.size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, payload.data() + at, sizeof entry);
    m.levels[entry.key] = entry.level;
  }
  return NOVA_OK;
}

nova_status forget(nova_instance* i, const nova_call*, const std::uint64_t* keys, std::uint64_t n,
                   nova_error*) {
  for (std::uint64_t k = 0; k < n; ++k) as<Model>(i).levels.erase(keys[k]);
  return NOVA_OK;
}

const nova_model_ops kOps = {sizeof kOps, NOVA_MODEL_DETERMINISTIC, fit, observe, forecast, save,
                             load};
const nova_model_ops kStatelessOps = {sizeof kStatelessOps,
                                      NOVA_MODEL_DETERMINISTIC | NOVA_MODEL_STATELESS,
                                      nullptr,
                                      nullptr,
                                      forecast,
                                      nullptr,
                                      nullptr};

}  // namespace

const nova_component kModel = {sizeof(nova_component),
                               0,
                               NOVA_MODEL,
                               "org.novacron.test.chaos.model",
                               "Chaos model",
                               "1.0.0",
                               "the level of the last day",
                               kSchema,
                               &kOps,
                               create<Model>,
                               destroy,
                               describe,
                               nullptr,
                               forget,
                               get_extension};
const nova_component kStateless = {sizeof(nova_component),
                                   NOVA_COMPONENT_CONCURRENT,
                                   NOVA_MODEL,
                                   "org.novacron.test.chaos.stateless",
                                   "Chaos stateless model",
                                   "1.0.0",
                                   "the same without state",
                                   kSchema,
                                   &kStatelessOps,
                                   create<Model>,
                                   destroy,
                                   describe,
                                   nullptr,
                                   nullptr,
                                   get_extension};

}  // namespace chaos
