// The solver plugin that a verb was told to use, found by name in the plugin folders.
#pragma once

#include <memory>
#include <string>

#include "host/cli/command.hpp"
#include "host/loader/solver_client.hpp"

namespace nova::cli {

struct SolverPlugin {
  std::unique_ptr<loader::Instance> instance;
  std::unique_ptr<loader::SolverClient> client;
};

// `name`: a component's id or its last part. Says what is wrong; kFine, kUsage or kFailed.
int open_solver(const Call& call, const std::string& name, SolverPlugin& solver);

}  // namespace nova::cli
