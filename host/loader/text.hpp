// Text that came from a plugin, made fit for logs and JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "novascale/base.h"

namespace nova::loader {

// The text as valid UTF-8 of at most `cap` bytes: ill-formed bytes become U+FFFD, control
// characters a blank, a longer text is cut. Null is "".
std::string clean_text(nova_str text, std::size_t cap = 4096);
std::string clean_text(std::string_view text, std::size_t cap = 4096);

inline nova_str borrow(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace nova::loader
