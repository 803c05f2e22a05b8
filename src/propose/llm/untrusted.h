// Text that somebody else wrote, put into a prompt so that it stays data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

// A fenced block under a line that says what it is and that it holds data, not
// instructions. Control characters are gone, what exceeds `limit` bytes is cut
// in the middle, and no line inside can end the fence.
std::string Quoted(std::string_view what, std::string_view language,
                   std::string_view text, size_t limit);

// The same for lines, which stand in a list: "" without any.
std::string QuotedLines(std::string_view what,
                        const std::vector<std::string>& lines, size_t limit);

// A text that holds such blocks, cut in the middle to `limit` bytes at most: a
// block that the cut goes through is closed before it and opened again after it,
// so that none of its text comes to stand outside.
std::string CutBetweenFences(std::string_view text, size_t limit);

// The blocks, paragraphs and items at the beginning of such a text that fit into
// `limit` bytes whole, and a line that says that there is more; "" where not even
// the first does. For text that misleads if half of it is read, as code does.
std::string CutAfterBlock(std::string_view text, size_t limit);

// For a line of a list: without control characters and newlines.
std::string OneLine(std::string_view text, size_t limit);

}  // namespace kernelevolve
