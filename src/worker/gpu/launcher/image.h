// What we look at in a module's image before the driver does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kernelevolve::worker::gpu {

// The driver is given an image without its length and follows the offsets in
// it. nullopt where `image` is PTX, or a cubin or fatbin whose parts lie inside it,
// else what is wrong with it.
std::optional<std::string> ImageFault(std::string_view image);

// The architectures that it holds code for, as "sm_90" or "sm_80, PTX for
// sm_90"; "unknown" where it does not say.
std::string ImageArchs(std::string_view image);

}  // namespace kernelevolve::worker::gpu
