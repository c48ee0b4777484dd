// A mix question as an integer program: rows of whole numbers, for the relaxation and the search.
//
// min  sum cost_j n_j + moves,   sum_j coef_ij n_j >= rhs_i for each row,   0 <= n_j <= most_j.
// Every linear constraint is such a row, caps with negative coefficients. What is not linear stands
// beside them: a worst pool survived, at least so many pools, at most so many types. Internal to
// the optimiser; built once per question and volume tier. Formulation: COST 12.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cost/question.hpp"

namespace nova {

struct Coefficient {  // of one row
  std::uint32_t row;
  std::int64_t coef;
};

struct Program {
  std::vector<std::size_t> column;           // of the question; only those that can be used
  std::vector<std::int64_t> cost, up, down;  // nanos an hour: of one, of one more / fewer than held
  std::vector<std::int64_t> risk;            // tie-break after cost and machines: hazard x 1e12
  std::vector<std::uint32_t> held, most;
  std::vector<std::uint32_t> pool, type;  // dense numbers
  std::vector<std::uint8_t> spot;
  std::vector<Amounts> amount;
  std::vector<std::uint32_t> start;  // entries of column j: start[j] .. start[j + 1]
  std::vector<Coefficient> entries;
  std::vector<std::int64_t> rhs;
  std::vector<std::uint8_t> packing;      // 1: a row of negative coefficients (a cap)
  std::vector<std::uint32_t> demand_row;  // of each resource asked
  std::vector<std::size_t> resource;      // which that is
  std::vector<std::uint32_t> base_row;    // of each resource asked: on machines nobody takes away
  std::vector<std::uint32_t> spot_row;    // and the cap of all spot; empty where there are none
  std::uint32_t pools = 0, types = 0;
  std::int64_t gone = 0;  // move cost of held machines that cannot be kept: paid whatever is done
  MixLimits limits;
  Amounts alive{};  // what must be left when the worst pool is lost

  std::size_t size() const { return cost.size(); }
};

// `tier`: the volume tier to plan for, 0 = none, else 1-based. It prices on-demand machines at the
// discount of the tier and asks for as many machines as open it. Machines that another one on
// demand replaces for no more, whatever is asked, are left out; held ones never.
Program make_program(const MixQuestion& question, std::size_t tier);

// For a sharper bound: a machine that gives more than a row asks for counts as all of it. Whole
// machines keep their meaning, and a fraction of a large one looks no cheaper than it is
// (coefficient reduction). Only for bounds: the search counts what is left from whole machines.
// None: nothing changes.
std::optional<Program> tightened(const Program& program);

}  // namespace nova
