#include "propose/llm/tool_arguments.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "llm/model_text.h"

namespace kernelevolve {
namespace {

// The longest kernel, escaped.
constexpr size_t kMostBytes = 1 << 20;
constexpr size_t kQuotedBytes = 60;

tl::unexpected<Complaint> Complain(std::string text) {
  return tl::unexpected<Complaint>(Complaint{std::move(text)});
}

std::string Expected(const ToolSpec& tool) {
  std::vector<std::string> names;
  for (const auto& [name, schema] :
       GetMember(tool.parameters, "properties").items())
    names.push_back(name);
  return names.empty() ? tool.name + " takes no arguments"
                       : tool.name + " takes " + Join(names, ", ");
}

bool HasType(const Json& value, const std::string& type) {
  return (type == "string" && value.is_string()) ||
         (type == "integer" && value.is_number_integer());
}

// A schema's type is one name or a list of them.
bool Fits(const Json& value, const Json& schema) {
  const Json& types = GetMember(schema, "type");
  if (types.is_string()) return HasType(value, types.get<std::string>());
  return std::any_of(types.begin(), types.end(), [&](const Json& type) {
    return type.is_string() && HasType(value, type.get<std::string>());
  });
}

std::string TypeComplaint(const std::string& name, const Json& value,
                          const Json& schema) {
  return format("the argument \"{}\" is a JSON {}, expected {}", name,
                value.type_name(), DumpJson(GetMember(schema, "type")));
}

std::string Check(const Json& values, const ToolSpec& tool) {
  const Json& properties = GetMember(tool.parameters, "properties");
  for (const auto& [name, value] : values.items()) {
    if (!properties.contains(name))
      return format("there is no argument \"{}\"; {}",
                    Sanitize(name, kQuotedBytes), Expected(tool));
    if (!Fits(value, properties[name]))
      return TypeComplaint(name, value, properties[name]);
  }
  for (const Json& name : GetMember(tool.parameters, "required"))
    if (!values.contains(name.get<std::string>()))
      return format("the argument {} is missing; {}", DumpJson(name),
                    Expected(tool));
  return "";
}

// Optional arguments that a model fills with null are absent.
void DropNulls(Json& values) {
  std::vector<std::string> nulls;
  for (const auto& [name, value] : values.items())
    if (value.is_null()) nulls.push_back(name);
  for (const std::string& name : nulls) values.erase(name);
}

}  // namespace

tl::expected<ToolArguments, Complaint> ToolArguments::Parse(
    const std::string& text, const ToolSpec& tool) {
  if (text.size() > kMostBytes)
    return Complain(format("the arguments have {} bytes; at most {} are taken",
                           text.size(), kMostBytes));
  if (Trim(text).empty()) {
    const std::string missing = Check(Json::object(), tool);
    if (!missing.empty()) return Complain(missing);
    return ToolArguments(Json::object());
  }
  Result<Json> values = ParseJson(text);
  if (!values)
    return Complain("the arguments are not JSON, or are cut off: " +
                    Sanitize(values.error().message, 200));
  if (!values->is_object())
    return Complain(format("the arguments are a JSON {}, expected an object",
                           values->type_name()));
  DropNulls(*values);
  if (std::string wrong = Check(*values, tool); !wrong.empty())
    return Complain(std::move(wrong));
  return ToolArguments(*std::move(values));
}

std::string ToolArguments::Text(std::string_view name) const {
  const Json& value = GetMember(values_, name);
  if (value.is_number_integer()) return DumpJson(value);
  // Escapes may have brought back what the reply itself was cleaned of.
  return value.is_string() ? CleanModelText(value.get<std::string>()) : "";
}

}  // namespace kernelevolve
