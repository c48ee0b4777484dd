# nova_add_plugin(NAME SOURCES FILE... [NEEDS TARGET...] [LICENSE TEXT] [URL TEXT] [CHECK FILE])
#
# Builds NAME.so, a plugin that exports nova_plugin_entry_v1 and nothing else. Used alike by this
# project and, through find_package(novascale 1), by everybody else. C sources are C99 and need no C++
# library; C++ sources are C++20. CHECK names the check.json that tells `novascale plugins verify` what
# the plugin leaves out; it is laid beside the library as NAME.check.json.
#
# With the program novascale at hand (NOVASCALE_PROGRAM) the build writes the manifest NAME.so.nova.json
# and CTest verifies the plugin as NAME.verify.

function(nova_add_plugin name)
  cmake_parse_arguments(ARG "" "LICENSE;URL;CHECK" "SOURCES;NEEDS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
    message(FATAL_ERROR "nova_add_plugin(${name}): usage: NAME SOURCES FILE... [NEEDS TARGET...] [LICENSE TEXT] [URL TEXT] [CHECK FILE]")
  endif()
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    NOVA_PLUGIN TRUE)
  target_link_libraries(${name} PRIVATE nova::sdk ${ARG_NEEDS} m)  # -z defs asks for libm by name
  if("${ARG_SOURCES}" MATCHES "\\.(cpp|cc|cxx)(;|$)" AND TARGET nlohmann_json::nlohmann_json)
    target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json)  # what <novascale/config.hpp> reads with
    if(NOVA_PLUGIN_PCH)
      target_precompile_headers(${name} REUSE_FROM ${NOVA_PLUGIN_PCH})
    endif()
  endif()
  if(TARGET nova::options)
    target_link_libraries(${name} PRIVATE nova::options)
  endif()
  # Two plugins that share a header-only library must not share its inline variables: hence hidden
  # symbols, no STB_GNU_UNIQUE, and a version script that lets out the entry only.
  target_compile_options(${name} PRIVATE -fvisibility=hidden
    $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/nova_plugin.map
    -Wl,-z,relro,-z,now -Wl,--exclude-libs,ALL -Wl,--build-id)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/nova_plugin.map)
  # A sanitizer's runtime comes with the program, so its symbols are undefined here.
  if(NOT NOVA_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  foreach(field LICENSE URL)
    if(ARG_${field})
      target_compile_definitions(${name} PRIVATE "NOVA_PLUGIN_${field}=\"${ARG_${field}}\"")
    endif()
  endforeach()
  if(ARG_CHECK)
    cmake_path(ABSOLUTE_PATH ARG_CHECK BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE check)
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM COMMAND ${CMAKE_COMMAND} -E copy_if_different
      ${check} $<TARGET_FILE_DIR:${name}>/${name}.check.json)
  endif()
  set_property(GLOBAL APPEND PROPERTY NOVA_PLUGINS ${name})
  if(NOVA_PLUGIN_NO_INSTALL)
    return()
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION lib/novascale/plugins COMPONENT plugins)
  if(TARGET nova::options)
    nova_describe_when_installed(${name})
  elseif(NOVASCALE_PROGRAM)
    nova_describe_and_verify(${name})
  endif()
endfunction()

# In the tree the program is built beside the plugins, so a manifest is made when both are there: at
# installation. The verify tests are added by tests/sdk.
function(nova_describe_when_installed name)
  install(CODE "
    if(EXISTS \"${PROJECT_BINARY_DIR}/bin/novascale\")
      execute_process(COMMAND \"${CMAKE_COMMAND}\" \"-DPROGRAM=${PROJECT_BINARY_DIR}/bin/novascale\"
        \"-DLIBRARY=\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/novascale/plugins/${name}.so\"
        -P \"${CMAKE_CURRENT_FUNCTION_LIST_DIR}/write_manifest.cmake\")
    endif()" COMPONENT plugins)
endfunction()

# Outside the tree the program is installed: the manifest belongs to the build.
function(nova_describe_and_verify name)
  # Not a failed build where a plugin cannot be loaded yet: then verify says what is wrong with it.
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM COMMAND ${CMAKE_COMMAND}
    -DPROGRAM=${NOVASCALE_PROGRAM} -DLIBRARY=$<TARGET_FILE:${name}>
    -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/write_manifest.cmake)
  install(FILES $<TARGET_FILE:${name}>.nova.json DESTINATION lib/novascale/plugins
    COMPONENT plugins OPTIONAL)
  if(BUILD_TESTING)
    add_test(NAME ${name}.verify COMMAND ${NOVASCALE_PROGRAM} plugins verify $<TARGET_FILE:${name}>)
  endif()
endfunction()
