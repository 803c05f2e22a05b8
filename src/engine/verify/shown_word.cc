#include "engine/verify/shown_word.h"

#include "base/text.h"

namespace kernelevolve {

std::string ShownWord(std::string_view text, size_t bytes) {
  return Shortened(Sanitize(text, bytes), bytes);
}

}  // namespace kernelevolve
