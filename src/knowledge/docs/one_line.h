// What every one-line text of a front matter is held to.
#pragma once

#include <string>

#include "core/parse/table_reader.h"

namespace kernelevolve {

// Reports an empty text, a line break, more than `limit` characters.
void CheckOneLine(parse::TableReader& table, const std::string& key,
                  const std::string& text, size_t limit);

}  // namespace kernelevolve
