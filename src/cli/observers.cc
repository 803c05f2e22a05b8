#include "cli/observers.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/evaluation_text.h"
#include "cli/units.h"
#include "core/evaluation_json.h"

namespace kernelevolve::cli {
namespace {

constexpr double kSecondsBetweenLines = 10;
constexpr int kDescriptionColumns = 70;

std::string Described(const Node& node) {
  const std::string& text =
      node.description.empty() ? node.candidate.label : node.description;
  return FitWidth(Sanitize(text, 1000), kDescriptionColumns);
}

// Nothing after the search: the lines of the later stages tell how a leader
// stands, and its new number is as a rule a lower one.
std::string BestLine(const Node& node, const RunProgress& progress) {
  if (progress.phase != RunPhase::kSearch) return "";
  return format("{}  new best {} {}  node {}: {}\n",
                SpanText(progress.elapsed_s), SpeedupText(progress.best_speedup),
                IntervalText(progress.best_ci), node.id, Described(node));
}

// The user's own kernel is what the run was started with: told at once.
std::string SeedLine(const Node& node, const RunProgress& progress) {
  const Evaluation& evaluation = node.evaluation;
  if (node.kind != NodeKind::kSeed || evaluation.accepted()) return "";
  return format("{}  the seed kernel was not accepted: {} {}: {}\n{}",
                SpanText(progress.elapsed_s), StatusName(evaluation.status),
                CodeName(evaluation.code), Sanitize(evaluation.message, 500),
                Sanitize(evaluation.log.substr(0, 1000), 1000));
}

std::string StageLine(const Node& node, const Evaluation& evaluation,
                      const RunProgress& progress) {
  const std::string verdict =
      evaluation.accepted()
          ? HeadlineText(evaluation)
          : format("{} {}: {}", StatusName(evaluation.status),
                   CodeName(evaluation.code),
                   Sanitize(evaluation.message, 200));
  return format("{}  {} node {}: {}\n", SpanText(progress.elapsed_s),
                StageName(evaluation.stage), node.id, verdict);
}

std::string ResumedLine(int64_t resumed) {
  if (resumed == 0) return "";
  return format("resumed with {} recorded\n", Counted(resumed, "node"));
}

Json NodeJson(const Node& node) {
  Json json;
  json["node"] = node.id;
  json["parent"] = node.parents.empty() ? 0 : node.parents.front();
  json["kind"] = NodeKindName(node.kind);
  json["id"] = node.candidate.Id();
  json["origin"] = node.origin;
  json["description"] = node.description;
  return json;
}

}  // namespace

TerminalObserver::TerminalObserver(Console& console, ProgressHeading heading)
    : heading_(std::move(heading)), block_(console) {}

void TerminalObserver::OnStart(const RunStart& start) {
  heading_.policy = start.policy;
  heading_.proposer = start.proposer;
  block_.Above(ResumedLine(start.resumed));
  block_.Draw(ProgressBlock(heading_, RunProgress{}));
}

void TerminalObserver::OnNote(const std::string& text) {
  block_.Above(text + "\n");
}

void TerminalObserver::OnPhase(const RunProgress& progress) { OnTick(progress); }

void TerminalObserver::OnNode(const Node& node, const RunProgress& progress) {
  block_.Above(SeedLine(node, progress));
  OnTick(progress);
}

void TerminalObserver::OnBest(const Node& node, const RunProgress& progress) {
  block_.Above(BestLine(node, progress));
  OnTick(progress);
}

void TerminalObserver::OnStage(const Node& node, const Evaluation& evaluation,
                               const RunProgress& progress) {
  block_.Above(StageLine(node, evaluation, progress));
  OnTick(progress);
}

void TerminalObserver::OnTick(const RunProgress& progress) {
  block_.Draw(ProgressBlock(heading_, progress));
}

void TerminalObserver::OnDone(const RunSummary&) { block_.Clear(); }

PlainObserver::PlainObserver(Console& console, ProgressHeading heading)
    : console_(console), heading_(std::move(heading)) {}

void PlainObserver::OnStart(const RunStart& start) {
  console_.Out(format("{} on {}, {} with {}, in {}\n{}", heading_.task,
                      heading_.target, start.policy, start.proposer,
                      heading_.folder, ResumedLine(start.resumed)));
}

void PlainObserver::OnNote(const std::string& text) {
  console_.Out(text + "\n");
}

void PlainObserver::OnPhase(const RunProgress& progress) {
  last_line_s_ = progress.elapsed_s;
  console_.Out(ProgressLine(progress) + "\n");
}

void PlainObserver::OnNode(const Node& node, const RunProgress& progress) {
  console_.Out(SeedLine(node, progress));
}

void PlainObserver::OnBest(const Node& node, const RunProgress& progress) {
  console_.Out(BestLine(node, progress));
}

void PlainObserver::OnStage(const Node& node, const Evaluation& evaluation,
                            const RunProgress& progress) {
  console_.Out(StageLine(node, evaluation, progress));
}

void PlainObserver::OnTick(const RunProgress& progress) {
  if (progress.elapsed_s - last_line_s_ >= kSecondsBetweenLines)
    OnPhase(progress);
}

void JsonObserver::OnStart(const RunStart& start) {
  Json json;
  json["event"] = "start";
  json["run"] = start.run;
  json["resumed"] = start.resumed;
  console_.Out(DumpJson(json) + "\n");
}

void JsonObserver::OnNote(const std::string& text) {
  Json json;
  json["event"] = "note";
  json["text"] = text;
  console_.Out(DumpJson(json) + "\n");
}

void JsonObserver::OnPhase(const RunProgress& progress) {
  Json json;
  json["event"] = "phase";
  json["phase"] = RunPhaseName(progress.phase);
  json["nodes"] = progress.nodes;
  json["accepted"] = progress.accepted;
  json["elapsed_s"] = progress.elapsed_s;
  console_.Out(DumpJson(json) + "\n");
}

void JsonObserver::OnNode(const Node& node, const RunProgress& progress) {
  Json json;
  json["event"] = "node";
  json.update(NodeJson(node));
  json["status"] = StatusName(node.evaluation.status);
  json["code"] = CodeName(node.evaluation.code);
  json["message"] = node.evaluation.message;
  json["speedup"] = node.evaluation.speedup;
  json["speedup_ci"] = node.evaluation.speedup_ci;
  json["elapsed_s"] = progress.elapsed_s;
  console_.Out(DumpJson(json) + "\n");
}

void JsonObserver::OnBest(const Node& node, const RunProgress& progress) {
  Json json;
  json["event"] = "best";
  json.update(NodeJson(node));
  json["speedup"] = progress.best_speedup;
  json["speedup_ci"] = progress.best_ci;
  json["elapsed_s"] = progress.elapsed_s;
  console_.Out(DumpJson(json) + "\n");
}

void JsonObserver::OnStage(const Node& node, const Evaluation& evaluation,
                           const RunProgress& progress) {
  Json json;
  json["event"] = "stage";
  json["node"] = node.id;
  json["elapsed_s"] = progress.elapsed_s;
  json["evaluation"] = ToJson(evaluation, node.candidate.label);
  console_.Out(DumpJson(json) + "\n");
}

}  // namespace kernelevolve::cli
