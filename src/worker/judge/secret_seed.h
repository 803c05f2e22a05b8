// The seed of whatever is drawn from a stage's secret.
#pragma once

#include <cstdint>
#include <string_view>

namespace kernelevolve::worker {

// The first bytes of HMAC(secret, what): another for each `what`, none of which
// tells anything of the secret.
uint64_t SecretSeed(std::string_view secret, std::string_view what);

}  // namespace kernelevolve::worker
