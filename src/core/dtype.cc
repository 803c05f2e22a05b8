#include "core/dtype.h"

#include <array>

#include "base/check.h"

namespace kernelevolve {
namespace {

struct Facts {
  std::string_view name;
  int64_t bytes;
  double roundoff;         // 2^-p, 0 for integers
  double smallest_normal;  // 0 for integers
};

constexpr std::array<Facts, 12> kFacts = {{
    {"f64", 8, 0x1p-53, 0x1p-1022},
    {"f32", 4, 0x1p-24, 0x1p-126},
    {"f16", 2, 0x1p-11, 0x1p-14},
    {"bf16", 2, 0x1p-8, 0x1p-126},
    {"f8e4m3", 1, 0x1p-4, 0x1p-6},
    {"f8e5m2", 1, 0x1p-3, 0x1p-14},
    {"i64", 8, 0, 0},
    {"i32", 4, 0, 0},
    {"i16", 2, 0, 0},
    {"i8", 1, 0, 0},
    {"u8", 1, 0, 0},
    {"bool", 1, 0, 0},
}};

const Facts& FactsOf(DType dtype) {
  const auto index = static_cast<size_t>(dtype);
  CHECK(index < kFacts.size());
  return kFacts[index];
}

}  // namespace

std::string_view DTypeName(DType dtype) { return FactsOf(dtype).name; }

std::optional<DType> ParseDType(std::string_view name) {
  for (size_t i = 0; i < kFacts.size(); ++i)
    if (kFacts[i].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

std::string_view DTypeNames() {
  return "f64 f32 f16 bf16 f8e4m3 f8e5m2 i64 i32 i16 i8 u8 bool";
}

int64_t DTypeBytes(DType dtype) { return FactsOf(dtype).bytes; }
bool IsFloating(DType dtype) { return FactsOf(dtype).roundoff > 0; }
double UnitRoundoff(DType dtype) { return FactsOf(dtype).roundoff; }
double SmallestNormal(DType dtype) { return FactsOf(dtype).smallest_normal; }

}  // namespace kernelevolve
