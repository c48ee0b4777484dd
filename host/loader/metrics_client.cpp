#include "host/loader/metrics_client.hpp"

#include <cmath>
#include <limits>

#include "host/loader/columns.hpp"

namespace nova::loader {
MetricsClient::MetricsClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_metrics_ops>()) {}

Result<LatestAnswer> MetricsClient::latest(const std::vector<std::uint64_t>& keys,
                                           Duration timeout) {
  struct Frame {
    std::vector<std::uint64_t> keys;
    std::vector<double> values;
    std::vector<std::int64_t> times;
    std::vector<std::int32_t> status;
  };
  const auto n = keys.size();
  const auto frame = std::make_shared<Frame>(Frame{keys, std::vector<double>(n, kNaN),
                                                   std::vector<std::int64_t>(n, NOVA_NONE),
                                                   std::vector<std::int32_t>(n, NOVA_OK)});
  const auto result = instance_.call(
      "latest", Overlap::concurrent, timeout,
      [frame, op = ops_.latest](nova_instance* s, const nova_call* c, nova_error* e) {
        const nova_latest io{sizeof io,
                             0,
                             frame->keys.size(),
                             frame->keys.data(),
                             frame->values.data(),
                             frame->times.data(),
                             frame->status.data()};
        return op(s, c, &io, e);
      });
  if (!result.ok()) return result.error;
  LatestAnswer answer;
  answer.items = to_items(frame->status, result.notes);
  const auto now = unix_ns(instance_.context().now());
  for (std::size_t i = 0; i < n; ++i) {
    double value = answer.items[i].ok() ? frame->values[i] : kNaN;
    if (std::isinf(value) || (!std::isnan(value) && frame->times[i] > now)) {
      ++answer.refused;
      answer.items[i].note = std::isinf(value) ? "answered infinity: treated as missing"
                                               : "answered a sample later than now: refused";
      value = kNaN;
    }
    answer.values.push_back(value);
    answer.times.push_back(from_unix_ns(frame->times[i] == NOVA_NONE ? 0 : frame->times[i]));
  }
  return answer;
}

Result<RangeAnswer> MetricsClient::query_range(const RangeRequest& request, Duration timeout) {
  if (!ops_.query_range) return instance_.without("query_range");
  if (request.step <= Duration{0}) return Error{ErrorCode::invalid_argument, "step: must be > 0s"};
  struct Frame {
    RangeRequest request;
    std::vector<double> values;
    std::vector<std::int64_t> newest;
    std::vector<std::int32_t> status;
  };
  const auto n = request.keys.size(), m = request.points;
  const auto frame = std::make_shared<Frame>(Frame{request, std::vector<double>(n * m, kNaN),
                                                   std::vector<std::int64_t>(n, NOVA_NONE),
                                                   std::vector<std::int32_t>(n, NOVA_OK)});
  const auto result = instance_.call(
      "query_range", Overlap::concurrent, timeout,
      [frame, op = ops_.query_range](nova_instance* s, const nova_call* c, nova_error* e) {
        const auto& ask = frame->request;
        const nova_range io{sizeof io,
                            0,
                            ask.keys.data(),
                            ask.keys.size(),
                            ask.points,
                            unix_ns(ask.t0),
                            ask.step.count(),
                            frame->values.data(),
                            static_cast<std::int64_t>(ask.points),
                            frame->newest.data(),
                            frame->status.data()};
        return op(s, c, &io, e);
      });
  if (!result.ok()) return result.error;
  RangeAnswer answer;
  answer.points = m;
  answer.items = to_items(frame->status, result.notes);
  answer.values = std::move(frame->values);
  answer.newest_ns = std::move(frame->newest);
  // A step that has not ended yet cannot be known; a newest sample from the future is a lie.
  const auto now = unix_ns(instance_.context().now());
  const auto step = request.step.count(), t0 = unix_ns(request.t0);
  for (std::size_t s = 0; s < n; ++s) {
    if (answer.newest_ns[s] > now) {
      answer.newest_ns[s] = NOVA_NONE;
      ++answer.refused;
    }
    for (std::size_t t = 0; t < m; ++t) {
      double& value = answer.values[s * m + t];
      const bool future = t0 + (static_cast<std::int64_t>(t) - 1) * step >= now;
      if (!answer.items[s].ok()) value = kNaN;
      if (std::isinf(value) || (future && !std::isnan(value))) {
        ++answer.refused;
        value = kNaN;
      }
    }
  }
  return answer;
}

Result<std::vector<SeriesInfo>> MetricsClient::list_series(std::string_view filter_json,
                                                           Duration timeout) {
  if (!ops_.list_series) return instance_.without("list_series");
  struct Frame {
    std::string filter;
    std::vector<SeriesInfo> found;
  };
  const auto frame = std::make_shared<Frame>(Frame{std::string(filter_json), {}});
  const auto result = instance_.call(
      "list_series", Overlap::serial, timeout,
      [frame, op = ops_.list_series](nova_instance* s, const nova_call* c, nova_error* e) {
        const nova_series_sink sink{
            sizeof sink, 0, frame.get(),
            [](const nova_series_sink* self, const nova_series_info* b) {
              auto& found = static_cast<Frame*>(self->ctx)->found;
              const auto batch = known_part(b);
              if (const auto refused = admit(batch.count, found.size())) return refused;
              for (std::uint64_t i = 0; i < batch.count; ++i)
                found.push_back({text_cell(batch.query, i, 4096),
                                 text_cell(batch.labels_json, i, 4096), text_cell(batch.unit, i),
                                 text_cell(batch.description, i, 4096), cell(batch.kind, i)});
              return nova_status{NOVA_OK};
            }};
        return op(s, c, borrow(frame->filter), &sink, e);
      });
  if (!result.ok()) return result.error;
  return std::move(frame->found);
}

Result<Span> MetricsClient::span(Duration timeout) {
  const auto* extension =
      static_cast<const nova_metrics_span*>(instance_.extension(NOVA_METRICS_SPAN));
  if (!extension || !NOVA_HAS(extension, span)) return instance_.without(NOVA_METRICS_SPAN);
  struct Frame {
    std::int64_t first = NOVA_NONE, last = NOVA_NONE, step = 0;
  };
  const auto frame = std::make_shared<Frame>();
  const auto result = instance_.call(
      "span", Overlap::serial, timeout,
      [frame, op = extension->span](nova_instance* s, const nova_call* c, nova_error* e) {
        return op(s, c, &frame->first, &frame->last, &frame->step, e);
      });
  if (!result.ok()) return result.error;
  if (frame->first == NOVA_NONE || frame->last < frame->first || frame->step < 0)
    return Error{ErrorCode::internal,
                 "plugin \"" + instance_.name() + "\" span: answered no range of time"};
  return Span{from_unix_ns(frame->first), from_unix_ns(frame->last), Duration{frame->step}};
}

}  // namespace nova::loader
