#include "engine/find_task_or_file.h"

#include "base/format.h"
#include "base/text.h"
#include "core/task_parser.h"
#include "engine/kernelbench.h"

namespace kernelevolve {

Result<FoundTask> FindTaskOrFile(const std::string& words,
                                 const std::string& device_kind,
                                 const fs::path& data,
                                 const StopCondition& stop) {
  FoundTask found;
  if (!IsKernelBenchFile(words)) {
    ASSIGN_OR_RETURN(found.task, FindTask(words, data));
    return found;
  }
  ASSIGN_OR_RETURN(const ImportedFile file, CachedImport(words, data, stop));
  if (!file.admitted)
    return BadInput(format("{}: no task can be made of it: {}", words, file.why));
  ASSIGN_OR_RETURN(found.task, LoadTask(file.folder));
  found.note = format("{} became the task in {}{}", words, file.folder.string(),
                      file.notes.empty() ? "" : " (" + Join(file.notes, "; ") +
                                                    ")");
  if (device_kind != "gpu")
    return BadInput(format("{}: a KernelBench file is judged on a GPU: add "
                           "--target triton@sm_90", words));
  return found;
}

}  // namespace kernelevolve
