#include "core/cost/solver.hpp"

#include <algorithm>
#include <limits>

#include "core/cost/verify_mix.hpp"

namespace nova {
namespace {

class Writer {
 public:
  explicit Writer(const Program& program) : p_(program) {
    out_.row_least = p_.rhs;
    for (std::size_t j = 0; j < p_.size(); ++j) {
      const auto column = add(p_.cost[j], p_.most[j], true);
      for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e)
        put(column, p_.entries[e].row, p_.entries[e].coef);
    }
  }

  IntegerProgram write() {
    for (std::size_t j = 0; j < p_.size(); ++j) add_moves(j);
    if (p_.limits.alive > 0) add_survival();
    if (p_.limits.min_pools > 0) add_choice(p_.pool, p_.pools, true);
    if (p_.limits.max_types > 0) add_choice(p_.type, p_.types, false);
    compress();
    return std::move(out_);
  }

 private:
  std::size_t add(std::int64_t cost, std::int64_t most, bool whole) {
    out_.cost.push_back(cost);
    out_.most.push_back(most);
    out_.whole.push_back(whole ? 1 : 0);
    columns_.emplace_back();
    return columns_.size() - 1;
  }
  std::uint32_t row(std::int64_t least) {
    out_.row_least.push_back(least);
    return static_cast<std::uint32_t>(out_.row_least.size() - 1);
  }
  void put(std::size_t column, std::uint32_t row, std::int64_t value) {
    if (value != 0) columns_[column].push_back({row, value});
  }

  // Started and given up: up >= n - held, down >= held - n.
  void add_moves(std::size_t j) {
    const std::int64_t held = p_.held[j];
    if (p_.up[j] > 0) {
      const auto up = add(p_.up[j], p_.most[j], false);
      const auto more = row(-held);
      put(up, more, 1);
      put(j, more, -1);
    }
    if (p_.down[j] > 0 && held > 0) {
      const auto down = add(p_.down[j], held, false);
      const auto fewer = row(held);
      put(down, fewer, 1);
      put(j, fewer, 1);
    }
  }

  // lost >= what any spot pool bears; all less lost is enough: for each resource.
  void add_survival() {
    for (const auto r : p_.resource) {
      const auto lost = add(0, std::numeric_limits<std::int32_t>::max(), false);
      const auto rest = row(p_.alive[r]);
      put(lost, rest, -1);
      std::int64_t most = 0;
      for (std::size_t j = 0; j < p_.size(); ++j) {
        put(j, rest, p_.amount[j][r]);
        if (!p_.spot[j]) continue;
        const auto pool = row(0);
        put(lost, pool, 1);
        put(j, pool, -p_.amount[j][r]);
        most = std::max(most, p_.amount[j][r] * p_.most[j]);
      }
      out_.most[lost] = most;
    }
  }

  // One switch for each group of columns. At least so many groups are used: on only where a machine
  // is. At most so many: a machine only where it is on.
  void add_choice(const std::vector<std::uint32_t>& group, std::uint32_t groups, bool at_least) {
    const auto total =
        row(at_least ? p_.limits.min_pools : -static_cast<std::int64_t>(p_.limits.max_types));
    std::vector<std::uint32_t> link(groups);
    std::vector<std::size_t> on(groups);
    for (std::uint32_t g = 0; g < groups; ++g) {
      on[g] = add(0, 1, true);
      link[g] = row(0);
      put(on[g], total, at_least ? 1 : -1);
      if (at_least) put(on[g], link[g], -1);
    }
    std::vector<std::int64_t> most(groups, 0);
    for (std::size_t j = 0; j < p_.size(); ++j) {
      put(j, link[group[j]], at_least ? 1 : -1);
      most[group[j]] += p_.most[j];
    }
    for (std::uint32_t g = 0; g < groups && !at_least; ++g) put(on[g], link[g], most[g]);
  }

  void compress() {
    out_.column_start.push_back(0);
    for (const auto& column : columns_) {
      for (const auto& entry : column) {
        out_.entry_row.push_back(entry.row);
        out_.entry_value.push_back(entry.coef);
      }
      out_.column_start.push_back(out_.entry_row.size());
    }
  }

  const Program& p_;
  IntegerProgram out_;
  std::vector<std::vector<Coefficient>> columns_;
};

}  // namespace

IntegerProgram integer_program(const Program& program) { return Writer(program).write(); }

Solved improve_with(const MixQuestion& question, MixAnswer from, const Solver& solver, double gap) {
  Solved solved{std::move(from), false, ""};
  for (std::size_t tier = 0; tier <= question.volume.tiers().size(); ++tier) {
    const auto program = make_program(question, tier);
    if (program.size() == 0) continue;
    auto whole = integer_program(program);
    whole.gap = gap;
    whole.cost_below = solved.answer.cost.total.nanos - program.gone;
    const auto found = solver(whole);
    if (!found.ok()) {
      if (found.error().code != ErrorCode::not_found) solved.remark = found.error().message;
      continue;
    }
    std::vector<std::uint32_t> counts(question.columns.size(), 0);
    bool possible = found->size() >= program.size();
    for (std::size_t j = 0; j < program.size() && possible; ++j) {
      possible = (*found)[j] >= 0 && (*found)[j] <= program.most[j];
      if (possible) counts[program.column[j]] = static_cast<std::uint32_t>((*found)[j]);
    }
    const auto broken =
        possible ? violations(question, counts) : std::vector<std::string>{"counts out of range"};
    if (!broken.empty()) {
      solved.remark = "the solver's mix is not feasible: " + broken.front();
      continue;
    }
    if (price_of(question, counts).total >= solved.answer.cost.total) continue;
    const auto bound = solved.answer.bound;
    solved.answer = describe(question, std::move(counts));
    solved.answer.bound = std::min(bound, solved.answer.cost.total);
    if (solved.answer.cost.total.nanos > 0)
      solved.answer.gap =
          static_cast<double>(solved.answer.cost.total.nanos - solved.answer.bound.nanos) /
          static_cast<double>(solved.answer.cost.total.nanos);
    solved.better = true;
  }
  return solved;
}

}  // namespace nova
