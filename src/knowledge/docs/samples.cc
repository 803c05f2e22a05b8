#include "knowledge/docs/samples.h"

#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kFence = "```";

struct Parts {
  std::vector<Sample> samples;
  std::vector<ProseLine> prose;
};

Parts Take(std::string_view body, int first_line) {
  Parts parts;
  bool inside = false;
  int number = first_line;
  for (const std::string_view line : Split(body, '\n')) {
    const bool fence = Trim(line).starts_with(kFence);
    if (fence && !inside) {
      parts.samples.push_back(
          {std::string(Trim(Trim(line).substr(kFence.size()))), "", number,
           false});
    } else if (fence) {
      parts.samples.back().closed = true;
    } else if (inside) {
      parts.samples.back().code.append(line).append("\n");
    } else {
      parts.prose.push_back({line, number});
    }
    inside ^= fence;
    ++number;
  }
  return parts;
}

}  // namespace

std::vector<Sample> ExtractSamples(std::string_view body, int first_line) {
  return Take(body, first_line).samples;
}

bool IsCompiled(const Sample& sample) {
  return sample.tag == "cpp" || sample.tag == "cuda" || sample.tag == "python";
}

std::vector<ProseLine> ExtractProse(std::string_view body, int first_line) {
  return Take(body, first_line).prose;
}

}  // namespace kernelevolve
