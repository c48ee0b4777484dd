#include "host/wiring/config_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "host/wiring/json_text.hpp"

namespace nova {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kLargestFile = 64u << 20;

// Joins one file into the document, part by part.
class Merger {
 public:
  Merger(ConfigDocument& document, std::string file)
      : document_(document), file_(std::move(file)) {}

  void merge(json& into, const json& from, const std::string& merged, const std::string& own) {
    for (const auto& [name, value] : from.items()) {
      const auto merged_at = pointer_to(merged, name), own_at = pointer_to(own, name);
      const auto there = into.find(name);
      if (merged.empty() && name == "$schema" && there != into.end())
        continue;  // each file may say
      if (value.is_array())
        join(into[name], value, merged_at, own_at, there == into.end());
      else if (value.is_object() && (there == into.end() || there->is_object()))
        descend(into, name, value, merged_at, own_at);
      else if (there != into.end())
        twice(merged_at, own_at);
      else
        put(into[name], value, merged_at, own_at);
    }
  }

 private:
  void put(json& slot, const json& value, const std::string& merged, const std::string& own) {
    slot = value;
    document_.places.set(merged, {file_, own});
  }

  void descend(json& into, const std::string& name, const json& value, const std::string& merged,
               const std::string& own) {
    if (!into.contains(name)) put(into[name], json::object(), merged, own);
    merge(into[name], value, merged, own);
  }

  void join(json& list, const json& value, const std::string& merged, const std::string& own,
            bool fresh) {
    if (fresh) put(list, json::array(), merged, own);
    if (!list.is_array()) return twice(merged, own);
    for (std::size_t i = 0; i < value.size(); ++i) {
      document_.places.set(pointer_to(merged, list.size()), {file_, pointer_to(own, i)});
      list.push_back(value[i]);
    }
  }

  void twice(const std::string& merged, const std::string& own) {
    document_.errors.push_back(
        {file_, own, "is already set in " + document_.places.locate(merged).file, false});
  }

  ConfigDocument& document_;
  std::string file_;
};

std::vector<fs::path> files_of(const fs::path& folder, ConfigDocument& document) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure))
    if (it->path().extension() == ".json" && it->path().filename().string()[0] != '.')
      files.push_back(it->path());
  std::sort(files.begin(), files.end());
  if (failure)
    document.errors.push_back(
        {folder.string(), "", "cannot be listed: " + failure.message(), false});
  else if (files.empty())
    document.errors.push_back({folder.string(), "", "has no file named *.json", false});
  return files;
}

void add_file(ConfigDocument& document, const fs::path& file) {
  const auto fail = [&](const std::string& why) {
    document.errors.push_back({file.string(), "", "cannot be read: " + why, false});
  };
  std::error_code failure;
  const auto status = fs::status(file, failure);
  if (!fs::exists(status)) return fail("no such file");
  if (!fs::is_regular_file(status)) return fail("not a regular file");
  if (fs::file_size(file, failure) > kLargestFile) return fail("larger than 64 MiB");
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf() || in.peek() == std::ifstream::traits_type::eof()))
    return fail(std::strerror(errno));
  add_config_text(document, text.str(), file.string());
}

}  // namespace

void add_config_text(ConfigDocument& document, std::string_view text, const std::string& file) {
  auto parsed = parse_json(text);
  bool syntax = false;
  for (const auto& problem : parsed.problems) {
    syntax |= problem.pointer.empty();
    const auto place = problem.line == 0 ? file
                                         : file + ":" + std::to_string(problem.line) + ":" +
                                               std::to_string(problem.column);
    document.errors.push_back({place, problem.pointer, problem.message, false});
  }
  if (syntax) return;
  if (document.places.any_file.empty()) document.places.any_file = file;
  if (!parsed.value.is_object()) {
    document.errors.push_back({file, "", "must be an object, got " + shown(parsed.value), true});
    return;
  }
  Merger(document, file).merge(document.root, parsed.value, "", "");
}

ConfigDocument read_config_files(const fs::path& path) {
  ConfigDocument document;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const auto whole = fs::absolute(path).lexically_normal();
  document.folder = is_folder ? whole : whole.parent_path();
  if (is_folder)
    for (const auto& file : files_of(path, document)) add_file(document, file);
  else
    add_file(document, path);
  return document;
}

}  // namespace nova
