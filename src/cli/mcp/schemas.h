// Pieces of the tools' JSON schemas.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace kernelevolve::cli::mcp {

Json Text(const std::string& description);
// A list of names.
Json Names(const std::string& description);
Json OneOf(const std::string& description,
           const std::vector<std::string>& values);
Json Whole(const std::string& description, int64_t low, int64_t high);
Json Switch(const std::string& description);
// A whole kernel.
Json Source(const std::string& description);

// An object with these arguments; no others are taken.
Json ArgumentSchema(Json properties, const std::vector<std::string>& required);

}  // namespace kernelevolve::cli::mcp
