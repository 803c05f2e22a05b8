#include "worker/judge/secret_seed.h"

#include <cstring>

#include "base/digest.h"

namespace kernelevolve::worker {

uint64_t SecretSeed(std::string_view secret, std::string_view what) {
  const Digest digest = HmacSha256(secret, what);
  uint64_t seed;
  std::memcpy(&seed, digest.data(), sizeof seed);
  return seed;
}

}  // namespace kernelevolve::worker
