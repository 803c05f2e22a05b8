#include "worker/gpu/launcher/prepared_launch.h"

#include <cstring>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

tl::unexpected<CudaError> Refuse(std::string what) {
  return tl::unexpected<CudaError>(
      CudaError{kCudaInvalidValue, std::move(what)});
}

bool Fits(uint64_t at, uint64_t bytes, const std::vector<uint8_t>& buffer) {
  return at <= buffer.size() && bytes <= buffer.size() - at;
}

CudaStatus CheckParameters(const LaunchOp& op, const Kernel& kernel,
                           const std::string& name) {
  for (size_t i = 0; i < kernel.parameters.size(); ++i) {
    const KernelParameter& parameter = kernel.parameters[i];
    if (i >= op.offsets.size())
      return Refuse(format("{} takes {} parameters; it is given {}", name,
                           kernel.parameters.size(), op.offsets.size()));
    if (op.offsets[i] != parameter.offset ||
        !Fits(parameter.offset, parameter.bytes, op.parameters))
      return Refuse(format(
          "parameter {} of {} has {} bytes at offset {}; it is given one at "
          "offset {} of {} bytes in all", i, name, parameter.bytes,
          parameter.offset, op.offsets[i], op.parameters.size()));
  }
  for (const uint32_t offset : op.offsets)
    if (offset >= op.parameters.size())
      return Refuse(format("a parameter of {} lies outside its buffer", name));
  return {};
}

Cuda<CuTensorMap> Encode(const Driver& driver, const TensorMap& map,
                         const BufferTable& buffers) {
  const size_t rank = map.dims.size();
  const auto address = buffers.Find(map.base);
  if (!address || rank < 1 || rank > 5 || map.strides.size() + 1 != rank ||
      map.box.size() != rank || map.element_strides.size() != rank)
    return Refuse("a tensor map's parts do not fit");
  CuTensorMap encoded{};
  // Some drivers read the list of strides even where rank 1 has none.
  std::vector<uint64_t> strides = map.strides;
  strides.push_back(0);
  RETURN_IF_CUDA(
      driver.TensorMapEncodeTiled(
          &encoded, map.dtype, static_cast<uint32_t>(rank),
          reinterpret_cast<void*>(*address), map.dims.data(), strides.data(),
          map.box.data(), map.element_strides.data(), map.interleave,
          map.swizzle, map.l2_promotion, map.oob_fill),
      format("a tensor map of {} dimensions on {} that the device does not take",
             rank, map.base.buffer.ToString()));
  return encoded;
}

}  // namespace

Cuda<std::vector<CuTensorMap>> EncodeMaps(const Driver& driver,
                                          const std::vector<TensorMap>& maps,
                                          const BufferTable& buffers) {
  std::vector<CuTensorMap> encoded;
  for (const TensorMap& map : maps) {
    ASSIGN_OR_RETURN_CUDA(const CuTensorMap one, Encode(driver, map, buffers));
    encoded.push_back(one);
  }
  return encoded;
}

Cuda<PreparedLaunch> PreparedLaunch::Prepare(
    const LaunchOp& op, const LoadedModules& modules,
    const BufferTable& buffers, const std::vector<CuTensorMap>& maps) {
  PreparedLaunch launch;
  launch.name_ = Sanitize(op.kernel, 120);
  const Kernel* kernel = modules.Find(op.module, op.kernel);
  if (!kernel) return Refuse("no kernel " + launch.name_);
  RETURN_IF_CUDA_ERROR(CheckParameters(op, *kernel, launch.name_));
  launch.function_ = kernel->function;
  launch.parameters_ = op.parameters;
  RETURN_IF_CUDA_ERROR(PatchBytes(op.pointers, op.maps, buffers, maps,
                                  launch.name_, &launch.parameters_));
  for (const uint32_t offset : op.offsets)
    launch.pointers_.push_back(launch.parameters_.data() + offset);
  launch.Configure(op);
  return launch;
}

CudaStatus PatchBytes(const std::vector<PlanPointer>& pointers,
                      const std::vector<PlanMapUse>& uses,
                      const BufferTable& buffers,
                      const std::vector<CuTensorMap>& maps,
                      const std::string& whose, std::vector<uint8_t>* bytes) {
  for (const PlanPointer& pointer : pointers) {
    const auto address = buffers.Find(pointer.place);
    if (!address || !Fits(pointer.at, sizeof *address, *bytes))
      return Refuse(format("{} is given {}, which does not fit", whose,
                           pointer.place.buffer.ToString()));
    std::memcpy(bytes->data() + pointer.at, &*address, sizeof *address);
  }
  for (const PlanMapUse& use : uses) {
    if (use.map < 0 || static_cast<size_t>(use.map) >= maps.size() ||
        !Fits(use.at, sizeof(CuTensorMap), *bytes))
      return Refuse(format("a tensor map of {} does not fit", whose));
    std::memcpy(bytes->data() + use.at, &maps[static_cast<size_t>(use.map)],
                sizeof(CuTensorMap));
  }
  return {};
}

void PreparedLaunch::Configure(const LaunchOp& op) {
  config_.grid_x = op.grid[0];
  config_.grid_y = op.grid[1];
  config_.grid_z = op.grid[2];
  config_.block_x = op.block[0];
  config_.block_y = op.block[1];
  config_.block_z = op.block[2];
  config_.shared_bytes = op.shared_bytes;
  if (op.cooperative) {
    CuLaunchAttribute attribute{};
    attribute.id = kLaunchCooperative;
    attribute.value.cooperative = 1;
    attributes_.push_back(attribute);
  }
  if (op.cluster != Extent3{1, 1, 1}) {
    CuLaunchAttribute attribute{};
    attribute.id = kLaunchClusterDimension;
    attribute.value.cluster = {op.cluster[0], op.cluster[1], op.cluster[2]};
    attributes_.push_back(attribute);
  }
}

void PreparedLaunch::OverlapPrevious() {
  CuLaunchAttribute attribute{};
  attribute.id = kLaunchProgrammaticSerialization;
  attribute.value.programmatic = 1;
  attributes_.push_back(attribute);
}

CudaStatus PreparedLaunch::Issue(const Driver& driver, CuStream stream) {
  config_.stream = stream;
  config_.attributes = attributes_.empty() ? nullptr : attributes_.data();
  config_.attribute_count = static_cast<unsigned>(attributes_.size());
  RETURN_IF_CUDA(
      driver.LaunchKernelEx(&config_, function_, pointers_.data(), nullptr),
      format("launching {} with grid {} x {} x {}, block {} x {} x {}, {} bytes "
             "of dynamic shared memory", name_, config_.grid_x, config_.grid_y,
             config_.grid_z, config_.block_x, config_.block_y, config_.block_z,
             config_.shared_bytes));
  return {};
}

}  // namespace kernelevolve::worker::gpu
