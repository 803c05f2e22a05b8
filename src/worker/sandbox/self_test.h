// The start-up self-test (judge.md 4.6): before the first candidate the worker
// proves that its own sandbox holds, by probes that try each forbidden act from
// inside and must fail.
#pragma once

#include <vector>

#include "wire/messages.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

// One entry per layer and probe; the worker refuses to serve unless all work.
std::vector<wire::SandboxLayer> RunSelfTest(Sandbox& sandbox);

// The probe's side: `kernelevolve-worker probe NAME`, run inside the sandbox.
// Exit 0 if the forbidden act SUCCEEDED, 1 if it was refused as it must be.
int RunProbe(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace kernelevolve::worker
