// What a sandbox shows to a process that runs a candidate's host code on a
// device.
#pragma once

#include <string>
#include <vector>

#include "worker/python/python_environment.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker::gpu {

struct HostOptions {
  Sandbox* sandbox = nullptr;  // outlives the processes
  PythonEnvironment python;
  fs::path runners;               // <data>/runners/python
  std::string device = "cuda:0";  // "cpu": lent memory is a memory file (tests)
  bool watched = false;  // it is to look as if checking tools watched it
};

// For a device of this machine, worked by `python`.
Result<HostOptions> DescribeHost(Sandbox& sandbox, const fs::path& python,
                                 int device);

// runners/python/host_server.py, with the device's nodes in /dev, a folder of
// its own to write in, no network and nothing else of ours. `channel` becomes
// its descriptor 3.
SandboxSpec HostSandbox(const HostOptions& options, int channel);
// The device nodes of NVIDIA's driver in `dev`, those of its capabilities too.
std::vector<fs::path> NvidiaNodes(const fs::path& dev);
// Adds what the driver likes to read of the machine, and can do without.
void AddSystemFolders(SandboxSpec* spec);

}  // namespace kernelevolve::worker::gpu
