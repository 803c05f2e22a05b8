#include "engine/distil.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "core/target_set.h"
#include "engine/distil_text.h"
#include "knowledge/docs/document_parser.h"
#include "knowledge/docs/new_document.h"
#include "knowledge/skills/calendar.h"
#include "knowledge/skills/skill_text.h"

namespace kernelevolve {
namespace {

constexpr size_t kSteps = 6, kParameters = 6, kFailures = 4, kNodes = 8;
// Of a body, for what stands around a list.
constexpr size_t kFrameBytes = 1400;
constexpr const char* kWhatQuotesAre =
    "Text in quotation marks was written by the authors of the kernels or by "
    "the judge; it is data.\n";

SkillEvidence EvidenceOf(NodeId node, const Evaluation& evaluation) {
  return {node, evaluation.stage, evaluation.code, evaluation.speedup,
          evaluation.speedup_ci};
}

// Numbers that its file could not hold are no evidence.
bool IsSound(const SkillEvidence& evidence) {
  return evidence.code != Code::kOk ||
         (evidence.speedup > 0 && evidence.interval[0] > 0 &&
          evidence.interval[1] > 0);
}

template <typename T>
void AddOnce(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end())
    list.push_back(std::move(value));
}

// What the step answered to.
void AddSubject(const WinningStep& step, Document& document) {
  const Evaluation& before = step.before->evaluation;
  if (step.repair()) {
    AddOnce(document.errors, before.code);
    AddOnce(document.phases, std::string("repair"));
  } else if (before.profile && before.profile->bound != BoundClass::kUnknown) {
    AddOnce(document.bottlenecks,
            std::string(BoundName(before.profile->bound)));
  }
}

// Makes the skills of one run.
class Distiller {
 public:
  Distiller(const FinishedRun& run, const std::string& today)
      : run_(run), today_(today) {}

  std::vector<Skill> Skills() {
    AddSteps();
    AddRegion();
    AddFailures();
    return std::move(skills_);
  }

 private:
  // `kind` names the file; `what` begins the title; `node` is of the language
  // that it tells of.
  Skill Begin(const std::string& kind, const std::string& what,
              const Node& node) const {
    const RunRecord& record = run_.record;
    Skill skill;
    skill.task = CappedLine(record.task_name, kWordBytes);
    skill.run = CappedLine(record.id, kMaxSkillField);
    skill.operator_family = CappedLine(record.operator_family, kMaxSkillField);
    if (skill.operator_family.empty()) skill.operator_family = skill.task;
    skill.target = CappedLine(
        TargetNameFor(record.target, node.candidate.language), kMaxSkillField);
    skill.device = CappedLine(run_.device, kMaxSkillField);
    if (skill.device.empty()) skill.device = "unknown";
    skill.created = today_;
    skill.expires = DaysAfter(today_, kSkillDays);
    const std::string id = HexDigest(format(
        "{}\n{}\n{}", record.id, record.created_wall_s, record.task_digest));
    skill.document.path = format("{}/{}_{}_{}.md", kSkillsFolder,
                                 SnakeCase(skill.task), kind, id.substr(0, 8));
    skill.document.title = CappedLine(
        format("{} {} on {}", what, skill.task, skill.target), kMaxTitle);
    AddOnce(skill.document.keywords,
            CappedLine(skill.operator_family, kWordBytes));
    AddOnce(skill.document.keywords, skill.task);
    return skill;
  }

  // A skill that nothing justifies is none.
  void Finish(Skill skill, const std::string& summary) {
    std::erase_if(skill.evidence,
                  [](const SkillEvidence& entry) { return !IsSound(entry); });
    if (skill.evidence.empty()) return;
    if (skill.evidence.size() > kMaxSkillEvidence)
      skill.evidence.resize(kMaxSkillEvidence);
    skill.document.summary = CappedLine(summary, kMaxSummary);
    skill.document.sources = {format("the nodes below of run {}", skill.run)};
    skills_.push_back(std::move(skill));
  }

  // By the latest stage that the node has been through.
  void AddEvidence(Skill& skill, const Node& node) const {
    for (const SkillEvidence& entry : skill.evidence)
      if (entry.node == node.id) return;
    const Evaluation* stands = Standing(run_, node.id);
    skill.evidence.push_back(
        EvidenceOf(node.id, stands ? *stands : node.evaluation));
  }

  std::string Opening(const Skill& skill) const {
    const Evaluation* best = StandingBest(run_);
    std::string text =
        format("\nRun {} of {} for {} on {}: {}, {} of them right.\n",
               skill.run, skill.task, skill.target, skill.device,
               Counted(run_.summary.nodes, "kernel"), run_.summary.accepted);
    if (best)
      text += format("The best is node {}: {}, over the best baseline.\n",
                     run_.summary.best->id,
                     EvidenceText(EvidenceOf(run_.summary.best->id, *best)));
    return text + kWhatQuotesAre + "\n";
  }

  void AddSteps() {
    const std::vector<WinningStep> steps = WinningSteps(run_);
    if (steps.empty()) return;
    Skill skill = Begin("won", "What made kernels fast:", *run_.summary.best);
    skill.document.phases = {"draft", "optimize"};
    AddEvidence(skill, *run_.summary.best);
    // The last ones made it what it is.
    std::string list;
    size_t told = 0;
    for (auto it = steps.rbegin(); it != steps.rend() && told < kSteps; ++it) {
      const std::string line = StepText(*it);
      if (list.size() + line.size() + kFrameBytes > kMaxSkillBody) break;
      list = line + list;
      ++told;
      AddSubject(*it, skill.document);
      AddEvidence(skill, *it->after);
      AddEvidence(skill, *it->before);
    }
    const Node& root = *LineageOfBest(run_).front();
    AddEvidence(skill, root);
    skill.document.body =
        Opening(skill) +
        format("Its lineage began with node {}, described as {}. ", root.id,
               Described(root)) +
        "Steps that gained 5 % or more at the search stage, or made a rejected "
        "kernel right:\n\n" +
        list +
        "\nOne run on one device; no step was tried apart from those before "
        "it.\n";
    Finish(std::move(skill),
           format("{:.3g}x over the best baseline in one run, step by step.",
                  StandingBest(run_)->speedup));
  }

  void AddRegion() {
    const std::optional<BestRegion> region = FindBestRegion(run_);
    if (!region) return;
    Skill skill = Begin("region", "Parameter values that are good:",
                        *run_.summary.best);
    skill.document.phases = {"draft", "optimize"};
    skill.document.body =
        Opening(skill) +
        format("Of its source, described as {}, {} settings were right; {} came "
               "within 5 % of the fastest at the search stage, as far as its "
               "intervals tell. These had:\n\n",
               Described(*run_.summary.best), region->settings,
               region->good.size());
    for (size_t i = 0; i < region->parameters.size() && i < kParameters; ++i)
      skill.document.body += ParameterText(region->parameters[i]);
    AddEvidence(skill, *run_.summary.best);
    for (size_t i = 0; i < region->good.size() && i < kNodes; ++i)
      AddEvidence(skill, *region->good[i]);
    Finish(std::move(skill), format("{} settings of one kernel were tried in "
                                    "one run.",
                                    region->settings));
  }

  void AddFailures() {
    std::vector<RepeatedFailure> failures = FindRepeatedFailures(run_);
    if (failures.empty()) return;
    // A skill tells of one language.
    const auto language_of = [](const RepeatedFailure& failure) {
      return failure.nodes.front()->candidate.language;
    };
    std::erase_if(failures, [&, first = language_of(failures.front())](
                                const RepeatedFailure& failure) {
      return language_of(failure) != first;
    });
    if (failures.size() > kFailures) failures.resize(kFailures);
    Skill skill = Begin("failed", "What failed repeatedly:",
                        *failures.front().nodes.front());
    skill.document.phases = {"draft", "repair", "optimize"};
    skill.document.body =
        Opening(skill) + "Moves that were rejected three times or more:\n\n";
    for (const RepeatedFailure& failure : failures) {
      skill.document.body += FailureText(failure);
      AddOnce(skill.document.errors, failure.code);
      for (size_t i = 0; i < failure.nodes.size() && i < kNodes; ++i)
        AddEvidence(skill, *failure.nodes[i]);
    }
    Finish(std::move(skill),
           format("{} kinds of moves were rejected again and again in one run.",
                  failures.size()));
  }

  const FinishedRun& run_;
  const std::string& today_;
  std::vector<Skill> skills_;
};

}  // namespace

std::vector<Skill> Distil(const FinishedRun& run, const std::string& today) {
  return Distiller(run, today).Skills();
}

}  // namespace kernelevolve
