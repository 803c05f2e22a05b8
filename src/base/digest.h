// SHA-256 for content addresses and keyed derivation of secrets.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kernelevolve {

using Digest = std::array<uint8_t, 32>;

Digest Sha256(std::string_view bytes);
Digest HmacSha256(std::string_view key, std::string_view message);
std::string Hex(std::string_view bytes);
std::string Hex(const Digest& digest);

// Sha256 as 64 hexadecimal digits: the name of an object, the id of a candidate.
std::string HexDigest(std::string_view bytes);

}  // namespace kernelevolve
