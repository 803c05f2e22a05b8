#include "engine/run_setup.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "core/task_parser.h"
#include "engine/verify/differences.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

RecordedOptions OptionsToRecord(const OptimizeOptions& options,
                                const Executor& executor) {
  const std::string seed_kernel =
      options.seed_kernel.empty() ? ""
                                  : fs::absolute(options.seed_kernel).string();
  return {.task = options.task_words,
          .policy = options.policy,
          .proposer = options.proposer,
          .seed = options.seed,
          .drafts = options.drafts,
          .budget = options.budget,
          .seed_kernel = seed_kernel,
          .device = executor.device,
          .toolchain = executor.toolchain,
          .author = options.author};
}

// "reference.cc differs, extra.cc is new"
std::string Differences(
    const std::vector<std::pair<std::string, std::string>>& recorded,
    const std::map<std::string, std::string>& now) {
  std::vector<std::string> differences;
  std::set<std::string> before;
  for (const auto& [path, contents] : recorded) {
    before.insert(path);
    const auto it = now.find(path);
    if (it == now.end())
      differences.push_back(path + " is gone");
    else if (it->second != contents)
      differences.push_back(path + " differs");
  }
  for (const auto& [path, contents] : now)
    if (!before.contains(path)) differences.push_back(path + " is new");
  return Join(differences, ", ");
}

std::string ShapesText(const Task& task) {
  if (task.only_shapes.empty()) return "all shapes of its task";
  return format("--shape {} alone", Join(task.only_shapes, ", "));
}

Status CheckSameTask(const OptimizeOptions& options, const RunRecord& record,
                     Store& store) {
  if (!options.targets.IsNamed(record.target))
    return BadInput(format("{} was made for {}, not for {}",
                           options.run_folder.string(), record.target,
                           options.targets.Name()));
  if (record.task_digest == options.task.Digest()) return {};
  if (record.task_name != options.task.name)
    return BadInput(format("{} is a run of the task {}, not of {}",
                           options.run_folder.string(), record.task_name,
                           options.task.name));
  ASSIGN_OR_RETURN(const auto files, store.FindTaskFiles());
  const ParsedTask recorded = ParseTask({files.begin(), files.end()});
  if (recorded.task.only_shapes != options.task.only_shapes)
    return BadInput(format("{} is a run at {}, not at {}",
                           options.run_folder.string(),
                           ShapesText(recorded.task), ShapesText(options.task)));
  return BadInput(
      format("the task {} was edited since the run in {} began ({}): its "
             "results would "
             "not compare. Undo the edit, or start a new run",
             options.task.name, options.run_folder.string(),
             Differences(files, options.task.files)));
}

// Times of two kinds of machine do not compare. Bundles may have been to several,
// and each of their verdicts names its own.
Status CheckSameMachine(const OptimizeOptions& options, const RunSetup& setup) {
  const std::string &before = setup.recorded.device, &now = setup.executor.device;
  if (setup.executor.deferred || before.empty() || now.empty() ||
      IsSameKind({.device = before}, {.device = now}))
    return {};
  if (std::ranges::none_of(setup.nodes, [](const Node& node) {
        return node.evaluation.accepted();
      }))
    return {};
  return BadInput(
      format("the kernels of {} were judged on {}, and this machine is {}: their "
             "times would not compare. Resume it there, or start a new run here "
             "from its best kernel: --seed-kernel {}",
             options.run_folder.string(), before, now,
             (setup.work_dir.best_folder() / "kernel.*").string()));
}

// Whether a worker has left something to read.
bool HasLogs(const WorkDir& work_dir) {
  std::error_code error;
  for (fs::directory_iterator it(work_dir.worker_logs(), error), end;
       !error && it != end; it.increment(error))
    if (it->file_size(error) > 0) return true;
  return false;
}

}  // namespace

Result<RunSetup> CreateRun(const OptimizeOptions& options,
                           const ExecutorFactory& make_executor,
                           const Clock& clock) {
  std::error_code ignored;
  const bool fresh = !fs::exists(options.run_folder, ignored);
  ASSIGN_OR_RETURN(const WorkDir work_dir, WorkDir::Create(options.run_folder));
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   OpenStore(work_dir.root(), OpenMode::kCreate));
  RunSetup setup{work_dir, std::move(store), {}, {}, {}, {}, {}};
  Result<Executor> executor = make_executor(work_dir);
  if (!executor) {
    if (fresh && !HasLogs(work_dir)) fs::remove_all(work_dir.root(), ignored);
    return Fail(executor.error());
  }
  setup.executor = std::move(*executor);
  setup.recorded = OptionsToRecord(options, setup.executor);
  setup.record.id = work_dir.name();
  setup.record.task_name = options.task.name;
  setup.record.task_digest = options.task.Digest();
  setup.record.operator_family = options.task.operator_family;
  setup.record.target = options.targets.Name();
  setup.record.options_json = ToText(setup.recorded);
  setup.record.search_secret = Hex(SecretBytes(32));
  setup.record.state = "running";
  setup.record.created_wall_s = clock.WallSeconds();
  RETURN_IF_ERROR(setup.store->RecordRun(setup.record, options.task.files));
  return setup;
}

Result<RunSetup> ResumeRun(const OptimizeOptions& options,
                           const ExecutorFactory& make_executor) {
  ASSIGN_OR_RETURN(const WorkDir work_dir, WorkDir::Open(options.run_folder));
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   OpenStore(work_dir.root(), OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(const std::optional<RunRecord> record, store->FindRun());
  if (!record)
    return BadInput(
        format("the run in {} ended before it began: remove the "
               "folder and start anew",
               work_dir.root().string()));
  RETURN_IF_ERROR(CheckSameTask(options, *record, *store));
  RunSetup setup{work_dir, std::move(store), *record, {}, {}, {}, {}};
  ASSIGN_OR_RETURN(setup.recorded,
                   RecordedOptionsFromText(record->options_json));
  ASSIGN_OR_RETURN(setup.nodes, setup.store->FindNodes());
  ASSIGN_OR_RETURN(setup.history, ReadStageHistory(*setup.store));
  ASSIGN_OR_RETURN(setup.executor, make_executor(work_dir));
  RETURN_IF_ERROR(CheckSameMachine(options, setup));
  setup.recorded.budget = MergeBudgets(options.budget, setup.recorded.budget);
  // Another model may go on where one left off.
  if (!options.author.models.empty()) setup.recorded.author = options.author;
  if (!options.author.prices.empty())
    setup.recorded.author.prices = options.author.prices;
  if (!options.author.key_file.empty())
    setup.recorded.author.key_file = options.author.key_file;
  // A recording goes on with its run, whether it is named again or not.
  const fs::path& recording = setup.recorded.author.record;
  if (!recording.empty() && options.author.record.empty()) {
    ASSIGN_OR_RETURN(setup.executor,
                     RecordVerdicts(std::move(setup.executor), recording));
  }
  if (!setup.executor.device.empty()) {
    setup.recorded.device = setup.executor.device;
    setup.recorded.toolchain = setup.executor.toolchain;
  }
  setup.record.options_json = ToText(setup.recorded);
  setup.record.state = "running";
  setup.record.reason = "";
  RETURN_IF_ERROR(setup.store->RecordRun(setup.record));
  return setup;
}

}  // namespace kernelevolve
