#include "eval/testing/answer_bundles.h"

#include "core/evaluation_json.h"
#include "wire/bundle_answers.h"

namespace kernelevolve {

Result<int> AnswerBundles(const fs::path& folder,
                          const FakeEvaluator::Landscape& landscape,
                          const std::string& device) {
  int answered = 0;
  for (const int64_t number : wire::BundleNumbers(folder)) {
    std::error_code error;
    if (fs::exists(wire::ResultFile(folder, number), error)) continue;
    ASSIGN_OR_RETURN(const wire::Bundle bundle,
                     wire::ReadBundle(folder, number));
    std::string text = wire::HeaderLine(bundle.manifest);
    for (const auto& [name, request] : bundle.requests) {
      EvaluationRequest asked{request.task,
                              request.target,
                              request.candidate,
                              request.stage,
                              request.secret,
                              request.disabled_checks,
                              request.explain,
                              request.build_only};
      Evaluation evaluation = landscape(asked);
      evaluation.candidate_id = request.candidate.Id();
      evaluation.stage = request.stage;
      text += wire::AnswerLine({name, device, "far 1.0", ToJson(evaluation)});
    }
    text += wire::EndLine(text, bundle.requests.size());
    RETURN_IF_ERROR(WriteFileAtomic(wire::ResultFile(folder, number), text));
    ++answered;
  }
  return answered;
}

}  // namespace kernelevolve
