// Fenced blocks of a model's Markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

struct FencedBlock {
  std::string tag;   // after the opening fence, lower case
  std::string text;  // with its final newline
  bool closed = true;
};

struct FencedText {
  std::vector<FencedBlock> blocks;
  std::string prose;  // what stands outside
};

// Fences are three or more backticks or tildes at the start of a line; a block
// ends at a fence of the same kind that is at least as long.
FencedText SplitFences(std::string_view text);

}  // namespace kernelevolve
