// Fatbin: the container in which nvcc puts the images of a program.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace kernelevolve::worker {

inline constexpr uint32_t kFatbinMagic = 0xba55ed50;

bool IsFatbin(std::string_view image);

// Bytes of the fatbin that begins with `header` (at least kFatbinHeaderBytes),
// header included. kBadInput if none begins there.
inline constexpr uint64_t kFatbinHeaderBytes = 16;
Result<uint64_t> FatbinBytes(std::string_view header);

// The cubin for `arch` (90 for sm_90 and sm_90a; 0: the first of any). The view
// is into `fatbin`.
// kBadInput if there is none, it is compressed, or the container is broken.
Result<std::string_view> FindCubin(std::string_view fatbin, int arch);

// The first PTX in `fatbin`; "" if there is none that is not compressed.
Result<std::string_view> FindPtx(std::string_view fatbin);

}  // namespace kernelevolve::worker
