#include "knowledge/docs/situation.h"

#include <array>
#include <string_view>
#include <utility>

namespace kernelevolve {
namespace {

// ALIASED_OUTPUT, NO_DEVICE_WORK and DEFERRED are reserved: no verdict has them today.
constexpr std::array<std::pair<Code, std::string_view>, 31> kCodeWords = {{
    {Code::kContract, "contract entry point export symbol workspace parameter"},
    {Code::kBuildFailed, "compile compiler build link undefined"},
    {Code::kBuildTamper, "include path forbidden source"},
    {Code::kWrongOutput, "wrong output result index mask tail"},
    {Code::kOutputNotWritten, "unwritten output elements tail remainder"},
    {Code::kNonfinite, "nan infinity overflow"},
    {Code::kPrecision, "precision rounding accumulate accumulation summation"},
    {Code::kInputMutated, "input read-only written in place"},
    {Code::kAliasedOutput, "alias output overlap"},
    {Code::kShapeOverfit, "shape extents general domain tail hard-coded"},
    {Code::kInputOverfit, "values assumption inputs general"},
    {Code::kOob, "out of bounds guard tail remainder masked"},
    {Code::kUninit, "uninitialised memory alignment workspace"},
    {Code::kRace, "race synchronisation barrier shared memory"},
    {Code::kNondet, "deterministic order atomic summation"},
    {Code::kCrash, "crash signal segmentation fault stack alignment"},
    {Code::kRunFailed, "return value launch failed"},
    {Code::kLaunchFail, "launch configuration shared memory registers grid"},
    {Code::kGpuFault, "illegal address memory access misaligned"},
    {Code::kTimeout, "timeout endless loop slow deadlock"},
    {Code::kResource, "memory limit threads stack workspace"},
    {Code::kReplay, "remember cache results between calls state"},
    {Code::kNoDeviceWork, "device work launch host"},
    {Code::kDelegation, "library delegation shared object"},
    {Code::kAsyncEscape, "threads join asynchronous after return"},
    {Code::kDeferred, "deferred work synchronise stream"},
    {Code::kImpossibleSpeed, "skipped work roof impossible speed"},
    {Code::kResidency, "cache residency resident data"},
    {Code::kSabotage, "rounding mode flush-to-zero control word"},
    {Code::kEarlyExit, "exit process ends"},
    {Code::kSandbox, "system call sandbox forbidden"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5>
    kBottleneckWords = {{
        {"memory", "memory bandwidth traffic bytes cache"},
        {"compute", "compute throughput arithmetic vector fma"},
        {"latency", "latency dependency chain stall pipeline"},
        {"occupancy", "occupancy registers warps blocks shared memory"},
        {"launch", "launch overhead small kernels grid"},
    }};

// Operators and tensor forms, in small letters.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24>
    kOtherNames = {{
        {"matmul", "gemm matrix product"},
        {"gemm", "matmul matrix product"},
        {"linear", "matmul gemm matrix product"},
        {"pffn", "matmul gemm matrix product fusion gelu"},
        {"optimized_fm", "matmul gram matrix product"},
        {"mlp", "matmul gemm matrix product fusion"},
        {"conv1d", "convolution implicit gemm padding"},
        {"conv2d", "convolution implicit gemm padding"},
        {"conv", "convolution"},
        {"attention", "softmax online matmul"},
        {"layernorm", "norm variance mean row"},
        {"rmsnorm", "norm row reduction"},
        {"rmsnorm_backward", "norm row reduction accumulation"},
        {"gelu", "erf tanh exp"},
        {"gelu_bias", "erf tanh exp map"},
        {"gather", "lookup index table"},
        {"map_id", "gather lookup index table"},
        {"inverted_index", "histogram counting sort offsets"},
        {"bucketize", "binary search counting"},
        {"mbdt", "bucketize binary search counting"},
        {"batch_event_truncate", "jagged offsets empty rows"},
        {"histogram", "counting atomics"},
        {"sum", "reduction"},
        {"sums", "reduction"},
    }};

}  // namespace

std::string OtherNamesOf(const std::string& word) {
  for (const auto& [known, names] : kOtherNames)
    if (known == word) return std::string(names);
  const size_t z = word.find("iz");
  if (z == std::string::npos || word.size() < 6) return "";
  std::string british = word;
  british[z + 1] = 's';
  return british;
}

std::string WordsFor(Code code) {
  for (const auto& [known, words] : kCodeWords)
    if (known == code) return std::string(words);
  return "";
}

std::string WordsForBottleneck(const std::string& bottleneck) {
  for (const auto& [known, words] : kBottleneckWords)
    if (known == bottleneck) return std::string(words);
  return bottleneck;
}

std::string WordsForPhase(const std::string& phase) {
  return phase == "draft" ? "candidate anatomy entry point exports abi" : "";
}

}  // namespace kernelevolve
