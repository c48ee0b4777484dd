#include "core/decide/promise/spread.hpp"

#include <algorithm>

namespace nova::promise {
namespace {

constexpr std::size_t kNear = 20;  // slots on both sides of the same time yesterday
constexpr double kLeast = 0.25, kMost = 6;
constexpr double kTiny = 1e-4;  // an error no scale may fall below: a ten-thousandth of sqrt(1)

}  // namespace

Spread::Spread(std::size_t day, std::size_t lead, double half_life)
    : day_(day),
      lead_(lead),
      averages_{Average(10), Average(90), Average(1440)},
      past_(day + kNear + 1),
      ridge_(half_life) {}

Spread::Row Spread::row(double level) const {
  const double slow = averages_[2].value();
  Row row{averages_[0].value(), averages_[1].value(), slow, slow, level * slow};
  const auto yesterday = day_ + 1 - std::min(lead_, day_);  // age of the same time yesterday
  if (past_.size() >= yesterday + kNear)
    row[3] = past_.mean(yesterday > kNear ? yesterday - kNear : 1, yesterday + kNear);
  return row;
}

double Spread::scale(const Row& row) const {
  const double slow = row[2];
  const double wanted = fitted_ ? dot(coefficients_, row) : (row[0] + row[1]) / 2;
  return std::max(kTiny, std::clamp(wanted, kLeast * slow, kMost * slow));
}

void Spread::learn(const Row& row, double absolute_error) {
  ridge_.pass();
  ridge_.add(row, absolute_error);
  for (auto& average : averages_) average.push(absolute_error);
  past_.push(static_cast<float>(absolute_error));
}

void Spread::skip() {
  ridge_.pass();
  past_.push(static_cast<float>(averages_[2].value()));
}

void Spread::refit(double relative_ridge) {
  coefficients_ = ridge_.solve(relative_ridge);
  fitted_ = true;
}

}  // namespace nova::promise
