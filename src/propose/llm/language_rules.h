// What a kernel of a language must look like, as a prompt says it.
#pragma once

#include <string>

#include "base/file.h"

namespace kernelevolve {

// `data` holds include/kernelevolve/abi.h. "" for a language without rules of its
// own.
std::string LanguageRules(const fs::path& data, const std::string& language);

}  // namespace kernelevolve
