// Whom a library file comes from: owner, mode and digest.
//
// Inline plugins are fully trusted, so nobody but root and the service user may have written them.
// Caller: Library::open, and the manifests (digest).
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace nova::loader {

// Refuses a file, or the directory it lies in, that others may write or that is owned by neither
// root nor the effective user. A group may write only if it is the user's private one (gid = uid,
// never for root), as distributions with umask 002 set it up. Error: permission_denied.
Result<void> check_ownership(const std::filesystem::path& file);

// SHA-256 of the file in lower-case hex. Error: unavailable when it cannot be read.
Result<std::string> sha256_of(const std::filesystem::path& file);

}  // namespace nova::loader
