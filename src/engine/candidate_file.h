// A candidate from a source file a person names.
#pragma once

#include <string>

#include "base/file.h"
#include "base/stop.h"
#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/target.h"
#include "core/task.h"
#include "eval/evaluator.h"

namespace kernelevolve {

struct EvaluateFileOptions {
  Task task;
  Target target;
  Stage stage = Stage::kSearch;
  ParameterValues parameters;  // --set; the rest takes its defaults
  std::string secret;          // "" = a fresh one
  std::vector<std::string> disabled_checks;
  bool explain = false;  // a full profile at any stage
};

// A candidate of this source; what `parameters` leaves out takes its default.
// kBadInput: one of them names no parameter or value. Malformed ke:tune lines
// are the candidate's failure: its parameters stay empty, and the judge answers
// CONTRACT.
Result<Candidate> MakeCandidate(std::string source, const std::string& label,
                                const Target& target,
                                const ParameterValues& parameters);
// kBadInput also where the file cannot be read.
Result<Candidate> ReadCandidate(const fs::path& file, const Target& target,
                                const ParameterValues& parameters);

// One candidate through one stage of the judge.
Result<Evaluation> EvaluateFile(const fs::path& file,
                                const EvaluateFileOptions& options,
                                Evaluator& evaluator,
                                const StopCondition& stop);

}  // namespace kernelevolve
