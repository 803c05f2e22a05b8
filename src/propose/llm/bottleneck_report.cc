#include "propose/llm/bottleneck_report.h"

#include "base/format.h"
#include "base/text.h"
#include "core/profile_delta.h"
#include "core/profile_text.h"
#include "propose/llm/device_moves.h"
#include "propose/llm/untrusted.h"
#include "propose/llm/verdict_advice.h"

namespace kernelevolve {
namespace {

constexpr size_t kMessageBytes = 600, kLineBytes = 2000;
constexpr size_t kEvidenceBytes = 16 << 10, kThoughtBytes = 16 << 10;
// Above this share of a roof, less work is the only way to go faster.
constexpr double kAtRoof = 0.85;

std::string PlatformOf(const Target& target) {
  if (target.device_kind == "cpu") return "cpu";
  return target.device.starts_with("gfx")  ? "amd"
         : target.device.starts_with("sm") ? "nvidia"
                                           : target.device_kind;
}

void AddRepair(const Evaluation& evaluation, BottleneckReport& report) {
  report.headline =
      format("The kernel was not accepted: {}", CodeName(evaluation.code));
  if (!evaluation.message.empty())
    report.evidence.push_back(Sanitize(evaluation.message, kMessageBytes));
  if (!evaluation.failed_check.empty())
    report.evidence.push_back("found by the check " +
                              Sanitize(evaluation.failed_check, 60));
  report.moves.push_back(AdviceFor(evaluation.code));
  report.situation.error = evaluation.code;
  report.situation.phase = "repair";
  report.situation.text = Sanitize(evaluation.message, kMessageBytes);
}

void AddMemoryMoves(const Profile& profile, std::vector<std::string>& moves) {
  if (profile.memory() > kAtRoof)
    moves.push_back(
        "It runs at the memory roof: only fewer bytes help (fuse "
        "passes, keep intermediates in registers or cache, write "
        "each line once).");
  else
    moves.push_back(
        "Raise the achieved bandwidth: read in long streams, "
        "prefetch ahead of the hardware, use streaming stores for "
        "outputs that are not read again.");
}

void AddComputeMoves(const Profile& profile, std::vector<std::string>& moves) {
  if (profile.compute() > kAtRoof) {
    moves.push_back(
        "It runs at the arithmetic roof: only less arithmetic "
        "helps (another association, Winograd, symmetric halves).");
    return;
  }
  moves.push_back(
      "Keep both multiply-add units busy: a register tile with "
      "enough independent accumulators, operands reused from "
      "registers, panels packed for unit stride.");
}

void AddLoopMoves(const Profile& profile, std::vector<std::string>& moves) {
  const InstructionMix mix = profile.total();
  if (mix.spills > 0)
    moves.push_back(
        format("{} spills in the hot loops: a smaller register tile "
               "or less unrolling.",
               mix.spills));
  if (profile.vector_bits() == 0 && !profile.loops.empty())
    moves.push_back(
        "The hottest loop is scalar: use vector types or "
        "#pragma omp simd, and take function calls out of it.");
  if (mix.divides > 0)
    moves.push_back(
        "Divisions or square roots in a hot loop: multiply by a "
        "reciprocal taken once.");
  if (mix.gathers > 0)
    moves.push_back(
        "Gathers in a hot loop: change the layout once, or load "
        "vectors and shuffle.");
  if (mix.calls > 0)
    moves.push_back(
        "Calls in a hot loop keep it from vectorising: inline a "
        "polynomial instead.");
}

void AddProcessorMoves(const Profile& profile, BottleneckReport& report) {
  if (profile.bound == BoundClass::kMemory)
    AddMemoryMoves(profile, report.moves);
  if (profile.bound == BoundClass::kCompute)
    AddComputeMoves(profile, report.moves);
  if (profile.bound == BoundClass::kLatency)
    report.moves.push_back(
        "It waits: break dependence chains with several "
        "accumulators, overlap loads with arithmetic, "
        "process several rows at once.");
  if (profile.bound == BoundClass::kLaunch)
    report.moves.push_back(
        "Fixed costs dominate: fewer passes, less set-up, "
        "no allocation per call.");
  AddLoopMoves(profile, report.moves);
}

void AddProfile(const Profile& profile, const Node* parent_of_it,
                BottleneckReport& report) {
  report.headline =
      profile.bound == BoundClass::kUnknown
          ? "The kernel is right; the profile does not say what limits it"
          : format("The kernel is right and {}-bound",
                   BoundName(profile.bound));
  for (const std::string& line : ProfileLines(profile))
    report.evidence.push_back(line);
  if (parent_of_it && parent_of_it->evaluation.profile)
    for (const std::string& line :
         DescribeDelta(*parent_of_it->evaluation.profile, profile))
      report.evidence.push_back("since its parent: " + line);
  if (profile.device)
    report.moves = DeviceMoves(profile);
  else
    AddProcessorMoves(profile, report);
  report.situation.bottleneck = BoundName(profile.bound);
}

void AddSpeed(const Node& node, BottleneckReport& report) {
  for (const ShapeResult& shape : node.evaluation.shapes) {
    std::string line =
        format("{}: {:.4g} us, {:.3g}x the best baseline",
               Sanitize(shape.name, 60), shape.time_us, shape.speedup);
    if (shape.speed_of_light > 0)
      line += format(", {:.0f} % of the speed of light",
                     100 * shape.speed_of_light);
    report.evidence.push_back(std::move(line));
  }
}

}  // namespace

std::string BottleneckReport::ToText() const {
  std::string text = OneLine(headline, kLineBytes) + ".\n" +
                     QuotedLines("What was found", evidence, kEvidenceBytes);
  if (!moves.empty()) text += "Worth trying, best first:\n";
  for (const std::string& move : moves)
    text += "- " + OneLine(move, kLineBytes) + "\n";
  return text + QuotedLines("What a model makes of it", thoughts, kThoughtBytes);
}

BottleneckReport ReportByRules(const ProposalRequest& request) {
  BottleneckReport report;
  report.situation.platform = PlatformOf(*request.target);
  report.situation.language = request.target->language;
  report.situation.text = request.task->summary;
  report.situation.operator_family = request.task->operator_family;
  report.situation.target = request.target->Name();
  report.situation.phase = "draft";
  if (!request.parent) return report;
  const Node& node = *request.parent;
  if (!node.evaluation.accepted()) {
    AddRepair(node.evaluation, report);
    return report;
  }
  report.situation.phase = "optimize";
  report.headline = "The kernel is right";
  AddSpeed(node, report);
  const size_t count = request.ancestors.size();
  if (node.evaluation.profile)
    AddProfile(*node.evaluation.profile,
               count > 1 ? request.ancestors[count - 2] : nullptr, report);
  return report;
}

}  // namespace kernelevolve
