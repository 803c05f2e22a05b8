#include "wire/json_reader.h"

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::wire {
namespace {

constexpr std::string_view kHexSuffix = "_hex";

tl::unexpected<Error> Expected(std::string_view key, std::string_view what) {
  return BadInput(format("message: \"{}\" is not {}", key, what));
}

// True if JSON gives the same bytes back.
bool Survives(const std::string& bytes) {
  const Result<Json> back = ParseJson(DumpJson(Json(bytes)));
  return back && back->is_string() &&
         back->get_ref<const std::string&>() == bytes;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Result<std::string> NeedString(const Json& object, std::string_view key) {
  auto text = GetString(object, key);
  if (!text) return Expected(key, "a text");
  return *std::move(text);
}

Result<int64_t> NeedInteger(const Json& object, std::string_view key,
                            int64_t low, int64_t high) {
  const auto value = GetInteger(object, key);
  if (!value || *value < low || *value > high)
    return Expected(key, format("a whole number from {} to {}", low, high));
  return *value;
}

Result<const Json*> NeedObject(const Json& object, std::string_view key) {
  const Json& member = GetMember(object, key);
  if (!member.is_object()) return Expected(key, "an object");
  return &member;
}

Result<std::vector<std::string>> NeedStrings(const Json& object,
                                             std::string_view key) {
  const Json& array = GetMember(object, key);
  if (!array.is_array()) return Expected(key, "an array of texts");
  std::vector<std::string> texts;
  for (const Json& item : array) {
    if (!item.is_string()) return Expected(key, "an array of texts");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Status NeedType(const Json& message, std::string_view type) {
  ASSIGN_OR_RETURN(const std::string found, NeedString(message, "type"));
  if (found == type) return {};
  return BadInput(format("message: type \"{}\" where \"{}\" is expected",
                         Sanitize(found, 64), type));
}

void PutBytes(Json& object, const std::string& key, const std::string& bytes) {
  if (Survives(bytes))
    object[key] = bytes;
  else
    object[key + std::string(kHexSuffix)] = Hex(bytes);
}

Result<std::string> NeedBytes(const Json& object, const std::string& key) {
  const auto hex = GetString(object, key + std::string(kHexSuffix));
  if (!hex) return NeedString(object, key);
  std::string bytes;
  for (size_t i = 0; i + 1 < hex->size(); i += 2) {
    const int high = HexDigit((*hex)[i]), low = HexDigit((*hex)[i + 1]);
    if (high < 0 || low < 0) return Expected(key, "hexadecimal");
    bytes += static_cast<char>(high << 4 | low);
  }
  if (hex->size() % 2 != 0) return Expected(key, "hexadecimal");
  return bytes;
}

}  // namespace kernelevolve::wire
