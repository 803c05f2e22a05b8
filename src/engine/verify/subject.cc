#include "engine/verify/subject.h"

#include "base/format.h"
#include "base/text.h"
#include "core/only_shapes.h"
#include "core/task_parser.h"
#include "engine/candidate_file.h"
#include "engine/find_task_or_file.h"
#include "engine/kernelbench.h"
#include "engine/verify/export_files.h"
#include "engine/verify/shown_word.h"

namespace kernelevolve {
namespace {

// The folders in which what a result names may be, nearest first.
std::vector<fs::path> Bases(const fs::path& file) {
  std::vector<fs::path> bases;
  std::error_code error;
  fs::path folder = fs::absolute(file, error).lexically_normal().parent_path();
  for (; !folder.empty(); folder = folder.parent_path()) {
    bases.push_back(folder);
    if (folder == folder.root_path()) break;
  }
  bases.push_back(fs::current_path(error));
  return bases;
}

// The places of a path, those first that are nearest to the result's file.
std::vector<fs::path> PlacesOf(const std::string& words, const fs::path& file) {
  if (fs::path(words).is_absolute()) return {words};
  std::vector<fs::path> places;
  for (const fs::path& base : Bases(file)) places.push_back(base / words);
  return places;
}

std::string MissingKeys(const StoredResult& result) {
  std::vector<std::string> missing;
  if (result.task.words.empty()) missing.push_back("\"task\"");
  if (result.target.empty()) missing.push_back("\"target\"");
  return Join(missing, " and ");
}

// An interval that says nothing would be beaten for ever.
bool HasInterval(const Evaluation& evaluation) {
  const auto [low, high] = evaluation.speedup_ci;
  return 0 < low && low <= high;
}

tl::unexpected<Error> OtherKernel(const StoredResult& result,
                                  const fs::path& place) {
  return BadInput(format(
      "{} is not the kernel of the result{}: it was changed since, or the target "
      "or \"parameters\" are not those it was judged with",
      ShownWord(place.string()),
      result.parameters.empty() ? " with its default parameters" : ""));
}

Result<Candidate> FindCandidate(const FoundResult& found,
                                const Target& target) {
  const StoredResult& result = *found.result;
  std::optional<fs::path> other;
  for (const fs::path& place : PlacesOf(result.candidate, found.file)) {
    std::error_code error;
    if (!fs::is_regular_file(place, error)) continue;
    Result<Candidate> candidate =
        ReadCandidate(place, target, result.parameters);
    if (candidate && candidate->Id() == result.evaluation.candidate_id)
      return candidate;
    if (!other) other = place;
  }
  if (other) return OtherKernel(result, *other);
  return BadInput(format("its kernel {} is neither beside the result, nor above "
                         "it, nor in the working folder",
                         ShownWord(result.candidate)));
}

// What may be meant by the result's word for its task, nearest first; a shipped
// task comes last.
std::vector<std::string> TasksMeant(const FoundResult& found) {
  const std::string& words = found.result->task.words;
  std::vector<std::string> meant;
  for (const fs::path& place : PlacesOf(words, found.file))
    if (IsTaskFolder(place) || IsKernelBenchFile(place))
      meant.push_back(place.string());
  meant.push_back(words);
  return meant;
}

Result<Task> LoadMeant(const std::string& words, const StoredResult& result,
                       const Target& target, const fs::path& data,
                       const StopCondition& stop) {
  ASSIGN_OR_RETURN(const FoundTask found,
                   FindTaskOrFile(words, target.device_kind, data, stop));
  return OnlyShapes(found.task, result.task.only_shapes, target.device_kind);
}

// The one with the recorded digest, else the nearest.
Result<Task> FindRecordedTask(const FoundResult& found, const Target& target,
                              const fs::path& data, const StopCondition& stop) {
  std::optional<Result<Task>> nearest;
  for (const std::string& words : TasksMeant(found)) {
    Result<Task> task = LoadMeant(words, *found.result, target, data, stop);
    if (task && task->Digest() == found.result->task.digest) return task;
    if (!nearest || (!*nearest && task)) nearest = std::move(task);
  }
  return std::move(*nearest);
}

}  // namespace

Result<Target> TargetOf(const StoredResult& result, const fs::path& data) {
  if (const std::string missing = MissingKeys(result); !missing.empty())
    return BadInput(format("it does not say {}: written before results did; "
                           "give it the key, or judge the kernel with "
                           "`evaluate --json`", missing));
  if (!result.without_checks.empty())
    return BadInput(format("it was judged without the checks {}",
                           ShownWord(Join(result.without_checks, ", "))));
  if (result.evaluation.accepted() && !HasInterval(result.evaluation))
    return BadInput("it was accepted, and its \"speedup_ci\" is no interval of a "
                    "speedup: two numbers above 0, the lower one first");
  Result<Target> target = FindTarget(result.target, data);
  if (!target) return Fail(ErrorCode::kMissing, target.error().message);
  return target;
}

Result<Subject> LoadSubject(const FoundResult& found, const Target& target,
                            const fs::path& data, const StopCondition& stop) {
  Subject subject;
  if (found.exported) {
    ASSIGN_OR_RETURN(const ExportedFiles files,
                     ReadExport(found.file.parent_path()));
    subject.task = files.task;
    subject.candidate = files.candidate;
    return subject;
  }
  ASSIGN_OR_RETURN(subject.candidate, FindCandidate(found, target));
  ASSIGN_OR_RETURN(subject.task, FindRecordedTask(found, target, data, stop));
  return subject;
}

}  // namespace kernelevolve
