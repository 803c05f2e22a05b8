// CallTimer: times calls between two events of one stream.
#pragma once

#include <functional>
#include <vector>

#include "worker/gpu/launcher/device_handles.h"
#include "worker/gpu/launcher/launcher_messages.h"

namespace kernelevolve::worker::gpu {

// Owned by the launcher; used on the thread with the context.
class CallTimer {
 public:
  static Cuda<CallTimer> Make(const Driver& driver, CuStream stream);

  // What precedes each call. The flush, or what leads where nothing is flushed,
  // keeps the device busy while the host issues the rest, so that the call waits
  // for nothing but the event.
  struct Flush {
    CuAddress address = 0;
    uint64_t bytes = 0;
    bool reset_persisting = true;
    bool settle = false;  // as TimeRequest::settled says
    // Issued ahead of the flush, so that nothing it leaves behind but what it
    // wrote is met by the call; null: nothing is.
    std::function<CudaStatus()> scrub = {};
    // Issued last of all; null: nothing is.
    std::function<CudaStatus()> lead = {};
  };
  // `issue` puts one call on the stream and does not wait.
  Cuda<std::vector<TimeSample>> Time(const Flush& flush, int repeat,
                                     const std::function<CudaStatus()>& issue);
  // The same without a call.
  Cuda<std::vector<TimeSample>> TimeEmpty(const Flush& flush, int repeat);

 private:
  explicit CallTimer(const Driver& driver, CuStream stream)
      : driver_(&driver), stream_(stream) {}
  Cuda<TimeSample> Once(const Flush& flush,
                        const std::function<CudaStatus()>& issue);
  CudaStatus Settle(const Flush& flush);

  const Driver* driver_;
  CuStream stream_;
  Event start_, stop_;
  GraphExec empty_;
  uint32_t pattern_ = 0;
};

}  // namespace kernelevolve::worker::gpu
