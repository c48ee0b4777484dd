// A mix made cheaper by a solver outside: the question as an integer program, the answer judged.
//
// In: a question and core's own answer. Out: that answer, or a cheaper mix that the solver found
// and verify_mix accepts, priced by the question itself. A solver can fail, be late, or answer
// nonsense: then the answer stays as it was and a remark says why; its bound cannot be checked and
// is not believed. Called by who asks "which machines?" with a solver at hand (host/loader gives
// one as a Solver). Formulation: COST 12. Pure but for the solver.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/cost/program.hpp"

namespace nova {

// A program with its side conditions as columns and rows: min cost n, sum value n >= least for each
// row, 0 <= n <= most. The first columns are those of the program it was made from.
struct IntegerProgram {
  std::vector<std::int64_t> cost, most;
  std::vector<std::int32_t> whole;          // 0 = need not be a whole number
  std::vector<std::uint64_t> column_start;  // entries of column j: [j] .. [j + 1]
  std::vector<std::uint32_t> entry_row;
  std::vector<std::int64_t> entry_value;
  std::vector<std::int64_t> row_least;
  std::int64_t cost_below = 0;  // only cheaper answers are of use
  double gap = 0;
  std::uint64_t seed = 1;

  std::size_t columns() const { return cost.size(); }
};

// With moves (what starts or goes costs), a lost pool survived, least pools and most types.
IntegerProgram integer_program(const Program& program);

// Counts of each column. Errors: not_found = proven that nothing is cheaper; any other = no answer.
using Solver = std::function<Result<std::vector<std::int64_t>>(const IntegerProgram&)>;

struct Solved {
  MixAnswer answer;
  bool better = false;  // than what core found
  std::string remark;   // why the solver's word was not taken; "" = it was, or there was none
};

// Asks once per volume tier. `from` is an answer of optimise() to the same question.
Solved improve_with(const MixQuestion& question, MixAnswer from, const Solver& solver,
                    double gap = 0.0005);

}  // namespace nova
