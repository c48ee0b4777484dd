// Goal: zones say what the C library says, centuries ahead, and no bytes break the reader.
// Method: offsets at random instants against localtime_r; damaged files.
#include "host/wiring/time_zone.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

namespace nova {
namespace {

class TimeZones : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!read_time_zone("Europe/Berlin").ok()) GTEST_SKIP() << "no time zones on this system";
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
};

TEST_F(TimeZones, AgreeWithTheCLibrary) {
  std::mt19937_64 random{7};
  for (const auto* name :
       {"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns",
        "Africa/Casablanca", "Asia/Kathmandu", "America/Santiago", "Pacific/Apia", "Etc/GMT-5"}) {
    const auto zone = read_time_zone(name);
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    EXPECT_EQ(zone->name(), name);
    setenv("TZ", name, 1);
    tzset();
    for (int i = 0; i < 500; ++i) {
      // From 1970 to 2099.
      const auto t = static_cast<time_t>(random() % 4'070'000'000ULL);
      tm local{};
      localtime_r(&t, &local);
      EXPECT_EQ(zone->offset_at(TimePoint(std::chrono::seconds(t))).count(), local.tm_gmtoff)
          << name << " at " << t;
    }
  }
}

TEST_F(TimeZones, UnknownNamesAreNotFound) {
  for (const auto* name : {"Europe/Berln", "", "../passwd", "/etc/passwd", "Europe", "zone.tab"})
    EXPECT_EQ(read_time_zone(name).error().code, ErrorCode::not_found) << name;
  EXPECT_TRUE(read_time_zone("UTC").ok());
  const auto names = time_zone_names();
  EXPECT_TRUE(std::binary_search(names.begin(), names.end(), "Europe/Berlin"));
}

TEST_F(TimeZones, DamagedFilesAreErrorsOrZones) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  if (whole.empty()) GTEST_SKIP() << "zones lie elsewhere";
  EXPECT_TRUE(parse_time_zone("x", whole).ok());
  for (std::size_t n = 0; n + 60 < whole.size(); n += 7)
    EXPECT_FALSE(parse_time_zone("x", whole.substr(0, n)).ok()) << n;
  std::mt19937_64 random{1};
  for (int i = 0; i < 2000; ++i) {
    auto bytes = whole;
    for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (const auto zone = parse_time_zone("x", bytes); !zone.ok()) {
      EXPECT_FALSE(zone.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace nova
