#include "engine/recorded_run.h"

#include <set>

#include "base/format.h"

namespace kernelevolve {

fs::path PlayedRecording(const std::string& models) {
  constexpr std::string_view kReplay = "replay:";
  return models.starts_with(kReplay) ? fs::path(models.substr(kReplay.size()))
                                     : fs::path();
}

Json RecordingHeader(const OptimizeOptions& options) {
  const AuthorOptions& author = options.author;
  Json json = {{"recording", 1},
               {"task", options.task.name},
               {"target", options.targets.Name()},
               {"proposer", options.proposer},
               {"policy", options.policy},
               // As text: a JSON number does not hold 64 bits.
               {"seed", std::to_string(options.seed)},
               {"window", author.window_tokens},
               {"answer", author.answer_tokens},
               {"memory", MemoryName(author.memory)},
               {"context", author.model_context ? "model" : "rules"},
               {"search", author.model_search ? "model" : "rules"},
               {"tools", author.tools},
               {"diagnostics", author.diagnostics}};
  if (!options.task.only_shapes.empty())
    json["shapes"] = options.task.only_shapes;
  if (options.budget.nodes) json["nodes"] = *options.budget.nodes;
  if (!options.seed_kernel.empty())
    json["seed_kernel"] = options.seed_kernel.filename().string();
  return json;
}

Status BeginRecording(const OptimizeOptions& options) {
  const fs::path& path = options.author.record;
  const Json header = RecordingHeader(options);
  RETURN_IF_ERROR(RecordingWriter::Open(path, header));
  ASSIGN_OR_RETURN(const Recording recording, ReadRecording(path));
  if (recording.header == header) return {};
  return BadInput(format("{} holds the recording of another run: take another "
                         "name, or go on with that run by --resume",
                         path.string()));
}

Status ContinueRecording(const fs::path& recording, int64_t nodes,
                         const RunBudget& budget, const fs::path& pending) {
  ASSIGN_OR_RETURN(const auto writer, RecordingWriter::Open(recording));
  Json line = Json::object();
  if (budget.nodes) line["nodes"] = *budget.nodes;
  std::error_code error;
  if (fs::exists(pending, error)) {
    constexpr size_t kMostBytes = 256 << 20;
    ASSIGN_OR_RETURN(const std::string text, ReadFile(pending, kMostBytes));
    ASSIGN_OR_RETURN(line["pending"], ParseJson(text));
  }
  return writer->AppendResumed(nodes, std::move(line));
}

const Recording::Part* NextPart(const Recording& recording, int64_t nodes) {
  const size_t next = recording.PartAt(nodes) + 1;
  return next < recording.parts.size() ? &recording.parts[next] : nullptr;
}

Result<std::unique_ptr<RecordingWriter>> OpenRecording(
    const fs::path& recording) {
  if (recording.empty()) return nullptr;
  return RecordingWriter::Open(recording);
}

Result<Spending> TakePending(const Recording& recording, int64_t nodes,
                             const fs::path& pending) {
  Spending spent;
  const Recording::Part& part = recording.parts[recording.PartAt(nodes)];
  const Json& steps = GetMember(part.line, "pending");
  if (part.nodes != nodes || steps.is_null()) return spent;
  const PendingSteps file(pending);
  ASSIGN_OR_RETURN(const auto before, file.Read());
  RETURN_IF_ERROR(WriteFileAtomic(pending, DumpJson(steps)));
  std::set<std::string> known;
  for (const PendingStep& step : before) known.insert(step.candidate.Id());
  ASSIGN_OR_RETURN(const auto taken, file.Read());
  for (const PendingStep& step : taken)
    if (!known.contains(step.candidate.Id()))
      for (const PromptRecord& prompt : step.prompts) spent.Add(prompt);
  return spent;
}

bool LacksOrder(const Recording& recording, int64_t nodes) {
  const Recording::Part& part = recording.parts[recording.PartAt(nodes)];
  return part.nodes == nodes && part.ends.empty() &&
         GetMember(GetMember(part.line, "pending"), "steps").size() > 1;
}

}  // namespace kernelevolve
