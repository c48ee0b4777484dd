// Numbers as people read them in tables and sentences.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "core/base/time.hpp"

namespace nova::cli {

// `format` is printf's, for one double: "0.096", "494".
inline std::string plain(double value, const char* format = "%.6g") {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// Of 0.123: "12.3 %".
inline std::string percent(double share) { return plain(100 * share, "%.3g %%"); }

// Of an age: "12 min", "5 h", "146 d"; whole ones that have passed.
inline std::string age_text(Duration age) {
  const auto minutes = std::max<std::int64_t>(0, age / std::chrono::minutes(1));
  if (minutes < 120) return std::to_string(minutes) + " min";
  if (minutes < 48 * 60) return std::to_string(minutes / 60) + " h";
  return std::to_string(minutes / (24 * 60)) + " d";
}

}  // namespace nova::cli
