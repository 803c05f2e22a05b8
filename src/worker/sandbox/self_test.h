// The start-up self-test (judge.md 4.6): before the first candidate the worker
// proves that its own sandbox holds, by probes that try each forbidden act from
// inside and must fail, and by looking at a running program from outside.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/messages.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct SelfTestOptions {
  // The program that calls RunProbe; empty = this very program.
  fs::path program;
  // Its words before the probe's name.
  std::vector<std::string> arguments = {"probe"};
};

// One entry per layer and probe; the worker refuses to serve unless all work.
// A layer that another stands in for works, and its detail says so.
std::vector<wire::SandboxLayer> RunSelfTest(
    Sandbox& sandbox, const SelfTestOptions& options = {});

// Why a worker of these layers refuses to serve, naming each that is broken.
std::optional<Error> WhyNotToServe(
    const std::vector<wire::SandboxLayer>& layers);

// The probe's side: `kernelevolve-worker probe NAME`, run inside the sandbox.
// Exit 0 if the forbidden act SUCCEEDED, 1 if it was refused as it must be, 2
// if there is no such probe.
int RunProbe(const std::string& name,
             const std::vector<std::string>& arguments);

}  // namespace kernelevolve::worker
