// A Profile for people.
#pragma once

#include <string>

#include "core/profile.h"

namespace kernelevolve::cli {

// The lines of core/profile_text.h, indented like the rest of an evaluation.
std::string ProfileText(const Profile& profile);

// What changed from the profile of the node it was made from; "" if nothing.
std::string ProfileDeltaText(const Profile& parent, const Profile& child);

}  // namespace kernelevolve::cli
