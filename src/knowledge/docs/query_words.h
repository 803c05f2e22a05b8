// Free text → words that FTS5 can be asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

inline constexpr size_t kMaxQueryWords = 48;

// In order of appearance, in small letters, each once: identifiers stay whole;
// single letters, bare numbers and the words of every sentence are dropped. At
// most `limit`, so that a log of any length is a cheap query.
std::vector<std::string> QueryWords(std::string_view text,
                                    size_t limit = kMaxQueryWords);

// An FTS5 expression that matches what holds any of them; "" for none. Words
// are quoted: nothing in them is an operator.
std::string MatchAny(const std::vector<std::string>& words);

}  // namespace kernelevolve
