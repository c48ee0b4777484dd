// Exponential forgetting, with half-lives in slots.
#pragma once

#include <cmath>
#include <cstdint>

namespace nova::promise {

// Factor a slot of a weight that halves every `half_life` slots.
inline double decay(double half_life) { return std::exp2(-1.0 / half_life); }

// An exponentially weighted mean that starts as the plain mean of what it has seen.
class Average {
 public:
  explicit Average(double half_life) : keep_(decay(half_life)) {}

  void push(double x) {
    weight_ = weight_ * keep_ + 1;
    value_ += (x - value_) / weight_;
  }
  double value() const { return value_; }  // 0 before the first push

  template <class Archive>
  void state(Archive& archive) {
    archive(weight_, value_);
  }

 private:
  double keep_, weight_ = 0, value_ = 0;
};

}  // namespace nova::promise
