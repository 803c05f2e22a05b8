#include "worker/judge/scalar.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "worker/judge/vectorized.h"

namespace kernelevolve::worker {
namespace {

template <typename T>
T Get(const uint8_t* data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <typename T>
void Put(uint8_t* data, int64_t index, T value) {
  std::memcpy(data + index * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
}

// The small float formats: one sign bit, then exponent, then mantissa.
struct Format {
  int exponent_bits, mantissa_bits, bias;
  bool has_infinity;  // f8e4m3 has none: all-ones is NaN, the rest finite
};

constexpr Format kHalf{5, 10, 15, true};
constexpr Format kBFloat{8, 7, 127, true};
constexpr Format kE4M3{4, 3, 7, false};
constexpr Format kE5M2{5, 2, 15, true};

double Decode(const Format& f, uint32_t bits) {
  const int total = 1 + f.exponent_bits + f.mantissa_bits;
  const double sign = (bits >> (total - 1)) & 1 ? -1 : 1;
  const uint32_t exponent_mask = (1u << f.exponent_bits) - 1;
  const uint32_t mantissa_mask = (1u << f.mantissa_bits) - 1;
  const uint32_t exponent = (bits >> f.mantissa_bits) & exponent_mask;
  const uint32_t mantissa = bits & mantissa_mask;
  if (exponent == exponent_mask) {
    if (f.has_infinity)
      return mantissa ? std::numeric_limits<double>::quiet_NaN()
                      : sign * std::numeric_limits<double>::infinity();
    if (mantissa == mantissa_mask) return std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0)
    return sign * std::ldexp(mantissa, 1 - f.bias - f.mantissa_bits);
  return sign * std::ldexp(mantissa + (1u << f.mantissa_bits),
                           static_cast<int>(exponent) - f.bias - f.mantissa_bits);
}

uint32_t Encode(const Format& f, double value) {
  const int total = 1 + f.exponent_bits + f.mantissa_bits;
  const uint32_t exponent_mask = (1u << f.exponent_bits) - 1;
  const uint32_t sign = std::signbit(value) ? 1u << (total - 1) : 0;
  const uint32_t nan = (exponent_mask << f.mantissa_bits) |
                       (f.has_infinity ? 1u << (f.mantissa_bits - 1)
                                       : (1u << f.mantissa_bits) - 1);
  const uint32_t top = f.has_infinity ? exponent_mask << f.mantissa_bits : nan;
  if (std::isnan(value)) return sign | nan;
  const double magnitude = std::fabs(value);
  if (std::isinf(value)) return sign | top;
  if (magnitude == 0) return sign;
  int exponent = std::max(std::ilogb(magnitude), 1 - f.bias);
  const double step = std::ldexp(1.0, exponent - f.mantissa_bits);
  // nearbyint rounds ties to even in the default environment.
  const auto units = static_cast<uint64_t>(std::nearbyint(magnitude / step));
  // units carries its implicit bit, so adding it to the exponent field works
  // for normal, subnormal and rounded-up values alike.
  const uint64_t field =
      units + (static_cast<uint64_t>(exponent + f.bias - 1) << f.mantissa_bits);
  return sign | static_cast<uint32_t>(std::min<uint64_t>(field, top));
}

}  // namespace

double LoadScalar(DType dtype, const uint8_t* data, int64_t index) {
  switch (dtype) {
    case DType::kF64: return Get<double>(data, index);
    case DType::kF32: return Get<float>(data, index);
    case DType::kF16: return Decode(kHalf, Get<uint16_t>(data, index));
    case DType::kBF16: return Decode(kBFloat, Get<uint16_t>(data, index));
    case DType::kF8E4M3: return Decode(kE4M3, data[index]);
    case DType::kF8E5M2: return Decode(kE5M2, data[index]);
    case DType::kI64: return static_cast<double>(Get<int64_t>(data, index));
    case DType::kI32: return Get<int32_t>(data, index);
    case DType::kI16: return Get<int16_t>(data, index);
    case DType::kI8: return Get<int8_t>(data, index);
    case DType::kU8:
    case DType::kBool: return data[index];
  }
  return 0;
}

void StoreScalar(DType dtype, uint8_t* data, int64_t index, double value) {
  switch (dtype) {
    case DType::kF64: return Put(data, index, value);
    case DType::kF32: return Put(data, index, static_cast<float>(value));
    case DType::kF16:
      return Put(data, index, static_cast<uint16_t>(Encode(kHalf, value)));
    case DType::kBF16:
      return Put(data, index, static_cast<uint16_t>(Encode(kBFloat, value)));
    case DType::kF8E4M3:
      data[index] = static_cast<uint8_t>(Encode(kE4M3, value));
      return;
    case DType::kF8E5M2:
      data[index] = static_cast<uint8_t>(Encode(kE5M2, value));
      return;
    case DType::kI64: return Put(data, index, static_cast<int64_t>(value));
    case DType::kI32: return Put(data, index, static_cast<int32_t>(value));
    case DType::kI16: return Put(data, index, static_cast<int16_t>(value));
    case DType::kI8: return Put(data, index, static_cast<int8_t>(value));
    case DType::kU8: return Put(data, index, static_cast<uint8_t>(value));
    case DType::kBool: return Put(data, index, static_cast<uint8_t>(value != 0));
  }
}

namespace {

KE_VECTORIZED void WidenFloats(const float* data, int64_t count, double* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = data[i];
}

}  // namespace

void WidenToDouble(DType dtype, const uint8_t* data, int64_t count, double* out) {
  if (dtype == DType::kF32 && reinterpret_cast<uintptr_t>(data) % sizeof(float) == 0) {
    WidenFloats(reinterpret_cast<const float*>(data), count, out);
  } else if (dtype == DType::kF64) {
    std::memcpy(out, data, static_cast<size_t>(count) * sizeof(double));
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = LoadScalar(dtype, data, i);
  }
}

}  // namespace kernelevolve::worker
