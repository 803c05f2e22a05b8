#include "base/json.h"

namespace kernelevolve {

Result<Json> ParseJson(std::string_view text) {
  // nlohmann recurses per level; a hostile message must not choose the depth.
  constexpr int kMaxDepth = 64;
  bool too_deep = false;
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json json = Json::parse(text, limit, /*allow_exceptions=*/false);
  if (too_deep) return BadInput("JSON is nested too deeply");
  if (json.is_discarded()) return BadInput("not valid JSON");
  return json;
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string DumpPrettyJson(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

const Json& GetMember(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto it = object.find(std::string(key));
  return it == object.end() ? kNull : *it;
}

std::optional<std::string> GetString(const Json& object, std::string_view key) {
  const Json& value = GetMember(object, key);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

std::optional<double> GetNumber(const Json& object, std::string_view key) {
  const Json& value = GetMember(object, key);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

std::optional<int64_t> GetInteger(const Json& object, std::string_view key) {
  const Json& value = GetMember(object, key);
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<int64_t>();
}

std::optional<bool> GetBool(const Json& object, std::string_view key) {
  const Json& value = GetMember(object, key);
  if (!value.is_boolean()) return std::nullopt;
  return value.get<bool>();
}

std::map<std::string, std::string> GetStringMap(const Json& object,
                                                std::string_view key) {
  std::map<std::string, std::string> map;
  const Json& member = GetMember(object, key);
  if (!member.is_object()) return map;
  for (const auto& [name, value] : member.items())
    if (value.is_string()) map[name] = value.get<std::string>();
  return map;
}

}  // namespace kernelevolve
