#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace kernelevolve {
namespace {
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
}  // namespace

Digest Sha256(std::string_view bytes) {
  Digest digest;
  SHA256(Bytes(bytes), bytes.size(), digest.data());
  return digest;
}

Digest HmacSha256(std::string_view key, std::string_view message) {
  Digest digest;
  unsigned int size = digest.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message),
       message.size(), digest.data(), &size);
  return digest;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string Hex(const Digest& digest) {
  return Hex(std::string_view(reinterpret_cast<const char*>(digest.data()),
                              digest.size()));
}

std::string HexDigest(std::string_view bytes) { return Hex(Sha256(bytes)); }

}  // namespace kernelevolve
