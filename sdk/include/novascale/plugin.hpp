// NOVA_PLUGIN: the one exported symbol of a plugin, and the static tables behind it.
//
//   NOVA_PLUGIN("com.example.drift", "Example", "1.0.0", nova::model_component<Drift>)
//
// One or several components, of any kinds. Define NOVA_PLUGIN_LICENSE and NOVA_PLUGIN_URL before
// the include, or pass LICENSE and URL to nova_add_plugin(), to fill those fields.
#pragma once

#include <novascale/plugin.h>

#include <array>

#ifndef NOVA_PLUGIN_LICENSE
#define NOVA_PLUGIN_LICENSE ""
#endif
#ifndef NOVA_PLUGIN_URL
#define NOVA_PLUGIN_URL ""
#endif

namespace nova {
inline namespace sdk_v1 {
namespace detail {

template <class... Components>
constexpr auto component_list(const Components&... components) {
  return std::array<const nova_component*, sizeof...(components)>{&components...};
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace nova

#define NOVA_PLUGIN(ID, VENDOR, VERSION, ...)                                     \
  NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1(void) {                     \
    static constexpr auto components = nova::detail::component_list(__VA_ARGS__); \
    static constexpr nova_plugin plugin = {sizeof(nova_plugin),                   \
                                           NOVA_ABI_MAJOR,                        \
                                           NOVA_ABI_MINOR,                        \
                                           ID,                                    \
                                           VENDOR,                                \
                                           VERSION,                               \
                                           NOVA_PLUGIN_LICENSE,                   \
                                           NOVA_PLUGIN_URL,                       \
                                           "compiler " __VERSION__,               \
                                           components.data(),                     \
                                           components.size()};                    \
    return &plugin;                                                               \
  }
