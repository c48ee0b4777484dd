// Goal: every sink gets every event once and in order, however long it stays away within bounds,
// and what is lost beyond them is told. Method: a sink that writes down what it takes, and refuses
// while a file lies beside it.
#include "host/loop/sink_feed.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "host/loader/catalogue.hpp"

namespace nova {
namespace loop_sink_feed_test {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Feed : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    loader::PluginCatalogue catalogue({NOVA_BUILD_DIR "/test-plugins/loop"});
    const auto found = catalogue.open("com.example.moody_sink");
    ASSERT_TRUE(found.ok()) << found.error().message;
    for (const auto* name : {"a", "b"}) {
      loader::InstanceSpec spec;
      spec.name = name;
      spec.config_json = Json{{"file", (folder_ / name).string()}}.dump();
      auto made = loader::Instance::create(loader::HostContext::make({}), found->library,
                                           *found->component, spec);
      ASSERT_TRUE(made.ok()) << made.error().message;
      instances_.push_back(std::move(made).value());
      clients_.push_back(std::make_unique<loader::SinkClient>(*instances_.back()));
      world_.sinks[name] = clients_.back().get();
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void forbid(const std::string& name) { std::ofstream(folder_ / (name + ".forbidden")) << "x"; }
  void allow(const std::string& name) { fs::remove(folder_ / (name + ".forbidden")); }
  void put(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      loader::Event event;
      event.sequence = ++sequence_;
      event.json = "{}";
      feed_.put(event);
    }
  }
  std::vector<std::uint64_t> got(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::vector<std::uint64_t> all;
    for (std::uint64_t n = 0; in >> n;) all.push_back(n);
    return all;
  }
  static std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> all;
    for (auto n = from; n <= to; ++n) all.push_back(n);
    return all;
  }

  fs::path folder_ = fs::path(testing::TempDir()) / ("sink_feed_" + std::to_string(getpid()));
  std::vector<std::shared_ptr<loader::Instance>> instances_;
  std::vector<std::unique_ptr<loader::SinkClient>> clients_;
  World world_;
  std::vector<std::string> told_;
  SinkFeed feed_{world_, [this](const std::string& text) { told_.push_back(text); }};
  std::uint64_t sequence_ = 0;
};

TEST_F(Feed, GivesEachSinkWhatItMissed) {
  put(3);
  feed_.feed(false);
  EXPECT_EQ(feed_.waiting(), 0u);
  forbid("b");
  for (int i = 0; i < 3; ++i) {
    put(2);
    feed_.feed(true);
  }
  EXPECT_EQ(got("a"), numbers(1, 9)) << "one that is away does not hold up the other";
  EXPECT_EQ(got("b"), numbers(1, 3));
  EXPECT_EQ(feed_.waiting(), 6u);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0], HasSubstr("sink b: "));
  EXPECT_THAT(told_[0], HasSubstr("in no mood"));
  EXPECT_EQ(feed_.troubles().count("b"), 1u);
  allow("b");
  feed_.feed(false);
  EXPECT_EQ(got("b"), numbers(1, 9));
  EXPECT_EQ(got("a"), numbers(1, 9));
  EXPECT_EQ(feed_.waiting(), 0u);
  EXPECT_TRUE(feed_.troubles().empty());
  EXPECT_EQ(told_.back(), "sink b is well again");
}

TEST_F(Feed, LosesTheOldestBeyondItsBoundAndSaysHowMany) {
  forbid("b");
  put(SinkFeed::kMost + 5);
  feed_.feed(false);
  EXPECT_EQ(feed_.waiting(), SinkFeed::kMost);
  put(2);
  feed_.feed(false);
  allow("b");
  feed_.feed(false);
  EXPECT_EQ(got("b"), numbers(8, SinkFeed::kMost + 7));
  EXPECT_EQ(got("a"), numbers(1, SinkFeed::kMost + 7));
  EXPECT_EQ(told_.back(), "sink b is well again; 7 events are in the journal only");
}

}  // namespace loop_sink_feed_test
}  // namespace nova
