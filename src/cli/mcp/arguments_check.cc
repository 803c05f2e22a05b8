#include "cli/mcp/arguments_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli::mcp {
namespace {

constexpr size_t kShownBytes = 80;

Status CheckValue(const Json& schema, const Json& value,
                  const std::string& name);

bool HasType(const Json& value, const std::string& type) {
  return (type == "string" && value.is_string()) ||
         (type == "integer" && value.is_number_integer()) ||
         (type == "number" && value.is_number()) ||
         (type == "boolean" && value.is_boolean()) ||
         (type == "array" && value.is_array()) ||
         (type == "object" && value.is_object());
}

// "string", or one of several.
std::vector<std::string> TypesOf(const Json& schema) {
  const Json& type = GetMember(schema, "type");
  if (type.is_string()) return {type.get<std::string>()};
  std::vector<std::string> types;
  for (const Json& entry : type)
    if (entry.is_string()) types.push_back(entry.get<std::string>());
  return types;
}

std::vector<std::string> Texts(const Json& array) {
  std::vector<std::string> texts;
  for (const Json& entry : array) texts.push_back(entry.get<std::string>());
  return texts;
}

std::string Shown(const Json& value) {
  return Sanitize(DumpJson(value), kShownBytes);
}

Status CheckProperties(const Json& schema, const Json& object,
                       const std::string& name) {
  const Json& properties = GetMember(schema, "properties");
  const Json& others = GetMember(schema, "additionalProperties");
  std::vector<std::string> known;
  for (const auto& [key, unused] : properties.items()) known.push_back(key);
  const auto path = [&](const std::string& key) {
    return name.empty() ? key : name + "." + key;
  };
  for (const auto& [key, value] : object.items()) {
    if (properties.is_object() && properties.contains(key)) {
      RETURN_IF_ERROR(CheckValue(properties[key], value, path(key)));
    } else if (others.is_object()) {
      RETURN_IF_ERROR(
          CheckValue(others, value, path(Sanitize(key, kShownBytes))));
    } else {
      const std::string near = Nearest(key, known);
      return BadInput(format("{}: unknown argument; {}",
                             path(Sanitize(key, kShownBytes)),
                             near.empty() ? "known: " + Join(known, ", ")
                                          : "did you mean " + near + "?"));
    }
  }
  for (const Json& key : GetMember(schema, "required"))
    if (!object.contains(key.get<std::string>()))
      return BadInput(format("{}: missing", path(key.get<std::string>())));
  return {};
}

// Enum, range and length: `value` has the schema's type.
Status CheckBounds(const Json& schema, const Json& value,
                   const std::string& name) {
  if (schema.contains("enum")) {
    const std::vector<std::string> allowed = Texts(schema["enum"]);
    if (std::find(allowed.begin(), allowed.end(), value.get<std::string>()) ==
        allowed.end())
      return BadInput(format("{}: found {}, expected one of {}", name,
                             Shown(value), Join(allowed, ", ")));
  }
  if (const auto low = GetInteger(schema, "minimum"))
    if (value.get<double>() < static_cast<double>(*low))
      return BadInput(format("{}: found {}, expected {} or more", name,
                             Shown(value), *low));
  if (const auto high = GetInteger(schema, "maximum"))
    if (value.get<double>() > static_cast<double>(*high))
      return BadInput(format("{}: found {}, expected {} at most", name,
                             Shown(value), *high));
  if (const auto most = GetInteger(schema, "maxLength"))
    if (value.get_ref<const std::string&>().size() >
        static_cast<size_t>(*most))
      return BadInput(format("{}: longer than {} bytes", name, *most));
  return {};
}

Status CheckValue(const Json& schema, const Json& value,
                  const std::string& name) {
  const std::vector<std::string> types = TypesOf(schema);
  if (std::none_of(types.begin(), types.end(),
                   [&](const auto& type) { return HasType(value, type); }))
    return BadInput(format("{}: found {}, expected {}", name, Shown(value),
                           Join(types, " or ")));
  RETURN_IF_ERROR(CheckBounds(schema, value, name));
  if (value.is_object()) return CheckProperties(schema, value, name);
  if (value.is_array())
    for (size_t i = 0; i < value.size(); ++i)
      RETURN_IF_ERROR(CheckValue(GetMember(schema, "items"), value[i],
                                 format("{}[{}]", name, i)));
  return {};
}

}  // namespace

Status CheckArguments(const Json& schema, const Json& arguments) {
  if (!arguments.is_object())
    return BadInput("the arguments are no object");
  return CheckProperties(schema, arguments, "");
}

}  // namespace kernelevolve::cli::mcp
