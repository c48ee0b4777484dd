// A progress bar: on a terminal only, and gone when the work is done.
#pragma once

#include <ostream>
#include <string>

namespace nova::cli {

class Progress {
 public:
  Progress(std::ostream& err, bool terminal, std::string label)
      : err_(err), terminal_(terminal), label_(std::move(label)) {}
  ~Progress() { close(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` in [0, 1].
  void show(double done) {
    if (!terminal_) return;
    constexpr int kWidth = 40;
    const int filled = static_cast<int>(done * kWidth);
    if (filled == shown_) return;
    shown_ = filled;
    const auto hashes = static_cast<std::size_t>(filled);
    err_ << "\r" << label_ << " [" << std::string(hashes, '#') << std::string(kWidth - hashes, '.')
         << "]" << std::flush;
  }

  void close() {
    if (terminal_ && shown_ >= 0) err_ << "\r\x1b[K" << std::flush;
    shown_ = -1;
  }

 private:
  std::ostream& err_;
  bool terminal_;
  std::string label_;
  int shown_ = -1;
};

}  // namespace nova::cli
