#include "core/decide/promise/lags.hpp"

#include <algorithm>

namespace nova::promise {
namespace {

constexpr std::size_t kWide = 7, kNarrow = 1;  // slots on both sides of a seasonal lag
constexpr std::size_t kLevel = 8;              // slots of the level at a seasonal lag
constexpr std::size_t kPeak = 10;              // slots whose maximum is a column
constexpr double kProfileWeight = 0.3;         // of the newest day
constexpr std::size_t kProfileRadius = 3;

}  // namespace

Lags::Lags(std::size_t day)
    : day_(day),
      averages_{Average(2), Average(15), Average(60), Average(240)},
      level_(5),
      past_(7 * day + kWide + kLevel + 1),
      profile_(day) {}

void Lags::push(double y) {
  for (auto& average : averages_) average.push(y);
  level_.push(y);
  past_.push(static_cast<float>(y));
  auto& usual = profile_[at_];
  usual = static_cast<float>(days_ == 0 ? y : usual + kProfileWeight * (y - usual));
  if (++at_ == day_) {
    at_ = 0;
    ++days_;
  }
}

std::pair<double, double> Lags::range() const {
  float least = past_[1], most = past_[1];
  for (std::size_t age = 2; age <= past_.size(); ++age) {
    least = std::min(least, past_[age]);
    most = std::max(most, past_[age]);
  }
  return {least, most};
}

LagRow Lags::common() const {
  const double e = level();
  LagRow row{};
  row[0] = 1;
  for (std::size_t i = 0; i < averages_.size(); ++i) row[1 + i] = averages_[i].value() - e;
  std::size_t column = 5;
  for (const std::size_t lag : {1, 2, 3, 5})
    row[column++] = past_.size() >= lag ? static_cast<double>(past_[lag]) - e : 0;
  float peak = past_[1];
  for (std::size_t age = 2; age <= std::min(kPeak, past_.size()); ++age)
    peak = std::max(peak, past_[age]);
  row[9] = static_cast<double>(peak) - e;
  row[10] = days_ > 0 ? profile(0) - e : 0;
  return row;
}

void Lags::seasonal(std::size_t lead, LagRow& row) const {
  row[11] = change(day_, lead, kWide);
  row[12] = change(day_, lead, kNarrow);
  row[13] = change(7 * day_, lead, kWide);
  row[14] = change(7 * day_, lead, kNarrow);
  row[15] = days_ > 0 ? profile(lead - 1) - profile(0) : 0;
}

// Mean around the same time of the season before, less the level at this time of it.
double Lags::change(std::size_t season, std::size_t lead, std::size_t radius) const {
  if (past_.size() < season + std::max(kLevel, radius)) return 0;
  const auto age = season + 1 - lead;  // of the slot one season before the one that is meant
  const auto newest = age > radius ? age - radius : 1;
  return past_.mean(newest, age + radius) - past_.mean(season + 1, season + kLevel);
}

double Lags::profile(std::size_t slots_ahead) const {
  double sum = 0;
  std::size_t i = (at_ + slots_ahead + day_ - kProfileRadius) % day_;
  for (std::size_t k = 0; k < 2 * kProfileRadius + 1; ++k) {
    sum += static_cast<double>(profile_[i]);
    i = i + 1 == day_ ? 0 : i + 1;
  }
  return sum / (2 * kProfileRadius + 1);
}

}  // namespace nova::promise
