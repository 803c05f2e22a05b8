// Bytes as text in a JSON message: RFC 4648, with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kernelevolve {

std::string EncodeBase64(std::string_view bytes);
// Strict: nullopt for any character, length or padding that EncodeBase64 would
// not have written.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace kernelevolve
