#include "worker/torch/torch_messages.h"

#include <cmath>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr std::string_view kOutOfMemory = "out of memory: ";
constexpr size_t kMessageBytes = 600;

Json PlaceJson(const LentPlace& place) {
  return {{"id", place.id}, {"offset", place.offset}};
}

Json TensorJson(const TorchTensor& tensor) {
  Json json = PlaceJson(tensor.place);
  json["dtype"] = std::string(DTypeName(tensor.dtype));
  json["shape"] = tensor.shape;
  return json;
}

Json SpecsJson(const std::vector<TensorSpec>& tensors) {
  Json specs = Json::array();
  for (const TensorSpec& tensor : tensors)
    specs.push_back({{"name", tensor.name},
                     {"dtype", std::string(DTypeName(tensor.dtype))}});
  return specs;
}

std::string_view KindName(MemberSpec::Kind kind) {
  switch (kind) {
    case MemberSpec::Kind::kEager: return "eager";
    case MemberSpec::Kind::kCompile: return "compile";
    case MemberSpec::Kind::kCompileMaxAutotune: return "compile_max_autotune";
    case MemberSpec::Kind::kFile: return "file";
  }
  return "";
}

Result<double> Rate(const Json& reply, const char* key) {
  const auto value = GetNumber(reply, key);
  if (value && std::isfinite(*value) && *value > 0) return *value;
  return Broken(format("PyTorch measured no {}", key));
}

}  // namespace

std::string TorchPrecision(const Task& task) {
  return task.objective.precision == "tf32" ? "tf32" : "";
}

bool IsOutOfMemory(const Error& error) {
  return error.message.starts_with(kOutOfMemory);
}

Json TaskRequest(const Task& task) {
  Json files = Json::object();
  for (const auto& [path, text] : task.files)
    if (fs::path(path).extension() == ".py") files[path] = text;
  Json attributes = Json::array();
  for (const AttributeSpec& attribute : task.attributes)
    attributes.push_back(attribute.name);
  return {{"command", "task"},
          {"name", task.name},
          {"reference", task.files.at(task.reference_torch)},
          {"files", files},
          {"inputs", SpecsJson(task.inputs)},
          {"outputs", SpecsJson(task.outputs)},
          {"attributes", attributes},
          {"precision", TorchPrecision(task)}};
}

Json BindRequest(const TorchBinding& binding) {
  Json inputs = Json::array(), outputs = Json::array();
  for (const TorchTensor& tensor : binding.inputs)
    inputs.push_back(TensorJson(tensor));
  for (const TorchTensor& tensor : binding.outputs)
    outputs.push_back(TensorJson(tensor));
  return {{"command", "bind"},
          {"binding", binding.name},
          {"inputs", inputs},
          {"outputs", outputs},
          {"attributes", binding.attributes}};
}

Json PlacesJson(const std::vector<LentPlace>& places) {
  Json json = Json::array();
  for (const LentPlace& place : places) json.push_back(PlaceJson(place));
  return json;
}

Json SweepJson(const TorchSweep& sweep) {
  return {{"command", "sweep"},
          {"place", PlaceJson(sweep.place)},
          {"bytes", sweep.bytes},
          {"image", EncodeBase64(sweep.image)},
          {"blocks", sweep.blocks},
          {"threads", sweep.threads}};
}

Json OracleJson(const OracleRequest& request) {
  return {{"command", "oracle"},
          {"binding", request.binding},
          {"expected", PlacesJson(request.expected)},
          {"baseline", PlacesJson(request.baseline)},
          {"baseline_precision", request.baseline_tf32 ? "tf32" : ""}};
}

Json PrepareRequest(const std::string& binding, const MemberSpec& member) {
  Json request = {{"command", "prepare"},
                  {"binding", binding},
                  {"name", member.name},
                  {"kind", std::string(KindName(member.kind))},
                  {"precision", member.precision},
                  {"graph", member.graph}};
  if (member.kind == MemberSpec::Kind::kFile)
    request["source"] = member.source;
  return request;
}

Status CheckReply(const Json& reply) {
  if (GetBool(reply, "ok").value_or(false)) return {};
  const std::string message = Sanitize(
      GetString(reply, "message").value_or("no message"), kMessageBytes);
  if (GetString(reply, "kind") == "out_of_memory")
    return Broken(std::string(kOutOfMemory) + message);
  return Broken("PyTorch: " + message);
}

Result<TorchFacts> ParseFacts(const Json& reply) {
  const auto text = [&](const char* key) {
    return Sanitize(GetString(reply, key).value_or(""), 200);
  };
  TorchFacts facts{.python = text("python"),
                   .torch = text("torch"),
                   .triton = text("triton"),
                   .cuda = text("cuda"),
                   .device = text("device")};
  const Json& capability = GetMember(reply, "capability");
  if (facts.torch.empty() || facts.device.empty() || !capability.is_array() ||
      capability.size() != 2 || !capability[0].is_number_integer() ||
      !capability[1].is_number_integer())
    return Broken("PyTorch's greeting is incomplete");
  facts.capability_major = capability[0].get<int>();
  facts.capability_minor = capability[1].get<int>();
  facts.total_bytes =
      static_cast<uint64_t>(GetInteger(reply, "total_bytes").value_or(0));
  return facts;
}

Result<OracleReply> ParseOracle(const Json& reply) {
  const auto how = GetString(reply, "how");
  if (how != "float64" && how != "float32")
    return Broken("PyTorch does not say how it computed the reference");
  return OracleReply{.float64 = how == "float64"};
}

Result<PreparedMember> ParsePrepared(const Json& reply) {
  const auto how = GetString(reply, "how");
  if (how != "graph" && how != "stream")
    return Broken("PyTorch does not say how it runs a baseline");
  return PreparedMember{
      .graph = how == "graph",
      .compile_seconds = GetNumber(reply, "compile_seconds").value_or(0),
      .note = Sanitize(GetString(reply, "note").value_or(""), kMessageBytes)};
}

Result<TorchTime> ParseTime(const Json& reply) {
  const auto microseconds = GetNumber(reply, "us");
  const auto host = GetInteger(reply, "host_ns");
  if (!microseconds || !host || !std::isfinite(*microseconds) ||
      *microseconds < 0)
    return Broken("PyTorch answered no time");
  return TorchTime{.microseconds = *microseconds, .host_ns = *host};
}

Result<TorchRoofs> ParseRoofs(const Json& reply) {
  TorchRoofs roofs;
  ASSIGN_OR_RETURN(roofs.copy_bytes_per_second,
                   Rate(reply, "copy_bytes_per_second"));
  ASSIGN_OR_RETURN(roofs.write_bytes_per_second,
                   Rate(reply, "write_bytes_per_second"));
  ASSIGN_OR_RETURN(roofs.read_bytes_per_second,
                   Rate(reply, "read_bytes_per_second"));
  roofs.launch_microseconds = GetNumber(reply, "launch_us").value_or(0);
  const Json& flops = GetMember(reply, "flops_per_second");
  for (const auto& [name, value] : flops.items()) {
    ASSIGN_OR_RETURN(roofs.flops_per_second[name], Rate(flops, name.c_str()));
  }
  return roofs;
}

}  // namespace kernelevolve::worker
