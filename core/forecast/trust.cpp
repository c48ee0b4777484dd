#include "core/forecast/trust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace nova {

void Trust::expect(const Forecast& forecast, std::size_t lead, double judge) {
  const auto time = unix_ns(forecast.time_of(lead));
  const auto stride = (forecast.leads()[lead] + rules_.most_pending - 1) / rules_.most_pending;
  const auto apart = (forecast.step() * static_cast<std::int64_t>(stride)).count();
  if (!pending_.empty() && time < pending_.back().time_ns + apart) return;
  pending_.push_back(
      {time, forecast.quantile(0.5, lead), forecast.quantile(rules_.level, lead), judge});
}

void Trust::arrive(TimePoint time, double value) {
  while (!pending_.empty() && pending_.front().time_ns < unix_ns(time))
    pending_.erase(pending_.begin());
  if (pending_.empty() || pending_.front().time_ns != unix_ns(time)) return;
  const Pending p = pending_.front();
  pending_.erase(pending_.begin());
  if (!std::isfinite(value) || !std::isfinite(p.judge)) return;
  const double keep = std::exp2(-1.0 / rules_.half_life_points);
  const double over = value - p.upper;
  error_ = keep * error_ + std::abs(value - p.median);
  judge_error_ = keep * judge_error_ + std::abs(value - p.judge);
  covered_ = keep * covered_ + (over <= 0 ? 1.0 : 0.0);
  pinball_ = keep * pinball_ + (over > 0 ? rules_.level * over : (rules_.level - 1.0) * over);
  weight_ = keep * weight_ + 1.0;
  magnitude_ = keep * magnitude_ + std::abs(value);
}

double Trust::skill() const {
  if (weight_ <= 0) return 0;
  // A judge without any error (a constant series) can be equalled, not beaten.
  if (judge_error_ <= 0) return error_ <= 0 ? 0 : -1;
  return 1.0 - error_ / judge_error_;
}

double Trust::coverage() const { return weight_ > 0 ? covered_ / weight_ : 0; }

double Trust::accuracy() const {
  return magnitude_ > 0 ? std::max(0.0, 1.0 - error_ / magnitude_) : std::nan("");
}

// The weight of k points is a little below k: each new one discounts those before.
bool Trust::enough() const { return std::ceil(weight_) >= rules_.min_points; }

std::string Trust::why_not() const {
  std::array<char, 160> text{};
  int n = 0;
  if (!enough()) {
    n = std::snprintf(text.data(), text.size(), "%.0f of %.0f forecasts scored", std::ceil(weight_),
                      rules_.min_points);
  } else if (skill() < rules_.skill_least) {
    n = std::snprintf(text.data(), text.size(), "skill %.2f against seasonal naive", skill());
  } else if (coverage() < rules_.level - rules_.coverage_tolerance) {
    n = std::snprintf(text.data(), text.size(), "only %.2f of values below its %.2f quantile",
                      coverage(), rules_.level);
  }
  return {text.data(), static_cast<std::size_t>(n)};
}

Trust::State Trust::state() const {
  return {pending_, error_, judge_error_, covered_, pinball_, weight_, magnitude_};
}

void Trust::restore(const State& s) {
  pending_ = s.pending;
  error_ = s.error;
  judge_error_ = s.judge_error;
  covered_ = s.covered;
  pinball_ = s.pinball;
  weight_ = s.weight;
  magnitude_ = s.magnitude;
}

}  // namespace nova
