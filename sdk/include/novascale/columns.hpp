// Rows as an author thinks of them, columns as the contract wants them.
//
// A kind's list method gets an emitter: out.add(row) collects, batches of at most kBatch rows go to
// the caller's sink, the rest at the end. Texts in rows are owned, so a row may be built from
// anything.
#pragma once

#include <novascale/text.hpp>

#include <string>
#include <vector>

namespace nova {
inline namespace sdk_v1 {
namespace detail {

inline constexpr std::size_t kBatch = 1024;

// One column of a vector of rows, ready to be pointed at for the length of an emit.
template <class Row, class T>
std::vector<T> column(const std::vector<Row>& rows, T Row::*member) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(row.*member);
  return out;
}
template <class Row>
std::vector<nova_str> column(const std::vector<Row>& rows, std::string Row::*member) {
  std::vector<nova_str> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(str(row.*member));
  return out;
}

// Sink is the caller's struct; an answer other than OK ends the call with that status.
template <class Sink, class Batch>
void emit(const Sink* sink, const Batch& batch) {
  if (sink == nullptr || field(*sink, &Sink::emit) == nullptr)
    throw Error(NOVA_INVALID_ARGUMENT, "the caller gave no sink");
  if (const nova_status status = sink->emit(sink, &batch); status != NOVA_OK)
    throw Error(status, "the caller's sink refused the rows");
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace nova
