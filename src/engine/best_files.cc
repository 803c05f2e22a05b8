#include "engine/best_files.h"

namespace kernelevolve {

Status BestFiles::Write(const Node& node, const Evaluation& evaluation,
                        const MachineRecord& machine) const {
  const std::string& language = node.candidate.language;
  const fs::path file = kernel(language);
  StoredResult stored;
  stored.candidate = file.filename().string();
  stored.task = task_;
  stored.target = targets_.For(language).Name();
  stored.parameters = node.candidate.parameters;
  stored.machine = machine;
  stored.evaluation = evaluation;
  Json result = ToJson(stored);
  result["node"] = node.id;
  result["origin"] = node.origin;
  RETURN_IF_ERROR(WriteFileAtomic(file, node.candidate.source));
  RETURN_IF_ERROR(RemoveKernels(file));
  return WriteFileAtomic(work_dir_.best_result(), DumpPrettyJson(result));
}

// Of a leader in another language.
Status BestFiles::RemoveKernels(const fs::path& but) const {
  for (const std::string& language : targets_.Languages()) {
    std::error_code error;
    if (kernel(language) != but) fs::remove(kernel(language), error);
    if (error)
      return Broken("cannot remove " + kernel(language).string() + ": " +
                    error.message());
  }
  return {};
}

Status BestFiles::Remove() const {
  RETURN_IF_ERROR(RemoveKernels({}));
  std::error_code error;
  fs::remove(work_dir_.best_result(), error);
  if (error)
    return Broken("cannot remove " + work_dir_.best_result().string() + ": " +
                  error.message());
  return {};
}

}  // namespace kernelevolve
