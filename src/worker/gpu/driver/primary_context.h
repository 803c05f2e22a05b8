// PrimaryContext: a device's one context of this process, current on the thread
// that made it.
#pragma once

#include "worker/gpu/driver/cuda_error.h"
#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

// Owned by the thread that works with the device. Other threads of the process
// call MakeCurrent before their own first call. The driver must outlive it.
class PrimaryContext {
 public:
  // `flags`: kScheduleSpin or kScheduleBlockingSync, how a wait for the device
  // is done; ignored where the context exists already.
  static Result<std::unique_ptr<PrimaryContext>> Create(const Driver& driver,
                                                        int ordinal,
                                                        unsigned flags);
  PrimaryContext(const PrimaryContext&) = delete;
  PrimaryContext& operator=(const PrimaryContext&) = delete;
  ~PrimaryContext();

  Status MakeCurrent();

 private:
  PrimaryContext(const Driver& driver, CuDevice device, CuContext context)
      : driver_(driver), device_(device), context_(context) {}

  const Driver& driver_;
  const CuDevice device_;
  const CuContext context_;
};

}  // namespace kernelevolve::worker::gpu
