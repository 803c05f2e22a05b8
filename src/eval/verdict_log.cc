#include "eval/verdict_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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
      continue;
    }
    auto evaluation = EvaluationFromJson(GetMember(*json, "evaluation"));
    if (!evaluation) return BadLine(path, number, evaluation.error().message);
    evaluation->log = GetString(*json, "log").value_or("");
    const auto stage = ParseStage(GetString(*json, "stage").value_or(""));
    if (!stage) return BadLine(path, number, "stage: unknown");
    replay
        ->verdicts_[{GetString(*json, "candidate").value_or(""), *stage,
                     GetBool(*json, "build_only").value_or(false)}]
        .all.push_back(*std::move(evaluation));
  }
  return replay;
}

Result<Evaluation> ReplayEvaluator::Evaluate(const EvaluationRequest& request,
                                             const StopCondition&) {
  const std::lock_guard lock(mutex_);
  const auto it = verdicts_.find(
      {request.candidate.Id(), request.stage, request.build_only});
  if (it == verdicts_.end() && request.stage != Stage::kSearch)
    return NotRecorded(request.stage);
  if (it == verdicts_.end())
    return BadInput(format(
        "the recording holds no {} verdict for candidate {}: the replay has "
        "gone another way than the run did",
        StageName(request.stage), ShortId(request.candidate.Id())));
  Verdicts& verdicts = it->second;
  const size_t at = std::min(verdicts.next, verdicts.all.size() - 1);
  verdicts.next = at + 1;
  return verdicts.all[at];
}

}  // namespace kernelevolve
