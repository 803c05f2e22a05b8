#include "store/event_detail.h"

#include "base/json.h"

namespace kernelevolve {

std::string RunEventJson(const RunRecord& run) {
  Json detail = Json::object();
  detail["state"] = run.state;
  detail["reason"] = run.reason;
  return DumpJson(detail);
}

std::string EvaluationEventJson(const EvaluationKey& key,
                                const Evaluation& evaluation) {
  Json detail = Json::object();
  detail["stage"] = StageName(key.stage);
  detail["code"] = CodeName(evaluation.code);
  detail["speedup"] = evaluation.speedup;
  return DumpJson(detail);
}

}  // namespace kernelevolve
