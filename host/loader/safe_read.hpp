// Reading memory that may not be there: a lying pointer is an error, not a crash.
//
// The kernel copies for us and answers EFAULT where we would take SIGSEGV. Caller: the descriptor
// check, once per library, so a system call per string does not matter. [any-thread]
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace nova::loader {

// Copies `size` bytes from `from`; false if any of them cannot be read.
bool safe_copy(const void* from, void* to, std::size_t size) noexcept;

// The NUL-terminated text at `text`; nothing if it is null, unreadable, or longer than `cap`.
std::optional<std::string> safe_text(const char* text, std::size_t cap);

}  // namespace nova::loader
