// DeviceKernels: the judge's own kernels, on the device. They draw inputs, fill
// outputs with poison and compare every element where the data lies.
#pragma once

#include <cstdint>
#include <memory>

#include "base/file.h"
#include "core/task.h"
#include "worker/gpu/driver/driver.h"
#include "worker/gpu/judge/open_pairs.h"
#include "worker/judge/input_case.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

// A floating output against the exact one: |y - r| <= relative |r| + absolute.
struct DeviceComparison {
  int64_t compared = 0, wrong = 0, untouched = 0, nonfinite = 0;
  int64_t first = -1;      // index of the first wrong element
  double error_max = 0;    // relative to max(|r|, scale)
  double error_rms = 0;
  double worst = 0;        // largest |y - r| over its allowance
};

struct Allowance {
  double relative = 0, absolute = 0;
  double scale = 0;  // RMS of the finite exact values
};

// One per device server; one thread, which has the device's context current.
// Every call returns when its work is done.
class DeviceKernels {
 public:
  // Compiles runners/cuda/judge_kernels.cu for the device, once per machine and
  // toolkit. kMissing without nvcc.
  static Result<std::unique_ptr<DeviceKernels>> Load(const Driver& driver,
                                                     const Machine& machine,
                                                     int compute_capability);
  ~DeviceKernels();

  // A payload of poison between canaries. `from` is aligned to 8 bytes, `before`
  // and `after` (at most kCanaryBytes) are those of the canaries.
  struct Poison {
    CuAddress from = 0;
    uint64_t before = 0, bytes = 0, after = 0;
    uint64_t pattern = 0, canary = 0;
  };
  Status Write(const Poison& poison);
  // Whether values of the family are drawn here; the others only the host draws.
  static bool CanDraw(const TensorSpec& tensor, InputFamily family);
  // `factor`: of the deviation (OffsetFactor).
  Status Draw(const TensorSpec& tensor, const ShapeCase& shape, InputFamily family,
              CuAddress to, uint64_t seed, double factor = 1);
  // Rows with NaN or infinities, as PlantSpecials of special_values.h but for the row
  // that is -inf everywhere.
  Status PlantSpecials(const TensorSpec& tensor, const ShapeCase& shape,
                       CuAddress to, uint64_t seed);
  // Root mean square of the finite values and their number; `dtype` may be kF64
  // for exact ones.
  struct Size {
    double scale = 0;
    int64_t finite = 0;
  };
  Result<Size> Measure(CuAddress data, DType dtype, int64_t count);
  struct Operand {
    CuAddress data = 0;
    DType dtype = DType::kF32;
  };
  // `poison`: what an untouched element still holds. `open`: where y may differ
  // from `exact`.
  Result<DeviceComparison> Compare(const Operand& y, const Operand& exact,
                                   int64_t count, const Allowance& allowance,
                                   uint64_t poison, OpenPairs open);
  Result<DeviceComparison> CompareBits(CuAddress y, CuAddress exact,
                                       int element_bytes, int64_t count,
                                       uint64_t poison);
  // Equal for equal bits.
  Result<uint64_t> Digest(CuAddress data, uint64_t bytes);

  const std::string& image() const { return image_; }  // the cubin

 private:
  explicit DeviceKernels(const Driver& driver) : driver_(driver) {}
  Status Launch(const char* kernel, int64_t items, void** parameters);
  Status Zero(uint64_t bytes);
  template <typename T>
  Status ReadScratch(T* to);

  const Driver& driver_;
  std::string image_;
  CuModule module_ = nullptr;
  CuAddress scratch_ = 0;  // what kernels add up
};

}  // namespace kernelevolve::worker::gpu
