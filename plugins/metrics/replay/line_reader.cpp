#include "line_reader.hpp"

#include <cerrno>
#include <cstring>
#include <novascale/error.hpp>

namespace nova::replay {

namespace {
constexpr std::size_t kChunk = 256u << 10;
}

LineReader::LineReader(std::string path) : path_(std::move(path)), buffer_(kChunk) {
  errno = 0;
  file_.reset(gzopen(path_.c_str(), "rbe"));  // reads plain files as they are
  if (!file_) {
    const int why = errno;
    throw Error(why == EACCES ? NOVA_PERMISSION_DENIED : NOVA_NOT_FOUND,
                path_ + ": cannot be opened: " + (why ? std::strerror(why) : "out of memory"));
  }
  gzbuffer(file_.get(), kChunk);
}

void LineReader::damaged(const std::string& why) const {
  throw Error(NOVA_INVALID_ARGUMENT, path_ + ": " + why + " after line " + std::to_string(number_));
}

bool LineReader::refill() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kLongestLine) damaged("a line of more than 4 MiB");
    buffer_.resize(buffer_.size() * 2);
  }
  const int got =
      gzread(file_.get(), buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
  int code = Z_OK;
  const char* text = gzerror(file_.get(), &code);
  // zlib tells of a stream that ends too early only by this code, not by the return value.
  if (code == Z_BUF_ERROR) damaged("gzip data ends early (truncated file?)");
  if (got < 0 && code == Z_ERRNO) damaged(std::string("cannot be read: ") + std::strerror(errno));
  if (got < 0) {
    std::string_view why = text;  // zlib puts the path before it
    if (why.starts_with(path_ + ": ")) why.remove_prefix(path_.size() + 2);
    damaged("gzip data is damaged: " + std::string(why));
  }
  if (got == 0) ended_ = true;
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    const void* found =
        end_ > searched ? std::memchr(buffer_.data() + searched, '\n', end_ - searched) : nullptr;
    std::size_t stop = end_, resume = end_;
    if (found != nullptr) {
      stop = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      resume = stop + 1;
    } else {
      const std::size_t seen = end_ - begin_;
      if (refill()) {
        searched = begin_ + seen;
        continue;
      }
      stop = resume = end_;
      if (begin_ == end_) return false;
    }
    line = {buffer_.data() + begin_, stop - begin_};
    begin_ = resume;
    if (++number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
}

}  // namespace nova::replay
