#include "engine/candidate_file.h"

#include "base/format.h"

namespace kernelevolve {

Result<Candidate> MakeCandidate(std::string source, const std::string& label,
                                const Target& target,
                                const ParameterValues& parameters) {
  Candidate candidate;
  candidate.language = target.language;
  candidate.source = std::move(source);
  candidate.label = label;
  const Result<TuneSpace> space = ParseTuneSpace(candidate.source);
  if (!space && !parameters.empty())
    return BadInput(format("{}: {}", label, space.error().message));
  if (!space) return candidate;
  Result<ParameterValues> complete = space->Complete(parameters);
  if (!complete)
    return BadInput(format("{}: {}", label, complete.error().message));
  candidate.parameters = std::move(*complete);
  return candidate;
}

Result<Candidate> ReadCandidate(const fs::path& file, const Target& target,
                                const ParameterValues& parameters) {
  Result<std::string> source = ReadFile(file, 16 << 20);
  if (!source) return BadInput(source.error().message);
  return MakeCandidate(std::move(*source), file.string(), target, parameters);
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
