// What a shared object exports, read from the file: no code of it has run.
//
// Every offset, size and string is checked against the file before use. boost::dll::library_info
// answers the same question but trusts the file's own numbers, so a crafted file makes it read out
// of bounds; hence a reader of our own. Caller: Library::open.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace nova::loader {

// Names of the defined global and weak symbols of a dynamic 64-bit ELF of this machine. Errors:
// invalid_argument, whose message says what is wrong with the file.
Result<std::vector<std::string>> exported_symbols(const std::filesystem::path& file);

}  // namespace nova::loader
