# The headers that nearly every file reads, compiled once: a file takes a quarter
# to two fifths less. No file may rely on it: tests/header_alone.py compiles without,
# and -DKE_PCH=OFF builds all of it that way.
option(KE_PCH "precompile the most used headers" ON)

# ke_precompiled(TARGET [TESTS]): TARGET must link ke_settings and ke_warnings
# and set no compile options of its own.
function(ke_precompiled target)
  # What tests themselves execute is little; what they test is optimised.
  if("TESTS" IN_LIST ARGN)
    target_compile_options(${target} PRIVATE -O0)
  endif()
  if(NOT KE_PCH)
    return()
  endif()
  if("TESTS" IN_LIST ARGN)
    target_precompile_headers(${target} REUSE_FROM ke_test_pch)
  else()
    target_precompile_headers(${target} REUSE_FROM ke_pch)
  endif()
endfunction()

if(KE_PCH)
  set(headers <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <cstdio>
    <cstring> <filesystem> <functional> <map> <memory> <mutex> <optional> <set>
    <string> <string_view> <thread> <utility> <variant> <vector>
    <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)
  file(WRITE "${CMAKE_BINARY_DIR}/empty.cc" "")
  foreach(name ke_pch ke_test_pch)
    add_library(${name} OBJECT "${CMAKE_BINARY_DIR}/empty.cc")
    target_link_libraries(${name} PRIVATE ke_settings ke_warnings)
  endforeach()
  target_link_libraries(ke_pch PRIVATE nlohmann_json::nlohmann_json tl::expected)
  target_link_libraries(ke_test_pch PRIVATE nlohmann_json::nlohmann_json tl::expected GTest::gtest)
  target_compile_options(ke_test_pch PRIVATE -O0)
  target_precompile_headers(ke_pch PRIVATE ${headers})
  target_precompile_headers(ke_test_pch PRIVATE ${headers} <gtest/gtest.h>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Without it ccache cannot see what a precompiled header stands for.
    target_compile_options(ke_settings INTERFACE -fpch-preprocess)
    # GCC 12 warns of its own std::string here, and forgets in a precompiled
    # header that it stays silent about system headers.
    target_compile_options(ke_warnings INTERFACE
      -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
  endif()
endif()
