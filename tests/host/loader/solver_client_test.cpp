// Goal: a program goes to a solver plugin whole and its answer comes back, within the deadline.
// Method: the built cbc.so, through the client.
#include "host/loader/solver_client.hpp"

#include <gtest/gtest.h>

#include "host/loader/catalogue.hpp"

namespace nova::loader {
namespace {

using namespace std::chrono_literals;

// Two kinds of machine, at least 7 units.
IntegerProgram small() {
  IntegerProgram p;
  p.cost = {10, 4};
  p.most = {9, 9};
  p.whole = {1, 1};
  p.column_start = {0, 1, 2};
  p.entry_row = {0, 0};
  p.entry_value = {2, 1};
  p.row_least = {7};
  p.cost_below = 100;
  for (auto& c : p.cost) c *= 1'000'000'000;
  p.cost_below *= 1'000'000'000;
  return p;
}

TEST(SolverClient, AsksAndAnswers) {
  PluginCatalogue catalogue({NOVA_BUILD_DIR "/plugins"});
  auto opened = catalogue.open("org.novacron.solver.cbc");
  if (!opened.ok()) GTEST_SKIP() << "built without CBC";
  InstanceSpec spec;
  spec.name = "cbc";
  auto made = Instance::create(HostContext::make({}), opened->library, *opened->component, spec);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ((*made)->component().kind, Kind::solver);
  SolverClient client(**made);
  const auto best = client.solver(30s)(small());
  ASSERT_TRUE(best.ok()) << best.error().message;
  EXPECT_EQ(*best, (std::vector<std::int64_t>{0, 7})) << "7 x 4 = 28";
  auto mark = small();
  mark.cost_below = 28'000'000'000;
  const auto none = client.solve(mark, 30s);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  auto wrong = small();
  wrong.entry_row[1] = 5;
  EXPECT_EQ(client.solve(wrong, 30s).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace nova::loader
