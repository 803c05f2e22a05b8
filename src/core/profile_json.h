// The one JSON form of a Profile: the member "profile" of an evaluation.
#pragma once

#include "base/json.h"
#include "core/profile.h"

namespace kernelevolve {

Json ToJson(const Profile& profile);
// Lenient, as evaluations are: what is missing or mistyped reads as 0, "" or
// kUnknown. nullopt if `json` is no object or an empty one: records from before
// there were profiles have none.
std::optional<Profile> ProfileFromJson(const Json& json);

}  // namespace kernelevolve
