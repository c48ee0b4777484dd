#include "core/engine/promise_step.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nova {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr std::int64_t kLeastDay = 48;  // slots: coarser ones know no time of day
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

promise::Rules rules_of(const GroupSpec& group, const PromiseSpec& promise, Duration step) {
  promise::Rules rules;
  rules.signals = group.signals.size();
  rules.day = static_cast<std::size_t>(std::max(kLeastDay, kDay / step));
  rules.boot =
      static_cast<std::size_t>((group.lead_time.count() + step.count() - 1) / step.count());
  rules.min = group.min;
  rules.max = group.max;
  // A machine may prove to be worth more or less than it was taken for; the bounds are kept behind.
  if (!promise.latency_signal.empty()) {
    rules.min = std::min(1u, group.min);
    constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
    rules.max =
        static_cast<std::uint32_t>(std::min(kMost, std::ceil(group.max / promise.at_utilisation)));
  }
  double target = 1;
  for (const auto& signal : group.signals) target = std::min(target, signal.target_utilisation);
  rules.first_utilisation = std::min(1.0, target / promise.at_utilisation);
  rules.price.share = promise.violations;
  if (promise.same_bill_as_hpa) rules.bill_of_hpa_at = target / promise.at_utilisation;
  rules.slot_s = seconds(step);
  return rules;
}

}  // namespace

PromiseStep::PromiseStep(const GroupSpec& group, const PromiseSpec& promise, Duration step)
    : at_utilisation_(promise.at_utilisation),
      step_(step),
      engine_(rules_of(group, promise, step)) {
  for (const auto& signal : group.signals)
    per_machine_.push_back(signal.per_machine * promise.at_utilisation);
}

void PromiseStep::take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
                       const std::vector<double>& factors) {
  const std::size_t signals = per_machine_.size();
  std::size_t steps = 0;
  for (const auto& column : samples) steps = std::max(steps, column.size());
  for (std::size_t k = 0; k < steps; ++k) {
    const auto end = first_end + step_ * static_cast<std::int64_t>(k);
    if (end_ && end <= *end_) continue;
    // A hole of more than a day is not bridged: what was learned stays, its clock is a little off.
    if (end_)
      for (auto t = std::max(*end_, end - kDay) + step_; t < end; t += step_)
        slots_.emplace_back(signals, std::nan(""));
    end_ = end;
    auto& loads = slots_.emplace_back(signals, std::nan(""));
    for (std::size_t i = 0; i < signals; ++i)
      if (k < samples[i].size() && std::isfinite(samples[i][k]))
        loads[i] = samples[i][k] * factors[i] / per_machine_[i];
  }
}

const promise::Promise& PromiseStep::run(std::uint32_t serving, double unit) {
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    std::optional<double> served;
    // What served in the last slot: a scale-in is seen at its end, a scale-out at its start.
    if (k + 1 == slots_.size() && serving_)
      served = unit * (engine_.rules().boot == 0 ? serving : std::min(*serving_, serving));
    engine_.observe(slots_[k], served);
  }
  slots_.clear();
  serving_ = serving;
  return engine_;
}

Json PromiseStep::state() const {
  Json waiting = Json::array();
  for (const auto& loads : slots_) {
    Json row = Json::array();
    for (const double x : loads) row.push_back(number(x));
    waiting.push_back(std::move(row));
  }
  return {{"end_ns", end_ ? Json(unix_ns(*end_)) : Json(nullptr)},
          {"serving", serving_ ? Json(*serving_) : Json(nullptr)},
          {"waiting", waiting},
          {"engine", to_base64(engine_.snapshot())}};
}

bool PromiseStep::restore(const Json& state) {
  const auto bytes = from_base64(state.at("engine").get<std::string>());
  std::vector<std::vector<double>> slots;
  for (const auto& row : state.at("waiting")) {
    auto& loads = slots.emplace_back();
    for (const auto& x : row) loads.push_back(number(x));
    if (loads.size() != per_machine_.size()) return false;
  }
  const auto& end = state.at("end_ns");
  const auto& serving = state.at("serving");
  const auto end_ns = end.is_null() ? 0 : end.get<std::int64_t>();
  const auto served = serving.is_null() ? 0u : serving.get<std::uint32_t>();
  if (!bytes || !engine_.restore(*bytes)) return false;
  slots_ = std::move(slots);
  end_ = end.is_null() ? std::nullopt : std::optional(from_unix_ns(end_ns));
  serving_ = serving.is_null() ? std::nullopt : std::optional(served);
  return true;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::array<std::int8_t, 256> value;
  value.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    value[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool pad = i + k >= text.size() - padding;
      const auto digit = pad ? 0 : value[static_cast<unsigned char>(text[i + k])];
      if (digit < 0) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 255);
  }
  for (; padding > 0; --padding) bytes.pop_back();
  return bytes;
}

}  // namespace nova
