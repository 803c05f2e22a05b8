// PreparedLaunch: one launch of a plan with real addresses in its parameters.
#pragma once

#include <string>
#include <vector>

#include "worker/gpu/launcher/buffer_table.h"
#include "worker/gpu/launcher/loaded_modules.h"

namespace kernelevolve::worker::gpu {

// Encodes the tensor maps of a plan for the addresses of `buffers`.
Cuda<std::vector<CuTensorMap>> EncodeMaps(const Driver& driver,
                                          const std::vector<TensorMap>& maps,
                                          const BufferTable& buffers);

// Puts addresses and encoded maps into `bytes`, which `whose` is given. Refuses
// those that do not fit.
CudaStatus PatchBytes(const std::vector<PlanPointer>& pointers,
                      const std::vector<PlanMapUse>& uses,
                      const BufferTable& buffers,
                      const std::vector<CuTensorMap>& maps,
                      const std::string& whose, std::vector<uint8_t>* bytes);

// Movable value; the modules it was made from must outlive it.
class PreparedLaunch {
 public:
  PreparedLaunch(PreparedLaunch&&) = default;
  PreparedLaunch& operator=(PreparedLaunch&&) = default;

  // Refuses a plan whose parameters do not cover the kernel's own, for the
  // driver would read on behind them.
  static Cuda<PreparedLaunch> Prepare(const LaunchOp& op,
                                      const LoadedModules& modules,
                                      const BufferTable& buffers,
                                      const std::vector<CuTensorMap>& maps);

  // From here on its blocks may start while the launch that is issued before it
  // on its stream still runs; they wait for that by themselves, or do not.
  void OverlapPrevious();

  CudaStatus Issue(const Driver& driver, CuStream stream);

 private:
  PreparedLaunch() = default;
  void Configure(const LaunchOp& op);

  CuFunction function_ = nullptr;
  std::string name_;
  std::vector<uint8_t> parameters_;
  std::vector<void*> pointers_;  // to each parameter
  std::vector<CuLaunchAttribute> attributes_;
  CuLaunchConfig config_{};
};

}  // namespace kernelevolve::worker::gpu
