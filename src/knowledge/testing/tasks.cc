#include "knowledge/testing/tasks.h"

#include <set>

#include "base/check.h"
#include "base/text.h"

namespace kernelevolve {

TensorSpec MakeTensor(const std::string& words) {
  const std::vector<std::string_view> parts = Split(Trim(words), ' ');
  CHECK(parts.size() >= 2);
  TensorSpec tensor;
  tensor.name = parts[0];
  tensor.dtype = *ParseDType(parts[1]);
  for (size_t i = 2; i < parts.size(); ++i)
    tensor.shape.push_back(*Expression::Parse(parts[i]));
  return tensor;
}

static std::vector<TensorSpec> MakeTensors(const std::string& list) {
  std::vector<TensorSpec> tensors;
  for (std::string_view words : Split(list, ';'))
    if (!Trim(words).empty())
      tensors.push_back(MakeTensor(std::string(Trim(words))));
  return tensors;
}

Task MakeTask(const std::string& inputs, const std::string& outputs) {
  Task task;
  task.name = "test";
  task.inputs = MakeTensors(inputs);
  task.outputs = MakeTensors(outputs);
  std::set<std::string> dims;
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors)
      for (const Expression& entry : tensor.shape)
        dims.insert(entry.names().begin(), entry.names().end());
  ShapeCase shape;
  shape.name = "only";
  int64_t extent = 7;
  for (const std::string& dim : dims) {
    task.dims.push_back(dim);
    task.domain[dim] = {1, 1000};
    shape.dims[dim] = extent++;
  }
  task.shapes.push_back(shape);
  return task;
}

}  // namespace kernelevolve
