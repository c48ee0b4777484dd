// Goal: a solver's word is taken only for a mix that is feasible and cheaper. Method: solvers that
// are perfect (brute force), wrong, silly or silent; the formulation against verify_mix on all
// small mixes.
#include "core/cost/solver.hpp"

#include <gtest/gtest.h>

#include "core/cost/optimise.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace solver_test {

MixQuestion small() {
  MixQuestion q;
  const auto add = [&](const char* type, const char* family, const char* zone, PayAs pay,
                       double vcpus, double price, std::uint32_t held) {
    MixColumn c;
    c.machine_type = type, c.family = family, c.zone = zone, c.pay = pay, c.held = held;
    c.offer_id = std::string(type) + zone + to_string(pay);
    c.amount = amounts(vcpus, vcpus * 4);
    c.price = c.expected = UsdPerHour::from_dollars(price);
    c.hazard = pay == PayAs::spot ? 1e-3 : 0;
    c.available = 3;
    c.move_in = Usd::from_dollars(0.1), c.move_out = Usd::from_dollars(0.2);
    q.columns.push_back(c);
  };
  add("s", "x", "a", PayAs::spot, 2, 0.03, 0);
  add("s", "x", "b", PayAs::spot, 2, 0.04, 1);
  add("m", "x", "a", PayAs::spot, 4, 0.07, 0);
  add("l", "y", "b", PayAs::spot, 8, 0.11, 0);
  add("s", "x", "a", PayAs::on_demand, 2, 0.10, 2);
  add("l", "y", "a", PayAs::on_demand, 8, 0.36, 0);
  q.demand = amounts(16, 64);
  q.limits = {1, 0.9, 0.9, 0.5, 0.2, 3, 3, {}, 0.75};
  q.loss_of_all = Usd::from_dollars(20);
  return q;
}

template <class Visit>
void each_mix(std::size_t columns, Visit visit) {
  std::vector<std::uint32_t> n(columns, 0);
  for (std::size_t j = 0; j < columns;) {
    visit(n);
    for (j = 0; j < columns && ++n[j] > 3; ++j) n[j] = 0;
  }
}

// What each row has left; the continuous extra columns take the least that the rows ask of them.
std::vector<std::int64_t> left_of(const IntegerProgram& p, std::vector<std::int64_t> n,
                                  std::size_t machines) {
  std::vector<std::int64_t> left;
  const auto count = [&] {
    left.clear();
    for (const auto least : p.row_least) left.push_back(-least);
    for (std::size_t j = 0; j < p.columns(); ++j)
      for (auto e = p.column_start[j]; e < p.column_start[j + 1]; ++e)
        left[p.entry_row[e]] += p.entry_value[e] * n[j];
  };
  count();
  for (std::size_t j = machines; j < p.columns(); ++j)
    for (auto e = p.column_start[j]; e < p.column_start[j + 1]; ++e)
      if (!p.whole[j] && p.entry_value[e] > 0 && left[p.entry_row[e]] < 0) {
        n[j] = std::min(p.most[j], std::max(n[j], n[j] - left[p.entry_row[e]]));
        count();
      }
  return left;
}

// Whether the extra columns can be such that all rows hold: every choice of switches is tried.
bool can_hold(const IntegerProgram& p, std::vector<std::int64_t> n, std::size_t machines) {
  std::vector<std::size_t> switches;
  for (std::size_t j = machines; j < p.columns(); ++j)
    if (p.whole[j]) switches.push_back(j);
  n.resize(p.columns(), 0);
  for (unsigned choice = 0; choice < 1u << switches.size(); ++choice) {
    for (std::size_t s = 0; s < switches.size(); ++s) n[switches[s]] = choice >> s & 1;
    const auto left = left_of(p, n, machines);
    if (std::all_of(left.begin(), left.end(), [](auto l) { return l >= 0; })) return true;
  }
  return false;
}

TEST(MixSolver, TheProgramHoldsExactlyTheFeasibleMixes) {
  const auto q = small();
  const auto program = make_program(q, 0);
  ASSERT_EQ(program.size(), q.columns.size());
  const auto whole = integer_program(program);
  std::size_t feasible = 0, all = 0;
  each_mix(q.columns.size(), [&](const std::vector<std::uint32_t>& n) {
    if (all++ % 61 != 0) return;
    const bool good = violations(q, n).empty();
    feasible += good;
    ASSERT_EQ(can_hold(whole, {n.begin(), n.end()}, n.size()), good) << all;
  });
  EXPECT_GT(feasible, 3u);
}

TEST(MixSolver, TakesWhatIsCheaperAndFeasible) {
  const auto q = small();
  std::vector<std::uint32_t> best;
  each_mix(q.columns.size(), [&](const std::vector<std::uint32_t>& n) {
    if (violations(q, n).empty() &&
        (best.empty() || price_of(q, n).total < price_of(q, best).total))
      best = n;
  });
  std::vector<std::uint32_t> dear;
  each_mix(q.columns.size(), [&](const std::vector<std::uint32_t>& n) {
    if (dear.empty() && violations(q, n).empty()) dear = n;
  });
  ASSERT_FALSE(best.empty());
  MixAnswer from;
  from.counts = dear;
  from.cost = price_of(q, dear);
  const auto ask = [&](Solver solver) { return improve_with(q, from, solver); };
  std::int64_t below = 0;
  const auto perfect = ask([&](const IntegerProgram& p) {
    below = p.cost_below;
    return Result<std::vector<std::int64_t>>({best.begin(), best.end()});
  });
  EXPECT_TRUE(perfect.better);
  EXPECT_EQ(perfect.remark, "");
  EXPECT_EQ(perfect.answer.counts, best);
  EXPECT_EQ(perfect.answer.cost.total, price_of(q, best).total);
  EXPECT_GT(perfect.answer.machines, 0u);
  EXPECT_EQ(below, from.cost.total.nanos);
  using Answer = Result<std::vector<std::int64_t>>;
  const std::tuple<const char*, Answer, const char*> silly[] = {
      {"nothing", Answer(std::vector<std::int64_t>(6, 0)), "the solver's mix is not feasible: "},
      {"negative", Answer(std::vector<std::int64_t>(6, -1)), "counts out of range"},
      {"too many", Answer(std::vector<std::int64_t>(6, 1'000'000)), "counts out of range"},
      {"too short", Answer(std::vector<std::int64_t>{}), "counts out of range"},
      {"the same", Answer({dear.begin(), dear.end()}), ""},
      {"proven", Answer(Error{ErrorCode::not_found, "none"}), ""},
      {"late", Answer(Error{ErrorCode::deadline_exceeded, "late"}), "late"}};
  for (const auto& [name, answer, remark] : silly) {
    const auto after = ask([&, said = answer](const IntegerProgram&) { return said; });
    EXPECT_FALSE(after.better) << name;
    EXPECT_EQ(after.answer.counts, dear) << name;
    EXPECT_NE(after.remark.find(remark), std::string::npos) << name << ": " << after.remark;
    EXPECT_EQ(after.remark.empty(), *remark == '\0') << name;
  }
}

TEST(MixSolver, AsksOnceForEachVolumeTier) {
  auto q = small();
  for (auto& c : q.columns) c.available.reset();
  q.volume = VolumeDiscount::make(VolumeDiscount::Mode::all_units, {{5, 0.1}, {10, 0.2}}).value();
  const auto core = optimise(q);
  ASSERT_TRUE(core.ok()) << core.error().message;
  int asked = 0;
  improve_with(q, *core, [&](const IntegerProgram&) {
    ++asked;
    return Result<std::vector<std::int64_t>>(Error{ErrorCode::not_found, ""});
  });
  EXPECT_EQ(asked, 3);
}

}  // namespace solver_test
}  // namespace nova
