#include "core/task.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"
#include "base/format.h"

namespace kernelevolve {

std::string Task::Digest() const {
  std::string text;
  for (const auto& [path, contents] : files)
    text += format("{}:{}{}:{}", path.size(), path, contents.size(), contents);
  return HexDigest(text);
}

std::vector<ShapeCase> Task::ShapesFor(const std::string& device_kind) const {
  std::vector<ShapeCase> chosen;
  for (const ShapeCase& shape : shapes)
    if (shape.devices.empty() ||
        std::find(shape.devices.begin(), shape.devices.end(), device_kind) !=
            shape.devices.end())
      chosen.push_back(shape);
  return chosen;
}

const ShapeCase* Task::FindShape(const std::string& shape_name) const {
  for (const ShapeCase& shape : shapes)
    if (shape.name == shape_name) return &shape;
  return nullptr;
}

std::vector<double> Task::AttributeValues(const ShapeCase& shape) const {
  std::vector<double> values;
  for (const AttributeSpec& attribute : attributes) {
    const auto it = shape.attributes.find(attribute.name);
    values.push_back(it == shape.attributes.end() ? attribute.default_value
                                                  : it->second);
  }
  return values;
}

Expression::Bindings BindDims(const ShapeCase& shape) {
  Expression::Bindings bindings;
  for (const auto& [name, extent] : shape.dims)
    bindings[name] = static_cast<double>(extent);
  return bindings;
}

std::vector<int64_t> Extents(const TensorSpec& tensor, const ShapeCase& shape) {
  const Expression::Bindings bindings = BindDims(shape);
  std::vector<int64_t> extents;
  for (const Expression& entry : tensor.shape) {
    const Result<int64_t> extent = entry.EvaluateInteger(bindings);
    CHECK(extent.has_value());
    extents.push_back(*extent);
  }
  return extents;
}

int64_t ElementCount(const TensorSpec& tensor, const ShapeCase& shape) {
  int64_t count = 1;
  for (const int64_t extent : Extents(tensor, shape))
    CHECK(!__builtin_mul_overflow(count, extent, &count));
  return count;
}

}  // namespace kernelevolve
