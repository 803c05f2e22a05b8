// kernelevolve diff
#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/line_diff.h"
#include "cli/units.h"
#include "store/open_store.h"

namespace kernelevolve::cli {
namespace {

struct Side {
  std::string name;
  Node node;
  std::vector<Evaluation> evaluations;  // oldest first, never empty
  Evaluation evaluation;                // the one compared
};

const Evaluation* LatestAt(const Side& side, Stage stage) {
  const Evaluation* latest = nullptr;
  for (const Evaluation& evaluation : side.evaluations)
    if (evaluation.stage == stage && evaluation.accepted()) latest = &evaluation;
  return latest;
}

// Times of different stages do not compare: the last stage that both reached,
// or each side's latest where there is none.
void ChooseStage(Side& a, Side& b) {
  for (const Stage stage : {Stage::kFinal, Stage::kConfirm, Stage::kSearch}) {
    const Evaluation *of_a = LatestAt(a, stage), *of_b = LatestAt(b, stage);
    if (!of_a || !of_b) continue;
    a.evaluation = *of_a;
    b.evaluation = *of_b;
    return;
  }
}

Result<Side> ReadSide(const std::string& text) {
  ASSIGN_OR_RETURN(const RunReference reference, ParseNodeReference(text));
  ASSIGN_OR_RETURN(const auto store,
                   OpenStore(reference.folder, OpenMode::kReadOnly));
  ASSIGN_OR_RETURN(std::optional<Node> node, store->FindNode(reference.node));
  if (!node)
    return BadInput(format("{} has no node {}", reference.folder.string(),
                           reference.node));
  ASSIGN_OR_RETURN(std::vector<Evaluation> evaluations,
                   store->FindEvaluations(node->id));
  if (evaluations.empty()) evaluations.push_back(node->evaluation);
  Evaluation latest = evaluations.back();
  return Side{text, *std::move(node), std::move(evaluations), std::move(latest)};
}

std::string SideText(char mark, const Side& side) {
  const Evaluation& evaluation = side.evaluation;
  const std::string verdict =
      evaluation.accepted()
          ? format("{} ({} stage)", HeadlineText(evaluation),
                   StageName(evaluation.stage))
          : format("{} {}", StatusName(evaluation.status),
                   CodeName(evaluation.code));
  return format("{0}{0}{0} {1}  {2}\n", mark, Sanitize(side.name, 300), verdict);
}

std::string ShapesText(const Side& a, const Side& b) {
  std::vector<std::vector<std::string>> rows = {{"shape", "a", "b", "b vs a"}};
  for (const ShapeResult& shape : a.evaluation.shapes)
    for (const ShapeResult& other : b.evaluation.shapes)
      if (other.name == shape.name && other.time_us > 0)
        rows.push_back({shape.name, TimeText(shape.time_us),
                        TimeText(other.time_us),
                        SpeedupText(shape.time_us / other.time_us)});
  return rows.size() > 1 ? TableText(rows) : "";
}

std::string ParametersText(const ParameterValues& a, const ParameterValues& b) {
  std::string text;
  for (const auto& [name, value] : a)
    if (!b.contains(name) || b.at(name) != value)
      text += format("-{} = {}\n", name, value);
  for (const auto& [name, value] : b)
    if (!a.contains(name) || a.at(name) != value)
      text += format("+{} = {}\n", name, value);
  return text.empty() ? "" : "parameters\n" + Sanitize(text, 16 << 10);
}

}  // namespace

Result<int> RunDiff(const Arguments& arguments, Session& session) {
  std::string first, second;
  Flags flags({"kernelevolve diff", "compare two nodes, of one run or of two",
               "RUN/A RUN/B",
               "kernelevolve diff softmax-20260102-030405/3 "
               "softmax-20260102-030405/17"});
  flags.Positional("RUN/A", first, "a run's folder or name, and a node");
  flags.Positional("RUN/B", second, "the other");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(Side a, ReadSide(first));
  ASSIGN_OR_RETURN(Side b, ReadSide(second));
  ChooseStage(a, b);
  session.console.Out(SideText('-', a) + SideText('+', b) + ShapesText(a, b) +
                      ParametersText(a.node.candidate.parameters,
                                     b.node.candidate.parameters));
  const std::string diff =
      UnifiedDiff(a.node.candidate.source, b.node.candidate.source);
  session.console.Out(diff.empty() ? "same source\n"
                                   : Sanitize(diff, diff.size()));
  return kDone;
}

}  // namespace kernelevolve::cli
