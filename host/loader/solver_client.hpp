// SolverClient: integer programs solved by one instance of a solver plugin (a draft kind).
//
// The answer is as the plugin gave it: who asked judges it by the question (core/cost/solver.hpp).
// Caller: host/cli cost.
#pragma once

#include "core/cost/solver.hpp"
#include "host/loader/instance.hpp"

namespace nova::loader {

class SolverClient {
 public:
  explicit SolverClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }

  // Counts of each column, or why there are none: not_found = proven that there is nothing better.
  Result<std::vector<std::int64_t>> solve(const IntegerProgram& program, Duration timeout);

  // As core takes it; the timeout is of each program.
  Solver solver(Duration timeout) {
    return [this, timeout](const IntegerProgram& program) { return solve(program, timeout); };
  }

 private:
  Instance& instance_;
  nova_solver_ops ops_;
};

}  // namespace nova::loader
