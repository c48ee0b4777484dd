#include "host/loader/policy_client.hpp"

#include <cmath>

#include "host/loader/columns.hpp"
#include "host/loader/saved_state.hpp"

namespace nova::loader {
namespace {

constexpr std::int64_t kMostMachines = 1'000'000;  // what a group's max may be

// What the call touches; a plugin that is given up may still read and write there.
struct ProposeFrame {
  ProposeRequest ask;
  std::vector<std::int64_t> proposed;
  std::vector<double> confidence;
  std::vector<std::int32_t> status;
  nova_series_view signals{}, history{};
  nova_forecast forecast{};
  nova_proposal io{};

  explicit ProposeFrame(ProposeRequest request)
      : ask(std::move(request)),
        proposed(ask.keys.size(), NOVA_NONE),
        confidence(ask.keys.size(), kNaN),
        status(ask.keys.size(), NOVA_OK) {
    signals.struct_size = sizeof signals;
    signals.series_count = ask.signal_keys.size();
    signals.point_count = ask.points;
    signals.keys = ask.signal_keys.data();
    signals.values = ask.values.data();
    signals.series_stride = static_cast<std::int64_t>(ask.points);
    signals.time_stride = 1;
    signals.t0_ns =
        unix_ns(ask.now) - ask.step.count() * (static_cast<std::int64_t>(ask.points) - 1);
    signals.step_ns = ask.step.count();
    signals.lengths = ask.lengths.data();

    history = signals;
    history.point_count = 0;
    history.values = nullptr;
    history.lengths = nullptr;
    history.t0_ns = unix_ns(ask.origin);
    history.step_ns = ask.forecast_step.count();
    const auto leads = static_cast<std::int64_t>(ask.leads.size());
    forecast.struct_size = sizeof forecast;
    forecast.history = &history;
    forecast.origin_ns = unix_ns(ask.origin);
    forecast.leads = ask.leads.data();
    forecast.lead_count = ask.leads.size();
    forecast.levels = ask.levels.data();
    forecast.level_count = ask.levels.size();
    forecast.mean = ask.mean.data();
    forecast.mean_series_stride = leads;
    forecast.quantiles = ask.quantiles.data();
    forecast.q_series_stride = leads * static_cast<std::int64_t>(ask.levels.size());
    forecast.q_level_stride = leads;

    io.struct_size = sizeof io;
    io.count = ask.keys.size();
    io.now_ns = unix_ns(ask.now);
    io.keys = ask.keys.data();
    io.min = ask.min.data();
    io.max = ask.max.data();
    io.desired = ask.desired.data();
    io.booting = ask.booting.data();
    io.serving = ask.serving.data();
    io.lead_time_ns = ask.lead_time_ns.data();
    io.nanos_per_machine_hour = ask.nanos_per_machine_hour.data();
    io.signals = &signals;
    io.signal_group = ask.signal_group.data();
    io.signal_role = ask.signal_role.data();
    io.per_machine = ask.per_machine.data();
    io.target_utilisation = ask.target_utilisation.data();
    io.max_utilisation = ask.max_utilisation.data();
    io.forecast = ask.leads.empty() ? nullptr : &forecast;
    io.proposed = proposed.data();
    io.confidence = confidence.data();
    io.item_status = status.data();
  }
};

void refuse(ItemStatus& item, const std::string& what) {
  item = {ErrorCode::internal, what + (item.note.empty() ? "" : " (" + item.note + ")")};
}

}  // namespace

PolicyClient::PolicyClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_policy_ops>()) {}

Result<ProposeAnswer> PolicyClient::propose(ProposeRequest request, Duration timeout) {
  const auto frame = std::make_shared<ProposeFrame>(std::move(request));
  const auto result =
      instance_.call("propose", Overlap::serial, timeout,
                     [frame, op = ops_.propose](nova_instance* p, const nova_call* c,
                                                nova_error* e) { return op(p, c, &frame->io, e); });
  if (!result.ok()) return result.error;
  ProposeAnswer answer{{}, frame->confidence, to_items(frame->status, result.notes)};
  for (std::size_t g = 0; g < frame->proposed.size(); ++g) {
    auto& machines = answer.machines.emplace_back();
    auto& item = answer.items[g];
    const auto count = frame->proposed[g];
    const double sure = answer.confidence[g];
    if (!item.ok() || count == NOVA_NONE) continue;
    if (count < 0 || count > kMostMachines)
      refuse(item, "proposed " + std::to_string(count) + " machines, must be in [0, " +
                       std::to_string(kMostMachines) + "]");
    else if (!std::isnan(sure) && !(sure >= 0 && sure <= 1))
      refuse(item, "gave a confidence of " + std::to_string(sure) + ", must be in [0, 1]");
    else
      machines = static_cast<std::uint32_t>(count);
  }
  return answer;
}

Result<std::string> PolicyClient::save(TimePoint watermark, Duration timeout) {
  return save_state(instance_, can_save() ? ops_.save : nullptr, {}, watermark, timeout);
}

Result<TimePoint> PolicyClient::load(std::string_view frame, Duration timeout) {
  return load_state(instance_, can_save() ? ops_.load : nullptr, frame, timeout);
}

}  // namespace nova::loader
