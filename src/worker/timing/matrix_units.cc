#include "worker/timing/matrix_units.h"

#include <cpuid.h>

#include <algorithm>

namespace kernelevolve::worker {
namespace {

// Rates over that of one vector unit for float, as wide as the CPU has it. Where it has
// two, the gain is half of this: a bound may be too generous, never too strict.
constexpr double kTile16 = 32, kTile8 = 64;
// Three products of two 16-bit parts each are the least that come near a float.
constexpr double kTileParts = kTile16 / 3;
// As many more as short numbers fit into a float's place.
constexpr double kTwoInOne = 2, kFourInOne = 4;
// Bits may be packed: 32 in a float's place.
constexpr double kPackedBits = 32;

double GainOf(DType dtype, const MatrixUnits& units) {
  const double parts = units.amx_bf16 ? kTileParts : 1;
  switch (dtype) {
    case DType::kF16:
      if (units.amx_f16) return kTile16;
      return std::max(parts, units.avx512_f16 ? kTwoInOne : 1);
    case DType::kBF16:
      return units.amx_bf16 ? kTile16 : units.avx512_bf16 ? kTwoInOne : 1;
    case DType::kF8E4M3:
    case DType::kF8E5M2:
      if (units.amx_f8) return kTile8;
      // A bf16 holds what they hold.
      return units.amx_bf16 ? kTile16
                            : units.avx512_bf16 || units.avx512_f16 ? kTwoInOne : 1;
    case DType::kI8:
    case DType::kU8:
      if (units.amx_int8) return kTile8;
      return std::max(parts, units.vnni ? kFourInOne : kTwoInOne);
    case DType::kI16:
      return std::max(units.amx_int8 ? kTile8 / 4 : kTwoInOne, parts);
    case DType::kBool:
      return units.amx_int8 ? kTile8 : kPackedBits;
    default:
      return parts;
  }
}

}  // namespace

MatrixUnits UnitsOfThisCpu() {
  MatrixUnits units;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return units;
  const auto bit = [](unsigned word, int index) { return (word >> index & 1) != 0; };
  const bool tiles = bit(d, 24);
  units.amx_bf16 = tiles && bit(d, 22);
  units.amx_int8 = tiles && bit(d, 25);
  units.avx512_f16 = bit(d, 23);
  units.vnni = bit(c, 11);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    units.vnni |= bit(a, 4);
    units.avx512_bf16 = bit(a, 5);
    units.amx_f16 = tiles && bit(a, 21);
  }
  if (tiles && __get_cpuid_count(0x1e, 1, &a, &b, &c, &d)) units.amx_f8 = bit(a, 4);
  return units;
}

double ArithmeticGain(const Task& task, const MatrixUnits& units) {
  const bool only_bools = std::ranges::all_of(
      task.inputs, [](const TensorSpec& input) { return input.dtype == DType::kBool; });
  double gain = 1;
  for (const TensorSpec& input : task.inputs)
    if (only_bools || input.dtype != DType::kBool)
      gain = std::max(gain, GainOf(input.dtype, units));
  return gain;
}

}  // namespace kernelevolve::worker
