// Goal: a unit of a commitment is lent once, in the right order, to whoever matches; machines that
// cost nothing more go last.
#include "core/cost/coverage.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace coverage_test {

const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
const TimePoint kEnd = kNow + std::chrono::hours(8760);

Commitment regional(const std::string& id, std::int64_t units) {
  Commitment c;
  c.id = id;
  c.family = "m5";
  c.region = "us-east-1";
  c.size_flexible = true;
  c.units = units;
  c.start = kNow;
  c.end = kEnd;
  return c;
}

CoverRequest request(const std::string& group, const std::string& type, std::uint32_t machines) {
  return {group,   "m5", type, "us-east-1", "us-east-1a", "linux", UsdPerHour::from_dollars(0.1),
          machines};
}

std::uint32_t covered(const std::vector<Lease>& leases) {
  std::uint32_t sum = 0;
  for (const auto& lease : leases) sum += lease.machines;
  return sum;
}

TEST(SizeUnits, FollowTheFactors) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"t3.nano", 1},     {"t3.micro", 2},      {"t3.small", 4},
      {"t3.medium", 8},   {"m5.large", 16},     {"m5.xlarge", 32},
      {"m5.2xlarge", 64}, {"m5.24xlarge", 768}, {"u-6tb1.112xlarge", 3584}};
  for (const auto& [type, units] : cases) EXPECT_EQ(size_units(type), units) << type;
  for (const char* type :
       {"m5.metal", "", "m5.", "m5.0xlarge", "m5.-1xlarge", "m5.2xlargex", "Standard_D2"})
    EXPECT_FALSE(size_units(type)) << type;
}

TEST(CoveragePool, LendsAUnitOnce) {
  CoveragePool pool({regional("ri", 64)});  // four m5.large
  EXPECT_EQ(covered(pool.lease(request("a/web", "m5.large", 3), kNow)), 3u);
  EXPECT_EQ(covered(pool.lease(request("a/db", "m5.xlarge", 3), kNow)), 0u);
  EXPECT_EQ(covered(pool.lease(request("a/db", "m5.medium", 3), kNow)), 2u);
  EXPECT_EQ(pool.free_units("ri", kNow), 0);
  pool.release("a/web");
  EXPECT_EQ(pool.free_units("ri", kNow), 48);
  EXPECT_EQ(covered(pool.lease(request("a/db", "m5.xlarge", 3), kNow)), 1u);
}

TEST(CoveragePool, MatchesWhatItIsFor) {
  auto other = request("g", "m5.large", 1);
  for (auto* field : {&other.family, &other.region}) {
    const auto kept = *field;
    *field = "elsewhere";
    EXPECT_TRUE(CoveragePool({regional("ri", 64)}).lease(other, kNow).empty());
    *field = kept;
  }
  EXPECT_TRUE(CoveragePool({regional("ri", 64)}).lease(request("g", "m5.metal", 1), kNow).empty());
  CoveragePool pool({regional("ri", 64)});
  EXPECT_TRUE(pool.lease(request("g", "m5.large", 1), kEnd).empty());
  EXPECT_TRUE(pool.lease(request("g", "m5.large", 1), kNow - Duration{1}).empty());
  EXPECT_EQ(pool.free_units("ri", kEnd), 0);
  EXPECT_EQ(pool.free_units("unknown", kNow), 0);
}

TEST(CoveragePool, TakesZonalThenRegionalThenTheDeepestPlan) {
  auto zonal = regional("zonal", 2);
  zonal.size_flexible = false;
  zonal.machine_type = "m5.large";
  zonal.zone = "us-east-1a";
  Commitment shallow, deep;
  shallow.id = "shallow", deep.id = "deep";
  shallow.money = deep.money = UsdPerHour::from_dollars(0.15);
  shallow.plan_discount = 0.2, deep.plan_discount = 0.4;
  shallow.start = deep.start = kNow;
  shallow.end = deep.end = kEnd;
  CoveragePool pool({shallow, deep, regional("regional", 48), zonal});
  const auto leases = pool.lease(request("g", "m5.large", 10), kNow);
  std::string order;
  for (const auto& lease : leases)
    order += lease.commitment + ':' + std::to_string(lease.machines) + ' ';
  EXPECT_EQ(order, "zonal:2 regional:3 deep:2 shallow:1 ");
  // Plan money: two at 0.06, one at 0.08 an hour.
  EXPECT_EQ(leases[2].units, 120'000'000);
  EXPECT_EQ(leases[3].units, 80'000'000);
}

// Laws: lent and free units add up to what is owned; shares add up to the price.
TEST(CoveragePool, LosesNothing) {
  std::mt19937_64 random{61};
  const char* types[] = {"m5.large", "m5.xlarge", "m5.medium", "m5.4xlarge"};
  for (int round = 0; round < 200; ++round) {
    const auto owned = static_cast<std::int64_t>(random() % 2000);
    CoveragePool pool({regional("ri", owned)});
    std::map<std::string, std::int64_t> lent;
    for (int k = 0; k < 20; ++k) {
      const std::string group(1, static_cast<char>('a' + random() % 5));
      if (random() % 4 == 0) {
        pool.release(group);
        lent[group] = 0;
      }
      for (const auto& lease : pool.lease(request(group, types[random() % 4], random() % 20), kNow))
        lent[group] += lease.units;
      std::int64_t sum = 0;
      for (const auto& [name, units] : lent) sum += units;
      EXPECT_EQ(sum + pool.free_units("ri", kNow), owned);
      EXPECT_GE(pool.free_units("ri", kNow), 0);
    }
    const Usd price{static_cast<std::int64_t>(random() % 1'000'000'007)};
    Usd sum;
    for (const auto& [name, share] : pool.shares("ri", price)) sum += share;
    EXPECT_EQ(sum, price);
  }
}

TEST(ScaleInOrder, GivesUpWhatIsPaidLast) {
  std::vector<MixColumn> columns(5);
  columns[0].pay = PayAs::covered;
  columns[1].pay = PayAs::spot, columns[1].expected = {30};
  columns[2].pay = PayAs::on_demand, columns[2].expected = {90};
  columns[3].pay = PayAs::spot, columns[3].expected = {40};
  columns[4].pay = PayAs::on_demand, columns[4].expected = {100};
  EXPECT_EQ(scale_in_order(columns), (std::vector<std::size_t>{4, 2, 3, 1, 0}));
}

}  // namespace coverage_test
}  // namespace nova
