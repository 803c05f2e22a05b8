// CacheFlush: what empties the caches before a timed call, the same for a candidate
// and for the panel. Memory larger than the second-level cache is overwritten; then
// memory of the same size may be read that nobody ever writes, so that the timed
// call does not have to write back the lines that the fill left.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/launch_plan.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/memory/lent_memory.h"

namespace kernelevolve::worker::gpu {

// The one switch: whether clean memory is read behind the fill.
inline constexpr bool kReadBehindFill = false;

// A kernel of ours and how many threads of it read clean memory.
struct SweepLaunch {
  unsigned blocks = 1, threads = 512;
};

// Owned by the judge of a device; outlives whoever it is lent to.
class CacheFlush {
 public:
  // `image`: the judge's kernels.
  static Result<std::unique_ptr<CacheFlush>> Create(const Driver& driver,
                                                    const DeviceInfo& device,
                                                    std::string image);

  uint64_t bytes() const { return bytes_; }
  const LentMemory& dirty() const { return *dirty_; }
  // Null: nothing is read behind the fill.
  const LentMemory* clean() const { return clean_.get(); }
  const std::string& image() const { return image_; }
  const SweepLaunch& sweep() const { return sweep_; }

 private:
  CacheFlush() = default;

  uint64_t bytes_ = 0;
  std::unique_ptr<LentMemory> dirty_, clean_;
  std::string image_;
  SweepLaunch sweep_;
};

// The sweep as a plan: of its input 0.
ShapePlan SweepPlan(const SweepLaunch& sweep, uint64_t bytes);

// Keeps the device busy for about 0.1 ms and touches no memory: what leads a call
// that nothing is flushed for.
ShapePlan PausePlan();

}  // namespace kernelevolve::worker::gpu
