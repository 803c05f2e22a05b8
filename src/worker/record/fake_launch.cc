// How FakeCuda takes down a launch: what the device would refuse is refused,
// the arguments are packed as the kernel's image wants them.
#include <cstring>

#include "base/format.h"
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kMostGridX = 0x7fffffff, kMostGridYZ = 65535;
constexpr uint64_t kMostBlockXY = 1024, kMostBlockZ = 64;
constexpr uint64_t kMostCluster = 8, kMostLargeCluster = 16;
constexpr uint64_t kRegistersOfABlock = 65536;
// First architecture with clusters.
constexpr int kClusterArch = 90;

uint64_t Volume(const cuda::Dim3& extent) {
  return uint64_t{extent.x} * extent.y * extent.z;
}

bool Within(const cuda::Dim3& extent, uint64_t x, uint64_t y, uint64_t z) {
  return extent.x >= 1 && extent.y >= 1 && extent.z >= 1 && extent.x <= x &&
         extent.y <= y && extent.z <= z;
}

std::string Words(const cuda::Dim3& extent) {
  return format("{} x {} x {}", extent.x, extent.y, extent.z);
}

Extent3 ToExtent(const cuda::Dim3& extent) {
  return {extent.x, extent.y, extent.z};
}

// Copies each argument to its place; what lies between stays zero.
std::vector<uint8_t> Pack(const KernelFacts& facts, void** arguments) {
  std::vector<uint8_t> packed(facts.ParameterBytes());
  for (size_t i = 0; i < facts.parameters.size(); ++i)
    std::memcpy(packed.data() + facts.parameters[i].offset, arguments[i],
                facts.parameters[i].size);
  return packed;
}

}  // namespace

std::optional<FakeCuda::Objection> FakeCuda::ObjectToCluster(
    const CudaFunction& function, const LaunchShape& shape) const {
  const uint64_t blocks = Volume(shape.cluster);
  if (blocks == 1) return std::nullopt;
  const uint64_t most =
      function.large_clusters ? kMostLargeCluster : kMostCluster;
  if (device.arch < kClusterArch)
    return Objection{cuda::kNotSupported, "this device has no clusters"};
  if (blocks == 0 || blocks > most)
    return Objection{cuda::kInvalidClusterSize,
                     format("a cluster of {}; {} blocks are allowed",
                            Words(shape.cluster), most),
                     blocks > most ? Code::kLaunchFail : Code::kRunFailed};
  if (shape.grid.x % shape.cluster.x || shape.grid.y % shape.cluster.y ||
      shape.grid.z % shape.cluster.z)
    return Objection{cuda::kInvalidClusterSize,
                     format("a grid of {} is no multiple of its clusters of {}",
                            Words(shape.grid), Words(shape.cluster))};
  return std::nullopt;
}

std::optional<FakeCuda::Objection> FakeCuda::Object(
    const CudaFunction& function, const LaunchShape& shape) const {
  const KernelFacts& facts = function.facts;
  const uint64_t threads = Volume(shape.block);
  if (!Within(shape.grid, kMostGridX, kMostGridYZ, kMostGridYZ))
    return Objection{cuda::kInvalidConfiguration,
                     format("a grid of {}; {} x {} x {} are allowed", Words(shape.grid),
                            kMostGridX, kMostGridYZ, kMostGridYZ),
                     Volume(shape.grid) > 0 ? Code::kLaunchFail : Code::kRunFailed};
  if (!Within(shape.block, kMostBlockXY, kMostBlockXY, kMostBlockZ) ||
      threads > static_cast<uint64_t>(facts.max_threads))
    return Objection{cuda::kInvalidConfiguration,
                     format("a block of {}; {} threads are allowed",
                            Words(shape.block), facts.max_threads),
                     threads > 0 ? Code::kLaunchFail : Code::kRunFailed};
  if (static_cast<uint64_t>(facts.registers) * threads > kRegistersOfABlock)
    return Objection{cuda::kLaunchOutOfResources,
                     format("{} threads of {} registers; a block has {}", threads,
                            facts.registers, kRegistersOfABlock),
                     Code::kLaunchFail};
  if (shape.shared_bytes > function.most_dynamic_shared)
    return Objection{cuda::kInvalidValue,
                     format("{} bytes of dynamic shared memory; {} are allowed "
                            "(cudaFuncSetAttribute allows more)",
                            shape.shared_bytes, function.most_dynamic_shared),
                     shape.shared_bytes + facts.shared_bytes >
                             device.shared_per_block_optin
                         ? Code::kLaunchFail : Code::kRunFailed};
  if (shape.cooperative) {
    const Occupancy fit =
        ComputeOccupancy(facts, device, static_cast<uint32_t>(threads),
                         shape.shared_bytes);
    const auto most = static_cast<uint64_t>(fit.blocks) *
                      static_cast<uint64_t>(device.multiprocessors);
    if (Volume(shape.grid) > most)
      return Objection{cuda::kCooperativeLaunchTooLarge,
                       format("{} blocks that wait for each other; {} fit",
                              Volume(shape.grid), most),
                       Code::kLaunchFail};
  }
  return ObjectToCluster(function, shape);
}

int FakeCuda::MakeLaunch(const void* key, const LaunchShape& shape,
                         void** arguments, RawOp* out) {
  const CudaFunction* function = modules.Find(key);
  if (!function) {
    tape.Refuse(Code::kRunFailed,
                format("launches what is no kernel of its own{}",
                       modules.trouble() ? ": " + *modules.trouble() : ""));
    return Return(cuda::kInvalidDeviceFunction);
  }
  if (const auto objection = Object(*function, shape)) {
    tape.Refuse(objection->code,
                format("{} cannot be launched ({}): {}",
                       ReadableKernelName(function->facts.name),
                       CudaErrorName(objection->error), objection->reason));
    return Return(objection->error);
  }
  LaunchOp op;
  op.module = function->facts.module;
  op.kernel = function->facts.name;
  op.grid = ToExtent(shape.grid);
  op.block = ToExtent(shape.block);
  op.cluster = ToExtent(shape.cluster);
  op.shared_bytes = static_cast<uint32_t>(shape.shared_bytes);
  op.cooperative = shape.cooperative;
  op.programmatic = shape.programmatic;
  op.parameters = Pack(function->facts, arguments);
  for (const KernelParameter& parameter : function->facts.parameters)
    op.offsets.push_back(parameter.offset);
  *out = {std::move(op)};
  return cuda::kSuccess;
}

int FakeCuda::Launch(const void* key, const LaunchShape& shape,
                     void** arguments) {
  const CudaFunction* function = modules.Find(key);
  std::string name;
  if (function) name = ReadableKernelName(function->facts.name);
  if (function && !tape.MayWork("a launch of " + name))
    return Return(cuda::kNotSupported);
  RawOp op;
  const int error = MakeLaunch(key, shape, arguments, &op);
  return error ? error : Put(shape.stream, std::move(op), name);
}

}  // namespace kernelevolve::worker
