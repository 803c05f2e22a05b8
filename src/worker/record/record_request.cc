#include "worker/record/record_request.h"

#include <algorithm>
#include <limits>

#include "base/format.h"
#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

tl::unexpected<Error> Wrong(std::string_view field) {
  return BadInput(format("the record request's \"{}\" is missing or wrong", field));
}

Result<int64_t> Count(const Json& json, std::string_view field) {
  const auto value = GetInteger(json, field);
  if (!value || *value < 0) return Wrong(field);
  return *value;
}

Result<int> SmallCount(const Json& json, std::string_view field) {
  ASSIGN_OR_RETURN(const int64_t value, Count(json, field));
  if (value > std::numeric_limits<int>::max()) return Wrong(field);
  return static_cast<int>(value);
}

Result<DeviceLimits> ReadDevice(const Json& request) {
  const Json& json = GetMember(request, "device");
  DeviceLimits device;
  ASSIGN_OR_RETURN(device.arch, SmallCount(request, "arch"));
  device.name = GetString(json, "name").value_or("");
  for (const auto& [field, value] :
       {std::pair{"multiprocessors", &device.multiprocessors},
        std::pair{"registers_per_multiprocessor",
                  &device.registers_per_multiprocessor},
        std::pair{"max_threads_per_multiprocessor",
                  &device.max_threads_per_multiprocessor},
        std::pair{"warp", &device.warp}}) {
    ASSIGN_OR_RETURN(*value, SmallCount(json, field));
  }
  for (const auto& [field, value] :
       {std::pair{"shared_per_block_optin", &device.shared_per_block_optin},
        std::pair{"shared_per_multiprocessor", &device.shared_per_multiprocessor},
        std::pair{"l2_bytes", &device.l2_bytes},
        std::pair{"global_bytes", &device.global_bytes}}) {
    ASSIGN_OR_RETURN(const int64_t bytes, Count(json, field));
    *value = static_cast<uint64_t>(bytes);
  }
  return device;
}

Result<RecordTensor> ReadTensor(const Json& json) {
  RecordTensor tensor;
  tensor.name = GetString(json, "name").value_or("");
  const auto role = GetString(json, "role");
  if (role != "input" && role != "output") return Wrong("role");
  tensor.output = role == "output";
  const auto dtype = ParseDType(GetString(json, "dtype").value_or(""));
  if (!dtype) return Wrong("dtype");
  tensor.dtype = *dtype;
  const Json& shape = GetMember(json, "shape");
  if (!shape.is_array()) return Wrong("shape");
  for (const Json& extent : shape) {
    if (!extent.is_number_integer()) return Wrong("shape");
    tensor.shape.push_back(extent.get<int64_t>());
  }
  tensor.constant = GetBool(json, "constant").value_or(false);
  return tensor;
}

Result<RecordShape> ReadShape(const Json& json) {
  const Json& tensors = GetMember(json, "tensors");
  const Json& attributes = GetMember(json, "attributes");
  if (!tensors.is_array()) return Wrong("tensors");
  RecordShape shape;
  for (const Json& item : tensors) {
    ASSIGN_OR_RETURN(RecordTensor tensor, ReadTensor(item));
    shape.tensors.push_back(std::move(tensor));
  }
  for (const bool output : {false, true})
    if (std::ranges::count(shape.tensors, output, &RecordTensor::output) >
        kMostTensorsOfARole)
      return Wrong("tensors");
  for (const Json& item : attributes) {
    const auto value = GetNumber(item, "value");
    if (!value) return Wrong("attributes");
    shape.attributes.push_back(*value);
  }
  return shape;
}

}  // namespace

Result<RecordRequest> RecordRequestFromJson(const Json& json) {
  RecordRequest request;
  ASSIGN_OR_RETURN(request.device, ReadDevice(json));
  const Json& shapes = GetMember(json, "shapes");
  if (!shapes.is_array()) return Wrong("shapes");
  for (const Json& item : shapes) {
    ASSIGN_OR_RETURN(RecordShape shape, ReadShape(item));
    request.shapes.push_back(std::move(shape));
  }
  return request;
}

}  // namespace kernelevolve::worker
