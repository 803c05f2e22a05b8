#include "engine/candidate_file.h"

#include "base/format.h"

namespace kernelevolve {

Result<Candidate> ReadCandidate(const fs::path& file, const Target& target,
                                const ParameterValues& parameters) {
  Result<std::string> source = ReadFile(file, 16 << 20);
  if (!source) return BadInput(source.error().message);
  Candidate candidate;
  candidate.language = target.language;
  candidate.source = std::move(*source);
  candidate.label = file.string();
  const Result<TuneSpace> space = ParseTuneSpace(candidate.source);
  if (!space && !parameters.empty())
    return BadInput(format("{}: {}", file.string(), space.error().message));
  if (!space) return candidate;
  Result<ParameterValues> complete = space->Complete(parameters);
  if (!complete)
    return BadInput(format("{}: {}", file.string(), complete.error().message));
  candidate.parameters = std::move(*complete);
  return candidate;
}

Result<Evaluation> EvaluateFile(const fs::path& file,
                                const EvaluateFileOptions& options,
                                Evaluator& evaluator,
                                const StopCondition& stop) {
  EvaluationRequest request;
  request.task = options.task;
  request.target = options.target;
  request.stage = options.stage;
  request.secret = options.secret;
  request.disabled_checks = options.disabled_checks;
  request.explain = options.explain;
  ASSIGN_OR_RETURN(request.candidate,
                   ReadCandidate(file, options.target, options.parameters));
  return evaluator.Evaluate(request, stop);
}

}  // namespace kernelevolve
