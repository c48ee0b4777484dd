// Goal: azure.so offers every type of every region on demand. Method: the built library, called
// through its tables, against rows of the price list.
#include <set>

#include "tests/plugins/cost/cloud_books.hpp"

namespace azure_plugin_test {

using namespace nova_test;

TEST(AzurePlugin, OffersEveryTypeOnDemand) {
  FakeHost host;
  FakeComponent c(component_of("azure"), host, "{}");
  const auto all = offers_of(c);
  std::set<std::string> regions;
  for (const auto& [id, told] : all) regions.insert(told.offer.region);
  EXPECT_EQ(all.size(), 64888u);
  EXPECT_EQ(regions.size(), 57u);
  const auto& a0 = all.at("azure/australiacentral//Standard_A0/linux/on-demand").offer;
  EXPECT_EQ(a0.nanos_per_hour, 29'000'000);
  EXPECT_TRUE(std::isnan(a0.vcpus)) << "its size is in no table";
}

}  // namespace azure_plugin_test
