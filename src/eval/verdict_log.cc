#include "eval/verdict_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "base/write_all.h"
#include "core/evaluation_json.h"

namespace kernelevolve {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMostBytes = 256 << 20;

Status WriteLine(int fd, const Json& json) {
  const std::string line = DumpJson(json) + "\n";
  if (!WriteAll(fd, line)) return SystemError("cannot write a verdict");
  return {};
}

Status AppendTo(const fs::path& path, const Json& json) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  if (!fd) return SystemError("cannot open " + path.string());
  return WriteLine(fd.get(), json);
}

tl::unexpected<Error> BadLine(const fs::path& path, int line,
                              const std::string& why) {
  return BadInput(format("{}:{}: {}", path.string(), line, why));
}

Json LogEntry(const EvaluationRequest& request, const Evaluation& evaluation) {
  Json entry;
  entry["candidate"] = request.candidate.Id();
  entry["stage"] = StageName(request.stage);
  if (request.build_only) entry["build_only"] = true;
  entry["evaluation"] = ToJson(evaluation);
  entry["log"] = evaluation.log;
  return entry;
}

// What was never measured is no mistake of the replay: its run may have ended
// before that stage, or gone through it elsewhere.
Evaluation NotRecorded(Stage stage) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kInconclusive;
  evaluation.code = Code::kNoDevice;
  evaluation.stage = stage;
  evaluation.message = format("the recording holds no {} verdict for this "
                              "candidate", StageName(stage));
  return evaluation;
}

}  // namespace

fs::path VerdictsOf(const fs::path& recording) {
  return recording.string() + ".verdicts";
}

Status MarkResumed(const fs::path& path, int64_t nodes,
                   const std::string& facts) {
  return AppendTo(path, {{"resumed", nodes}, {"facts", facts}});
}

Status NameJudge(const fs::path& path, const std::string& device,
                 const std::string& toolchain) {
  return AppendTo(path, {{"device", device}, {"toolchain", toolchain}});
}

Result<std::unique_ptr<Evaluator>> RecordingEvaluator::Create(
    std::unique_ptr<Evaluator> inner, const fs::path& path,
    const VerdictHeader& header) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd)
    return BadInput(
        format("cannot write {}: {}", path.string(), std::strerror(errno)));
  if (::lseek(fd.get(), 0, SEEK_END) == 0)
    RETURN_IF_ERROR(WriteLine(fd.get(), {{"verdicts", kVersion},
                                         {"device", header.device},
                                         {"toolchain", header.toolchain},
                                         {"facts", header.facts}}));
  return std::unique_ptr<Evaluator>(
      new RecordingEvaluator(std::move(inner), std::move(fd)));
}

Result<Evaluation> RecordingEvaluator::Evaluate(
    const EvaluationRequest& request, const StopCondition& stop) {
  Result<Evaluation> evaluation = inner_->Evaluate(request, stop);
  if (!evaluation) return evaluation;
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(WriteLine(fd_.get(), LogEntry(request, *evaluation)));
  return evaluation;
}

Result<std::unique_ptr<ReplayEvaluator>> ReplayEvaluator::Load(
    const fs::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMostBytes));
  auto replay = std::make_unique<ReplayEvaluator>();
  int number = 0;
  for (size_t at = 0, end; (end = text.find('\n', at)) != text.npos;
       at = end + 1) {
    ++number;
    const auto json = ParseJson(std::string_view(text).substr(at, end - at));
    if (!json) return BadLine(path, number, json.error().message);
    if (number == 1) {
      if (GetInteger(*json, "verdicts") != kVersion)
        return BadLine(path, number, "this is no file of recorded verdicts");
      replay->header_ = {GetString(*json, "device").value_or(""),
                         GetString(*json, "toolchain").value_or(""),
                         GetString(*json, "facts").value_or("")};
      replay->BeginPart(0, replay->header_.facts);
      continue;
    }
    if (const Status taken = replay->TakeLine(*json); !taken)
      return BadLine(path, number, taken.error().message);
  }
  return replay;
}

void ReplayEvaluator::BeginPart(int64_t nodes, const std::string& facts) {
  parts_.erase(parts_.lower_bound(nodes), parts_.end());
  parts_[nodes].facts = facts;
}

Status ReplayEvaluator::TakeLine(const Json& line) {
  if (const auto nodes = GetInteger(line, "resumed"))
    return BeginPart(*nodes, GetString(line, "facts").value_or(header_.facts)),
           Status();
  if (const auto device = GetString(line, "device")) {
    header_.device = *device;
    header_.toolchain = GetString(line, "toolchain").value_or("");
    return {};
  }
  ASSIGN_OR_RETURN(Evaluation evaluation,
                   EvaluationFromJson(GetMember(line, "evaluation")));
  evaluation.log = GetString(line, "log").value_or("");
  const auto stage = ParseStage(GetString(line, "stage").value_or(""));
  if (!stage) return BadInput("stage: unknown");
  const Key key{GetString(line, "candidate").value_or(""), *stage,
                GetBool(line, "build_only").value_or(false)};
  parts_.rbegin()->second.verdicts[key].all.push_back(std::move(evaluation));
  return {};
}

ReplayEvaluator::Part& ReplayEvaluator::PartNow() {
  const auto after = parts_.upper_bound(nodes_);
  return (after == parts_.begin() ? after : std::prev(after))->second;
}

std::string ReplayEvaluator::GoOn(int64_t nodes) {
  const std::lock_guard lock(mutex_);
  nodes_ = nodes;
  return PartNow().facts;
}

// Of the part that the run is in, else of the latest that has any.
ReplayEvaluator::Verdicts* ReplayEvaluator::Find(const Key& key) {
  std::vector<Part*> parts = {&PartNow()};
  for (auto it = parts_.rbegin(); it != parts_.rend(); ++it)
    parts.push_back(&it->second);
  for (Part* part : parts)
    if (const auto found = part->verdicts.find(key);
        found != part->verdicts.end())
      return &found->second;
  return nullptr;
}

Result<Evaluation> ReplayEvaluator::Evaluate(const EvaluationRequest& request,
                                             const StopCondition&) {
  const std::lock_guard lock(mutex_);
  Verdicts* const found =
      Find({request.candidate.Id(), request.stage, request.build_only});
  if (!found && request.stage != Stage::kSearch)
    return NotRecorded(request.stage);
  if (!found)
    return BadInput(format(
        "the recording holds no {} verdict for candidate {}: the replay has "
        "gone another way than the run did",
        StageName(request.stage), ShortId(request.candidate.Id())));
  const size_t at = std::min(found->next, found->all.size() - 1);
  found->next = at + 1;
  return found->all[at];
}

}  // namespace kernelevolve
