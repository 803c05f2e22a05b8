#include "engine/export/build_files.h"

#include "base/format.h"
#include "base/text.h"
#include "engine/export/names.h"

namespace kernelevolve {

BuildFlags FlagsOf(const Target& target) {
  BuildFlags flags;
  const std::vector<std::string>& argv = target.compile.argv;
  for (size_t i = 0; i < argv.size(); ++i) {
    const bool placeholder = argv[i].find('{') != std::string::npos;
    if (i == 0)
      flags.compiler = argv[i];
    else if (!placeholder && argv[i] != "-o" && argv[i] != "-shared")
      flags.flags.push_back(argv[i]);
  }
  return flags;
}

std::string Makefile(const Task& task, const Target& target) {
  const BuildFlags build = FlagsOf(target);
  return format(R"~(# make          builds lib{0}.a, lib{0}.so and the example
# make run      runs the example
CXX      = {1}
CXXFLAGS = {2}
CFLAGS   = -O2 -std=c11
CPPFLAGS = -Iinclude

all: lib{0}.a lib{0}.so example

kernel.o: kernel.cc
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -c -o $@ $<
{0}.o: {0}.cc include/{0}.h
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -c -o $@ $<
example.o: example.c include/{0}.h
	$(CC) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<

lib{0}.a: kernel.o {0}.o
	$(AR) rcs $@ $^
lib{0}.so: kernel.o {0}.o
	$(CXX) $(CXXFLAGS) -shared -o $@ $^
example: example.o lib{0}.a
	$(CXX) $(CXXFLAGS) -o $@ $^

run: example
	./example
clean:
	rm -f *.o *.a *.so example

.PHONY: all run clean
)~",
                CName(task.name), build.compiler, Join(build.flags, " "));
}

std::string CMakeLists(const Task& task, const Target& target) {
  const BuildFlags build = FlagsOf(target);
  return format(
      R"~(# cmake -B build && cmake --build build && ctest --test-dir build
# cmake --install build --prefix DIR; then find_package({0}) gives {0}::{0}
cmake_minimum_required(VERSION 3.16)
project({0} VERSION 1.0 LANGUAGES C CXX)
include(GNUInstallDirs)
include(CTest)

# The kernel was judged with {2} and these flags; others were not tried.
set(KERNEL_FLAGS {1})

add_library({0} kernel.cc {0}.cc)
add_library({0}::{0} ALIAS {0})
target_compile_options({0} PRIVATE ${{KERNEL_FLAGS}})
target_link_options({0} PUBLIC -pthread -fopenmp)
target_include_directories({0} PUBLIC
  "$<BUILD_INTERFACE:${{CMAKE_CURRENT_SOURCE_DIR}}/include>"
  "$<INSTALL_INTERFACE:${{CMAKE_INSTALL_INCLUDEDIR}}>")
set_target_properties({0} PROPERTIES POSITION_INDEPENDENT_CODE ON)

if(BUILD_TESTING)
  add_executable({0}_example example.c)
  target_link_libraries({0}_example PRIVATE {0})
  add_test(NAME {0}_example COMMAND {0}_example)
endif()

install(TARGETS {0} EXPORT {0}Targets)
install(FILES include/{0}.h DESTINATION ${{CMAKE_INSTALL_INCLUDEDIR}})
install(EXPORT {0}Targets NAMESPACE {0}::
  DESTINATION ${{CMAKE_INSTALL_LIBDIR}}/cmake/{0})
install(FILES {0}Config.cmake DESTINATION ${{CMAKE_INSTALL_LIBDIR}}/cmake/{0})
)~",
      CName(task.name), Join(build.flags, " "), build.compiler);
}

std::string CMakeConfig(const Task& task) {
  return format("include(\"${{CMAKE_CURRENT_LIST_DIR}}/{}Targets.cmake\")\n",
                CName(task.name));
}

}  // namespace kernelevolve
