#include "host/loader/text.hpp"

namespace nova::loader {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `s`, 0 if ill-formed (Unicode 15, table
// 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char b = byte(0);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return tail(1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if ((b == 0xE0 && byte(1) < 0xA0) || (b == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if ((b == 0xF0 && byte(1) < 0x90) || (b == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t cap) {
  std::string out;
  while (!text.empty()) {
    const auto size = sequence(text);
    const std::string_view piece = size == 0 ? "\xEF\xBF\xBD"
                                   : size == 1 && static_cast<unsigned char>(text[0]) < 0x20 &&
                                           text[0] != '\n' && text[0] != '\t'
                                       ? " "
                                       : text.substr(0, size);
    if (out.size() + piece.size() > cap) break;
    out += piece;
    text.remove_prefix(size ? size : 1);
  }
  return out;
}

std::string clean_text(nova_str text, std::size_t cap) {
  if (!text.ptr) return {};
  // No more is read than could be kept: a lying length costs at most `cap` bytes.
  return clean_text(std::string_view(text.ptr, text.len < cap ? text.len : cap), cap);
}

}  // namespace nova::loader
