// Fenced code blocks of a document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

struct Sample {
  std::string tag;  // "cpp", "cuda", "python", "text"; "" where there is none
  std::string code;
  int line = 0;  // of the opening fence, in the file
  bool closed = true;
};

// `first_line` is the file's line at which `body` begins.
std::vector<Sample> ExtractSamples(std::string_view body, int first_line);

// Whether the tests compile it.
bool IsCompiled(const Sample& sample);

// One line of Markdown outside of every fence, as lint reads it.
struct ProseLine {
  std::string_view text;
  int line = 0;
};
std::vector<ProseLine> ExtractProse(std::string_view body, int first_line);

}  // namespace kernelevolve
