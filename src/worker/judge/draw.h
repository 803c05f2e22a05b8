// The distributions behind InputGenerator: pure functions of a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "core/task.h"
#include "worker/judge/input_case.h"

namespace kernelevolve::worker {

// Standard normal values, index by index, from a counter: any element can be
// drawn without the ones before it.
class NormalSource {
 public:
  NormalSource();
  double At(uint64_t seed, int64_t index) const;

 private:
  std::vector<double> quantiles_;
};

// In [0, 1).
double UniformAt(uint64_t seed, int64_t index);

// `count` values of a floating tensor.
std::vector<double> DrawFloating(const ValueSpec& spec, const std::vector<double>& arguments,
                                 InputFamily family, uint64_t seed, int64_t count);

// The declared family of a float32 tensor, fast. False for kinds of values that
// have no fast way; another seed, other values, as with DrawFloating, but not
// the same ones as there.
bool DrawDeclaredFloats(const ValueSpec& spec, const std::vector<double>& arguments,
                        uint64_t seed, float* out, int64_t count);

// `count` values of an integer or bool tensor.
std::vector<int64_t> DrawIntegers(const ValueSpec& spec, const std::vector<double>& arguments,
                                  InputFamily family, uint64_t seed, int64_t count);

}  // namespace kernelevolve::worker
