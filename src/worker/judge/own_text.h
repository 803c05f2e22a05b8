// What a kernel's source says once its macros are expanded, and which of its accesses
// to memory a sanitizer does not see. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

namespace kernelevolve::worker {

// The lines of `preprocessed` (g++ -E of `source`) that come from the source and the
// judge's header. All lines where the source claims other names of files for its own:
// nobody knows then whose they are.
std::string OwnText(const std::string& source, const std::string& preprocessed);

// The source as its directives say it: no comments where it is beyond doubt what one
// is, and no line that goes on in the next.
std::string PlainText(const std::string& source);

// The first of `words` that the text has; "" without any.
std::string FirstWord(const std::string& text, std::initializer_list<const char*> words);

// The first name in the text by which memory is reached and which GCC does not
// instrument: assembly, and vector builtins with masks, indices or hints; "" without
// any. What such names have in common is all that is known of them.
std::string FirstUnseenAccess(const std::string& text);

}  // namespace kernelevolve::worker
