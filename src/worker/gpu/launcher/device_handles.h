// Sole owners of the driver's handles; each gives its own back when destroyed.
#pragma once

#include <utility>

#include "worker/gpu/driver/cuda_error.h"
#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

// The driver and its context must outlive it; used on one thread.
template <typename Handle, auto Destroy>
class Owned {
 public:
  Owned() = default;
  Owned(const Driver& driver, Handle handle)
      : driver_(&driver), handle_(handle) {}
  Owned(Owned&& other) noexcept
      : driver_(other.driver_), handle_(std::exchange(other.handle_, Handle{})) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(driver_, other.driver_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_) (driver_->*Destroy)(handle_);
  }

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != Handle{}; }

 private:
  const Driver* driver_ = nullptr;
  Handle handle_{};
};

using Stream = Owned<CuStream, &DriverTable::StreamDestroy>;
using Event = Owned<CuEvent, &DriverTable::EventDestroy>;
using Module = Owned<CuModule, &DriverTable::ModuleUnload>;
using Graph = Owned<CuGraph, &DriverTable::GraphDestroy>;
using GraphExec = Owned<CuGraphExec, &DriverTable::GraphExecDestroy>;
using Allocation = Owned<CuAddress, &DriverTable::MemFree>;

inline Cuda<Stream> MakeStream(const Driver& driver) {
  CuStream stream = nullptr;
  RETURN_IF_CUDA(driver.StreamCreate(&stream, kStreamNonBlocking), "a stream");
  return Stream(driver, stream);
}

inline Cuda<Event> MakeEvent(const Driver& driver, unsigned flags) {
  CuEvent event = nullptr;
  RETURN_IF_CUDA(driver.EventCreate(&event, flags), "an event");
  return Event(driver, event);
}

}  // namespace kernelevolve::worker::gpu
