#include "cli/mcp/open_runs.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "core/task_parser.h"
#include "engine/finished_run.h"
#include "store/open_store.h"

namespace kernelevolve::cli::mcp {
namespace {

// Where nothing else bounds an `optimize --resume` of such a run.
constexpr int64_t kStallNodes = 40;

// An existing run's folder, or where a new one is to be made.
fs::path FolderOf(const std::string& text) {
  const fs::path path = text;
  if (HoldsRun(path) || text.find('/') != text.npos) return path;
  return fs::path(kRunsFolder) / path;
}

fs::path Absolute(const fs::path& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// Flags that an error speaks of are arguments here.
template <typename T>
Result<T> InArguments(Result<T> result) {
  if (result) return result;
  Error error = std::move(result.error());
  error.message = ReplaceAll(error.message, "--window ", "window_tokens ");
  error.message = ReplaceAll(error.message, "--shape", "shapes");
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

// Before a folder is made.
Status OpenRuns::CheckWindow(const OptimizeOptions& options) const {
  AuthorPlace place;
  place.data = options.data;
  place.clock = &clock_;
  ASSIGN_OR_RETURN(const auto prompts,
                   MakeAuthorPrompts(options.author, place, options.targets));
  for (const Target& target : options.targets.all()) {
    ProposalRequest draft;
    draft.task = &options.task;
    draft.target = &target;
    RETURN_IF_ERROR(InArguments(prompts->CheckWindow(draft)));
  }
  return {};
}

Result<OptimizeOptions> OpenRuns::OptionsFor(const OpenRequest& request,
                                             const fs::path& folder,
                                             const StopCondition& stop) const {
  std::string task = request.task, target = request.target;
  std::vector<std::string> shapes = request.shapes;
  if (HoldsRun(folder)) {
    ASSIGN_OR_RETURN(const FinishedRun run, ReadRun(folder, {}));
    if (task.empty()) task = run.task_words;
    if (target.empty()) target = run.record.target;
    if (shapes.empty()) shapes = run.task.only_shapes;
  }
  if (task.empty())
    return BadInput("task: missing; list_tasks names the shipped ones");
  ASSIGN_OR_RETURN(
      TaskAndTargets found,
      InArguments(FindTaskAndTargets(
          task, target.empty() ? kDefaultTarget : target, stop, shapes)));
  OptimizeOptions options;
  options.run_folder =
      folder.empty()
          ? NewRunFolder(kRunsFolder, found.task.name, clock_.WallSeconds())
          : folder;
  options.task = std::move(found.task);
  options.task_words = TaskWords(task);
  options.targets = std::move(found.targets);
  options.data = std::move(found.data);
  options.jobs = options_.jobs;
  options.budget.stall_nodes = kStallNodes;
  options.author.memory = request.memory;
  options.author.window_tokens = request.window_tokens;
  options.author.code = options_.code;
  return options;
}

Result<std::shared_ptr<OpenRun>> OpenRuns::Make(
    const OpenRequest& request, const fs::path& folder,
    const StopCondition& stop) const {
  ASSIGN_OR_RETURN(OptimizeOptions options, OptionsFor(request, folder, stop));
  const AuthorOptions author = options.author;
  const fs::path data = options.data;
  const TargetSet targets = options.targets;
  RETURN_IF_ERROR(CheckWindow(options));
  auto open = std::make_shared<OpenRun>();
  open->memory = request.memory;
  ASSIGN_OR_RETURN(
      open->run,
      InArguments(AgentRun::Open(
          std::move(options),
          [&](const WorkDir& work_dir) {
            return options_.make_executor(work_dir, targets.first(),
                                          options_.jobs, stop);
          },
          clock_)));
  AuthorPlace place;
  place.data = data;
  place.device_facts = open->run->executor().facts;
  place.clock = &clock_;
  ASSIGN_OR_RETURN(open->prompts, MakeAuthorPrompts(author, place, targets));
  return open;
}

Result<std::shared_ptr<OpenRun>> OpenRuns::Open(const OpenRequest& request,
                                                const StopCondition& stop) {
  const std::lock_guard opening(opening_);
  const fs::path folder =
      request.folder.empty() ? fs::path() : Absolute(FolderOf(request.folder));
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = runs_.find(folder); it != runs_.end())
      return it->second;
    if (runs_.size() >= options_.runs)
      return BadInput(format("{} runs are open; close_run one of them first",
                             runs_.size()));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<OpenRun> open, Make(request, folder, stop));
  const std::lock_guard lock(mutex_);
  runs_[open->run->folder()] = open;
  return open;
}

Result<std::shared_ptr<OpenRun>> OpenRuns::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (const auto it = runs_.find(Absolute(name)); it != runs_.end())
    return it->second;
  std::shared_ptr<OpenRun> found;
  std::vector<std::string> known;
  for (const auto& [folder, open] : runs_) {
    known.push_back(open->run->name());
    if (known.back() != name) continue;
    if (found)
      return BadInput(format("run: two open runs are called {}; give the path "
                             "of its folder", Sanitize(name, 100)));
    found = open;
  }
  if (found) return found;
  return BadInput(format("run: '{}' is not open; {}", Sanitize(name, 100),
                         known.empty() ? "open_run opens one"
                                       : "open: " + Join(known, ", ")));
}

Status OpenRuns::Close(const std::string& name) {
  ASSIGN_OR_RETURN(const std::shared_ptr<OpenRun> open, Find(name));
  const std::lock_guard lock(mutex_);
  runs_.erase(open->run->folder());
  return {};
}

}  // namespace kernelevolve::cli::mcp
