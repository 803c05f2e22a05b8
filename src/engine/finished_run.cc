#include "engine/finished_run.h"

#include "base/format.h"
#include "core/task_parser.h"
#include "engine/recorded_options.h"
#include "engine/recorded_run.h"
#include "engine/run_recorder.h"
#include "llm/recording_client.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

Result<Task> TaskFromStore(Store& store) {
  ASSIGN_OR_RETURN(const auto files, store.FindTaskFiles());
  ParsedTask parsed = ParseTask({files.begin(), files.end()});
  if (parsed.diagnostics.empty()) return std::move(parsed.task);
  std::string text = "the recorded task does not parse with this version:";
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    text += "\n" + diagnostic.ToString();
  return BadInput(text);
}

// Whatever its language's extension is.
fs::path FindBestKernel(const WorkDir& work_dir) {
  std::error_code error;
  for (fs::directory_iterator it(work_dir.best_folder(), error), end;
       !error && it != end; it.increment(error))
    if (it->path().stem() == "kernel") return it->path();
  return {};
}

RunSummary Summarize(const FinishedRun& run, const StageHistory& history,
                     const WorkDir& work_dir) {
  RunSummary summary;
  summary.run = run.record.id;
  summary.folder = work_dir.root();
  summary.state = run.record.state;
  summary.reason = run.record.reason;
  summary.elapsed_s = run.record.seconds_used;
  summary.spending = run.record.spending;
  summary.judging = run.record.judging;
  for (const Node& node : run.nodes) {
    ++summary.nodes;
    summary.languages[node.candidate.language].Count(node);
    if (node.evaluation.accepted()) {
      ++summary.accepted;
    } else {
      ++summary.failures[node.evaluation.code];
      summary.SetLastFailure(node);
    }
    if (node.id == run.record.best) summary.best = node;
  }
  for (const auto& [node, evaluations] : history)
    summary.confirmed_candidates +=
        LatestOf(history, node, Stage::kConfirm) != nullptr;
  summary.finals_spent = FinalsSpent(history);
  if (!summary.best) return summary;
  const auto accepted = [&](Stage stage) -> std::optional<Evaluation> {
    const Evaluation* found = LatestOf(history, summary.best->id, stage);
    if (!found || !found->accepted()) return std::nullopt;
    return *found;
  };
  summary.confirmed = accepted(Stage::kConfirm);
  summary.final = accepted(Stage::kFinal);
  summary.best_kernel = FindBestKernel(work_dir);
  return summary;
}

}  // namespace

Result<int64_t> CountStandIns(Store& store, int64_t nodes) {
  int64_t count = 0;
  for (NodeId node = 1; node <= nodes; ++node) {
    ASSIGN_OR_RETURN(const auto prompts, store.FindPrompts(node));
    for (const PromptRecord& prompt : prompts)
      count += prompt.provider.starts_with(kWordedOtherwise);
  }
  return count;
}

Result<Task> ReadRunTask(const fs::path& folder) {
  ASSIGN_OR_RETURN(const WorkDir work_dir, WorkDir::Open(folder));
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   OpenStore(work_dir.root(), OpenMode::kReadOnly));
  return TaskFromStore(*store);
}

Result<FinishedRun> ReadRun(const fs::path& folder, const fs::path& data) {
  (void)data;
  ASSIGN_OR_RETURN(const WorkDir work_dir, WorkDir::Open(folder));
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   OpenStore(work_dir.root(), OpenMode::kReadOnly));
  ASSIGN_OR_RETURN(const std::optional<RunRecord> record, store->FindRun());
  if (!record)
    return BadInput(format("the run in {} ended before it began",
                           work_dir.root().string()));
  FinishedRun run;
  run.record = *record;
  ASSIGN_OR_RETURN(run.task, TaskFromStore(*store));
  ASSIGN_OR_RETURN(run.nodes, store->FindNodes());
  ASSIGN_OR_RETURN(const RecordedOptions options,
                   RecordedOptionsFromText(record->options_json));
  run.task_words = options.task.empty() ? record->task_name : options.task;
  run.device = options.device;
  run.toolchain = options.toolchain;
  ASSIGN_OR_RETURN(run.stages, ReadStageHistory(*store));
  run.summary = Summarize(run, run.stages, work_dir);
  run.summary.proposer = options.proposer;
  if (!PlayedRecording(options.author.models).empty()) {
    ASSIGN_OR_RETURN(
        run.summary.stand_ins,
        CountStandIns(*store, static_cast<int64_t>(run.nodes.size())));
  }
  return run;
}

}  // namespace kernelevolve
