// What a process sees that is to look as if checking tools watched it: every word
// that a kernel might look for before it behaves.
#pragma once

namespace kernelevolve::worker {

inline constexpr const char* kWatchedKernel =
    "/ke/check/debug/gdb/asan/tsan/sanitizer/valgrind/memcheck/kernel.so";
inline constexpr const char* kWatchedEnvironment[] = {
    "ASAN_OPTIONS=check_initialization_order=1", "VALGRIND_LIB=valgrind",
    "COMPUTE_SANITIZER=1"};

}  // namespace kernelevolve::worker
