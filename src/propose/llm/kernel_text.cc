#include "propose/llm/kernel_text.h"

#include "base/format.h"
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
  std::string values;
  for (const auto& [name, value] : node.candidate.parameters)
    values += OneLine(format("{} = {}", name, value), 100) + "\n";
  if (!values.empty())
    text += Quoted("Its parameter values", "text", values, kLogBytes);
  const Evaluation& evaluation = node.evaluation;
  text += evaluation.accepted()
              ? format("Verdict: right, {:.3g}x.\n", evaluation.speedup)
              : "Verdict: not accepted.\n";
  if (diagnostics && !evaluation.accepted() && !evaluation.log.empty())
    text += Quoted("Log", "text", evaluation.log, kLogBytes);
  return text;
}

}  // namespace kernelevolve
