// ModelClient: fits and forecasts of many series, through one instance of a model plugin.
//
// Values in, values out. Requests are cut into shards of the model's max_batch; every output is
// checked: a NaN or infinite number fails its series (internal), crossed quantiles are put in order
// and counted. Caller: host/loop, host/cli forecast. One call at a time per client object.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

// n series of m points on one regular grid: point t, from 0, of series s is
// values[s * row_stride + t] and stands for the step that ends at t0 + t * step.
struct SeriesBatch {
  std::vector<std::uint64_t> keys;  // one per series
  std::size_t points = 0;
  const double* values = nullptr;  // NaN = missing; null = none (a stateful model knows)
  std::size_t row_stride = 0;      // in doubles; 0 = points
  TimePoint t0;
  Duration step{std::chrono::minutes(5)};
  std::vector<std::uint32_t> lengths;  // empty = all full; valid points are the last ones
  // Keeps `values` alive for a call that is abandoned. Null = they are copied for the call.
  std::shared_ptr<const void> owner;
};

struct FitRequest {
  SeriesBatch history;                 // fit: the window; observe: new points only
  std::vector<std::uint32_t> seasons;  // [n][season_count] in steps, 0 = none; empty = not known
  std::size_t season_count = 0;
  std::vector<std::uint32_t> leads;  // steps ahead that will be asked for; empty = not known
  Duration budget{0};                // CPU time of the whole request, 0 = free
  std::uint64_t seed = 0;
  bool warm = false;  // start from the present parameters
};

struct FitAnswer {
  std::vector<ItemStatus> items;  // [n]; deadline_exceeded = out of budget, former parameters kept
  std::vector<std::string> remarks;  // on the whole call
};

struct ForecastRequest {
  SeriesBatch history;
  TimePoint origin;                  // last instant the model may know
  std::vector<std::uint32_t> leads;  // steps ahead, ascending, from 1
  std::vector<double> levels;        // quantile levels, ascending, in (0, 1)
  bool want_mean = true;
  std::uint64_t seed = 0;
};

struct ForecastAnswer {
  std::size_t lead_count = 0, level_count = 0;
  std::vector<double> mean;       // [n][lead]; NaN where the item is not ok; empty if not wanted
  std::vector<double> quantiles;  // [n][level][lead], ascending with the level
  std::vector<ItemStatus> items;  // [n]
  std::vector<std::string> remarks;
  std::uint64_t crossed = 0;  // (series, lead) pairs whose quantiles had to be put in order
  std::uint64_t refused = 0;  // series that answered NaN or infinity where they said OK

  const double* mean_of(std::size_t s) const { return mean.data() + s * lead_count; }
  const double* quantile_of(std::size_t s, std::size_t level) const {
    return quantiles.data() + (s * level_count + level) * lead_count;
  }
};

class ModelClient {
 public:
  explicit ModelClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }
  bool can_fit() const noexcept { return ops_.fit; }
  bool can_observe() const noexcept { return ops_.observe; }
  bool can_save() const noexcept { return ops_.save && ops_.load; }
  bool stateless() const noexcept { return ops_.flags & NOVA_MODEL_STATELESS; }
  bool needs_fit() const noexcept { return ops_.flags & NOVA_MODEL_NEEDS_FIT; }
  bool deterministic() const noexcept { return ops_.flags & NOVA_MODEL_DETERMINISTIC; }
  // Describes itself with "effort": "heavy": to be asked where cheaper models do not do.
  bool heavy() { return traits().heavy; }

  // `timeout` is per shard. Errors of a whole shard become the status of each of its items, so a
  // shard that fails never costs the others; only an ill-formed request is an Error
  // (invalid_argument). Without fit or observe: unimplemented (the caller refits, or goes on).
  Result<FitAnswer> fit(const FitRequest& request, Duration timeout);
  Result<FitAnswer> observe(const FitRequest& request, Duration timeout);
  Result<ForecastAnswer> forecast(const ForecastRequest& request, Duration timeout);

  // The state of these series (empty = all), in a frame that names component, version and
  // `watermark` (the newest sample in it) and ends in a checksum.
  Result<std::string> save(const std::vector<std::uint64_t>& keys, TimePoint watermark,
                           Duration timeout);
  // Returns the watermark. Errors: data_loss (frame or checksum broken), failed_precondition (of
  // another component, or the model does not know this state: refit).
  Result<TimePoint> load(std::string_view frame, Duration timeout);

 private:
  struct Shard;
  using FitOp = nova_status (*)(nova_instance*, const nova_call*, const nova_fit*, nova_error*);
  Result<FitAnswer> teach(const char* name, FitOp op, const FitRequest& request, Duration timeout);
  // What its describe says, asked once.
  struct Traits {
    std::size_t max_batch;
    bool heavy = false;
  };
  const Traits& traits();
  std::size_t max_batch() { return traits().max_batch; }

  Instance& instance_;
  nova_model_ops ops_;
  std::optional<Traits> traits_;
};

}  // namespace nova::loader
