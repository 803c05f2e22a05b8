// Entry of a libFuzzer program; KE_FUZZ_TARGET names what it fuzzes.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto targets = kernelevolve::fuzz::Targets();
  for (const auto& target : targets)
    if (std::strcmp(target.name, KE_FUZZ_TARGET) == 0)
      target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
