// LentMemory: device memory that one process owns and lends to others.
#pragma once

#include <memory>

#include "base/fd.h"
#include "worker/gpu/memory/guarded_range.h"

namespace kernelevolve::worker::gpu {

// The owner's side: mapped for reading and writing in this process. Lent by
// passing fd() over a socket; each borrower decides how it maps it, so a
// borrower that must not write has to be a process that we trust. The memory
// lives until the last mapping of it is gone. Context and driver must outlive
// it; one thread at a time.
class LentMemory {
 public:
  // An error for which IsOutOfMemory holds where the device has no more.
  static Result<std::unique_ptr<LentMemory>> Create(const Driver& driver,
                                                    int ordinal, uint64_t bytes);

  CuAddress address() const { return range_.address(); }
  // What was asked for, rounded up to the device's granule; what follows is
  // unmapped, so a tensor that ends here faults at its first byte too far.
  uint64_t bytes() const { return range_.bytes(); }
  int fd() const { return fd_.get(); }

 private:
  explicit LentMemory(const Driver& driver) : range_(driver) {}

  GuardedRange range_;
  Fd fd_;
};

}  // namespace kernelevolve::worker::gpu
