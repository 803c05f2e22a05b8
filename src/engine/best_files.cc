#include "engine/best_files.h"

#include "core/evaluation_json.h"

namespace kernelevolve {

Status BestFiles::Write(const Node& node, const Evaluation& evaluation) const {
  Json result = ToJson(evaluation, kernel().filename().string());
  result["node"] = node.id;
  result["target"] = target_.Name();
  result["origin"] = node.origin;
  result["parameters"] = node.candidate.parameters;
  RETURN_IF_ERROR(WriteFileAtomic(kernel(), node.candidate.source));
  return WriteFileAtomic(work_dir_.best_result(), DumpPrettyJson(result));
}

Status BestFiles::Remove() const {
  std::error_code error;
  fs::remove(kernel(), error);
  if (!error) fs::remove(work_dir_.best_result(), error);
  if (error)
    return Broken("cannot remove " + kernel().string() + ": " +
                  error.message());
  return {};
}

}  // namespace kernelevolve
