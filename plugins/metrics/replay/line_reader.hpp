// The lines of a plain or gzipped text file, one at a time, in constant memory.
//
// Input: a path. Output: each line without its end (LF or CRLF) and without a leading byte order
// mark. Used by csv_table. Errors are thrown as nova::Error and name the file: not found,
// unreadable, gzip data that is damaged or ends early, a line beyond kLongestLine.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nova::replay {

class LineReader {
 public:
  // A wide file of some ten thousand series still fits; a binary file without line ends does not
  // fill the memory.
  static constexpr std::size_t kLongestLine = 4u << 20;

  explicit LineReader(std::string path);

  // False at the end of the file. The view is good until the next call.
  bool next(std::string_view& line);

  std::uint64_t number() const noexcept { return number_; }  // of the line last given, from 1
  const std::string& path() const noexcept { return path_; }
  std::string place() const { return path_ + ":" + std::to_string(number_); }

 private:
  struct Close {
    void operator()(gzFile_s* file) const noexcept { gzclose_r(file); }
  };
  bool refill();
  [[noreturn]] void damaged(const std::string& why) const;

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what of the buffer is not yet given
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

}  // namespace nova::replay
