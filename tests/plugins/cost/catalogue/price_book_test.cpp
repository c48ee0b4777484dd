// Goal: every offer is found again by its id and costs what its row says; nothing is guessed
// unasked. Method: the small catalogue, worked out by hand.
#include "plugins/cost/catalogue/price_book.hpp"

#include <gtest/gtest.h>

#include <map>

#include "plugins/cost/catalogue/filter.hpp"
#include "plugins/cost/catalogue/owned.hpp"
#include "plugins/cost/catalogue/side_rates.hpp"
#include "tests/plugins/cost/catalogue/small_catalogue.hpp"

namespace catalogue_price_book_test {

using namespace nova::cloud;
using nova_test::small_catalogue;
using nova_test::view_of;

std::map<std::string, nova::Offer> offers(const PriceBook& book, const char* filter = "{}") {
  std::map<std::string, nova::Offer> all;
  book.each(Filter(nova::Json::parse(filter)), [&](const Item& item) {
    auto offer = book.offer(item);
    all.emplace(offer.offer_id, std::move(offer));
  });
  return all;
}

TEST(PriceBook, FindsEveryOfferByItsIdAndNoOther) {
  const auto bytes = small_catalogue();
  const PriceBook book(view_of(bytes), {});
  std::size_t seen = 0;
  book.each({}, [&](const Item& item) {
    const auto found = book.find(book.offer(item).offer_id);
    ASSERT_TRUE(found) << book.offer(item).offer_id;
    EXPECT_EQ(std::tuple(found->row, found->option, found->zone),
              std::tuple(item.row, item.option, item.zone));
    ++seen;
  });
  EXPECT_EQ(seen, 15u);
  for (const char* id :
       {"", "/", "toy/a-1//big.x/linux", "toy/a-1//big.x/linux/", "toy/a-1//big.x/linux/spot",
        "toy/a-1/a-1b/big.x/linux/spot", "toy/a-1/a-1a/big.x/linux/on-demand",
        "toy/a-1//big.x/linux/on-demand/1y", "toy/a-1//big.x/linux/reserved",
        "toy/a-1//big.x/linux/reserved/3y-all-upfront", "toy/z-1//big.x/linux/on-demand",
        "toy/a-1//huge.x/linux/on-demand", "aws/a-1//big.x/linux/on-demand",
        "toy/c-1//big.x/linux/on-demand", "toy/a-1/a-1a/tiny.y/linux/spot"})
    EXPECT_FALSE(book.find(id)) << id;
}

TEST(PriceBook, TellsWhatTheRowSays) {
  const auto bytes = small_catalogue();
  const PriceBook book(view_of(bytes), {});
  const auto all = offers(book);
  const auto& big = all.at("toy/a-1//big.x/linux/on-demand");
  EXPECT_EQ(big.nanos_per_hour, 400'001'000);
  EXPECT_EQ(big.attributes_json, R"({"burstable":true,"zones":["a-1a","a-1c"]})");
  EXPECT_EQ(big.as_of_ns, 1783209600'000'000'000);
  const auto& pool = all.at("toy/a-1/a-1c/big.x/linux/spot");
  EXPECT_EQ(std::tuple(pool.nanos_per_hour, pool.quality, pool.interruption_month),
            std::tuple(100'000'000, NOVA_PRICE_OBSERVED, 0.175));
  const auto& guessed = all.at("toy/a-1/a-1a/small.x/linux/spot");
  EXPECT_EQ(guessed.quality, NOVA_PRICE_ESTIMATED);
  EXPECT_TRUE(std::isnan(guessed.interruption_month)) << "no band: not known";
  const auto& unpriced = all.at("toy/a-1//tiny.y/linux/spot");
  EXPECT_EQ(std::tuple(unpriced.nanos_per_hour, unpriced.quality, unpriced.source),
            std::tuple(NOVA_NONE, 0, ""));
  EXPECT_EQ(all.at("toy/c-1//small.x/linux/on-demand").currency, "CNY");
  const auto& year = all.at("toy/a-1//small.x/linux/reserved/1y-all-upfront");
  EXPECT_EQ(std::tuple(year.nanos_per_hour, year.upfront_nanos, year.term_s),
            std::tuple(0, 494'000'000'000, 31'536'000));
  const auto& half = all.at("toy/a-1//small.x/linux/reserved/1y-partial-upfront");
  EXPECT_EQ(half.upfront_nanos, 252'038'800'000) << "494 x 1.0204 / 2";
  EXPECT_EQ(half.nanos_per_hour, 28'771'553) << "the other half over 8760 h, half up";
}

TEST(PriceBook, EstimatesOnlyWhenAsked) {
  const auto bytes = small_catalogue();
  const char* id = "toy/b-1//big.x/linux/on-demand";
  const auto plain = offers(PriceBook(view_of(bytes), {}));
  EXPECT_EQ(plain.at(id).nanos_per_hour, NOVA_NONE);
  Selection asked;
  asked.estimate_missing = true;
  const auto book = offers(PriceBook(view_of(bytes), asked));
  EXPECT_EQ(book.size(), plain.size());
  EXPECT_EQ(book.at(id).nanos_per_hour, 600'001'500) << "0.400001 x 1.5";
  EXPECT_EQ(book.at(id).quality, NOVA_PRICE_ESTIMATED);
  EXPECT_EQ(book.at("toy/b-1//small.x/linux/on-demand").nanos_per_hour, 150'000'000)
      << "known stays";
}

TEST(PriceBook, LetsInWhatTheConfigNames) {
  const auto bytes = small_catalogue();
  Selection some;
  some.regions = {"a-1"};
  some.types = {"*.x"};
  some.purchase = {"spot"};
  const PriceBook book(view_of(bytes), some);
  EXPECT_EQ(offers(book).size(), 3u);
  EXPECT_FALSE(book.find("toy/b-1//small.x/linux/on-demand")) << "what is not offered has no quote";
  some.types = {"m*"};
  EXPECT_THROW(PriceBook(view_of(bytes), some), nova::Error);
}

TEST(PriceBook, HonoursTheFilter) {
  const auto bytes = small_catalogue();
  const PriceBook book(view_of(bytes), {});
  const std::pair<const char*, std::size_t> cases[] = {
      {"{}", 15},
      {R"({"region": "c-1"})", 1},
      {R"({"regions": ["b-1", "c-1"]})", 4},
      {R"({"vcpus": [4, 8]})", 6},
      {R"({"memory_gib": [0, 1]})", 2},
      {R"({"arch": "aarch64"})", 2},
      {R"({"machine_type": "small.x"})", 7},
      {R"({"machine_types": ["t*", "?mall.x"]})", 9},
      {R"({"purchase": ["reserved"]})", 4},
      {R"({"zone": "a-1c"})", 4 + 2},
      {R"({"zone": "a-1-a"})", 11},
      {R"({"os": "windows"})", 0},
      {R"({"vcpus": "many", "purchase": 3, "other": null})", 15}};
  for (const auto& [filter, count] : cases) EXPECT_EQ(offers(book, filter).size(), count) << filter;
}

TEST(Filter, MatchesShellPatterns) {
  const std::tuple<const char*, const char*, bool> cases[] = {{"m5.*", "m5.large", true},
                                                              {"m5.*", "m5a.large", false},
                                                              {"*", "", true},
                                                              {"", "", true},
                                                              {"", "x", false},
                                                              {"c?i.*", "c6i.large", true},
                                                              {"*xlarge", "m5.12xlarge", true},
                                                              {"a*b*c", "aXbXbXc", true},
                                                              {"a*b*c", "aXbX", false},
                                                              {"[m]5", "m5", false},
                                                              {"**", "m", true}};
  for (const auto& [pattern, text, want] : cases)
    EXPECT_EQ(glob_matches(pattern, text), want) << pattern << " on " << text;
}

TEST(SideRates, TellPlacesAndEstimateWhenAsked) {
  const auto bytes = small_catalogue();
  EXPECT_EQ(side_rates(PriceBook(view_of(bytes), {}), {}).size(), 3u);
  Selection asked;
  asked.estimate_missing = true;
  const PriceBook book(view_of(bytes), asked);
  Filter b;
  b.regions = {"b-1"};
  const auto rates = side_rates(book, b);
  ASSERT_EQ(rates.size(), 1u) << "storage; traffic is not estimated, c-1 has no index";
  EXPECT_EQ(std::tuple(rates[0].nanos_per_unit, rates[0].quality),
            std::tuple(120'000'000, NOVA_PRICE_ESTIMATED));
}

TEST(Owned, SaysMachinesOrUnits) {
  const auto bytes = small_catalogue();
  const PriceBook book(view_of(bytes), {});
  const auto lines = [&](const std::string& entry) {
    return owned_commitments(book, nova::Config(R"({"c": [)" + entry + "]}", "").objects("c"));
  };
  const std::string half =
      R"({"offer": "toy/a-1//small.x/linux/reserved/1y-partial-upfront", "machines": 3, "start": )";
  const auto owned = lines(half + R"("2026-02-01"})");
  const auto line = nova::Json::parse(owned.at(0).line);
  EXPECT_EQ(line["family_units"], 12.0);
  EXPECT_EQ(line["nanos_per_hour"], 3 * 28'771'553LL);
  EXPECT_EQ(line["upfront_nanos"], 3 * 252'038'800'000LL);
  EXPECT_THROW(lines(half + R"("2026-02-30"})"), nova::Error);
  EXPECT_THROW(
      lines(
          R"({"offer": "toy/a-1//small.x/linux/on-demand", "machines": 1, "start": "2026-02-01"})"),
      nova::Error);
}

}  // namespace catalogue_price_book_test
