// JSON, wrapped so that nothing throws: parse and typed look-ups answer with a
// Result that says where the value was expected.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kernelevolve {

// Keys keep their order of insertion: what we print is read by people too.
using Json = nlohmann::ordered_json;

Result<Json> ParseJson(std::string_view text);

// One line, no spaces; invalid UTF-8 is replaced, never thrown.
std::string DumpJson(const Json& json);
// Indented by two.
std::string DumpPrettyJson(const Json& json);

// Look-ups that answer nullopt where the key is absent or of another type.
std::optional<std::string> GetString(const Json& object, std::string_view key);
std::optional<double> GetNumber(const Json& object, std::string_view key);
std::optional<int64_t> GetInteger(const Json& object, std::string_view key);
std::optional<bool> GetBool(const Json& object, std::string_view key);
// The texts of an object, by key; what is no text is left out.
std::map<std::string, std::string> GetStringMap(const Json& object,
                                                std::string_view key);
// The member, or an empty object/array to read from.
const Json& GetMember(const Json& object, std::string_view key);

}  // namespace kernelevolve
