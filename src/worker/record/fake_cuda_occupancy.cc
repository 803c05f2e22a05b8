// The calls that ask how much of a kernel the device holds at once.
#include <algorithm>

#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

// Multiprocessors that share a cluster, at least; they come in pairs.
constexpr int kGroup = 16, kPair = 2;
constexpr int kPortableCluster = 8, kLargestCluster = 16;
constexpr uint64_t kSharedUnit = 128, kSharedKept = 1024;

int Volume(const cuda::Dim3& extent) {
  return static_cast<int>(extent.x * extent.y * extent.z);
}

int ClusterOf(const cuda::LaunchConfig& config) {
  for (unsigned i = 0; i < config.attribute_count; ++i)
    if (config.attributes[i].id == cuda::kAttributeClusterDimension)
      return Volume(config.attributes[i].value.cluster);
  return 1;
}

// No more than there are on any device of the kind, whose groups differ a little.
int ActiveClusters(const DeviceLimits& device, int blocks, int cluster) {
  if (cluster <= kPair) return device.multiprocessors * blocks / cluster;
  return device.multiprocessors / kGroup * (kGroup * blocks / cluster);
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int* blocks, const void* function, int threads, size_t shared_bytes,
    unsigned) {
  FakeCudaCall fake;
  if (!fake || !blocks || threads < 1) return cuda::kInvalidValue;
  const worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  *blocks = worker::ComputeOccupancy(found->facts, fake->device,
                                     static_cast<uint32_t>(threads), shared_bytes)
                .blocks;
  return cuda::kSuccess;
}

int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks,
                                                  const void* function,
                                                  int threads,
                                                  size_t shared_bytes) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      blocks, function, threads, shared_bytes, 0);
}

int cudaOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, const void* function,
                                              int blocks, int threads) {
  FakeCudaCall fake;
  if (!fake || !bytes || blocks < 1 || threads < 1) return cuda::kInvalidValue;
  const worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  const uint64_t fixed = found->facts.shared_bytes;
  const uint64_t each = fake->device.shared_per_multiprocessor /
                        static_cast<uint64_t>(blocks) / worker::kSharedUnit *
                        worker::kSharedUnit;
  const uint64_t kept = worker::kSharedKept + fixed;
  const uint64_t most = fake->device.shared_per_block_optin;
  *bytes = std::min(each - std::min(each, kept), most - std::min(most, fixed));
  return cuda::kSuccess;
}

int cudaOccupancyMaxPotentialClusterSize(int* size, const void* function,
                                         const cuda::LaunchConfig* config) {
  FakeCudaCall fake;
  if (!fake || !size || !config) return cuda::kInvalidValue;
  const worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  if (fake->device.arch < 90) return fake->Return(cuda::kNotSupported);
  *size = found->large_clusters ? worker::kLargestCluster : worker::kPortableCluster;
  return cuda::kSuccess;
}

int cudaOccupancyMaxActiveClusters(int* clusters, const void* function,
                                   const cuda::LaunchConfig* config) {
  FakeCudaCall fake;
  if (!fake || !clusters || !config) return cuda::kInvalidValue;
  const worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  const int cluster = worker::ClusterOf(*config);
  if (cluster < 1 || cluster > worker::kLargestCluster)
    return fake->Return(cuda::kInvalidClusterSize);
  if (fake->device.arch < 90) return fake->Return(cuda::kNotSupported);
  const worker::Occupancy fit = worker::ComputeOccupancy(
      found->facts, fake->device,
      static_cast<uint32_t>(worker::Volume(config->block)), config->shared_bytes);
  *clusters = worker::ActiveClusters(fake->device, fit.blocks, cluster);
  return cuda::kSuccess;
}

}  // extern "C"
#pragma GCC visibility pop
