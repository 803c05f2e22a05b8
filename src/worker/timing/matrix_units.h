// How much quicker than float's fused multiply-adds a CPU can do a task's arithmetic:
// units for matrices and for short numbers, which the measured roofs know nothing of.
#pragma once

#include "core/task.h"

namespace kernelevolve::worker {

struct MatrixUnits {
  bool amx_bf16 = false, amx_f16 = false, amx_f8 = false, amx_int8 = false;
  bool avx512_f16 = false, avx512_bf16 = false;
  bool vnni = false;  // AVX-512's or AVX's
};

MatrixUnits UnitsOfThisCpu();

// At least 1. By the shortest input, whatever the others are: too much only lets a time
// pass that nothing reaches. Bools beside other inputs are masks. Pure.
double ArithmeticGain(const Task& task, const MatrixUnits& units);

}  // namespace kernelevolve::worker
