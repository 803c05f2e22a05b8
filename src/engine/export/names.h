// Names and types of an exported kernel, as C spells them.
#pragma once

#include <string>

#include "core/expression.h"
#include "core/task.h"

namespace kernelevolve {

// "fused-softmax" → "fused_softmax"; never a keyword, never empty.
std::string CName(const std::string& name);
// "float", "int64_t"; the bits where C has no such type: "uint16_t".
std::string CTypeName(DType dtype);
// The expression with every name as CName spells it. C++: min and max may have
// any number of arguments.
std::string CExpression(const Expression& expression);
// "x f32 [rows, cols]", for comments.
std::string DescribeTensor(const TensorSpec& tensor);

}  // namespace kernelevolve
