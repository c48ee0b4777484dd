// Past: the last values of a series, addressed by their age in slots.
//
// Age 1 is the newest. A fixed store, so that a long run neither grows nor moves memory.
#pragma once

#include <cassert>
#include <cstddef>
#include <vector>

namespace nova::promise {

template <class T>
class Past {
 public:
  explicit Past(std::size_t capacity) : values_(capacity) {}

  void push(T value) {
    values_[next_] = value;
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    if (size_ < values_.size()) ++size_;
  }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return values_.size(); }
  bool full() const { return size_ == values_.size(); }

  T operator[](std::size_t age) const {
    assert(age >= 1 && age <= size_);
    return values_[age <= next_ ? next_ - age : next_ + values_.size() - age];
  }
  // Mean of the ages [from, to], summed from the newest to the oldest.
  double mean(std::size_t from, std::size_t to) const {
    double sum = 0;
    for (std::size_t age = from; age <= to; ++age) sum += static_cast<double>((*this)[age]);
    return sum / static_cast<double>(to - from + 1);
  }

  template <class Archive>
  void state(Archive& archive) {
    archive(values_);
    archive.index(next_, values_.size());
    archive.index(size_, values_.size() + 1);
  }

 private:
  std::vector<T> values_;
  std::size_t next_ = 0, size_ = 0;
};

}  // namespace nova::promise
