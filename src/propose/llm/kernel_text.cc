#include "propose/llm/kernel_text.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kSourceBytes = 128 << 10;
constexpr size_t kLogBytes = 6 << 10;

}  // namespace

std::string KernelText(const Node& node, const std::string& title,
                       bool diagnostics) {
  std::string text = Quoted(title, node.candidate.language,
                            node.candidate.source, kSourceBytes);
  if (!node.candidate.parameters.empty()) {
    text += "Its parameter values:";
    for (const auto& [name, value] : node.candidate.parameters)
      text += " " + Sanitize(name + "=" + value, 100);
    text += "\n";
  }
  const Evaluation& evaluation = node.evaluation;
  text += evaluation.accepted()
              ? format("Verdict: right, {:.3g}x.\n", evaluation.speedup)
              : "Verdict: not accepted.\n";
  if (diagnostics && !evaluation.accepted() && !evaluation.log.empty())
    text += Quoted("Log", "text", evaluation.log, kLogBytes);
  return text;
}

}  // namespace kernelevolve
