// Search-and-replace edits of a source, as models write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "propose/llm/answer.h"

namespace kernelevolve {

struct Edit {
  std::string search, replace;
};

// Whether the text holds an edit's first marker at the start of a line.
bool HoldsEdits(std::string_view text);

// Everything outside the markers is ignored.
tl::expected<std::vector<Edit>, Complaint> ParseEdits(std::string_view text);

// One after the other. A search text that is absent, or stands there twice, is
// refused: the complaint quotes it and the nearest line there is.
tl::expected<std::string, Complaint> ApplyEdits(std::string_view source,
                                                const std::vector<Edit>& edits);

}  // namespace kernelevolve
