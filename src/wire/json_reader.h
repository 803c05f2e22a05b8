// Strict look-ups in a message: what is absent or of another type is an error
// that names it. Internal to wire.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace kernelevolve::wire {

Result<std::string> NeedString(const Json& object, std::string_view key);
Result<int64_t> NeedInteger(const Json& object, std::string_view key,
                            int64_t low, int64_t high);
Result<const Json*> NeedObject(const Json& object, std::string_view key);
Result<std::vector<std::string>> NeedStrings(const Json& object,
                                             std::string_view key);
Status NeedType(const Json& message, std::string_view type);

// Bytes that a person or model wrote: as text where they are valid UTF-8, else
// as hexadecimal under `<key>_hex`. Either way they arrive unchanged.
void PutBytes(Json& object, const std::string& key, const std::string& bytes);
Result<std::string> NeedBytes(const Json& object, const std::string& key);

}  // namespace kernelevolve::wire
