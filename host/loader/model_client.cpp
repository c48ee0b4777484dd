#include "host/loader/model_client.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/loader/columns.hpp"
#include "host/loader/saved_state.hpp"
#include "host/loader/text.hpp"

namespace nova::loader {
namespace {

constexpr std::size_t kDefaultBatch = 4096;
constexpr Duration kDescribeTimeout = std::chrono::seconds(5);

Error bad(const std::string& what) { return {ErrorCode::invalid_argument, what}; }

Result<void> check(const SeriesBatch& batch) {
  if (batch.step <= Duration{0}) return bad("history.step: must be > 0s");
  if (batch.values && batch.row_stride && batch.row_stride < batch.points)
    return bad("history.row_stride: must be >= points");
  if (!batch.lengths.empty() && batch.lengths.size() != batch.keys.size())
    return bad("history.lengths: must be one per series");
  return {};
}

void gather(const CallResult& result, std::vector<std::string>& remarks) {
  for (const auto& note : result.notes)
    if (note.item == UINT64_MAX && remarks.size() < kNoteCap) remarks.push_back(note.text);
}

}  // namespace

// The rows [begin, begin + count) of a batch, owned for the length of a call.
struct ModelClient::Shard {
  std::size_t begin, count;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> lengths;
  std::vector<double> copy;
  std::shared_ptr<const void> owner;
  nova_series_view view{};

  // Moving keeps what `view` points to; copying would not.
  Shard(Shard&&) = default;
  Shard(const SeriesBatch& batch, std::size_t first, std::size_t rows)
      : begin(first), count(rows), owner(batch.owner) {
    const auto at = [&](const auto& column) {
      return column.begin() + static_cast<std::ptrdiff_t>(first);
    };
    keys.assign(at(batch.keys), at(batch.keys) + static_cast<std::ptrdiff_t>(rows));
    if (!batch.lengths.empty())
      lengths.assign(at(batch.lengths), at(batch.lengths) + static_cast<std::ptrdiff_t>(rows));
    auto stride = batch.row_stride ? batch.row_stride : batch.points;
    const double* values = batch.values ? batch.values + first * stride : nullptr;
    if (values && !owner) {
      copy.resize(rows * batch.points);
      for (std::size_t s = 0; s < rows; ++s)
        std::copy_n(values + s * stride, batch.points, copy.data() + s * batch.points);
      values = copy.data();
      stride = batch.points;
    }
    view.struct_size = sizeof view;
    view.series_count = rows;
    view.point_count = batch.points;
    view.keys = keys.data();
    view.values = values;
    view.series_stride = static_cast<std::int64_t>(stride);
    view.time_stride = 1;
    view.t0_ns = unix_ns(batch.t0);
    view.step_ns = batch.step.count();
    view.lengths = lengths.empty() ? nullptr : lengths.data();
  }
};

ModelClient::ModelClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_model_ops>()) {}

const ModelClient::Traits& ModelClient::traits() {
  if (traits_) return *traits_;
  traits_ = Traits{kDefaultBatch};
  const auto text = instance_.describe(kDescribeTimeout);
  if (!text) return *traits_;
  const auto found = nlohmann::json::parse(*text, nullptr, false);
  for (const auto* place : {"", "/capabilities"}) {
    const nlohmann::json::json_pointer pointer(place);
    if (!found.is_object() || !found.contains(pointer) || !found[pointer].is_object()) continue;
    const auto& said = found[pointer];
    if (said.contains("max_batch") && said["max_batch"].is_number_unsigned())
      traits_->max_batch =
          std::clamp<std::size_t>(said["max_batch"].get<std::size_t>(), 1, 1 << 20);
    traits_->heavy |= said.contains("effort") && said["effort"] == "heavy";
  }
  return *traits_;
}

Result<FitAnswer> ModelClient::teach(const char* name, FitOp op, const FitRequest& request,
                                     Duration timeout) {
  if (!op) return instance_.without(name);
  if (auto good = check(request.history); !good) return good.error();
  const auto n = request.history.keys.size();
  if (!request.seasons.empty() && request.seasons.size() != n * request.season_count)
    return bad("seasons: must be season_count per series");
  struct Frame {
    Shard shard;
    std::vector<std::uint32_t> seasons, leads;
    std::vector<std::int32_t> status;
    nova_fit io{};
  };
  FitAnswer answer;
  answer.items.reserve(n);
  for (std::size_t begin = 0; begin < n; begin += max_batch()) {
    const auto count = std::min(max_batch(), n - begin);
    const auto frame = std::make_shared<Frame>(
        Frame{Shard(request.history, begin, count), {}, request.leads, {}, {}});
    frame->status.assign(count, NOVA_OK);
    if (!request.seasons.empty()) {
      const auto* from = request.seasons.data() + begin * request.season_count;
      frame->seasons.assign(from, from + count * request.season_count);
    }
    auto& io = frame->io;
    io.struct_size = sizeof io;
    io.flags = request.warm ? NOVA_FIT_WARM : 0;
    io.history = &frame->shard.view;
    io.seasons = frame->seasons.empty() ? nullptr : frame->seasons.data();
    io.season_count = frame->seasons.empty() ? 0 : request.season_count;
    io.leads = frame->leads.empty() ? nullptr : frame->leads.data();
    io.lead_count = frame->leads.size();
    io.budget_ns =
        request.budget.count() * static_cast<std::int64_t>(count) / static_cast<std::int64_t>(n);
    io.seed = request.seed;
    io.item_status = frame->status.data();
    const auto result =
        instance_.call(name, Overlap::serial, timeout,
                       [frame, op](nova_instance* m, const nova_call* c, nova_error* e) {
                         return op(m, c, &frame->io, e);
                       });
    gather(result, answer.remarks);
    if (result.ok()) {
      for (auto& item : to_items(frame->status, result.notes))
        answer.items.push_back(std::move(item));
    } else {
      answer.items.insert(answer.items.end(), count, {result.error.code, result.error.message});
    }
  }
  return answer;
}

Result<FitAnswer> ModelClient::fit(const FitRequest& request, Duration timeout) {
  return teach("fit", ops_.fit, request, timeout);
}

Result<FitAnswer> ModelClient::observe(const FitRequest& request, Duration timeout) {
  return teach("observe", ops_.observe, request, timeout);
}

namespace {

// What a plugin's numbers of one series are worth. Puts crossed quantiles in order.
struct Verdict {
  const char* refusal = nullptr;
  std::uint64_t crossed = 0;
};

Verdict judge(double* mean, double* quantiles, std::size_t leads, std::size_t levels) {
  for (std::size_t h = 0; mean && h < leads; ++h)
    if (!std::isfinite(mean[h])) return {"answered a mean that is NaN or infinite", 0};
  for (std::size_t i = 0; i < leads * levels; ++i)
    if (!std::isfinite(quantiles[i])) return {"answered a quantile that is NaN or infinite", 0};
  Verdict verdict;
  std::vector<double> column(levels);
  for (std::size_t h = 0; h < leads; ++h) {
    for (std::size_t q = 0; q < levels; ++q) column[q] = quantiles[q * leads + h];
    if (std::is_sorted(column.begin(), column.end())) continue;
    ++verdict.crossed;
    std::sort(column.begin(), column.end());
    for (std::size_t q = 0; q < levels; ++q) quantiles[q * leads + h] = column[q];
  }
  return verdict;
}

Result<void> check(const ForecastRequest& request) {
  if (auto good = check(request.history); !good) return good;
  if (request.leads.empty()) return bad("leads: must name at least one step");
  for (std::size_t i = 0; i < request.leads.size(); ++i)
    if (request.leads[i] == 0 || (i && request.leads[i] <= request.leads[i - 1]))
      return bad("leads: must ascend from 1");
  for (std::size_t i = 0; i < request.levels.size(); ++i)
    if (!(request.levels[i] > 0 && request.levels[i] < 1) ||
        (i && request.levels[i] <= request.levels[i - 1]))
      return bad("levels: must ascend and lie in (0, 1)");
  return {};
}

}  // namespace

Result<ForecastAnswer> ModelClient::forecast(const ForecastRequest& request, Duration timeout) {
  if (auto good = check(request); !good) return good.error();
  struct Frame {
    Shard shard;
    std::vector<std::uint32_t> leads;
    std::vector<double> levels, mean, quantiles;
    std::vector<std::int32_t> status;
    nova_forecast io{};
  };
  const auto n = request.history.keys.size();
  const auto leads = request.leads.size(), levels = request.levels.size();
  ForecastAnswer answer;
  answer.lead_count = leads;
  answer.level_count = levels;
  answer.items.reserve(n);
  if (request.want_mean) answer.mean.assign(n * leads, kNaN);
  answer.quantiles.assign(n * levels * leads, kNaN);
  for (std::size_t begin = 0; begin < n; begin += max_batch()) {
    const auto count = std::min(max_batch(), n - begin);
    const auto frame = std::make_shared<Frame>(
        Frame{Shard(request.history, begin, count), request.leads, request.levels, {}, {}, {}, {}});
    frame->mean.assign(request.want_mean ? count * leads : 0, kNaN);
    frame->quantiles.assign(count * levels * leads, kNaN);
    frame->status.assign(count, NOVA_OK);
    auto& io = frame->io;
    io.struct_size = sizeof io;
    io.history = &frame->shard.view;
    io.origin_ns = unix_ns(request.origin);
    io.leads = frame->leads.data();
    io.lead_count = leads;
    io.levels = levels ? frame->levels.data() : nullptr;
    io.level_count = levels;
    io.mean = request.want_mean ? frame->mean.data() : nullptr;
    io.mean_series_stride = static_cast<std::int64_t>(leads);
    io.quantiles = levels ? frame->quantiles.data() : nullptr;
    io.q_series_stride = static_cast<std::int64_t>(levels * leads);
    io.q_level_stride = static_cast<std::int64_t>(leads);
    io.seed = request.seed;
    io.item_status = frame->status.data();
    const auto result = instance_.call(
        "forecast", Overlap::concurrent, timeout,
        [frame, op = ops_.forecast](nova_instance* m, const nova_call* c, nova_error* e) {
          return op(m, c, &frame->io, e);
        });
    gather(result, answer.remarks);
    if (!result.ok()) {
      answer.items.insert(answer.items.end(), count, {result.error.code, result.error.message});
      continue;  // the frame may still be written to by an abandoned call: not read
    }
    auto items = to_items(frame->status, result.notes);
    for (std::size_t s = 0; s < count; ++s) {
      auto* mean = request.want_mean ? frame->mean.data() + s * leads : nullptr;
      auto* quantiles = frame->quantiles.data() + s * levels * leads;
      if (items[s].ok()) {
        const auto verdict = judge(mean, quantiles, leads, levels);
        answer.crossed += verdict.crossed;
        if (verdict.refusal) {
          ++answer.refused;
          items[s] = {ErrorCode::internal, verdict.refusal};
        }
      }
      if (!items[s].ok()) continue;
      if (mean) std::copy_n(mean, leads, answer.mean.data() + (begin + s) * leads);
      std::copy_n(quantiles, levels * leads,
                  answer.quantiles.data() + (begin + s) * levels * leads);
    }
    for (auto& item : items) answer.items.push_back(std::move(item));
  }
  return answer;
}

Result<std::string> ModelClient::save(const std::vector<std::uint64_t>& keys, TimePoint watermark,
                                      Duration timeout) {
  return save_state(instance_, can_save() ? ops_.save : nullptr, keys, watermark, timeout);
}

Result<TimePoint> ModelClient::load(std::string_view frame, Duration timeout) {
  return load_state(instance_, can_save() ? ops_.load : nullptr, frame, timeout);
}

}  // namespace nova::loader
