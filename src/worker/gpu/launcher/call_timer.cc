#include "worker/gpu/launcher/call_timer.h"

#include <chrono>

#include "worker/gpu/launcher/call_graph.h"

namespace kernelevolve::worker::gpu {

Cuda<CallTimer> CallTimer::Make(const Driver& driver, CuStream stream) {
  CallTimer timer(driver, stream);
  ASSIGN_OR_RETURN_CUDA(timer.start_, MakeEvent(driver, kEventDefault));
  ASSIGN_OR_RETURN_CUDA(timer.stop_, MakeEvent(driver, kEventDefault));
  ASSIGN_OR_RETURN_CUDA(timer.empty_, MakeEmptyCall(driver, stream));
  return timer;
}

Cuda<std::vector<TimeSample>> CallTimer::Time(
    const Flush& flush, int repeat, const std::function<CudaStatus()>& issue) {
  std::vector<TimeSample> samples;
  for (int i = 0; i < repeat; ++i) {
    ASSIGN_OR_RETURN_CUDA(const TimeSample sample, Once(flush, issue));
    samples.push_back(sample);
  }
  return samples;
}

Cuda<std::vector<TimeSample>> CallTimer::TimeEmpty(const Flush& flush,
                                                   int repeat) {
  return Time(flush, repeat, [this]() -> CudaStatus {
    RETURN_IF_CUDA(driver_->GraphLaunch(empty_.get(), stream_),
                   "launching an empty graph");
    return {};
  });
}

CudaStatus CallTimer::Settle(const Flush& flush) {
  if (flush.bytes >= 4)
    RETURN_IF_CUDA(driver_->MemsetD32Async(flush.address, ++pattern_, 1, stream_),
                   "waking the device");
  else if (flush.lead)
    RETURN_IF_CUDA_ERROR(flush.lead());
  RETURN_IF_CUDA(driver_->StreamSynchronize(stream_), "waking the device");
  return {};
}

Cuda<TimeSample> CallTimer::Once(const Flush& flush,
                                 const std::function<CudaStatus()>& issue) {
  using Steady = std::chrono::steady_clock;
  if (flush.settle) RETURN_IF_CUDA_ERROR(Settle(flush));
  if (flush.scrub) RETURN_IF_CUDA_ERROR(flush.scrub());
  if (flush.reset_persisting) {
    // A device without persisting lines has none to reset.
    const CuResult code = driver_->CtxResetPersistingL2();
    if (code != kCudaNotSupported)
      RETURN_IF_CUDA(code, "resetting the persisting lines of the L2 cache");
  }
  if (flush.bytes >= 4)
    RETURN_IF_CUDA(driver_->MemsetD32Async(flush.address, ++pattern_,
                                           flush.bytes / 4, stream_),
                   "flushing the caches");
  if (flush.lead) RETURN_IF_CUDA_ERROR(flush.lead());
  const auto before = Steady::now();
  RETURN_IF_CUDA(driver_->EventRecord(start_.get(), stream_), "an event");
  RETURN_IF_CUDA_ERROR(issue());
  RETURN_IF_CUDA(driver_->EventRecord(stop_.get(), stream_), "an event");
  RETURN_IF_CUDA(driver_->StreamSynchronize(stream_), "the timed call");
  const auto after = Steady::now();
  float milliseconds = 0;
  RETURN_IF_CUDA(
      driver_->EventElapsedTime(&milliseconds, start_.get(), stop_.get()),
      "the time between two events");
  return TimeSample{static_cast<double>(milliseconds) * 1e3,
                    std::chrono::nanoseconds(after - before).count()};
}

}  // namespace kernelevolve::worker::gpu
