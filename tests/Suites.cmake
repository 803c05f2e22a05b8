# One CTest test for each test method of suites/*_suite.py. Most measure real
# kernels, so each of those runs alone; exit code 77 means skipped, with the reason.
if(KE_SANITIZE)
  return()
endif()
file(GLOB suite_files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/suites/*_suite.py")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${suite_files})
execute_process(
  COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/suites/run.py" --list
  OUTPUT_VARIABLE suite_tests OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" suite_tests "${suite_tests}")
foreach(name IN LISTS suite_tests)
  set(labels suite)
  if(name MATCHES "OnTheDevice")
    list(APPEND labels gpu)
  endif()
  set(alone ON)
  if(name MATCHES "^(gpu_suite.*WithoutDevice|kernelbench_suite|tasks_suite.References|targets_suite|usage_suite)")
    set(alone OFF)  # no time counts
  endif()
  add_test(NAME suite.${name}
    COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/suites/run.py" ${name})
  set_tests_properties(suite.${name} PROPERTIES
    LABELS "${labels}" RUN_SERIAL ${alone} SKIP_RETURN_CODE 77 TIMEOUT 300
    ENVIRONMENT "KE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endforeach()
