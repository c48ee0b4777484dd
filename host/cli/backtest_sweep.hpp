// `backtest --sweep KEY=A,B,C`: the same load under several values of one setting, on all cores.
//
// KEY is `promise` (1%, 0.1% or hpa), `target` (the demand signal's target utilisation), `quantile`
// (of forecast demand to size for, through the weights of the predictive policy that acts), `model`
// (names of model plugins, or auto), or a JSON pointer within the group, such as /lead_time.
// Outcomes do not depend on the number of threads.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/cli/command.hpp"
#include "host/cli/past_load.hpp"

namespace nova::cli {

struct Sweep {
  std::string key;
  std::vector<std::string> values;
};

// Errors: invalid_argument for what is not KEY=A,B,...
Result<Sweep> parse_sweep(const std::string& text);

struct SweepOptions {
  PastLoadOptions past;
  std::vector<std::string> rivals;
  std::optional<PromiseSpec> promise;  // of every value, unless the promise is what is swept
  std::string format = "text";
  unsigned threads = 0;  // 0 = one a core
};

// Prints a table (or JSON) of the outcomes; returns an exit code.
int run_sweep(const Call& call, const Sweep& sweep, const SweepOptions& options);

}  // namespace nova::cli
