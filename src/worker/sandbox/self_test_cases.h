// The list of probes that make up the self-test, and what each must end in.
#pragma once

#include <string>
#include <vector>

#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

enum class ProbeEnd {
  kAllowed,  // gets through
  kRefused,  // does not
  kKilled,   // the filter kills it
  kMemory,   // the memory limit ends it
  kTasks,    // the limit of tasks refuses it
};

struct ProbeCase {
  std::string layer;  // as reported
  std::string probe;
  std::vector<std::string> arguments;
  ProbeEnd end = ProbeEnd::kRefused;
  SandboxLimits limits = {};
  SyscallProfile profile = SyscallProfile::kRun;
};

// What the probes shall not get at; set up by the self-test.
struct ProbeTargets {
  std::string secret_file;
  std::string cache;  // a folder that anybody may write to
  pid_t worker = -1;
  std::string secret_address, secret_text;  // in the worker's memory
  int port = -1;                            // where the worker listens
  std::string socket_name;                  // likewise, abstract
};

std::vector<ProbeCase> SelfTestCases(const ProbeTargets& targets);

// "" if it ended as it must, else what went wrong.
std::string JudgeProbe(const ProbeCase& probe, const SandboxFacts& facts,
                       const ExitReport& report);

}  // namespace kernelevolve::worker
