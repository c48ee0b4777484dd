// What several promises would have cost on a recorded load, and whether they would have been kept.
#pragma once

#include <string>
#include <vector>

#include "host/cli/past_load.hpp"

namespace nova::cli {

// `texts`: promises that parse_promise reads; `json`: for programs. Returns an exit code.
int price_promises(const Call& call, PastLoad past, const std::vector<std::string>& texts,
                   bool json);

}  // namespace nova::cli
