# ke_library(folder DEPS other folders... LIBS external targets... ALONE tests...)
#
# Makes one static library of src/<folder> and one test program of its
# *_test.cc files. DEPS is the folder's whole permitted set of includes; the
# test `include_order` holds the sources to the same table. ALONE are the tests that
# take the whole machine: no other runs beside them.
function(ke_library folder)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;ALONE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_main)\\.cc$")
  if(NOT sources)
    add_library(ke_${folder} INTERFACE)
    foreach(dep IN LISTS ARG_DEPS)
      target_link_libraries(ke_${folder} INTERFACE ke_${dep})
    endforeach()
    return()
  endif()
  add_library(ke_${folder} STATIC ${sources})
  target_link_libraries(ke_${folder} PRIVATE ke_warnings PUBLIC ke_settings ${ARG_LIBS})
  ke_precompiled(ke_${folder})
  foreach(dep IN LISTS ARG_DEPS)
    target_link_libraries(ke_${folder} PUBLIC ke_${dep})
  endforeach()
  if(tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE
      ke_${folder} ke_warnings GTest::gtest GTest::gtest_main)
    ke_precompiled(${folder}_test TESTS)
    set(others "*")
    if(ARG_ALONE)
      list(JOIN ARG_ALONE ":" alone)
      set(others "-${alone}")
      gtest_discover_tests(${folder}_test TEST_PREFIX "${folder}." DISCOVERY_TIMEOUT 30
        TEST_FILTER "${alone}" PROPERTIES TIMEOUT 120 RUN_SERIAL TRUE)
    endif()
    gtest_discover_tests(${folder}_test TEST_PREFIX "${folder}." DISCOVERY_TIMEOUT 30
      TEST_FILTER "${others}" PROPERTIES TIMEOUT 120)
  endif()
endfunction()
