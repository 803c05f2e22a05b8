// CallOutputs: what one call left behind, for whoever looks at it. The judge
// looks the same way at kernels on a CPU and on a device.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kernelevolve::worker {

class CallOutputs {
 public:
  virtual ~CallOutputs() = default;
  // First byte of output i, as the kernel left it; in this process's memory.
  virtual const uint8_t* Output(size_t index) const = 0;
  virtual int64_t OutputElements(size_t index) const = 0;
  // The poison an untouched element of output i still holds.
  virtual uint64_t PoisonPattern(size_t index) const = 0;
  // The name of a buffer whose canary was overwritten, if any.
  virtual std::optional<std::string> BrokenCanary() const = 0;
  // True if the last call still wrote to an output after it had said that it
  // was done.
  virtual bool WroteAfterReturn() const = 0;
};

}  // namespace kernelevolve::worker
