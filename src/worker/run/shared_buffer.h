// SharedBuffer: memory the judge owns and lends to a runner process.
//
// The judge sees all of it, writable. A runner gets the descriptor and maps
// what a Placement says, between unmapped guard regions, so that a stray access
// faults there and never reaches ours.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker {

inline constexpr size_t kPageBytes = 4096;
// Unmapped address space on each side of a tensor in the runner.
inline constexpr size_t kGuardBytes = 1 << 20;

// Where a tensor lies within its mapped pages.
struct Placement {
  size_t mapped_bytes = 0;  // whole pages
  size_t offset = 0;        // of the first element
  size_t bytes = 0;         // of the payload

  size_t end() const { return offset + bytes; }
  bool operator==(const Placement&) const = default;
};

enum class PlacementRule {
  kEndFlush,    // the last byte touches the guard: overruns fault
  kShifted,     // one element past a page start: the least alignment promised
  kAligned64,   // timing, alternating with
  kAligned256,
};

Placement Place(size_t bytes, size_t element_bytes, PlacementRule rule);

// Owner: the judge's thread. Movable; unmaps and closes when destroyed.
class SharedBuffer {
 public:
  // `capacity` bytes, sparse. A read-only buffer is sealed: whoever gets its
  // descriptor can never map or write it writable, whatever their privileges.
  static Result<SharedBuffer> Create(size_t capacity, bool read_only_for_runner);
  SharedBuffer(SharedBuffer&& other) noexcept;
  SharedBuffer& operator=(SharedBuffer&& other) noexcept;
  ~SharedBuffer();

  int fd() const { return fd_.get(); }
  uint8_t* data() const { return data_; }
  size_t capacity() const { return capacity_; }

 private:
  SharedBuffer() = default;
  Fd fd_;
  uint8_t* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace kernelevolve::worker
