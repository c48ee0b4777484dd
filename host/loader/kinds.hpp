// The kinds of component: their interface, their operations, which of them are mandatory.
//
// One table, read by the descriptor check, `plugins inspect` and `plugins verify`. Every ops table
// is struct_size, flags, then pointers to functions, in this order.
#pragma once

#include <span>
#include <string_view>

#include "host/loader/library.hpp"

namespace nova::loader {

struct Operation {
  const char* name;
  bool mandatory;
  bool called = true;  // false: the contract has it, this host does not call it yet
};

struct KindFacts {
  Kind kind;
  const char* name;          // "model"
  const char* interface_id;  // "nova.model/1"
  bool needs_bind;           // bind is mandatory
  std::span<const Operation> operations;
};

std::span<const KindFacts> all_kinds() noexcept;
const KindFacts* facts_of(Kind kind) noexcept;                             // null: unknown
const KindFacts* facts_of_interface(std::string_view interface) noexcept;  // null: unknown

}  // namespace nova::loader
