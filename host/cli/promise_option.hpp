// A promise as it is written on a command line, and as it replaces what a group says.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/decide/policy.hpp"
#include "core/engine/group.hpp"

namespace nova::cli {

// "1%", "0.1%" (above 0 %, at most 50 %) or "hpa", for its bill. Errors: invalid_argument.
Result<PromiseSpec> parse_promise(const std::string& text);

// The promise the group makes; none if it makes none.
std::optional<PromiseSpec> promise_of(const GroupSpec& group);

// The group as if it had made this promise: its predictive policy makes it, or one that is added;
// the utilisation of a promise it had stays.
void set_promise(GroupSpec& group, PromiseSpec promise);

// Asks no models: a promise decides without them, and asking takes time.
void drop_models(GroupSpec& group);

}  // namespace nova::cli
