#include "worker/gpu/launcher/launcher_messages.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

tl::unexpected<Error> Wrong(std::string_view field) {
  return Broken(format("launcher: \"{}\" is missing or of the wrong kind",
                       field));
}

Result<uint64_t> Unsigned(const Json& json, std::string_view field) {
  const auto value = GetInteger(json, field);
  if (!value || *value < 0) return Wrong(field);
  return static_cast<uint64_t>(*value);
}

Result<bool> Flag(const Json& json, std::string_view field) {
  const auto value = GetBool(json, field);
  if (!value) return Wrong(field);
  return *value;
}

Json ToJson(const LentPlace& place) {
  return {{"id", place.id}, {"offset", place.offset}};
}

Result<LentPlace> ReadPlace(const Json& json) {
  LentPlace place;
  ASSIGN_OR_RETURN(const uint64_t id, Unsigned(json, "id"));
  place.id = static_cast<int>(id);
  ASSIGN_OR_RETURN(place.offset, Unsigned(json, "offset"));
  return place;
}

Result<std::optional<LentPlace>> ReadOptionalPlace(const Json& json,
                                                   std::string_view field) {
  if (!json.contains(field)) return std::optional<LentPlace>();
  ASSIGN_OR_RETURN(const LentPlace place, ReadPlace(GetMember(json, field)));
  return std::optional<LentPlace>(place);
}

}  // namespace

Json ToJson(const std::vector<LentPlace>& places) {
  Json list = Json::array();
  for (const LentPlace& place : places) list.push_back(ToJson(place));
  return list;
}

Result<std::vector<LentPlace>> PlacesFromJson(const Json& json,
                                              std::string_view field) {
  const Json& list = GetMember(json, field);
  if (!list.is_array()) return Wrong(field);
  std::vector<LentPlace> places;
  for (const Json& item : list) {
    ASSIGN_OR_RETURN(const LentPlace place, ReadPlace(item));
    places.push_back(place);
  }
  return places;
}

Json ToJson(const BindRequest& request) {
  Json json = {{"op", "bind"},
               {"inputs", ToJson(request.inputs)},
               {"outputs", ToJson(request.outputs)},
               {"graph", request.graph}};
  if (request.poison) json["poison"] = *request.poison;
  if (request.workspace) json["workspace"] = ToJson(*request.workspace);
  return json;
}

Result<BindRequest> BindRequestFromJson(const Json& json) {
  BindRequest request;
  ASSIGN_OR_RETURN(request.inputs, PlacesFromJson(json, "inputs"));
  ASSIGN_OR_RETURN(request.outputs, PlacesFromJson(json, "outputs"));
  ASSIGN_OR_RETURN(request.workspace, ReadOptionalPlace(json, "workspace"));
  ASSIGN_OR_RETURN(request.graph, Flag(json, "graph"));
  request.poison.reset();
  if (!json.contains("poison")) return request;
  ASSIGN_OR_RETURN(const uint64_t poison, Unsigned(json, "poison"));
  request.poison = static_cast<uint32_t>(poison);
  return request;
}

Json ToJson(const AllocateRequest& request) {
  Json json = {{"op", "allocate"},
               {"id", request.id},
               {"bytes", request.bytes},
               {"filled", request.filled}};
  if (request.copy_of) json["copy_of"] = ToJson(*request.copy_of);
  return json;
}

Result<AllocateRequest> AllocateRequestFromJson(const Json& json) {
  AllocateRequest request;
  ASSIGN_OR_RETURN(const uint64_t id, Unsigned(json, "id"));
  request.id = static_cast<int>(id);
  ASSIGN_OR_RETURN(request.bytes, Unsigned(json, "bytes"));
  ASSIGN_OR_RETURN(request.copy_of, ReadOptionalPlace(json, "copy_of"));
  ASSIGN_OR_RETURN(request.filled, Flag(json, "filled"));
  return request;
}

Json ToJson(const RunRequest& request) {
  Json json = {{"op", "run"}, {"calls", request.calls}};
  if (request.poison) json["poison"] = *request.poison;
  for (const LentSpan& span : request.wiped) {
    Json one = ToJson(span.place);
    one["bytes"] = span.bytes;
    json["wiped"].push_back(std::move(one));
  }
  return json;
}

Result<RunRequest> RunRequestFromJson(const Json& json) {
  RunRequest request;
  ASSIGN_OR_RETURN(const uint64_t calls, Unsigned(json, "calls"));
  if (calls < 1 || calls > kMostRepeats) return Broken("so many calls");
  request.calls = static_cast<int>(calls);
  for (const Json& span : GetMember(json, "wiped")) {
    ASSIGN_OR_RETURN(const LentPlace place, ReadPlace(span));
    ASSIGN_OR_RETURN(const uint64_t bytes, Unsigned(span, "bytes"));
    request.wiped.push_back({place, bytes});
  }
  if (!json.contains("poison")) return request;
  ASSIGN_OR_RETURN(const uint64_t poison, Unsigned(json, "poison"));
  request.poison = static_cast<uint32_t>(poison);
  return request;
}

Json ToJson(const TimeRequest& request) {
  Json json = {{"op", "time"},
               {"flush_bytes", request.flush_bytes},
               {"reset_persisting", request.reset_persisting},
               {"repeat", request.repeat},
               {"settled", request.settled},
               {"empty", request.empty}};
  if (request.flush) json["flush"] = ToJson(*request.flush);
  return json;
}

Result<TimeRequest> TimeRequestFromJson(const Json& json) {
  TimeRequest request;
  ASSIGN_OR_RETURN(request.flush, ReadOptionalPlace(json, "flush"));
  ASSIGN_OR_RETURN(request.flush_bytes, Unsigned(json, "flush_bytes"));
  ASSIGN_OR_RETURN(request.reset_persisting, Flag(json, "reset_persisting"));
  ASSIGN_OR_RETURN(request.settled, Flag(json, "settled"));
  ASSIGN_OR_RETURN(request.empty, Flag(json, "empty"));
  ASSIGN_OR_RETURN(const uint64_t repeat, Unsigned(json, "repeat"));
  if (repeat > kMostRepeats) return Wrong("repeat");
  request.repeat = static_cast<int>(repeat);
  return request;
}

Json ToJson(const std::vector<TimeSample>& samples) {
  Json list = Json::array();
  for (const TimeSample& sample : samples)
    list.push_back(Json::array({sample.event_us, sample.host_ns}));
  return list;
}

Result<std::vector<TimeSample>> SamplesFromJson(const Json& json) {
  if (!json.is_array()) return Wrong("samples");
  std::vector<TimeSample> samples;
  for (const Json& item : json) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_number() ||
        !item[1].is_number_integer())
      return Wrong("samples");
    samples.push_back({item[0].get<double>(), item[1].get<int64_t>()});
  }
  return samples;
}

Json ToJson(const CudaReport& report) {
  return {{"ok", false},          {"stage", report.stage},
          {"cuda", report.code},  {"name", report.name},
          {"what", report.what},  {"sticky", report.sticky}};
}

Result<CudaReport> CudaReportFromJson(const Json& json) {
  const auto stage = GetString(json, "stage");
  if (!stage) return Wrong("stage");
  ASSIGN_OR_RETURN(const uint64_t code, Unsigned(json, "cuda"));
  ASSIGN_OR_RETURN(const bool sticky, Flag(json, "sticky"));
  return CudaReport{*stage, static_cast<int>(code),
                    GetString(json, "name").value_or(""),
                    GetString(json, "what").value_or(""), sticky};
}

}  // namespace kernelevolve::worker::gpu
