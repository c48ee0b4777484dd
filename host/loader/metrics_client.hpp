// MetricsClient: samples from a metric source, through one instance of a metrics plugin.
//
// Missing is NaN, never 0. Samples later than the host's clock, infinities and times out of order
// are treated as missing and counted. Caller: host/loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

struct LatestAnswer {
  std::vector<double> values;     // [n]; NaN = none
  std::vector<TimePoint> times;   // [n]; meaningless where the value is NaN
  std::vector<ItemStatus> items;  // [n]
  std::uint64_t refused = 0;      // samples dropped: infinite, or later than now
};

struct RangeRequest {
  std::vector<std::uint64_t> keys;  // as bound
  TimePoint t0;                     // point t stands for (t0 + (t-1) * step, t0 + t * step]
  Duration step{std::chrono::seconds(60)};
  std::size_t points = 0;
};

struct RangeAnswer {
  std::size_t points = 0;
  std::vector<double> values;           // [n][points]; NaN = missing
  std::vector<std::int64_t> newest_ns;  // [n] time of the newest real sample; NOVA_NONE = not known
  std::vector<ItemStatus> items;        // [n]
  std::uint64_t refused = 0;
  const double* row(std::size_t s) const { return values.data() + s * points; }
};

struct SeriesInfo {
  std::string query, labels_json, unit, description;
  int kind = 0;  // 1 gauge, 2 counter, 0 not known
};

// What recorded history a source holds: such a source puts a run on virtual time.
struct Span {
  TimePoint first, last;
  Duration step{0};  // 0 = not known
};

class MetricsClient {
 public:
  explicit MetricsClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }
  bool can_query_range() const noexcept { return ops_.query_range; }

  Result<std::vector<ItemStatus>> bind(const std::vector<Binding>& bindings, Duration timeout) {
    return instance_.bind(bindings, timeout);
  }
  Result<LatestAnswer> latest(const std::vector<std::uint64_t>& keys, Duration timeout);
  // unimplemented without query_range: the host keeps its own window.
  Result<RangeAnswer> query_range(const RangeRequest& request, Duration timeout);
  Result<std::vector<SeriesInfo>> list_series(std::string_view filter_json, Duration timeout);
  // unimplemented when the source is not one of recorded history.
  Result<Span> span(Duration timeout);

 private:
  Instance& instance_;
  nova_metrics_ops ops_;
};

}  // namespace nova::loader
