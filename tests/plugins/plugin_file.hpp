// A plugin as the build made it, reached through the one symbol it exports. For tests of the
// contract.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <novascale/fake_host.hpp>
#include <stdexcept>
#include <string>

namespace nova_test {

// First component of <build>/plugins/NAME.so. Never unloaded, as in the host.
inline const nova_component& component_of(const std::string& name) {
  const std::string file = std::string(NOVA_BUILD_DIR) + "/plugins/" + name + ".so";
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<nova_plugin_entry_fn>(dlsym(library, "nova_plugin_entry_v1"));
  if (entry == nullptr) throw std::runtime_error(file + " exports no entry");
  return *entry()->components[0];
}

// A folder of one test, gone after it.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("nova_" + std::to_string(getpid()) + "_" + test->name());
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace nova_test
