// Draft kind: solvers of integer programs, and solver_component<T>.
//
// The method of T is mandatory: solve(Call, LinearProgram&). It answers by answer(counts, bound),
// and throws nova::Error with NOVA_NOT_FOUND (proven: there is none) or NOVA_DEADLINE_EXCEEDED.
#pragma once

#include <novascale/draft/solver.h>

#include <novascale/component.hpp>
#include <novascale/series.hpp>

#include <span>

namespace nova {
inline namespace sdk_v1 {

// min cost n, values n >= least row by row, 0 <= n <= most. Columns are compressed: entry k of
// column j, column_start()[j] <= k < column_start()[j + 1], stands in row entry_row()[k].
class LinearProgram {
 public:
  // Throws NOVA_INVALID_ARGUMENT for a program whose columns or rows do not fit together.
  explicit LinearProgram(const nova_program& io) : io_(&io) {
    const auto absent = [](const void* column, std::size_t n) {
      return n > 0 && column == nullptr;
    };
    const auto bad = [] { throw Error(NOVA_INVALID_ARGUMENT, "the program has no valid form"); };
    if (columns() > kMost || rows() > kMost) bad();
    if (absent(get(&nova_program::cost), columns()) ||
        absent(get(&nova_program::most), columns()) ||
        absent(get(&nova_program::counts), columns()) ||
        absent(get(&nova_program::row_least), rows()) ||
        get(&nova_program::column_start) == nullptr)
      bad();
    const auto* start = io.column_start;
    for (std::size_t j = 0; j < columns(); ++j)
      if (start[j] > start[j + 1] || start[j + 1] > kMost * 64) bad();
    if (absent(get(&nova_program::entry_row), entries()) ||
        absent(get(&nova_program::entry_value), entries()) || start[0] != 0)
      bad();
    for (const auto row : entry_row())
      if (row >= rows()) bad();
    for (const auto m : most())
      if (m < 0) bad();
  }

  std::size_t columns() const noexcept { return get(&nova_program::column_count); }
  std::size_t rows() const noexcept { return get(&nova_program::row_count); }
  std::size_t entries() const noexcept { return io_->column_start[columns()]; }
  std::span<const std::int64_t> cost() const noexcept { return {io_->cost, columns()}; }
  std::span<const std::int64_t> most() const noexcept { return {io_->most, columns()}; }
  bool whole(std::size_t j) const noexcept {
    const auto* column = get(&nova_program::whole);
    return column == nullptr || column[j] != 0;
  }
  std::span<const std::uint64_t> column_start() const noexcept {
    return {io_->column_start, columns() + 1};
  }
  std::span<const std::uint32_t> entry_row() const noexcept { return {io_->entry_row, entries()}; }
  std::span<const std::int64_t> entry_value() const noexcept {
    return {io_->entry_value, entries()};
  }
  std::span<const std::int64_t> row_least() const noexcept { return {io_->row_least, rows()}; }
  std::int64_t cost_below() const noexcept {
    return detail::reaches(*io_, &nova_program::cost_below) ? io_->cost_below : NOVA_NONE;
  }
  double gap() const noexcept { return get(&nova_program::gap); }
  std::uint64_t seed() const noexcept { return get(&nova_program::seed); }

  void answer(std::span<const std::int64_t> counts, std::int64_t bound = NOVA_NONE) const noexcept {
    for (std::size_t j = 0; j < columns() && j < counts.size(); ++j) io_->counts[j] = counts[j];
    this->bound(bound);
  }
  void bound(std::int64_t value) const noexcept {
    detail::set(get(&nova_program::bound), 0, value);
  }

 private:
  static constexpr std::size_t kMost = 10'000'000;
  template <class Field>
  Field get(Field nova_program::*member) const noexcept {
    return detail::field(*io_, member);
  }
  const nova_program* io_;
};

namespace detail {

NOVA_SDK_DETECT(solve, (T & t, const Call& call, LinearProgram& io), (call, io))

template <class T>
struct SolverThunks {
  static nova_status solve(nova_instance* p, const nova_call* c, const nova_program* io,
                           nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, io);
      LinearProgram arg(*io);
      return answer([&] { return self<T>(p).solve(call, arg); });
    });
  }
};

template <class T>
constexpr nova_solver_ops make_solver_ops() {
  static_assert(has_solve<T>(), "a solver needs solve(nova::Call, nova::LinearProgram&)");
  nova_solver_ops ops{};
  ops.struct_size = sizeof ops;
  ops.solve = &SolverThunks<T>::solve;
  return ops;
}
template <class T>
inline constexpr nova_solver_ops solver_ops = make_solver_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component solver_component =
    detail::make_component<T>(NOVA_SOLVER, &detail::solver_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
