// Arguments of a tool call against the tool's own JSON schema, so that the two
// cannot differ.
#pragma once

#include "base/json.h"

namespace kernelevolve::cli::mcp {

// kBadInput names the argument, what was found and what is expected. Knows the
// keywords that our schemas use: type, properties, required, enum, minimum,
// maximum, items, additionalProperties, maxLength. `arguments` is hostile.
Status CheckArguments(const Json& schema, const Json& arguments);

}  // namespace kernelevolve::cli::mcp
