// BorrowedMemory: another process's device memory, mapped in this one.
#pragma once

#include <memory>

#include "worker/gpu/memory/guarded_range.h"

namespace kernelevolve::worker::gpu {

// Lives in the launcher. Mapped for reading alone, a kernel's write to it is a
// fault of that kernel. Context and driver must outlive it; one thread.
class BorrowedMemory {
 public:
  // `fd` is what LentMemory::fd() gave, and stays the caller's; `bytes` is
  // LentMemory::bytes().
  static Result<std::unique_ptr<BorrowedMemory>> Import(const Driver& driver,
                                                        int ordinal, int fd,
                                                        uint64_t bytes,
                                                        CuMemAccess access);

  CuAddress address() const { return range_.address(); }
  uint64_t bytes() const { return range_.bytes(); }
  bool writable() const { return writable_; }

 private:
  BorrowedMemory(const Driver& driver, bool writable)
      : range_(driver), writable_(writable) {}

  GuardedRange range_;
  const bool writable_;
};

}  // namespace kernelevolve::worker::gpu
