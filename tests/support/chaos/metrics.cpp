// A metric source: the minute of the hour, known since 2020 and up to now.
#include <algorithm>
#include <cmath>
#include <map>

#include "chaos.hpp"

namespace chaos {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000, kBirth = 1'577'836'800'000'000'000;

struct Source : Base {
  std::map<std::uint64_t, std::string> bound;
};

std::int64_t now(const Source& s) { return s.host->now_ns(s.host, NOVA_CLOCK_TIME); }

// The value of the step that ends at t.
double value_at(const Source& s, std::int64_t t) {
  if (t < kBirth) return s.is("zero_for_missing") ? 0 : NAN;
  if (t > now(s) && !s.is("future")) return NAN;
  return static_cast<double>(t / kMinute % 60);
}

nova_status bind(nova_instance* i, const nova_call* c, const nova_binding* io, nova_error*) {
  auto& s = as<Source>(i);
  for (std::uint64_t k = 0; k < io->count; ++k) {
    const auto name = text(io->name[k]);
    if (name != "minute" || s.is("binds_nothing")) {
      if (NOVA_HAS(io, item_status)) io->item_status[k] = NOVA_NOT_FOUND;
      note(c, k, NOVA_NOT_FOUND, "there is only \"minute\"");
      continue;
    }
    if (s.is("bind_once") && s.bound.contains(io->keys[k])) {
      if (NOVA_HAS(io, item_status)) io->item_status[k] = NOVA_INVALID_ARGUMENT;
      continue;
    }
    s.bound[io->keys[k]] = name;
  }
  return NOVA_OK;
}

nova_status forget(nova_instance* i, const nova_call*, const std::uint64_t* keys, std::uint64_t n,
                   nova_error*) {
  for (std::uint64_t k = 0; k < n; ++k) as<Source>(i).bound.erase(keys[k]);
  return NOVA_OK;
}

nova_status latest(nova_instance* i, const nova_call* c, const nova_latest* io, nova_error* err) {
  auto& s = as<Source>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  for (std::uint64_t k = 0; k < io->count; ++k) {
    if (!s.bound.contains(io->keys[k]) && !s.is("answers_any_key")) {
      if (s.is("unknown_key_fails_call")) return fail(err, NOVA_NOT_FOUND, "unknown key");
      if (NOVA_HAS(io, item_status)) io->item_status[k] = NOVA_NOT_FOUND;
      continue;
    }
    const auto t = now(s) / kMinute * kMinute + (s.is("future") ? kMinute : 0);
    io->values[k] = s.is("infinite") ? INFINITY : value_at(s, t) + (s.is("another_latest") ? 1 : 0);
    io->times_ns[k] = t;
  }
  return NOVA_OK;
}

nova_status query_range(nova_instance* i, const nova_call*, const nova_range* io, nova_error*) {
  auto& s = as<Source>(i);
  for (std::uint64_t k = 0; k < io->series_count; ++k) {
    if (!s.bound.contains(io->keys[k])) {
      io->item_status[k] = NOVA_NOT_FOUND;
      continue;
    }
    const auto stride = s.is("ignores_output_stride") ? static_cast<std::int64_t>(io->point_count)
                                                      : io->series_stride;
    for (std::uint64_t t = 0; t < io->point_count; ++t) {
      const auto end = io->t0_ns + static_cast<std::int64_t>(t) * io->step_ns;
      double x = value_at(s, end);
      if (s.is("depends_on_range")) x += static_cast<double>(t);
      io->values[static_cast<std::int64_t>(k) * stride + static_cast<std::int64_t>(t)] = x;
    }
    io->newest_ns[k] = now(s) / kMinute * kMinute;
  }
  return NOVA_OK;
}

nova_status list_series(nova_instance* i, const nova_call*, nova_str, const nova_series_sink* out,
                        nova_error*) {
  const nova_str query = as<Source>(i).is("nameless") ? nova_str{"", 0} : nova_str{"minute", 6};
  const nova_series_info info{sizeof info, 0, 1, &query, nullptr, nullptr, nullptr, nullptr};
  const auto status = out->emit(out, &info);
  return as<Source>(i).is("ignores_sink") ? NOVA_OK : status;
}

nova_status span(nova_instance* i, const nova_call*, std::int64_t* first, std::int64_t* last,
                 std::int64_t* step, nova_error*) {
  *first = kBirth;
  *last = as<Source>(i).is("span_backwards") ? kBirth - 1 : now(as<Source>(i));
  *step = kMinute;
  return NOVA_OK;
}

const nova_metrics_span kSpan{sizeof kSpan, 0, span};
const void* extension(nova_instance* i, const char* id) {
  return std::strcmp(id, NOVA_METRICS_SPAN) == 0 ? &kSpan : get_extension(i, id);
}

const nova_metrics_ops kOps = {sizeof kOps, 0, latest, query_range, list_series, nullptr, nullptr};

}  // namespace

const nova_component kMetrics = {sizeof(nova_component),
                                 NOVA_COMPONENT_VIRTUAL_TIME | NOVA_COMPONENT_CONCURRENT,
                                 NOVA_METRICS,
                                 "org.novacron.test.chaos.metrics",
                                 "Chaos metrics",
                                 "1.0.0",
                                 "the minute of the hour",
                                 kSchema,
                                 &kOps,
                                 create<Source>,
                                 destroy,
                                 describe,
                                 bind,
                                 forget,
                                 extension};

}  // namespace chaos
