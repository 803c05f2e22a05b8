// The worker's conversation with the engine (docs/worker-protocol.md): greeting,
// then one request at a time until the engine closes the pipe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "wire/messages.h"
#include "worker/judge/judge.h"
#include "worker/sandbox/self_test.h"

namespace kernelevolve::worker {

struct ServeOptions {
  fs::path lane_lock;   // "" = a file in the scratch folder
  fs::path scratch;     // "" = a temporary folder of its own
  bool unsafe_no_sandbox = false;
  std::optional<int> device;  // number of the GPU this worker's kernels run on
  int input_fd = 0, output_fd = 1;
  // For tests of its refusal only: layers of the sandbox to run without, and
  // what tries it.
  std::vector<std::string> leave_out = {};
  SelfTestOptions self_test = {};
};

// Returns the exit code of the program.
int Serve(const ServeOptions& options);

// `self-test`: prints one line per layer, or one JSON object; 0 if all hold.
int PrintSelfTest(bool json);

// `checks`: one line per check of the judge: name, gate, what it holds.
int PrintChecks();

// What evaluations are keyed by.
std::string DescribeDevice();
std::string DescribeGpu(int ordinal);
std::string DescribeToolchain(bool gpu);

}  // namespace kernelevolve::worker
