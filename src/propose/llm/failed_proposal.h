// Proposals of which no kernel came, and where proposals came from.
#pragma once

#include <string>
#include <vector>

#include "propose/llm/authored.h"

namespace kernelevolve {

// As a node that failed: with its reason, and the model's words as far as they
// are worth keeping.
void SetFailed(const Authored& authored, const ProposalRequest& request,
               Proposal& proposal);

// "model NAME prompt DIGEST", of the first prompt for a kernel; "" without any.
std::string OriginOf(const std::vector<PromptRecord>& records);

// Trouble that ends the run, as the engine knows it.
tl::unexpected<Error> FatalError(const ChatError& error);

}  // namespace kernelevolve
