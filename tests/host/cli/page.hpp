// What tests of the pages need: a file's text, and what a program (a browser) prints.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace nova::cli {

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return out;
  std::array<char, 4096> part;
  while (const auto got = fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), got);
  pclose(pipe);
  return out;
}

}  // namespace nova::cli
