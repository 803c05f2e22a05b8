// Small helpers for text that people or models wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

std::string_view Trim(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);

std::string ReplaceAll(std::string_view text, std::string_view from,
                       std::string_view to);

// "1 call", "2 calls": for nouns that take an s.
std::string Counted(int64_t count, std::string_view noun);

// Text from candidates, compilers and logs is hostile: control characters but
// newline and tab are dropped, invalid UTF-8 is replaced, and what exceeds
// `limit` bytes is cut in the middle with a mark that says how much.
std::string Sanitize(std::string_view text, size_t limit);

// The beginning of it, on one line; "..." at the end if there is more. At most
// `limit` bytes, which are at least 4.
std::string Shortened(std::string_view text, size_t limit);

// The entry nearest to `word` by edit distance, or "" if none is close: for
// "did you mean" in error messages.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace kernelevolve
