#include "core/launch_plan_json.h"

#include <limits>

#include "base/format.h"

namespace kernelevolve {
namespace {

constexpr int kFormat = 1;
constexpr size_t kMostShapes = 256, kMostItems = 4096;
// Addresses, side by side in all that may be written.
constexpr size_t kMostPointers = kMostWrittenBytes / 8;

// ---------------------------------------------------------------- writing

std::string Hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += format("{:02x}", byte);
  return text;
}

Json ToJson(const BufferPlace& place) {
  return {{"buffer", place.buffer.ToString()}, {"offset", place.offset}};
}

void AddReferences(const std::vector<PlanPointer>& given,
                   const std::vector<PlanMapUse>& used, Json* json) {
  Json& pointers = (*json)["pointers"] = Json::array();
  for (const PlanPointer& pointer : given) {
    Json one = ToJson(pointer.place);
    one["at"] = pointer.at;
    pointers.push_back(std::move(one));
  }
  Json& maps = (*json)["maps"] = Json::array();
  for (const PlanMapUse& use : used)
    maps.push_back({{"at", use.at}, {"map", use.map}});
}

Json ToJson(const LaunchOp& op) {
  Json json = {{"op", "launch"},       {"stream", op.stream},
               {"module", op.module},  {"kernel", op.kernel},
               {"grid", op.grid},      {"block", op.block},
               {"cluster", op.cluster}, {"shared", op.shared_bytes},
               {"cooperative", op.cooperative},
               {"programmatic", op.programmatic},
               {"parameters", Hex(op.parameters)}, {"offsets", op.offsets}};
  AddReferences(op.pointers, op.maps, &json);
  return json;
}

Json ToJson(const MemsetOp& op) {
  Json json = ToJson(op.to);
  json.update({{"op", "memset"}, {"stream", op.stream}, {"bytes", op.bytes},
               {"value", op.value}, {"width", op.width}});
  if (op.rows != 1) json.update({{"rows", op.rows}, {"pitch", op.pitch}});
  return json;
}

Json ToJson(const CopyOp& op) {
  Json json = {{"op", "copy"}, {"stream", op.stream}, {"to", ToJson(op.to)},
               {"from", ToJson(op.from)}, {"bytes", op.bytes}};
  if (op.rows != 1)
    json.update({{"rows", op.rows}, {"to_pitch", op.to_pitch},
                 {"from_pitch", op.from_pitch}});
  return json;
}

Json ToJson(const WriteOp& op) {
  Json json = ToJson(op.to);
  json.update({{"op", "write"}, {"stream", op.stream}, {"bytes", Hex(op.bytes)}});
  AddReferences(op.pointers, op.maps, &json);
  return json;
}

Json ToJson(const EventOp& op) {
  return {{"op", op.wait ? "wait" : "record"}, {"stream", op.stream},
          {"event", op.event}};
}

Json ToJson(const std::vector<PlanOp>& ops) {
  Json list = Json::array();
  for (const PlanOp& op : ops)
    list.push_back(std::visit([](const auto& one) { return ToJson(one); }, op));
  return list;
}

Json ToJson(const TensorMap& map) {
  Json json = ToJson(map.base);
  json.update({{"dtype", map.dtype}, {"rank", map.dims.size()},
               {"dims", map.dims}, {"strides", map.strides}, {"box", map.box},
               {"element_strides", map.element_strides},
               {"interleave", map.interleave}, {"swizzle", map.swizzle},
               {"l2_promotion", map.l2_promotion}, {"oob_fill", map.oob_fill}});
  return json;
}

Json ToJson(const ShapePlan& plan) {
  Json maps = Json::array();
  for (const TensorMap& map : plan.tensor_maps) maps.push_back(ToJson(map));
  Json variables = Json::array();
  for (const PlanVariable& variable : plan.variables)
    variables.push_back({{"module", variable.module}, {"name", variable.name},
                         {"bytes", variable.bytes}});
  return {{"workspace_bytes", plan.workspace_bytes},
          {"allocations", plan.allocations}, {"variables", std::move(variables)},
          {"tensor_maps", std::move(maps)},
          {"setup", ToJson(plan.setup)}, {"run", ToJson(plan.run)}};
}

// ---------------------------------------------------------------- reading

tl::unexpected<Error> Wrong(std::string_view field) {
  return BadInput(format("the launch plan's \"{}\" is missing or of the wrong "
                         "kind", field));
}

// An unsigned number no larger than T holds.
template <typename T>
Result<T> Number(const Json& json, std::string_view field) {
  const Json& value = json.is_object() ? GetMember(json, field) : json;
  // A value built from a signed number counts too, if it is not negative.
  if (!value.is_number_integer()) return Wrong(field);
  if (!value.is_number_unsigned() && value.get<int64_t>() < 0) return Wrong(field);
  const uint64_t number = value.get<uint64_t>();
  if (number > static_cast<uint64_t>(std::numeric_limits<T>::max()))
    return Wrong(field);
  return static_cast<T>(number);
}

Result<const Json*> List(const Json& json, std::string_view field,
                         size_t most = kMostItems) {
  const Json& list = GetMember(json, field);
  if (!list.is_array() || list.size() > most) return Wrong(field);
  return &list;
}

template <typename T>
Result<std::vector<T>> Numbers(const Json& json, std::string_view field,
                               size_t most = kMostItems) {
  ASSIGN_OR_RETURN(const Json* list, List(json, field, most));
  std::vector<T> numbers;
  for (const Json& item : *list) {
    if (!item.is_number_integer()) return Wrong(field);
    ASSIGN_OR_RETURN(const T number, Number<T>(item, field));
    numbers.push_back(number);
  }
  return numbers;
}

Result<Extent3> ReadExtent(const Json& json, std::string_view field) {
  ASSIGN_OR_RETURN(const auto numbers, Numbers<uint32_t>(json, field, 3));
  if (numbers.size() != 3) return Wrong(field);
  return Extent3{numbers[0], numbers[1], numbers[2]};
}

Result<BufferPlace> ReadPlace(const Json& json) {
  const auto buffer = BufferRef::Parse(GetString(json, "buffer").value_or(""));
  if (!buffer) return Wrong("buffer");
  ASSIGN_OR_RETURN(const uint64_t offset, Number<uint64_t>(json, "offset"));
  return BufferPlace{*buffer, offset};
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::vector<uint8_t>> ReadHex(const Json& json, std::string_view field) {
  const auto text = GetString(json, field);
  if (!text || text->size() % 2 != 0 || text->size() > 2 * kMostWrittenBytes)
    return Wrong(field);
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < text->size(); i += 2) {
    const int high = Nibble((*text)[i]), low = Nibble((*text)[i + 1]);
    if (high < 0 || low < 0) return Wrong(field);
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return bytes;
}

// Of a launch or a write.
template <typename Op>
Status ReadReferences(const Json& json, Op& op) {
  ASSIGN_OR_RETURN(const Json* pointers, List(json, "pointers", kMostPointers));
  for (const Json& item : *pointers) {
    PlanPointer pointer;
    ASSIGN_OR_RETURN(pointer.at, Number<uint32_t>(item, "at"));
    ASSIGN_OR_RETURN(pointer.place, ReadPlace(item));
    op.pointers.push_back(pointer);
  }
  if (GetMember(json, "maps").is_null()) return {};
  ASSIGN_OR_RETURN(const Json* maps, List(json, "maps"));
  for (const Json& item : *maps) {
    PlanMapUse use;
    ASSIGN_OR_RETURN(use.at, Number<uint32_t>(item, "at"));
    ASSIGN_OR_RETURN(use.map, Number<int>(item, "map"));
    op.maps.push_back(use);
  }
  return {};
}

Result<PlanOp> ReadLaunch(const Json& json) {
  LaunchOp op;
  ASSIGN_OR_RETURN(op.stream, Number<int>(json, "stream"));
  ASSIGN_OR_RETURN(op.module, Number<int>(json, "module"));
  const auto kernel = GetString(json, "kernel");
  if (!kernel) return Wrong("kernel");
  op.kernel = *kernel;
  ASSIGN_OR_RETURN(op.grid, ReadExtent(json, "grid"));
  ASSIGN_OR_RETURN(op.block, ReadExtent(json, "block"));
  if (!GetMember(json, "cluster").is_null()) {
    ASSIGN_OR_RETURN(op.cluster, ReadExtent(json, "cluster"));
  }
  ASSIGN_OR_RETURN(op.shared_bytes, Number<uint32_t>(json, "shared"));
  op.cooperative = GetBool(json, "cooperative").value_or(false);
  op.programmatic = GetBool(json, "programmatic").value_or(false);
  ASSIGN_OR_RETURN(op.parameters, ReadHex(json, "parameters"));
  ASSIGN_OR_RETURN(op.offsets, Numbers<uint32_t>(json, "offsets"));
  RETURN_IF_ERROR(ReadReferences(json, op));
  return PlanOp(std::move(op));
}

Result<PlanOp> ReadMemset(const Json& json) {
  MemsetOp op;
  ASSIGN_OR_RETURN(op.stream, Number<int>(json, "stream"));
  ASSIGN_OR_RETURN(op.to, ReadPlace(json));
  ASSIGN_OR_RETURN(op.bytes, Number<uint64_t>(json, "bytes"));
  ASSIGN_OR_RETURN(op.value, Number<uint32_t>(json, "value"));
  ASSIGN_OR_RETURN(op.width, Number<int>(json, "width"));
  if (GetMember(json, "rows").is_null()) return PlanOp(op);
  ASSIGN_OR_RETURN(op.rows, Number<uint64_t>(json, "rows"));
  ASSIGN_OR_RETURN(op.pitch, Number<uint64_t>(json, "pitch"));
  return PlanOp(op);
}

Result<PlanOp> ReadCopy(const Json& json) {
  CopyOp op;
  ASSIGN_OR_RETURN(op.stream, Number<int>(json, "stream"));
  ASSIGN_OR_RETURN(op.to, ReadPlace(GetMember(json, "to")));
  ASSIGN_OR_RETURN(op.from, ReadPlace(GetMember(json, "from")));
  ASSIGN_OR_RETURN(op.bytes, Number<uint64_t>(json, "bytes"));
  if (GetMember(json, "rows").is_null()) return PlanOp(op);
  ASSIGN_OR_RETURN(op.rows, Number<uint64_t>(json, "rows"));
  ASSIGN_OR_RETURN(op.to_pitch, Number<uint64_t>(json, "to_pitch"));
  ASSIGN_OR_RETURN(op.from_pitch, Number<uint64_t>(json, "from_pitch"));
  return PlanOp(op);
}

Result<PlanOp> ReadWrite(const Json& json) {
  WriteOp op;
  ASSIGN_OR_RETURN(op.stream, Number<int>(json, "stream"));
  ASSIGN_OR_RETURN(op.to, ReadPlace(json));
  ASSIGN_OR_RETURN(op.bytes, ReadHex(json, "bytes"));
  RETURN_IF_ERROR(ReadReferences(json, op));
  return PlanOp(std::move(op));
}

Result<PlanOp> ReadOp(const Json& json) {
  const std::string kind = GetString(json, "op").value_or("");
  if (kind == "launch") return ReadLaunch(json);
  if (kind == "memset") return ReadMemset(json);
  if (kind == "copy") return ReadCopy(json);
  if (kind == "write") return ReadWrite(json);
  if (kind != "record" && kind != "wait") return Wrong("op");
  EventOp op{.wait = kind == "wait"};
  ASSIGN_OR_RETURN(op.stream, Number<int>(json, "stream"));
  ASSIGN_OR_RETURN(op.event, Number<int>(json, "event"));
  return PlanOp(op);
}

Result<std::vector<PlanOp>> ReadOps(const Json& json, std::string_view field) {
  ASSIGN_OR_RETURN(const Json* list, List(json, field));
  std::vector<PlanOp> ops;
  for (const Json& item : *list) {
    ASSIGN_OR_RETURN(PlanOp op, ReadOp(item));
    ops.push_back(std::move(op));
  }
  return ops;
}

Result<TensorMap> ReadMap(const Json& json) {
  TensorMap map;
  ASSIGN_OR_RETURN(map.base, ReadPlace(json));
  for (const auto& [field, code] :
       {std::pair{"dtype", &map.dtype}, std::pair{"interleave", &map.interleave},
        std::pair{"swizzle", &map.swizzle},
        std::pair{"l2_promotion", &map.l2_promotion},
        std::pair{"oob_fill", &map.oob_fill}}) {
    ASSIGN_OR_RETURN(*code, Number<int>(json, field));
  }
  ASSIGN_OR_RETURN(map.dims, Numbers<uint64_t>(json, "dims", 5));
  ASSIGN_OR_RETURN(map.strides, Numbers<uint64_t>(json, "strides", 5));
  ASSIGN_OR_RETURN(map.box, Numbers<uint32_t>(json, "box", 5));
  ASSIGN_OR_RETURN(map.element_strides,
                   Numbers<uint32_t>(json, "element_strides", 5));
  return map;
}

Result<std::vector<PlanVariable>> ReadVariables(const Json& json) {
  std::vector<PlanVariable> variables;
  if (GetMember(json, "variables").is_null()) return variables;
  ASSIGN_OR_RETURN(const Json* list, List(json, "variables", kMostVariables));
  for (const Json& item : *list) {
    PlanVariable& variable = variables.emplace_back();
    ASSIGN_OR_RETURN(variable.module, Number<int>(item, "module"));
    const auto name = GetString(item, "name");
    if (!name) return Wrong("name");
    variable.name = *name;
    ASSIGN_OR_RETURN(variable.bytes, Number<uint64_t>(item, "bytes"));
  }
  return variables;
}

Result<ShapePlan> ReadShape(const Json& json) {
  ShapePlan plan;
  ASSIGN_OR_RETURN(plan.workspace_bytes, Number<uint64_t>(json, "workspace_bytes"));
  ASSIGN_OR_RETURN(plan.allocations, Numbers<uint64_t>(json, "allocations"));
  ASSIGN_OR_RETURN(plan.variables, ReadVariables(json));
  if (!GetMember(json, "tensor_maps").is_null()) {
    ASSIGN_OR_RETURN(const Json* maps, List(json, "tensor_maps"));
    for (const Json& item : *maps) {
      ASSIGN_OR_RETURN(TensorMap map, ReadMap(item));
      plan.tensor_maps.push_back(std::move(map));
    }
  }
  ASSIGN_OR_RETURN(plan.setup, ReadOps(json, "setup"));
  ASSIGN_OR_RETURN(plan.run, ReadOps(json, "run"));
  return plan;
}

}  // namespace

Json PlanToJson(const LaunchPlan& plan) {
  Json shapes = Json::array();
  for (const ShapePlan& shape : plan.shapes) shapes.push_back(ToJson(shape));
  return {{"format", kFormat}, {"shapes", std::move(shapes)}};
}

Result<LaunchPlan> PlanFromJson(const Json& json) {
  const auto written = GetInteger(json, "format");
  if (!written) return Wrong("format");
  if (*written != kFormat)
    return BadInput(format("the launch plan has format {}; this program reads {}",
                           *written, kFormat));
  ASSIGN_OR_RETURN(const Json* shapes, List(json, "shapes", kMostShapes));
  LaunchPlan plan;
  for (const Json& item : *shapes) {
    ASSIGN_OR_RETURN(ShapePlan shape, ReadShape(item));
    plan.shapes.push_back(std::move(shape));
  }
  return plan;
}

}  // namespace kernelevolve
