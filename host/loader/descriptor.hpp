// The descriptor a plugin returns, read as hostile data.
//
// Input: the pointer its entry function gave. Output: a copy whose every text, count and table was
// checked, so nobody behind this need check again. Caller: Library::open; the fuzzer.
#pragma once

#include "host/loader/library.hpp"

namespace nova::loader {

// Errors: invalid_argument (place, rule, finding), unimplemented (another ABI major). Components of
// interfaces this host does not know are left out, unless none remains. A component listed under
// several majors counts once, under the highest this host knows.
Result<PluginInfo> read_descriptor(const nova_plugin* plugin, const LoadPolicy& policy);

// Plugin and component ids: two or more dot-separated parts of [a-z0-9_-], 128 bytes at most.
bool is_component_id(std::string_view id) noexcept;

}  // namespace nova::loader
