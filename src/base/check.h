// CHECK(condition): a broken promise of our own code ends the process with file
// and line, in every build. Never for input, never for what a child did.
#pragma once

namespace kernelevolve {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}

#define CHECK(condition)                                               \
  do {                                                                 \
    if (!(condition))                                                  \
      ::kernelevolve::CheckFailed(#condition, __FILE__, __LINE__);     \
  } while (false)
