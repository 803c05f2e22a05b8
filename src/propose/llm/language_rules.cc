#include "propose/llm/language_rules.h"

#include "base/format.h"

namespace kernelevolve {
namespace {

constexpr const char* kCppIncludes =
    "Nothing else is included for you: <algorithm> has std::max, <cmath> "
    "std::exp, <cfloat> FLT_MAX, <limits> std::numeric_limits, <immintrin.h> the "
    "vector intrinsics of x86. Intrinsics are instructions: there is none for exp, log "
    "or tanh of a vector.\n";

constexpr const char* kTriton =
    "A kernel is one Python file that defines `run`: the inputs by position, in "
    "the order of the task, then by keyword `outputs` (a list of tensors to "
    "write), `workspace` (bytes, or None) and every attribute by its name. It "
    "runs once per shape, without a device, to record its launches: it looks at "
    "shapes, strides and dtypes only, launches functions under @triton.jit, "
    "and returns nothing. `workspace_bytes(*inputs, outputs, **attributes)`, "
    "optional, says how many bytes it wants. Numeric choices stand in comments, "
    "`# ke:tune NAME = DEFAULT in {VALUES}`, and are globals of the file, among "
    "them `num_warps` and `num_stages` where declared; a kernel takes them as "
    "tl.constexpr arguments. A tuner turns them, so declare tile sizes there.\n";

}  // namespace

std::string LanguageRules(const fs::path& data, const std::string& language) {
  if (language == "triton") return kTriton;
  const bool c_abi =
      language == "cpp" || language == "cuda" || language == "hip";
  const auto header = ReadFile(data / "include" / "kernelevolve" / "abi.h");
  if (!c_abi || !header) return "";
  return format(
      "A kernel is one file that defines ke_run with this ABI (extern \"C\", "
      "outside of any namespace), included as <kernelevolve/abi.h>. {}"
      "Numeric choices stand in comments, `// ke:tune NAME = DEFAULT in "
      "{{VALUES}} when CONDITION`, and arrive as macros; a tuner turns them, so "
      "declare tile sizes and unrolling there.\n```c\n{}```\n",
      language == "cpp" ? kCppIncludes : "", *header);
}

}  // namespace kernelevolve
