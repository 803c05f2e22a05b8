// Driver: the CUDA driver of this machine, found at run time, so that one
// worker binary runs with and without a device.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "worker/gpu/driver/entry_points.h"

namespace kernelevolve::worker::gpu {

// The functions of driver/entry_points.h as members: driver.MemFree(address).
struct DriverTable {
#define KE_DECLARE(member, symbol, parameters) \
  CuResult(*member) parameters = nullptr;
  KE_CUDA_ENTRY_POINTS(KE_DECLARE)
#undef KE_DECLARE
};

// Owned by whoever opens it; must outlive everything made with it. Calls may
// come from any thread; contexts are per thread, as the driver has it.
class Driver : public DriverTable {
 public:
  // kMissing where there is no driver, none that is new enough, or no device
  // that it may use, with what would help.
  static Result<std::unique_ptr<Driver>> Open(
      const std::string& library = "libcuda.so.1");
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  int version() const { return version_; }  // 13000 is CUDA 13.0
  int DeviceCount() const;                  // 0 where the driver says nothing

  // "CUDA_ERROR_ILLEGAL_ADDRESS"; "CUDA error 12345" where it has no name.
  std::string Name(CuResult code) const;
  // "CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was …".
  std::string Describe(CuResult code) const;

 private:
  Driver() = default;
  Status Load(const std::string& library);
  Status CheckVersion();
  Status Start();

  // Never closed: the driver has threads and exit handlers of its own.
  void* library_ = nullptr;
  int version_ = 0;
};

}  // namespace kernelevolve::worker::gpu
