#include "core/metrics/window.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "core/metrics/lone.hpp"
#include "core/metrics/outage.hpp"

namespace nova {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double SignalWindow::Tail::push(double x) {
  if (data_.size() == room()) {
    data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  data_.push_back(x);
  return size() > capacity_ ? data_[begin_++] : kMissing;
}

void SignalWindow::Tail::assign(std::span<const double> values) {
  data_.clear();
  begin_ = 0;
  for (const double x : values) push(x);
}

SignalWindow::SignalWindow(Duration step, Duration forecast_step, std::size_t recent_points,
                           std::size_t coarse_points, bool amount)
    : step_(step),
      forecast_step_(forecast_step),
      amount_(amount),
      recent_(recent_points),
      coarse_(coarse_points),
      last_known_(kMissing),
      doubted_(kMissing) {
  assert(step.count() > 0 && forecast_step.count() % step.count() == 0);
}

std::size_t SignalWindow::push(TimePoint end, double value) {
  if (empty()) {
    end_ = end - step_;
    coarse_end_ = floor_to(end_, forecast_step_);
    bucket_steps_ = static_cast<std::uint32_t>((end_ - coarse_end_) / step_);
  }
  if (end <= end_) return 0;
  std::size_t completed = 0;
  while (end_ + step_ < end) completed += push_one(kMissing);
  doubted_ = doubts(value) ? value : kMissing;
  return completed + push_one(std::isnan(doubted_) ? value : kMissing);
}

bool SignalWindow::doubts(double value) const {
  if (amount_ && value < 0) return true;
  const double least = std::abs(value) / kAbsurd;
  if (!(least > std::abs(last_known_)) || steps_missing_ >= kBelieved) return false;
  std::size_t known = 0;
  double greatest = 0;
  for (const auto values : {recent(), coarse()})
    for (const double x : values) {
      known += !std::isnan(x);
      greatest = std::max(greatest, std::isnan(x) ? 0 : std::abs(x));
    }
  return known >= kEnough && greatest > 0 && least > std::max(1.0, greatest);
}

std::size_t SignalWindow::push_one(double value) {
  end_ += step_;
  recent_.push(value);
  ++bucket_steps_;
  if (std::isnan(value)) {
    ++steps_missing_;
  } else {
    steps_missing_ = 0;
    last_known_ = value;
    bucket_sum_ += value;
    ++bucket_known_;
  }
  if (end_ < coarse_end_ + forecast_step_) return 0;
  // A mean over less than half of its steps would claim to know more than it does.
  const bool known = 2 * bucket_known_ >= bucket_steps_ && bucket_known_ > 0;
  put_back();
  const double dropped = coarse_.push(known ? bucket_sum_ / bucket_known_ : kMissing);
  coarse_known_ += (known ? 1 : 0) - (std::isnan(dropped) ? 0 : 1);
  leave_out();
  coarse_end_ += forecast_step_;
  bucket_sum_ = 0;
  bucket_known_ = bucket_steps_ = 0;
  return 1;
}

void SignalWindow::leave_out() {
  const auto leave = [&](const auto& stretch) {
    if (!stretch) return;
    auto& values = left_out_.emplace_back(LeftOut{stretch->first, {}}).values;
    for (std::size_t i = stretch->first; i < stretch->first + stretch->count; ++i) {
      values.push_back(std::exchange(coarse_[i], kMissing));
      coarse_known_ -= !std::isnan(values.back());
    }
  };
  leave(find_lone(coarse_.view()));
  leave(find_outage(coarse_.view()));
}

void SignalWindow::put_back() {
  for (; !left_out_.empty(); left_out_.pop_back()) {  // a later one may hold the gap of an earlier
    const auto& [first, values] = left_out_.back();
    for (std::size_t i = 0; i < values.size(); ++i) {
      coarse_[first + i] = values[i];
      coarse_known_ += !std::isnan(values[i]);
    }
  }
}

double SignalWindow::latest() const { return empty() ? kMissing : recent_.view().back(); }

SignalWindow::State SignalWindow::state() const {
  State s;
  s.recent.assign(recent_.view().begin(), recent_.view().end());
  s.coarse.assign(coarse_.view().begin(), coarse_.view().end());
  for (auto out = left_out_.rbegin(); out != left_out_.rend(); ++out)
    std::copy(out->values.begin(), out->values.end(),
              s.coarse.begin() + static_cast<std::ptrdiff_t>(out->first));
  s.end_ns = unix_ns(end_);
  s.coarse_end_ns = unix_ns(coarse_end_);
  s.bucket_sum = bucket_sum_;
  s.last_known = last_known_;
  s.bucket_known = bucket_known_;
  s.bucket_steps = bucket_steps_;
  s.steps_missing = static_cast<std::uint32_t>(steps_missing_);
  return s;
}

void SignalWindow::restore(const State& s) {
  recent_.assign(s.recent);
  coarse_.assign(s.coarse);
  coarse_known_ = 0;
  for (const double x : coarse_.view()) coarse_known_ += !std::isnan(x);
  left_out_.clear();
  leave_out();
  end_ = from_unix_ns(s.end_ns);
  coarse_end_ = from_unix_ns(s.coarse_end_ns);
  bucket_sum_ = s.bucket_sum;
  last_known_ = s.last_known;
  bucket_known_ = s.bucket_known;
  bucket_steps_ = s.bucket_steps;
  steps_missing_ = s.steps_missing;
}

}  // namespace nova
