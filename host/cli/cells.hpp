// Numbers as people read them in tables and sentences.
#pragma once

#include <cstdio>
#include <string>

namespace nova::cli {

// `format` is printf's, for one double: "0.096", "494".
inline std::string plain(double value, const char* format = "%.6g") {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// Of 0.123: "12.3 %".
inline std::string percent(double share) { return plain(100 * share, "%.3g %%"); }

}  // namespace nova::cli
