// Goal: a journal line reads back as what was written, bit for bit, and torn lines are seen.
#include "core/record/entry.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "core/record/decision_json.hpp"

namespace nova {
namespace record_entry_test {

TEST(Entry, RoundTrip) {
  Entry e{7,
          from_unix_ns(897480000'000'000'000),
          EntryType::decision,
          "acme",
          "web",
          {{"reason", "line\nbreak \"quoted\" \xff"}, {"n", 3}}};
  const auto line = e.to_line();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = Entry::from_line(line);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->seq, 7u);
  EXPECT_EQ(back->time, e.time);
  EXPECT_EQ(back->type, EntryType::decision);
  EXPECT_EQ(back->decision_id(), "acme/web#7");
  EXPECT_EQ(back->body.at("n"), 3);
  EXPECT_EQ(back->to_line(), line);
}

TEST(Entry, RefusesWhatIsNotAWholeEntry) {
  const auto line = Entry{7, from_unix_ns(1), EntryType::event, "", "", {{"text", "x"}}}.to_line();
  for (std::size_t n = 0; n < line.size(); ++n)
    EXPECT_FALSE(Entry::from_line(line.substr(0, n)).ok()) << n;
  for (const auto* bad : {"[]", "3", "{}", R"({"seq":1,"time_unix_ns":2})",
                          R"({"seq":-1,"time_unix_ns":2,"type":"event"})",
                          R"({"seq":1,"time_unix_ns":2,"type":"nonsense"})",
                          R"({"seq":1,"time_unix_ns":"x","type":"event"})"}) {
    const auto read = Entry::from_line(bad);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::data_loss);
  }
}

TEST(Entry, DoublesComeBackBitForBit) {
  std::mt19937_64 random{99};
  for (int i = 0; i < 20000; ++i) {
    const double x = std::bit_cast<double>(random());
    const double back = number(Json::parse(number(x).dump()));
    if (std::isfinite(x)) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(x)) << x;
    } else {
      ASSERT_TRUE(std::isnan(back));
    }
  }
}

TEST(DecisionJson, HoldsWhatExplainNeeds) {
  Decision d;
  d.current = 4;
  d.desired = 6;
  d.action = Action::scale_out;
  d.cause = "predictive";
  d.proposals.push_back({"predictive", true, 6, 0.9, "because"});
  d.proposals.push_back(Proposal::none("target_tracking", "no value"));
  d.limits.push_back({"max", 9, 6});
  d.alternatives.push_back({6, UsdPerHour::from_dollars(0.6), 0.1, 0.2, 0.7});
  d.mix.rows = {{"x", 6}};
  const auto j = to_json(d);
  EXPECT_EQ(j.at("action"), "scale_out");
  EXPECT_EQ(j.at("proposals").size(), 2u);
  EXPECT_TRUE(j.at("confidence").is_null());
  EXPECT_EQ(j.at("limits")[0].at("name"), "max");
  EXPECT_EQ(mix_rows_from(j.at("mix")), d.mix.rows);
  const std::vector<PricedOffer> offers{{"x", UsdPerHour::from_dollars(0.123456789), 1.5}};
  const auto back = offers_from(to_json(offers));
  EXPECT_EQ(back[0].price, offers[0].price);
  EXPECT_EQ(back[0].capacity, 1.5);
  EXPECT_EQ(back[0].volume, nullptr);
  auto tiered = offers;
  tiered[0].volume = std::make_shared<const VolumeAccount>(VolumeAccount{
      "dc", *VolumeDiscount::make(VolumeDiscount::Mode::graduated, {{5, 0.05}, {25, 0.15}})});
  const auto again = offers_from(to_json(tiered));
  ASSERT_NE(again[0].volume, nullptr);
  EXPECT_EQ(again[0].volume->name, "dc");
  EXPECT_EQ(again[0].volume->discount.weight(30), tiered[0].volume->discount.weight(30));
}

}  // namespace record_entry_test
}  // namespace nova
