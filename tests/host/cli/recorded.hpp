// Recorded: a fixture for whole runs: a folder of its own with a recorded load, a configuration,
// and after a run the journal as a witness.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/loop/journal.hpp"

namespace nova {

class Recorded : public ::testing::Test {
 protected:
  static constexpr std::int64_t kFirst = 1'000'000'020;  // 2001-09-09T01:47:00Z

  Recorded() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string(test->test_suite_name()) + "_" + test->name() + "_" +
               std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Recorded() override { std::filesystem::remove_all(folder_); }

  // load.csv: `load(minute)`, once a minute; NaN leaves the minute out.
  template <class Load>
  void record(int minutes, Load load, std::int64_t first = kFirst) const {
    std::ofstream trace(folder_ / "load.csv");
    trace << "timestamp_unix_s,value\n";
    for (int m = 0; m < minutes; ++m)
      if (const double value = load(m); !std::isnan(value))
        trace << first + 60 * m << ',' << value << '\n';
  }
  std::string csv() const { return (folder_ / "load.csv").string(); }

  // The path of config.json.
  template <class Config>
  std::string write(const Config& config) const {
    std::ofstream(folder_ / "config.json") << config;
    return (folder_ / "config.json").string();
  }
  // A replay of load.csv, and a fleet that boots so long from four machines.
  static nlohmann::ordered_json trace_and_fleet(const std::string& boot_time) {
    return {{{"name", "trace"},
             {"component", "org.novacron.metrics.replay"},
             {"config", {{"file", "load.csv"}}}},
            {{"name", "fleet"},
             {"component", "org.novacron.controller.simulated"},
             {"config", {{"boot_time", boot_time}, {"initial", 4}}}}};
  }

  std::vector<Entry> entries() const {
    std::vector<Entry> all;
    EXPECT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& entry) {
                  all.push_back(entry);
                  return true;
                }).ok());
    return all;
  }
  std::vector<Entry> entries(EntryType type) const {
    auto all = entries();
    std::erase_if(all, [type](const Entry& entry) { return entry.type != type; });
    return all;
  }

  std::filesystem::path folder_;
};

}  // namespace nova
