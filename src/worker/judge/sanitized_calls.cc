#include "worker/judge/sanitized_calls.h"

#include <bit>

#include "worker/judge/poison.h"

namespace kernelevolve::worker {
namespace {

class Writer {
 public:
  void Word(int64_t value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void Bytes(const std::vector<uint8_t>& bytes) {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    text_.append((sizeof(int64_t) - bytes.size() % sizeof(int64_t)) % sizeof(int64_t),
                 '\0');
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

int64_t BytesOf(const TensorSpec& tensor, const ShapeCase& shape) {
  return ElementCount(tensor, shape) * DTypeBytes(tensor.dtype);
}

void DescribeTensor(const TensorSpec& tensor, const ShapeCase& shape, Writer& writer) {
  const std::vector<int64_t> extents = Extents(tensor, shape);
  writer.Word(static_cast<int64_t>(tensor.dtype));
  writer.Word(static_cast<int64_t>(extents.size()));
  writer.Word(tensor.constant);
  writer.Word(BytesOf(tensor, shape));
  for (const int64_t extent : extents) writer.Word(extent);
}

}  // namespace

std::string DescribeCases(const Task& task, const std::vector<SanitizedCase>& cases,
                          int64_t calls) {
  Writer writer;
  writer.Word(static_cast<int64_t>(cases.size()));
  for (const SanitizedCase& one : cases) {
    const ShapeCase& shape = one.input_case.shape;
    const std::vector<double> attributes = task.AttributeValues(shape);
    writer.Word(calls);
    writer.Word(static_cast<int64_t>(task.inputs.size()));
    writer.Word(static_cast<int64_t>(task.outputs.size()));
    writer.Word(static_cast<int64_t>(attributes.size()));
    for (size_t i = 0; i < task.inputs.size(); ++i) {
      DescribeTensor(task.inputs[i], shape, writer);
      writer.Bytes(one.inputs.tensors[i]);
    }
    for (size_t i = 0; i < task.outputs.size(); ++i) {
      DescribeTensor(task.outputs[i], shape, writer);
      writer.Word(std::bit_cast<int64_t>(SanitizedPoison(task, i)));
    }
    for (const double attribute : attributes)
      writer.Word(std::bit_cast<int64_t>(attribute));
  }
  return writer.Take();
}

uint64_t SanitizedPoison(const Task& task, size_t output) {
  constexpr uint64_t kSeed = 0x2545f4914f6cdd1d;
  return PoisonWord(task.outputs[output].dtype, kSeed + output, /*nan=*/true);
}

uint64_t OutputBytes(const Task& task, const std::vector<SanitizedCase>& cases) {
  int64_t bytes = 0;
  for (const SanitizedCase& one : cases)
    for (const TensorSpec& output : task.outputs)
      bytes += BytesOf(output, one.input_case.shape);
  return static_cast<uint64_t>(bytes);
}

SanitizedOutputs::SanitizedOutputs(const Task& task, const ShapeCase& shape,
                                   const std::string& data, uint64_t* at)
    : task_(task), shape_(shape) {
  for (const TensorSpec& output : task.outputs) {
    outputs_.push_back(reinterpret_cast<const uint8_t*>(data.data()) + *at);
    *at += static_cast<uint64_t>(BytesOf(output, shape));
  }
}

int64_t SanitizedOutputs::OutputElements(size_t index) const {
  return ElementCount(task_.outputs[index], shape_);
}

uint64_t SanitizedOutputs::PoisonPattern(size_t index) const {
  return SanitizedPoison(task_, index);
}

}  // namespace kernelevolve::worker
