// Runs the program as from a shell, in this process, with the build's plugins.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "host/cli/command.hpp"

namespace nova::cli {

struct Ran {
  int code;
  std::string out, err;
};

inline Ran run_words(std::vector<std::string> words) {
  words.insert(words.begin(), {"novascale", "--plugin-dir", NOVA_BUILD_DIR "/plugins"});
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  std::ostringstream out, err;
  const int code = run_program(static_cast<int>(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

}  // namespace nova::cli
