// Goal: gce.so offers every type on demand, as spot and for committed use. Method: the built
// library, called through its tables, against rows of the price list.
#include <set>

#include "tests/plugins/cost/cloud_books.hpp"

namespace gce_plugin_test {

using namespace nova_test;

TEST(GcePlugin, OffersSpotAndCommittedUse) {
  FakeHost host;
  FakeComponent c(component_of("gce"), host, "{}");
  const auto all = offers_of(c);
  std::set<std::string> types, regions;
  for (const auto& [id, told] : all)
    types.insert(told.offer.machine_type), regions.insert(told.offer.region);
  EXPECT_EQ(types.size(), 523u);
  EXPECT_EQ(regions.size(), 43u);
  EXPECT_EQ(all.size(), 17669u + 17501 + 17140 + 17147);
  const std::string n2 = "gce/us-central1//n2-standard-4/linux/";
  EXPECT_EQ(all.at(n2 + "on-demand").offer.nanos_per_hour, 194'236'000);
  EXPECT_EQ(all.at(n2 + "spot").offer.nanos_per_hour, 92'120'000);
  const auto& year = all.at(n2 + "reserved/1y-no-upfront").offer;
  EXPECT_EQ(std::tuple(year.nanos_per_hour, year.upfront_nanos, year.term_s),
            std::tuple(122'364'000, 0, 8760 * 3600));
  EXPECT_TRUE(std::isnan(all.at(n2 + "spot").offer.interruption_month));
  EXPECT_EQ(all.at("gce/us-central1//c4a-standard-4/linux/on-demand").offer.arch, "aarch64");
  EXPECT_EQ(rates_of(c).size(), 518u);
}

TEST(GcePlugin, RefusesWhatItDoesNotHave) {
  FakeHost host;
  FakeComponent c(component_of("gce"), host, R"({"estimate_missing": true})");
  EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(c.error(), "/estimate_missing: is not a known key");
}

}  // namespace gce_plugin_test
