#include "host/loader/solver_client.hpp"

#include <algorithm>

namespace nova::loader {

SolverClient::SolverClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_solver_ops>()) {}

Result<std::vector<std::int64_t>> SolverClient::solve(const IntegerProgram& program,
                                                      Duration timeout) {
  // The call owns all it touches: a solver that is given up may still read and write there.
  struct Frame {
    IntegerProgram program;
    std::vector<std::int64_t> counts;
    std::int64_t bound = NOVA_NONE;
  };
  const auto frame = std::make_shared<Frame>();
  frame->program = program;
  frame->counts.assign(program.columns(), NOVA_NONE);
  const auto result =
      instance_.call("solve", Overlap::serial, timeout,
                     [frame, op = ops_.solve](nova_instance* s, const nova_call* c, nova_error* e) {
                       auto& f = *frame;
                       nova_program io{};
                       io.struct_size = sizeof io;
                       io.column_count = f.program.columns();
                       io.row_count = f.program.row_least.size();
                       io.cost = f.program.cost.data();
                       io.most = f.program.most.data();
                       io.whole = f.program.whole.data();
                       io.column_start = f.program.column_start.data();
                       io.entry_row = f.program.entry_row.data();
                       io.entry_value = f.program.entry_value.data();
                       io.row_least = f.program.row_least.data();
                       io.cost_below = f.program.cost_below;
                       io.gap = f.program.gap;
                       io.seed = f.program.seed;
                       io.counts = f.counts.data();
                       io.bound = &f.bound;
                       return op(s, c, &io, e);
                     });
  if (!result.ok()) return result.error;
  if (std::find(frame->counts.begin(), frame->counts.end(), NOVA_NONE) != frame->counts.end())
    return Error{ErrorCode::internal,
                 "\"" + instance_.name() + "\" solve: an answer without counts"};
  return frame->counts;
}

}  // namespace nova::loader
