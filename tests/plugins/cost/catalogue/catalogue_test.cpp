// Goal: bytes that are no catalogue are refused and nothing outside them is ever read. Method: a
// small catalogue, cut and changed at every place (AddressSanitizer watches).
#include "plugins/cost/catalogue/catalogue.hpp"

#include <gtest/gtest.h>

#include "tests/plugins/cost/catalogue/small_catalogue.hpp"

namespace catalogue_test {

using namespace nova::cloud;
using nova_test::small_catalogue;
using nova_test::view_of;

TEST(Catalogue, ReadsItsColumnsWhereTheyLie) {
  const auto bytes = small_catalogue();
  const Catalogue catalogue(view_of(bytes));
  EXPECT_EQ(catalogue.header()["provider"], "toy");
  EXPECT_EQ(catalogue.texts("types.name"),
            (std::vector<std::string_view>{"big.x", "small.x", "tiny.y"}));
  const auto types = catalogue.column<std::uint16_t>("rows.type");
  EXPECT_EQ(types.size(), 6u);
  EXPECT_EQ(types[3], 0);
  EXPECT_GE(reinterpret_cast<const std::byte*>(types.data()), view_of(bytes).data());
  EXPECT_TRUE(catalogue.has("rows.spot"));
  EXPECT_FALSE(catalogue.has("rows.month"));
  EXPECT_THROW(catalogue.column<std::uint32_t>("rows.type"), nova::Error) << "another kind";
  EXPECT_THROW(catalogue.column<double>("rows.none"), nova::Error);
  EXPECT_THROW(catalogue.texts("rows.type"), nova::Error);
}

// A copy of exactly so many bytes, so that a read beyond them is seen.
std::size_t read_all(const std::vector<std::uint64_t>& units, std::size_t size) {
  const std::vector<std::byte> exact(view_of(units).begin(),
                                     view_of(units).begin() + static_cast<std::ptrdiff_t>(size));
  try {
    const PriceBook book(exact, {});
    std::size_t offers = 0;
    book.each({}, [&](const Item& item) { offers += book.offer(item).offer_id.empty() ? 0 : 1; });
    return offers;
  } catch (const std::exception&) {
    return 0;
  }
}

TEST(Catalogue, SurvivesBeingCutAnywhere) {
  const auto whole = small_catalogue();
  const auto size = whole.size() * 8;
  EXPECT_EQ(read_all(whole, size), 6u + 5u + 4u) << "on demand, pools, reserved";
  for (std::size_t n = 0; n + 8 < size; n += 7) EXPECT_EQ(read_all(whole, n), 0u) << n << " bytes";
}

TEST(Catalogue, SurvivesBeingChangedAnywhere) {
  const auto whole = small_catalogue();
  for (std::size_t at = 0; at < whole.size() * 8; at += 3) {
    auto broken = whole;
    reinterpret_cast<unsigned char*>(broken.data())[at] ^= static_cast<unsigned char>(1 + at % 255);
    (void)read_all(broken, broken.size() * 8);
  }
}

}  // namespace catalogue_test
