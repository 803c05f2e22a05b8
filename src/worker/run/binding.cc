#include "worker/run/binding.h"

namespace kernelevolve::worker {

Json ToJson(const Placement& place) {
  return {{"mapped", place.mapped_bytes},
          {"offset", place.offset},
          {"bytes", place.bytes}};
}

Result<Placement> PlacementFromJson(const Json& json) {
  const auto mapped = GetInteger(json, "mapped");
  const auto offset = GetInteger(json, "offset");
  const auto bytes = GetInteger(json, "bytes");
  if (!mapped || !offset || !bytes || *mapped < 0 || *offset < 0 || *bytes < 0 ||
      *offset + *bytes > *mapped)
    return BadInput("placement: expected mapped, offset and bytes");
  Placement place;
  place.mapped_bytes = static_cast<size_t>(*mapped);
  place.offset = static_cast<size_t>(*offset);
  place.bytes = static_cast<size_t>(*bytes);
  return place;
}

static Json ToJson(const TensorBinding& tensor) {
  return {{"fd", tensor.descriptor},
          {"place", ToJson(tensor.place)},
          {"dtype", tensor.dtype},
          {"shape", tensor.shape},
          {"output", tensor.output},
          {"constant", tensor.constant}};
}

Json ToJson(const Binding& binding) {
  Json tensors = Json::array();
  for (const TensorBinding& tensor : binding.tensors)
    tensors.push_back(ToJson(tensor));
  return {{"tensors", std::move(tensors)}, {"attributes", binding.attributes}};
}

static Result<TensorBinding> TensorFromJson(const Json& json) {
  TensorBinding tensor;
  const auto fd = GetInteger(json, "fd");
  const auto dtype = GetInteger(json, "dtype");
  if (!fd || !dtype) return BadInput("tensor: expected fd and dtype");
  tensor.descriptor = static_cast<int>(*fd);
  tensor.dtype = static_cast<int32_t>(*dtype);
  ASSIGN_OR_RETURN(tensor.place, PlacementFromJson(GetMember(json, "place")));
  for (const Json& extent : GetMember(json, "shape")) {
    if (!extent.is_number_integer()) return BadInput("tensor: bad extent");
    tensor.shape.push_back(extent.get<int64_t>());
  }
  tensor.output = GetBool(json, "output").value_or(false);
  tensor.constant = GetBool(json, "constant").value_or(false);
  return tensor;
}

Result<Binding> BindingFromJson(const Json& json) {
  Binding binding;
  for (const Json& item : GetMember(json, "tensors")) {
    ASSIGN_OR_RETURN(TensorBinding tensor, TensorFromJson(item));
    binding.tensors.push_back(std::move(tensor));
  }
  for (const Json& value : GetMember(json, "attributes")) {
    if (!value.is_number()) return BadInput("attribute: not a number");
    binding.attributes.push_back(value.get<double>());
  }
  return binding;
}

}  // namespace kernelevolve::worker
