// `plugins new`: copies a template and fills in its names.
//
// Templates are folders sdk/template/<cpp|c>/<kind>/; in file names and contents @NAME@ becomes the
// last part of the id, @ID@ the id, @CLASS@ the name in CamelCase. They lie in the source tree of a
// build tree (CMakeCache.txt says where), or in <prefix>/share/novascale/template.
#include <algorithm>
#include <boost/algorithm/string/join.hpp>
#include <cctype>
#include <fstream>
#include <iterator>
#include <ostream>

#include "host/cli/plugins.hpp"
#include "host/loader/descriptor.hpp"
#include "host/loader/kinds.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

struct Names {
  std::string id, name, type;
};

Names names_of(const std::string& id) {
  Names names{id, id.substr(id.rfind('.') + 1), {}};
  std::replace(names.name.begin(), names.name.end(), '-', '_');
  bool start = true;
  for (const char c : names.name) {
    if (c == '_') {
      start = true;
      continue;
    }
    names.type += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = false;
  }
  return names;
}

std::string fill(std::string text, const Names& names) {
  for (const auto& [mark, value] :
       {std::pair<std::string, const std::string&>{"@NAME@", names.name},
        {"@ID@", names.id},
        {"@CLASS@", names.type}})
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  return text;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Where the templates are, or "" if the program was moved away from them.
fs::path template_root() {
  std::error_code failed;
  const auto prefix = fs::read_symlink("/proc/self/exe", failed).parent_path().parent_path();
  auto installed = prefix / "share/novascale/template";
  if (fs::is_directory(installed, failed)) return installed;
  std::ifstream cache(prefix / "CMakeCache.txt");
  constexpr std::string_view kHome = "CMAKE_HOME_DIRECTORY:INTERNAL=";
  for (std::string line; std::getline(cache, line);)
    if (line.starts_with(kHome)) {
      auto source = fs::path(line.substr(kHome.size())) / "sdk/template";
      if (fs::is_directory(source, failed)) return source;
    }
  return {};
}

// Of all kinds, those that a template is there for; all, where there are no templates.
std::vector<std::string> kinds_in(const fs::path& root) {
  std::vector<std::string> kinds;
  std::error_code failed;
  for (const auto& kind : loader::all_kinds())
    if (root.empty() || fs::is_directory(root / "cpp" / kind.name, failed))
      kinds.emplace_back(kind.name);
  return kinds;
}

struct Copy {
  fs::path from, to;
};

}  // namespace

int plugins_new(const Call& call, const std::vector<std::string>& args) {
  const auto root = template_root();
  const auto kinds = kinds_in(root);
  const auto one_of = "one of " + boost::join(kinds, ", ");
  po::options_description options("Options");
  options.add_options()                                                                      //
      ("kind", po::value<std::string>(), one_of.c_str())                                     //
      ("id", po::value<std::string>(), "id of the component, e.g. com.example.drift")        //
      ("c", "in C99 instead of C++20")                                                       //
      ("dir", po::value<std::string>(), "folder to make; default: the last part of the id")  //
      ("help,h", "show this help");
  po::positional_options_description positional;
  positional.add("dir", 1);
  const auto seen = parse_words(args, options, positional);
  if (seen.count("help") || !seen.count("kind") || !seen.count("id")) {
    (seen.count("help") ? call.out : call.err)
        << "Usage: novascale plugins new --kind KIND --id ID [--c] [DIR]\n\n"
           "Makes a plugin that builds and verifies as it stands: sources, CMakeLists.txt, a\n"
           "test and a README that says how to go on. Overwrites nothing.\n\n"
        << options;
    return seen.count("help") ? kFine : kUsage;
  }
  const auto kind = seen["kind"].as<std::string>(), id = seen["id"].as<std::string>();
  if (root.empty()) {
    call.err << "novascale: the templates are not where this program lies "
                "(../share/novascale/template)\n";
    return kFailed;
  }
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    call.err << "novascale: --kind: must be " << one_of << ", got \"" << kind << "\"\n";
    return kUsage;
  }
  const auto names = names_of(id);
  if (!loader::is_component_id(id) || !std::isalpha(static_cast<unsigned char>(names.name[0]))) {
    call.err << "novascale: --id: must look like com.example.drift, got \"" << id << "\"\n";
    return kUsage;
  }
  const auto from = root / (seen.count("c") ? "c" : "cpp") / kind;
  std::error_code failed;
  if (!fs::is_directory(from, failed)) {
    call.err << "novascale: " << from.string() << ": there is no template for this kind in C\n";
    return kFailed;
  }
  const fs::path to = seen.count("dir") ? seen["dir"].as<std::string>() : names.name;
  std::vector<Copy> copies;
  for (const auto& file : fs::recursive_directory_iterator(from))
    if (file.is_regular_file())
      copies.push_back({file.path(), to / fill(fs::relative(file.path(), from).string(), names)});
  std::sort(copies.begin(), copies.end(), [](const auto& a, const auto& b) { return a.to < b.to; });
  for (const auto& copy : copies)
    if (fs::exists(copy.to, failed)) {
      call.err << "novascale: " << copy.to.string() << ": is there already, nothing was written\n";
      return kNo;
    }
  for (const auto& copy : copies) {
    fs::create_directories(copy.to.parent_path(), failed);
    std::ofstream file(copy.to, std::ios::binary);
    file << fill(contents(copy.from), names);
    if (!file.flush()) {
      call.err << "novascale: " << copy.to.string() << ": cannot be written\n";
      return kFailed;
    }
    fs::permissions(copy.to, fs::status(copy.from).permissions(), failed);
    call.out << copy.to.string() << "\n";
  }
  return kFine;
}

}  // namespace nova::cli
