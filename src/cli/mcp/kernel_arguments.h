// A kernel as tools take it: source or edits, and parameter values.
#pragma once

#include "base/json.h"
#include "core/candidate.h"
#include "engine/agent_run.h"

namespace kernelevolve::cli::mcp {

// NAME → value, as text or as a number.
Json ParametersSchema();
// [{search, replace}, …]
Json EditsSchema();

Json LanguageSchema();

// Of the argument `language`, else that of `parent` where it is one, else the
// run's only one. kBadInput names those of the run.
Result<Target> TargetOf(const AgentRun& run, const Json& arguments,
                        const Node* parent);

// From the arguments source or edits, parent and parameters; they fit their
// schema. Edits keep the parent's parameter values where `parameters` names no
// others and the kernel still knows them. kBadInput says what to give instead.
Result<Candidate> CandidateOf(const AgentRun& run, const Json& arguments);

}  // namespace kernelevolve::cli::mcp
