// Element types of tensors, in the order of include/kernelevolve/abi.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kernelevolve {

// Values are the ABI's codes and stand in stored results: never renumber.
enum class DType : int32_t {
  kF64 = 0, kF32, kF16, kBF16, kF8E4M3, kF8E5M2,
  kI64, kI32, kI16, kI8, kU8, kBool,
};

std::string_view DTypeName(DType dtype);
std::optional<DType> ParseDType(std::string_view name);
// Every name, for messages: "f64 f32 f16 …".
std::string_view DTypeNames();

int64_t DTypeBytes(DType dtype);
bool IsFloating(DType dtype);
// Unit roundoff 2^-p of a floating dtype; 0 for the others.
double UnitRoundoff(DType dtype);
// Smallest normal number of a floating dtype; 0 for the others.
double SmallestNormal(DType dtype);

}  // namespace kernelevolve
