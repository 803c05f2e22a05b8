#include "worker/gpu/candidate/record_request.h"

namespace kernelevolve::worker::gpu {
namespace {

struct Typical {
  int arch;
  const char* name;
  int multiprocessors, shared_optin, shared_all, threads;
  uint64_t l2_bytes, global_bytes;
};
// The vendor's figures; used to compile and to count occupancy, never to time.
constexpr Typical kTypical[] = {
    {80, "A100", 108, 166912, 167936, 2048, 40ull << 20, 80ull << 30},
    {86, "A10", 72, 101376, 102400, 1536, 6ull << 20, 24ull << 30},
    {89, "L40S", 142, 101376, 102400, 1536, 96ull << 20, 48ull << 30},
    {90, "H100", 132, 232448, 233472, 2048, 50ull << 20, 80ull << 30},
    {100, "B200", 148, 232448, 233472, 2048, 126ull << 20, 180ull << 30},
    {103, "B300", 148, 232448, 233472, 2048, 126ull << 20, 270ull << 30},
    {120, "RTX PRO 6000", 188, 101376, 102400, 1536, 128ull << 20, 96ull << 30},
    {121, "GB10", 48, 101376, 102400, 1536, 24ull << 20, 128ull << 30},
};

Json TensorJson(const TensorSpec& tensor, const ShapeCase& shape, bool output) {
  return {{"name", tensor.name},
          {"role", output ? "output" : "input"},
          {"dtype", DTypeName(tensor.dtype)},
          {"shape", Extents(tensor, shape)},
          {"constant", tensor.constant}};
}

Json ShapeJson(const Task& task, const ShapeCase& shape) {
  Json tensors = Json::array(), attributes = Json::array();
  for (const TensorSpec& tensor : task.inputs)
    tensors.push_back(TensorJson(tensor, shape, false));
  for (const TensorSpec& tensor : task.outputs)
    tensors.push_back(TensorJson(tensor, shape, true));
  const std::vector<double> values = task.AttributeValues(shape);
  for (size_t i = 0; i < values.size(); ++i)
    attributes.push_back({{"name", task.attributes[i].name}, {"value", values[i]}});
  return {{"tensors", std::move(tensors)}, {"attributes", std::move(attributes)}};
}

}  // namespace

Json TypicalDevice(int arch) {
  // Of one that is not listed, the next older is closest.
  const Typical* typical = &kTypical[0];
  for (const Typical& one : kTypical)
    if (one.arch <= arch) typical = &one;
  return {{"name", typical->name},
          {"multiprocessors", typical->multiprocessors},
          {"shared_per_block_optin", typical->shared_optin},
          {"shared_per_multiprocessor", typical->shared_all},
          {"registers_per_multiprocessor", 65536},
          {"max_threads_per_multiprocessor", typical->threads},
          {"warp", 32},
          {"l2_bytes", typical->l2_bytes},
          {"global_bytes", typical->global_bytes}};
}

Json MakeRecordRequest(const wire::EvaluateRequest& request,
                   const std::vector<ShapeCase>& shapes, int arch,
                   const Json& device) {
  Json parameters = Json::object(), list = Json::array();
  for (const auto& [name, value] : request.candidate.parameters)
    parameters[name] = value;
  for (const ShapeCase& shape : shapes)
    list.push_back(ShapeJson(request.task, shape));
  return {{"parameters", std::move(parameters)}, {"arch", arch},
          {"device", device}, {"shapes", std::move(list)}};
}

}  // namespace kernelevolve::worker::gpu
