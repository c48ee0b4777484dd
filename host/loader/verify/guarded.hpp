// Memory between two pages that nobody may touch: a plugin that reads or writes one element too far
// dies there, and the crash is explained by the column's name.
//
// Every column that the checks hand to a plugin lies in such memory, its end (or its start) right
// at the guard page. For the check process only: the fault handler is the process's.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace nova::verify {

enum class Edge { end, start };  // which end of the column touches a guard page

// Pages with a guard page on both sides. Moves, never copies.
class GuardedBytes {
 public:
  GuardedBytes(const char* name, std::size_t size, Edge edge);
  ~GuardedBytes();
  GuardedBytes(GuardedBytes&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), mapped_(other.mapped_), data_(other.data_) {}
  GuardedBytes& operator=(GuardedBytes&&) = delete;

  std::byte* data() const noexcept { return data_; }
  void seal() const;    // from now on read-only
  void vanish() const;  // from now on no access: as if freed

 private:
  std::byte* base_;
  std::size_t mapped_;
  std::byte* data_;
};

// A column of `count` elements.
template <class T>
class Column {
 public:
  Column(const char* name, std::size_t count, T fill = {}, Edge edge = Edge::end)
      : bytes_(name, count * sizeof(T), edge), count_(count) {
    for (auto& cell : cells()) cell = fill;
  }
  Column(const char* name, const std::vector<T>& from, Edge edge = Edge::end)
      : Column(name, from.size(), T{}, edge) {
    if (count_) std::memcpy(data(), from.data(), count_ * sizeof(T));
    bytes_.seal();  // an input
  }

  T* data() const noexcept { return reinterpret_cast<T*>(bytes_.data()); }
  std::size_t size() const noexcept { return count_; }
  std::span<T> cells() const noexcept { return {data(), count_}; }
  T& operator[](std::size_t i) const noexcept { return data()[i]; }
  std::vector<T> copy() const { return {data(), data() + count_}; }
  void seal() const { bytes_.seal(); }
  void vanish() const { bytes_.vanish(); }

 private:
  GuardedBytes bytes_;
  std::size_t count_;
};

// From now on a fault inside a guard page writes "touched memory outside of <name>" to `result_fd`
// before the process dies of it.
void explain_faults(int result_fd);

}  // namespace nova::verify
