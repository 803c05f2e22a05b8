#include "worker/gpu/judge/cache_flush.h"

#include <cstring>

namespace kernelevolve::worker::gpu {
namespace {

// As the panel's head start of ke_torch/timing.py.
constexpr int64_t kPauseCycles = 200'000;

}  // namespace

Result<std::unique_ptr<CacheFlush>> CacheFlush::Create(const Driver& driver,
                                                       const DeviceInfo& device,
                                                       std::string image) {
  std::unique_ptr<CacheFlush> flush(new CacheFlush());
  flush->image_ = std::move(image);
  flush->bytes_ = 2 * device.l2_bytes + (16 << 20);
  flush->sweep_.blocks = 2 * static_cast<unsigned>(device.multiprocessors);
  ASSIGN_OR_RETURN(flush->dirty_,
                   LentMemory::Create(driver, device.ordinal, flush->bytes_));
  if (!kReadBehindFill) return flush;
  ASSIGN_OR_RETURN(flush->clean_,
                   LentMemory::Create(driver, device.ordinal, flush->bytes_));
  return flush;
}

// ke_sweep of runners/cuda/judge_kernels.cu; its last parameter, an address, is
// null.
ShapePlan SweepPlan(const SweepLaunch& sweep, uint64_t bytes) {
  LaunchOp op;
  op.kernel = "ke_sweep";
  op.grid = {sweep.blocks, 1, 1};
  op.block = {sweep.threads, 1, 1};
  op.offsets = {0, 8, 16};
  op.parameters.resize(24);
  const int64_t words = static_cast<int64_t>(bytes / 8);
  std::memcpy(op.parameters.data() + 8, &words, sizeof words);
  op.pointers = {{0, {{BufferRef::Kind::kInput, 0}, 0}}};
  ShapePlan plan;
  plan.run.push_back(std::move(op));
  return plan;
}

ShapePlan PausePlan() {
  LaunchOp op;
  op.kernel = "ke_pause";
  op.offsets = {0};
  op.parameters.resize(sizeof kPauseCycles);
  std::memcpy(op.parameters.data(), &kPauseCycles, sizeof kPauseCycles);
  ShapePlan plan;
  plan.run.push_back(std::move(op));
  return plan;
}

}  // namespace kernelevolve::worker::gpu
