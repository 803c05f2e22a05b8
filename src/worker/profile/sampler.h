// Where a process spends its time: the address it is at, many times a second,
// by the system's own clock. Works without hardware counters.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker {

// Samples the main thread in user space. One thread.
class Sampler {
 public:
  // An Error says why the system refuses.
  static Result<Sampler> Open(pid_t pid, std::chrono::nanoseconds period);
  Sampler(Sampler&& other) noexcept;
  Sampler& operator=(Sampler&&) = delete;
  ~Sampler();

  void Start();
  void Stop();
  // Appends the addresses sampled since the last time.
  void Drain(std::vector<uint64_t>* addresses);

 private:
  Sampler(Fd fd, void* ring) : fd_(std::move(fd)), ring_(ring) {}
  Fd fd_;
  void* ring_ = nullptr;  // shared with the kernel: a page of state, then data
};

}  // namespace kernelevolve::worker
