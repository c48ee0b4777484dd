// Goal: what is appended is read back in order, over rotation, restarts and torn writes.
#include "host/loop/journal.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "host/loop/data_dir.hpp"

namespace nova {
namespace {

namespace fs = std::filesystem;

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(::testing::TempDir()) /
        ("journal_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<Journal> open(JournalOptions options = {}) {
    return Journal::open(folder_, options).value();
  }
  static void write(Journal& journal, int from, int to, TimePoint time = from_unix_ns(0)) {
    for (int i = from; i < to; ++i) {
      Entry e{0, time + std::chrono::hours(i), EntryType::event, "", "", {{"n", i}}};
      ASSERT_TRUE(journal.append(e).ok());
    }
    ASSERT_TRUE(journal.sync().ok());
  }
  std::vector<int> read(std::uint64_t from = 1) const {
    std::vector<int> all;
    const auto done = read_journal(folder_, from, [&](const Entry& e) {
      all.push_back(e.body.at("n").get<int>());
      return true;
    });
    EXPECT_TRUE(done.ok());
    return all;
  }
  std::size_t files(const std::string& ending) const {
    std::size_t n = 0;
    for (const auto& f : fs::directory_iterator(folder_))
      n += f.path().filename().string().ends_with(ending);
    return n;
  }
  fs::path newest() const {
    fs::path last;
    for (const auto& f : fs::directory_iterator(folder_)) last = std::max(last, f.path());
    return last;
  }
  fs::path folder_;
};

TEST_F(JournalTest, GoesOnWhereItStopped) {
  write(*open(), 0, 5);
  EXPECT_EQ(open()->next_seq(), 6u);
  write(*open(), 5, 8);
  EXPECT_EQ(read(), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(read(7), (std::vector<int>{6, 7}));
}

TEST_F(JournalTest, RotatesAndCompressesAndLosesNothing) {
  {
    auto journal = open({.rotate_bytes = 1000});
    write(*journal, 0, 100);
  }
  EXPECT_GT(files(".jsonl.gz"), 3u);
  EXPECT_EQ(files(".jsonl"), 1u);
  const auto all = read();
  ASSERT_EQ(all.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(read(95), (std::vector<int>{94, 95, 96, 97, 98, 99}));
  EXPECT_EQ(open()->next_seq(), 101u);
}

TEST_F(JournalTest, CutsATornLastLineAndKeepsTheRest) {
  write(*open(), 0, 5);
  std::ofstream(newest(), std::ios::app) << R"({"seq":6,"time_unix_ns":1,"ty)";
  EXPECT_EQ(read(), (std::vector<int>{0, 1, 2, 3, 4}));  // before anybody repaired it
  auto journal = open();
  EXPECT_EQ(journal->next_seq(), 6u);
  write(*journal, 5, 6);
  EXPECT_EQ(read(), (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST_F(JournalTest, NamesTheLineThatIsBrokenInTheMiddle) {
  write(*open(), 0, 3);
  const auto path = newest();
  std::ifstream in(path);
  std::string a, b, c;
  std::getline(in, a);
  std::getline(in, b);
  std::getline(in, c);
  std::ofstream(path) << a << "\nnonsense\n" << c << "\n";
  const auto done = read_journal(folder_, 1, [](const Entry&) { return true; });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::data_loss);
  EXPECT_NE(done.error().message.find(".jsonl:2: "), std::string::npos) << done.error().message;
  const auto again = Journal::open(folder_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::data_loss);
}

TEST_F(JournalTest, ForgetsWhatIsOlderThanItsRetention) {
  auto journal = open({.rotate_bytes = 1000, .retention = std::chrono::hours(24)});
  write(*journal, 0, 100);
  const auto before = files("");
  journal->expire(from_unix_ns(0) + std::chrono::hours(100));
  EXPECT_LT(files(""), before);
  const auto kept = read();
  EXPECT_LE(kept.front(), 76);  // what is young enough stays, with the file that holds it
  EXPECT_EQ(kept.back(), 99);
}

TEST_F(JournalTest, SaysWhyItCannotBeMade) {
  std::ofstream(folder_.string()) << "a file where the folder should be";
  const auto journal = Journal::open(folder_);
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().code, ErrorCode::unavailable);
  EXPECT_NE(journal.error().message.find(folder_.string()), std::string::npos);
}

TEST_F(JournalTest, DataDirIsForOneHostAndKeepsItsSnapshot) {
  auto first = DataDir::open(folder_).value();
  const auto second = DataDir::open(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::failed_precondition);
  EXPECT_FALSE(first->load().value());
  ASSERT_TRUE(first->save({7, from_unix_ns(9), {{"x", 1}}}).ok());
  const auto back = first->load().value();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->seq, 7u);
  EXPECT_EQ(back->engine.at("x"), 1);
  EXPECT_EQ(first->host_id().value(), first->host_id().value());
  std::ofstream(folder_ / "state" / "core.json") << "{";
  EXPECT_EQ(first->load().error().code, ErrorCode::data_loss);
  first.reset();
  EXPECT_TRUE(DataDir::open(folder_).ok());
}

}  // namespace
}  // namespace nova
