// One check from library to verdict; private to the runner.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/loader/library.hpp"
#include "host/loader/verify/runner.hpp"

namespace nova::verify {

// How a reason begins when the setup gives the component no config it could be created with.
inline constexpr const char* kBadConfig = "check.json: ";

// Runs a check in this process and fills in the verdict.
CheckResult run_here(const OneCheck& what, CheckResult result);

// The components as run_one lists them, a line each: kind, id.
std::vector<std::pair<std::string, loader::Kind>> parse_components(const std::string& text);

}  // namespace nova::verify
