// knowledge/index.md: every document in one line, under its folders.
#pragma once

#include <string>
#include <vector>

#include "knowledge/docs/document.h"

namespace kernelevolve {

// `documents` in the order of their paths.
std::string IndexPage(const std::vector<Document>& documents);

}  // namespace kernelevolve
