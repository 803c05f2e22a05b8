#include "worker/profile/sampler.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "worker/profile/counters.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kDataBytes = 64 * kPage;  // a power of two: the kernel's rule
constexpr size_t kRingBytes = kPage + kDataBytes;

// A T at `position` of a ring whose end continues at its beginning.
template <typename T>
T ReadRing(const uint8_t* data, uint64_t position) {
  T value;
  auto* bytes = reinterpret_cast<uint8_t*>(&value);
  for (size_t i = 0; i < sizeof value; ++i)
    bytes[i] = data[(position + i) % kDataBytes];
  return value;
}

}  // namespace

Result<Sampler> Sampler::Open(pid_t pid, std::chrono::nanoseconds period) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.sample_period = static_cast<uint64_t>(period.count());
  attributes.sample_type = PERF_SAMPLE_IP;
  attributes.disabled = 1;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  Fd fd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, -1, -1,
                                 PERF_FLAG_FD_CLOEXEC)));
  if (!fd) return Broken(ExplainRefusal(errno, PerfEventParanoid()));
  void* ring = mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                    fd.get(), 0);
  if (ring == MAP_FAILED) return SystemError("the sampler's memory");
  return Sampler(std::move(fd), ring);
}

Sampler::Sampler(Sampler&& other) noexcept
    : fd_(std::move(other.fd_)), ring_(std::exchange(other.ring_, nullptr)) {}

Sampler::~Sampler() {
  if (ring_) munmap(ring_, kRingBytes);
}

void Sampler::Start() { ioctl(fd_.get(), PERF_EVENT_IOC_ENABLE, 0); }

void Sampler::Stop() { ioctl(fd_.get(), PERF_EVENT_IOC_DISABLE, 0); }

void Sampler::Drain(std::vector<uint64_t>* addresses) {
  auto* state = static_cast<perf_event_mmap_page*>(ring_);
  const uint8_t* data = static_cast<uint8_t*>(ring_) + kPage;
  const uint64_t head =
      std::atomic_ref<__u64>(state->data_head).load(std::memory_order_acquire);
  uint64_t tail = state->data_tail;
  while (tail + sizeof(perf_event_header) <= head) {
    const auto header = ReadRing<perf_event_header>(data, tail);
    if (header.size < sizeof header) break;
    if (header.type == PERF_RECORD_SAMPLE)
      addresses->push_back(ReadRing<uint64_t>(data, tail + sizeof header));
    tail += header.size;
  }
  std::atomic_ref<__u64>(state->data_tail)
      .store(head, std::memory_order_release);
}

}  // namespace kernelevolve::worker
