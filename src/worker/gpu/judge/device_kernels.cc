#include "worker/gpu/judge/device_kernels.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "worker/gpu/judge/transfer.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kThreads = 256;
constexpr uint64_t kScratchBytes = 256;

// As struct Statistics of judge_kernels.cu.
struct Statistics {
  uint64_t wrong, untouched, nonfinite, first;
  double error_max, error_squares, worst;
  uint64_t counted;
};

double Argument(const TensorSpec& tensor, const ShapeCase& shape, size_t index,
                double otherwise) {
  if (index >= tensor.values.arguments.size()) return otherwise;
  return tensor.values.arguments[index].Evaluate(BindDims(shape)).value_or(otherwise);
}

DeviceComparison FromStatistics(const Statistics& found, int64_t count) {
  DeviceComparison result;
  result.compared = count;
  result.wrong = static_cast<int64_t>(found.wrong);
  result.untouched = static_cast<int64_t>(found.untouched);
  result.nonfinite = static_cast<int64_t>(found.nonfinite);
  result.first = found.wrong ? static_cast<int64_t>(found.first) : -1;
  result.error_max = found.error_max;
  result.worst = found.worst;
  if (found.counted)
    result.error_rms =
        std::sqrt(found.error_squares / static_cast<double>(found.counted));
  return result;
}

CompileRule CubinRule(int compute_capability) {
  CompileRule rule;
  rule.extension = ".cu";
  rule.argv = {"nvcc", "-O3", "-std=c++17", "-cubin",
               format("-gencode=arch=compute_{0},code=sm_{0}", compute_capability),
               "-o", "{output}", "{source}"};
  return rule;
}

// As in judge_kernels.cu. Special rows are planted into plain values.
std::optional<int> FamilyCode(InputFamily family) {
  switch (family) {
    case InputFamily::kDeclared:
    case InputFamily::kSpecialRows: return 0;
    case InputFamily::kLarge: return 1;
    case InputFamily::kTiny: return 2;
    case InputFamily::kOutlier: return 3;
    case InputFamily::kOffset: return 4;
    case InputFamily::kSmallIntegers: return 5;
    default: return std::nullopt;
  }
}

}  // namespace

Result<std::unique_ptr<DeviceKernels>> DeviceKernels::Load(
    const Driver& driver, const Machine& machine, int compute_capability) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  const fs::path file = data / "runners" / "cuda" / "judge_kernels.cu";
  BuildRequest request;
  ASSIGN_OR_RETURN(request.source, ReadFile(file));
  const CompileRule rule = CubinRule(compute_capability);
  request.rule = &rule;
  request.trusted = true;
  BuildResult built;
  ASSIGN_OR_RETURN(const auto failed, machine.builder->Build(request, &built));
  if (failed)
    return Missing(format("{} does not compile for sm_{}: {}", file.string(),
                          compute_capability, failed->message));
  std::unique_ptr<DeviceKernels> kernels(new DeviceKernels(driver));
  ASSIGN_OR_RETURN(kernels->image_, ReadFile(built.library));
  ASSIGN_OR_RETURN(kernels->module_, LoadModule(driver, kernels->image_));
  ASSIGN_OR_RETURN(kernels->scratch_, gpu::Allocate(driver, kScratchBytes));
  return kernels;
}

DeviceKernels::~DeviceKernels() {
  if (scratch_) (void)driver_.MemFree(scratch_);
  if (module_) (void)driver_.ModuleUnload(module_);
}

Status DeviceKernels::Launch(const char* kernel, int64_t items, void** parameters) {
  const int64_t blocks =
      std::clamp<int64_t>((items + kThreads - 1) / kThreads, 1, 2048);
  ASSIGN_OR_RETURN(const CuFunction function,
                   FindFunction(driver_, module_, kernel));
  return LaunchAndWait(driver_, function, static_cast<unsigned>(blocks), kThreads,
                               parameters);
}

Status DeviceKernels::Zero(uint64_t bytes) {
  const std::string zeros(bytes, '\0');
  return CopyToDevice(driver_, scratch_, zeros.data(), bytes);
}

template <typename T>
Status DeviceKernels::ReadScratch(T* to) {
  return CopyToHost(driver_, to, scratch_, sizeof *to);
}

Status DeviceKernels::Write(const Poison& poison) {
  CuAddress from = poison.from;
  int before = static_cast<int>(poison.before);
  int64_t bytes = static_cast<int64_t>(poison.bytes);
  int after = static_cast<int>(poison.after);
  uint64_t pattern = poison.pattern, canary = poison.canary;
  void* parameters[] = {&from, &before, &bytes, &after, &pattern, &canary};
  // One thread for each word of the payload, and for each byte of a canary.
  return Launch("ke_poison", std::max<int64_t>(bytes / 8, 256), parameters);
}

bool DeviceKernels::CanDraw(const TensorSpec& tensor, InputFamily family) {
  using Kind = ValueSpec::Kind;
  const Kind kind = tensor.values.kind;
  if (IsFloating(tensor.dtype))
    return (kind == Kind::kNormal || kind == Kind::kUniform) &&
           FamilyCode(family).has_value();
  return kind == Kind::kRandint && tensor.dtype != DType::kBool &&
         family == InputFamily::kDeclared;
}

Status DeviceKernels::Draw(const TensorSpec& tensor, const ShapeCase& shape,
                           InputFamily family, CuAddress to, uint64_t seed,
                           double factor) {
  int64_t count = ElementCount(tensor, shape);
  if (!IsFloating(tensor.dtype)) {
    int bytes = static_cast<int>(DTypeBytes(tensor.dtype));
    int64_t low = static_cast<int64_t>(Argument(tensor, shape, 0, 0));
    int64_t high = static_cast<int64_t>(Argument(tensor, shape, 1, 0));
    void* parameters[] = {&to, &bytes, &count, &low, &high, &seed};
    return Launch("ke_draw_integers", count, parameters);
  }
  int dtype = static_cast<int>(tensor.dtype);
  int kind = tensor.values.kind == ValueSpec::Kind::kNormal ? 0 : 1;
  int code = FamilyCode(family).value_or(0);
  float a = static_cast<float>(Argument(tensor, shape, 0, 0));
  float b = static_cast<float>(Argument(tensor, shape, 1, 1));
  b *= static_cast<float>(factor);
  void* parameters[] = {&to, &dtype, &count, &kind, &code, &a, &b, &seed};
  return Launch("ke_draw", count, parameters);
}

Status DeviceKernels::PlantSpecials(const TensorSpec& tensor,
                                    const ShapeCase& shape, CuAddress to,
                                    uint64_t seed) {
  int dtype = static_cast<int>(tensor.dtype);
  int64_t count = ElementCount(tensor, shape), row = RowLength(tensor, shape);
  if (row < 1) return {};
  void* parameters[] = {&to, &dtype, &count, &row, &seed};
  return Launch("ke_plant_specials", count, parameters);
}

Result<DeviceKernels::Size> DeviceKernels::Measure(CuAddress data, DType dtype,
                                                   int64_t count) {
  struct {
    double sum;
    uint64_t finite;
  } found{};
  RETURN_IF_ERROR(Zero(sizeof found));
  int code = static_cast<int>(dtype);
  CuAddress sum = scratch_, finite = scratch_ + sizeof(double);
  void* parameters[] = {&data, &code, &count, &sum, &finite};
  RETURN_IF_ERROR(Launch("ke_squares", count, parameters));
  RETURN_IF_ERROR(ReadScratch(&found));
  Size size;
  size.finite = static_cast<int64_t>(found.finite);
  if (found.finite)
    size.scale = std::sqrt(found.sum / static_cast<double>(found.finite));
  return size;
}

Result<DeviceComparison> DeviceKernels::Compare(const Operand& y,
                                                const Operand& exact,
                                                int64_t count,
                                                const Allowance& allowance,
                                                uint64_t poison, OpenPairs open) {
  Statistics found{};
  found.first = ~uint64_t{0};
  RETURN_IF_ERROR(CopyToDevice(driver_, scratch_, &found, sizeof found));
  CuAddress data = y.data, right = exact.data;
  int code = static_cast<int>(y.dtype);
  int exact_code = static_cast<int>(exact.dtype);
  uint32_t pairs = open.bits();
  double relative = allowance.relative, absolute = allowance.absolute;
  double scale = allowance.scale;
  CuAddress out = scratch_;
  void* parameters[] = {&data, &code, &right, &exact_code, &count, &relative,
                        &absolute, &scale, &poison, &pairs, &out};
  RETURN_IF_ERROR(Launch("ke_compare", count, parameters));
  RETURN_IF_ERROR(ReadScratch(&found));
  return FromStatistics(found, count);
}

Result<DeviceComparison> DeviceKernels::CompareBits(CuAddress y,
                                                    CuAddress exact,
                                                    int element_bytes,
                                                    int64_t count,
                                                    uint64_t poison) {
  Statistics found{};
  found.first = ~uint64_t{0};
  RETURN_IF_ERROR(CopyToDevice(driver_, scratch_, &found, sizeof found));
  CuAddress out = scratch_;
  void* parameters[] = {&y, &exact, &element_bytes, &count, &poison, &out};
  RETURN_IF_ERROR(Launch("ke_compare_bytes", count, parameters));
  RETURN_IF_ERROR(ReadScratch(&found));
  DeviceComparison result = FromStatistics(found, count);
  if (result.wrong) result.error_max = 1;
  return result;
}

Result<uint64_t> DeviceKernels::Digest(CuAddress data, uint64_t bytes) {
  RETURN_IF_ERROR(Zero(sizeof(uint64_t)));
  int64_t size = static_cast<int64_t>(bytes);
  CuAddress out = scratch_;
  void* parameters[] = {&data, &size, &out};
  RETURN_IF_ERROR(Launch("ke_digest", size / 8, parameters));
  uint64_t digest = 0;
  RETURN_IF_ERROR(ReadScratch(&digest));
  return digest;
}

}  // namespace kernelevolve::worker::gpu
