// Situation: where a search for a kernel stands, as far as it is known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/verdict.h"

namespace kernelevolve {

// Empty fields: not known.
struct Situation {
  std::string platform;    // "cpu", "nvidia", …
  std::string arch;        // "sm_90", "avx512", …
  std::string language;    // "cpp", "cuda", …
  std::string bottleneck;  // "memory", "latency", …
  std::string phase;       // "draft", "repair" or "optimize"
  std::optional<Code> error;
  // What the compiler, the judge, the profile or a person said, and the
  // operator's name. Hostile.
  std::string text;
  std::string operator_family;  // "softmax", …
  std::string target;           // "cpp@native", …
};

// The words under which one would look up a verdict, a bottleneck, or what a
// phase begins with; "" where there are none.
std::string WordsFor(Code code);
std::string WordsForBottleneck(const std::string& bottleneck);
std::string WordsForPhase(const std::string& phase);
// Other names of what a word of the text names: an operator under its usual
// names, American spelling under the British of the documents. "" for most.
std::string OtherNamesOf(const std::string& word);

}  // namespace kernelevolve
