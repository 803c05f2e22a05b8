// A stand-in for libcuda.so.1 over host memory, for tests: device addresses are
// host addresses, streams work at once, captures and events keep the driver's
// rules, and every handle is counted. One thread.
//
// KE_FAKE_DRIVER_LOG names a file for what happens; KE_FAKE_DRIVER_FAIL lists
// calls that fail, as "cuMemAlloc_v2=2,cuCtxSynchronize=719".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "worker/gpu/driver/entry_points.h"

#define KE_DECLARE_SYMBOL(member, symbol, parameters) \
  kernelevolve::worker::gpu::CuResult symbol parameters;
namespace kernelevolve::worker::gpu {
extern "C" {
KE_CUDA_ENTRY_POINTS(KE_DECLARE_SYMBOL)
CuResult cuDriverGetVersion(int* version);
}
}  // namespace kernelevolve::worker::gpu
#undef KE_DECLARE_SYMBOL

namespace kernelevolve::worker::gpu {

// What a stream has seen of the others' work, in a capture.
using Seen = std::map<CuStream, size_t>;

struct CuGraphTag {
  std::vector<std::function<void()>> work;
  std::map<CuStream, Seen> seen;  // by every stream that takes part
  CuStream origin = nullptr;
};
struct CuGraphExecTag {
  std::vector<std::function<void()>> work;
};
struct CuStreamTag {
  CuGraph capture = nullptr;
};
struct CuEventTag {
  bool recorded = false;
  CuGraph capture = nullptr;
  Seen seen;
  int64_t at_ns = 0;
};

namespace fake {

// The code that was asked for, else what the device died of, else success.
CuResult Answer(const char* symbol);
void Log(const std::string& line);
void Count(const char* kind, int change);
void LogCounts();

struct Device {
  CuResult dead = kCudaSuccess;  // what every call answers from now on
  CuResult dying = kCudaSuccess; // what the next wait answers
  bool hanging = false;
};
Device& TheDevice();

// Does `work`, or adds it to the capture that `stream` takes part in.
CuResult Submit(CuStream stream, std::function<void()> work);

}  // namespace fake
}  // namespace kernelevolve::worker::gpu

#define KE_FAKE_ANSWER()                                                    \
  do {                                                                      \
    if (const CuResult ke_code = fake::Answer(__func__); ke_code != 0)      \
      return ke_code;                                                       \
  } while (false)
