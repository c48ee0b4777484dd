// The sub-verbs of `novascale cost`. Private to host/cli/cost*.cpp.
#pragma once

#include <string>
#include <vector>

#include "host/cli/command.hpp"

namespace nova::cli {

int cost_offers(const Call& call, const std::vector<std::string>& args);

}  // namespace nova::cli
