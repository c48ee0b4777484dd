// A built plugin of this tree, opened as a host does; never closed. And the list of those that
// every law of library_test.cpp and every anomaly of anomalies_test.cpp is asked of.
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

struct Library {
  const char* name;
  const char* linear;  // a config under which answers move with the series; "" = they only stretch
  bool seasons;        // has the config key season_length
};
inline constexpr Library kModels[] = {
    {"seasonal_naive", "{}", true},
    {"naive", R"({"drift": true})", false},
    {"regression", "{}", true},
    {"mstl", R"({"transform": "none"})", true},
    {"ar", R"({"transform": "none"})", true},
    {"ets", R"({"model": "ANN", "alpha": 0.3, "calibrate": false})", true},
    // without its season, which it takes for ratios
    {"theta", R"({"variant": "standard", "alpha": 0.3, "calibrate": false, "season_length": 1000})",
     true},
    {"arima", "", true}};

// One instance of every test for each model.
class EveryModel : public ::testing::TestWithParam<Library> {
 protected:
  const nova_component& model() { return component(GetParam().name); }
  FakeHost host;
};
inline std::string_view config_of(const Library& library) {
  return *library.linear == '\0' ? "{}" : library.linear;
}
inline std::string name_of(const ::testing::TestParamInfo<Library>& p) { return p.param.name; }
inline void PrintTo(const Library& library, std::ostream* out) { *out << library.name; }

}  // namespace nova::library
