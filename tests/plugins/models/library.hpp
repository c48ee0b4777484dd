// A built plugin of this tree, opened as a host does; never closed.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace nova::library {

inline const nova_component& component(const std::string& plugin) {
  const std::string path = std::string(NOVA_BUILD_DIR) + "/plugins/" + plugin + ".so";
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<nova_plugin_entry_fn>(dlsym(handle, "nova_plugin_entry_v1"));
  return *entry()->components[0];
}

}  // namespace nova::library
