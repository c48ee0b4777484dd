#include "host/loader/library.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
// Boost.DLL without Boost.Filesystem; its headers forget these two under C++20.
#include <string>
#include <vector>
#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <boost/dll/shared_library.hpp>
#include <exception>

#include "host/loader/descriptor.hpp"
#include "host/loader/elf.hpp"
#include "host/loader/trust.hpp"

namespace nova::loader {
namespace {

constexpr const char* kEntry = "nova_plugin_entry_v1";

Error at(const std::filesystem::path& path, const Error& error) {
  return {error.code, path.string() + ": " + error.message};
}

Result<std::filesystem::path> regular_file(const std::filesystem::path& path) {
  std::error_code failed;
  auto real = std::filesystem::canonical(path, failed);
  if (failed) return Error{ErrorCode::not_found, path.string() + ": no such file"};
  if (!std::filesystem::is_regular_file(real, failed))
    return Error{ErrorCode::invalid_argument, path.string() + ": not a regular file"};
  return real;
}

Result<void> check_pin(const std::filesystem::path& path, const LoadPolicy& policy) {
  if (!policy.sha256) {
    if (!policy.require_pin) return {};
    return Error{ErrorCode::permission_denied,
                 path.string() + ": has no sha256 pin, and pins are required"};
  }
  const auto digest = sha256_of(path);
  if (!digest) return digest.error();
  std::string wanted = *policy.sha256;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  if (*digest == wanted) return {};
  return Error{ErrorCode::permission_denied,
               path.string() + ": sha256 must be " + wanted + ", is " + *digest};
}

// Maps the library for the life of the process.
Result<void*> map(const std::filesystem::path& path) {
  namespace dll = boost::dll;
  // NODELETE by cast: Boost has no name for it. Without rtld_now Boost 1.74 would force lazy
  // binding, and a missing symbol would end the process at the first call.
  const auto mode = static_cast<dll::load_mode::type>(dll::load_mode::rtld_now |
                                                      dll::load_mode::rtld_local | RTLD_NODELETE);
  std::error_code failed;
  dll::shared_library library;
  library.load(path, failed, mode);
  if (failed || !library.is_loaded()) {
    // Boost's code says "Bad file descriptor" whatever happened; the linker knows.
    const char* reason = dlerror();
    return Error{ErrorCode::unavailable,
                 path.string() + ": cannot be loaded: " + (reason ? reason : failed.message())};
  }
  void* entry = dlsym(library.native(), kEntry);
  if (!entry) return Error{ErrorCode::internal, path.string() + ": its entry vanished"};
  return entry;
}

Result<const nova_plugin*> call_entry(void* address, const std::filesystem::path& path) {
  const auto entry = reinterpret_cast<nova_plugin_entry_fn>(address);
  try {
    const auto* first = entry();
    if (!first)
      return Error{ErrorCode::invalid_argument, path.string() + ": its entry returned null"};
    if (entry() != first)
      return Error{ErrorCode::invalid_argument,
                   path.string() + ": its entry must return the same descriptor every time"};
    return first;
  } catch (...) {
    return Error{ErrorCode::invalid_argument, path.string() + ": its entry threw an exception"};
  }
}

}  // namespace

Result<std::shared_ptr<const Library>> Library::open(const std::filesystem::path& path,
                                                     const LoadPolicy& policy) {
  const auto real = regular_file(path);
  if (!real) return real.error();
  if (policy.check_owner)
    if (auto good = check_ownership(*real); !good) return good.error();
  if (auto good = check_pin(*real, policy); !good) return good.error();
  const auto exports = exported_symbols(*real);
  if (!exports) return exports.error();
  if (std::find(exports->begin(), exports->end(), kEntry) == exports->end())
    return Error{ErrorCode::invalid_argument,
                 real->string() + ": not a plugin: it does not export " + kEntry};

  const auto entry = map(*real);
  if (!entry) return entry.error();
  const auto descriptor = call_entry(*entry, *real);
  if (!descriptor) return descriptor.error();
  auto info = read_descriptor(*descriptor, policy);
  if (!info) return at(*real, info.error());

  std::shared_ptr<Library> library(new Library);
  library->path_ = *real;
  library->info_ = std::move(*info);
  return std::shared_ptr<const Library>(std::move(library));
}

const ComponentInfo* Library::find(std::string_view component_id) const noexcept {
  for (const auto& component : info_.components)
    if (component.id == component_id) return &component;
  return nullptr;
}

}  // namespace nova::loader
