#include "cli/executor_flags.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli {
namespace {

Status ChooseLocal(const std::string&, ExecutorChoice& choice) {
  choice.bundles.folder.clear();
  return {};
}

Status ChooseBundle(const std::string& folder, ExecutorChoice& choice) {
  if (folder.empty())
    return BadInput("--executor bundle: names no folder, as in "
                    "bundle:/media/stick");
  choice.bundles.folder = folder;
  return {};
}

// The one list of executors. A name that ends with a colon takes a word.
struct Entry {
  const char* name;
  Status (*choose)(const std::string& word, ExecutorChoice& choice);
};
constexpr Entry kExecutors[] = {{"local", ChooseLocal},
                                {"bundle:", ChooseBundle}};

Status Choose(const std::string& text, ExecutorChoice& choice) {
  for (const Entry& entry : kExecutors) {
    const std::string name = entry.name;
    if (name.ends_with(":") ? text.starts_with(name) : text == name)
      return entry.choose(text.substr(name.size()), choice);
  }
  return BadInput(format("--executor: found '{}', expected local or bundle:DIR",
                         Sanitize(text, 100)));
}

}  // namespace

void AddExecutorFlags(Flags& flags, ExecutorFlags& executor) {
  flags.Text("--executor", "E", executor.executor,
             "local (default), or bundle:DIR: judged elsewhere");
}

void AddBundleFlags(Flags& flags, ExecutorFlags& executor) {
  flags.Integer("--bundle-size", executor.bundle_size, {1, 4096},
                "kernels in a bundle, and in flight (default 64)");
  flags.Positive("--bundle-wait", executor.bundle_wait,
                 "minutes to wait for results (default: end, to be resumed)");
}

Result<ExecutorChoice> ChooseExecutor(const ExecutorFlags& flags,
                                      const std::string& resumed) {
  ExecutorChoice choice;
  if (!resumed.empty())
    if (const auto work_dir = WorkDir::Open(resumed))
      choice.bundles = BundlesOf(*work_dir);
  if (!flags.executor.empty())
    RETURN_IF_ERROR(Choose(flags.executor, choice));
  if (choice.bundles.folder.empty() && (flags.bundle_size || flags.bundle_wait))
    return BadInput("--bundle-size and --bundle-wait go with --executor "
                    "bundle:DIR");
  if (flags.bundle_size)
    choice.bundles.bundle_size = static_cast<size_t>(*flags.bundle_size);
  choice.bundles.wait_minutes = flags.bundle_wait.value_or(0);
  return choice;
}

}  // namespace kernelevolve::cli
