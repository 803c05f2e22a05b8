#include "worker/run/shared_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace kernelevolve::worker {
namespace {

size_t RoundUpToPage(size_t bytes) {
  return std::max(kPageBytes, (bytes + kPageBytes - 1) / kPageBytes * kPageBytes);
}

}  // namespace

Placement Place(size_t bytes, size_t element_bytes, PlacementRule rule) {
  Placement place;
  place.bytes = bytes;
  switch (rule) {
    case PlacementRule::kEndFlush:
      place.mapped_bytes = RoundUpToPage(bytes);
      place.offset = place.mapped_bytes - bytes;
      return place;
    case PlacementRule::kShifted:
      place.offset = element_bytes;
      break;
    case PlacementRule::kAligned64:
      place.offset = 64;
      break;
    case PlacementRule::kAligned256:
      place.offset = 256;
      break;
  }
  // Room behind the payload too, so that a canary can stand on both sides.
  place.mapped_bytes = RoundUpToPage(place.offset + bytes + 64);
  return place;
}

Result<SharedBuffer> SharedBuffer::Create(size_t capacity,
                                          bool read_only_for_runner) {
  SharedBuffer buffer;
  buffer.capacity_ = RoundUpToPage(capacity);
  buffer.fd_ = Fd(memfd_create("tensor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!buffer.fd_) return SystemError("cannot create shared memory");
  if (ftruncate(buffer.fd(), static_cast<off_t>(buffer.capacity_)) != 0)
    return SystemError("cannot size shared memory");
  void* data = mmap(nullptr, buffer.capacity_, PROT_READ | PROT_WRITE,
                    MAP_SHARED, buffer.fd(), 0);
  if (data == MAP_FAILED) return SystemError("cannot map shared memory");
  buffer.data_ = static_cast<uint8_t*>(data);
  int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (read_only_for_runner) seals |= F_SEAL_FUTURE_WRITE;
  if (fcntl(buffer.fd(), F_ADD_SEALS, seals) != 0)
    return SystemError("cannot seal shared memory (Linux 5.1 or newer needed)");
  return buffer;
}

SharedBuffer::SharedBuffer(SharedBuffer&& other) noexcept
    : fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SharedBuffer& SharedBuffer::operator=(SharedBuffer&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

SharedBuffer::~SharedBuffer() {
  if (data_) munmap(data_, capacity_);
}

}  // namespace kernelevolve::worker
