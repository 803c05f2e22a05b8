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

// Follows a text line by line.
class FenceTracker {
 public:
  // Whether the line, without its newline, opens or closes a block; any other
  // belongs to the open one, if there is one.
  bool Take(std::string_view line);
  // The line that would open a block like the open one; "" outside of blocks.
  const std::string& opened() const { return opened_; }
  // The line that closes it.
  std::string Closing() const { return std::string(length_, mark_); }
  std::string_view tag() const;

 private:
  std::string opened_;
  char mark_ = 0;
  size_t length_ = 0;
};

// Fences are three or more backticks or tildes at the start of a line; a block
// ends at a fence of the same kind that is at least as long.
FencedText SplitFences(std::string_view text);

}  // namespace kernelevolve
