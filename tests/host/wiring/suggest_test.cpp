// Goal: a misspelt name is answered with the one that was meant, and a foreign one with nothing.
#include "host/wiring/suggest.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace {

TEST(Suggest, DistanceCountsOneEditOfEachKind) {
  EXPECT_EQ(edit_distance("min", "min"), 0u);
  EXPECT_EQ(edit_distance("mn", "min"), 1u);    // insert
  EXPECT_EQ(edit_distance("miin", "min"), 1u);  // delete
  EXPECT_EQ(edit_distance("man", "min"), 1u);   // replace
  EXPECT_EQ(edit_distance("mni", "min"), 1u);   // swap
  EXPECT_EQ(edit_distance("", "min"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // optimal string alignment; unrestricted would be 2
}

TEST(Suggest, DistanceIsSymmetricAndBoundedByTheLongerName) {
  std::mt19937_64 random{7};
  const auto name = [&] {
    std::string out(random() % 9, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int round = 0; round < 500; ++round) {
    const auto a = name(), b = name();
    const auto there = edit_distance(a, b);
    EXPECT_EQ(there, edit_distance(b, a)) << a << " " << b;
    EXPECT_LE(there, std::max(a.size(), b.size())) << a << " " << b;
    EXPECT_EQ(there == 0, a == b) << a << " " << b;
  }
}

TEST(Suggest, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"min", "max", "machine", "cooldown_up", "cooldown_down"};
  EXPECT_EQ(nearest("machin", known), "machine");
  EXPECT_EQ(nearest("cooldownup", known), "cooldown_up");
  EXPECT_EQ(nearest("Cooldown_Down", known), "cooldown_down");
  EXPECT_EQ(nearest("mim", known), "min");
  EXPECT_EQ(did_you_mean("maxx", known), " (did you mean \"max\"?)");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
  const std::vector<std::string> known = {"min", "max", "a"};
  EXPECT_EQ(nearest("budget", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("b", known), "");  // one letter for another is no likeness
  EXPECT_EQ(nearest(std::string(100000, 'm'), known), "");
  EXPECT_EQ(did_you_mean("budget", {}), "");
}

}  // namespace
}  // namespace nova
