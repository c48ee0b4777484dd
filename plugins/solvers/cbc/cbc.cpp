// solvers/cbc: integer programs by COIN-OR CBC (branch and cut). See README.md.
//
// One solve at a time in a process: CBC's parameters are global. One thread, fixed order: the same
// program gets the same answer unless the deadline ends it. Amounts are handed over as double:
// costs in 1e-9, each row divided by its largest entry, so that CBC's tolerances (1e-7) are far
// below one machine; whoever asks judges the rounded answer.
#include <novascale/draft/solver.hpp>
#include <novascale/plugin.hpp>

#include <CbcEventHandler.hpp>
#include <CbcModel.hpp>
#include <CbcSolver.hpp>
#include <OsiClpSolverInterface.hpp>
#include <algorithm>
#include <cmath>
#include <mutex>

namespace {

constexpr double kMoney = 1e-9;
constexpr double kLongest = 60;  // seconds, where the call has no deadline

// Asked at every node, cut round and heuristic.
class Stop : public CbcEventHandler {
 public:
  explicit Stop(const nova::Call& call) : call_(call) {}
  CbcAction event(CbcEvent) override {
    return call_.cancelled() || call_.late() ? CbcEventHandler::stop : noAction;
  }
  CbcEventHandler* clone() const override { return new Stop(*this); }

 private:
  nova::Call call_;
};

double seconds_left(const nova_call& call) {
  const auto deadline = nova::detail::field(call, &nova_call::deadline_ns);
  if (deadline == 0) return kLongest;
  return static_cast<double>(deadline - nova::Call::monotonic_ns()) * 1e-9;
}

// The program as CBC takes it.
void load(const nova::LinearProgram& program, OsiClpSolverInterface& clp) {
  const auto n = program.columns(), m = program.rows();
  const auto row = program.entry_row();
  const auto value = program.entry_value();
  std::vector<double> scale(m, 1), cost(n), zero(n, 0), most(n), values(value.size()), least(m),
      no_end(m, clp.getInfinity());
  for (std::size_t k = 0; k < value.size(); ++k)
    scale[row[k]] = std::max(scale[row[k]], std::fabs(static_cast<double>(value[k])));
  std::vector<CoinBigIndex> start(n + 1);
  std::vector<int> rows(value.size());
  for (std::size_t j = 0; j <= n; ++j)
    start[j] = static_cast<CoinBigIndex>(program.column_start()[j]);
  for (std::size_t j = 0; j < n; ++j) {
    cost[j] = static_cast<double>(program.cost()[j]) * kMoney;
    most[j] = static_cast<double>(program.most()[j]);
  }
  for (std::size_t k = 0; k < value.size(); ++k) {
    rows[k] = static_cast<int>(row[k]);
    values[k] = static_cast<double>(value[k]) / scale[row[k]];
  }
  for (std::size_t i = 0; i < m; ++i)
    least[i] = static_cast<double>(program.row_least()[i]) / scale[i];
  clp.messageHandler()->setLogLevel(0);
  clp.loadProblem(static_cast<int>(n), static_cast<int>(m), start.data(), rows.data(),
                  values.data(), zero.data(), most.data(), cost.data(), least.data(),
                  no_end.data());
  for (std::size_t j = 0; j < n; ++j)
    if (program.whole(j)) clp.setInteger(static_cast<int>(j));
}

struct Cbc {
  static constexpr auto id = "org.novacron.solver.cbc";
  static constexpr auto name = "CBC";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Integer programs by COIN-OR CBC: mixes cheaper than the built-in search finds";
  static constexpr auto schema =
      R"({"type": "object", "additionalProperties": false, "properties": {}})";

  explicit Cbc(nova::Context) {}

  void solve(const nova::Call& call, nova::LinearProgram& program) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    call.check();
    OsiClpSolverInterface clp;
    load(program, clp);
    CbcModel model(clp);
    model.setLogLevel(0);
    CbcSolverUsefulData data;
    data.noPrinting_ = true;
    CbcMain0(model, data);
    model.setLogLevel(0);
    Stop stop(call);
    model.passInEventHandler(&stop);
    model.setRandomSeed(static_cast<int>(program.seed() % 1'000'000'000));
    model.setAllowableFractionGap(std::clamp(program.gap(), 0.0, 1.0));
    if (program.cost_below() != NOVA_NONE)
      model.setCutoff(static_cast<double>(program.cost_below()) * kMoney);
    const auto limit = std::to_string(std::max(0.001, seconds_left(call)));
    const char* words[] = {"cbc", "-threads", "0", "-seconds", limit.c_str(), "-solve", "-quit"};
    CbcMain1(
        static_cast<int>(std::size(words)), words, model, [](CbcModel*, int) { return 0; }, data);
    if (call.cancelled()) throw nova::Error(NOVA_CANCELLED, "cancelled by the caller");
    finish(model, program);
  }

 private:
  static void finish(CbcModel& model, nova::LinearProgram& program) {
    const double bound = std::floor(model.getBestPossibleObjValue() / kMoney * (1 - 1e-9));
    const bool proven = model.isProvenOptimal() || model.isProvenInfeasible();
    const auto known = std::fabs(bound) < 9e18 ? static_cast<std::int64_t>(bound) : NOVA_NONE;
    const double* best = model.bestSolution();
    std::vector<std::int64_t> counts;
    double cost = 0;
    for (std::size_t j = 0; best != nullptr && j < program.columns(); ++j) {
      counts.push_back(std::llround(best[j]));
      cost += static_cast<double>(program.cost()[j]) * best[j];
    }
    // Its cutoff is kept within a tolerance only.
    const bool useful =
        best != nullptr && (program.cost_below() == NOVA_NONE ||
                            cost < static_cast<double>(program.cost_below()) * (1 - 1e-9));
    if (useful) return program.answer(counts, known);
    if (proven) throw nova::Error(NOVA_NOT_FOUND, "there is no such answer");
    program.bound(known);
    throw nova::Error(NOVA_DEADLINE_EXCEEDED, "no answer was found in time");
  }
};

}  // namespace

NOVA_PLUGIN("org.novacron.cbc", "NovaCron", "1.0.0", nova::solver_component<Cbc>)
