// Goal: what is appended is read back in order, over rotation, restarts and torn writes.
#include "host/loop/journal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <tuple>

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
  EXPECT_NE(again.error().message.find(".jsonl:2: "), std::string::npos) << again.error().message;
}

TEST_F(JournalTest, NamesTheLineThatDoesNotFollow) {
  write(*open(), 0, 5);
  const auto path = newest();
  std::vector<std::string> lines(5);
  std::ifstream in(path);
  for (auto& line : lines) std::getline(in, line);
  const std::tuple<const char*, std::vector<std::size_t>, const char*> cases[] = {
      {"first cut out", {1, 2, 3, 4}, ":1: must be entry 1 of the journal, found entry 2: what"},
      {"two cut out", {0, 3, 4}, ":2: must be entry 2 of the journal, found entry 4: what lies"},
      {"one twice", {0, 1, 1, 2}, ":3: must be entry 3 of the journal, found entry 2: the journal"},
      {"begun again", {0, 1, 2, 0}, ":4: must be entry 4 of the journal, found entry 1: the"},
  };
  for (const auto& [name, kept, message] : cases) {
    std::ofstream out(path);
    for (const auto i : kept) out << lines[i] << "\n";
    out.close();
    const auto done = read_journal(folder_, 1, [](const Entry&) { return true; });
    ASSERT_FALSE(done.ok()) << name;
    EXPECT_EQ(done.error().code, ErrorCode::data_loss) << name;
    EXPECT_NE(done.error().message.find(path.string() + message), std::string::npos)
        << name << ": " << done.error().message;
    const auto again = Journal::open(folder_);
    ASSERT_FALSE(again.ok()) << name;
    EXPECT_EQ(again.error().message, done.error().message) << name;
  }
}

TEST_F(JournalTest, MissesAFileThatWasLost) {
  write(*open({.rotate_bytes = 1000}), 0, 100);
  const auto all_read = [&](std::uint64_t from) {
    return read_journal(folder_, from, [](const Entry&) { return true; });
  };
  std::vector<fs::path> all;
  for (const auto& f : fs::directory_iterator(folder_)) all.push_back(f.path());
  std::sort(all.begin(), all.end());
  ASSERT_GT(all.size(), 4u);
  const auto first_of = [](const fs::path& file) {
    return static_cast<std::uint64_t>(std::stoull(file.filename().string()));
  };

  fs::rename(all[2], folder_ / "aside");
  const auto gap = all_read(1);
  ASSERT_FALSE(gap.ok());
  EXPECT_EQ(gap.error().message,
            all[3].string() + ":1: must be entry " + std::to_string(first_of(all[2])) +
                " of the journal, found entry " + std::to_string(first_of(all[3])) +
                ": what lies between is lost; restore the file, or move " + folder_.string() +
                " and " + (folder_.parent_path() / "state").string() +
                " away to begin anew: machines stay, what was learned is lost");
  EXPECT_TRUE(all_read(first_of(all[3])).ok()) << "nothing is asked of it";
  fs::rename(folder_ / "aside", all[2]);
  EXPECT_TRUE(all_read(1).ok());

  // Its beginning may have expired; what a snapshot needs has not.
  fs::remove(all[0]);
  EXPECT_TRUE(all_read(1).ok());
  EXPECT_TRUE(all_read(first_of(all[1])).ok());
  const auto early = all_read(first_of(all[1]) - 1);
  ASSERT_FALSE(early.ok());
  EXPECT_NE(early.error().message.find(all[1].string() + ":1: must be entry"), std::string::npos)
      << early.error().message;

  // And it must reach as far as the snapshot.
  EXPECT_TRUE(all_read(101).ok());
  fs::remove(all.back());
  const auto end = std::to_string(first_of(all.back()));
  const auto late = all_read(101);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::data_loss);
  EXPECT_EQ(late.error().message, folder_.string() + ": must reach entry 100, ends before entry " +
                                      end + ": the rest is lost; without the folder " +
                                      (folder_.parent_path() / "state").string() +
                                      " it goes on from what is left");
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
