// How the recorder of Triton candidates is started.
#pragma once

#include <chrono>
#include <string>

#include "base/file.h"
#include "worker/python/python_server.h"

namespace kernelevolve::worker {

struct PythonRecorderOptions {
  fs::path runners;  // <data>/runners/python
  // Of one candidate, and of all its compilations together.
  std::chrono::seconds limit{60}, compile_limit{180};
  // Compiled for once at start, so that no candidate pays for it.
  std::string architectures = "90";
};

PythonServerOptions RecordServerOptions(const PythonRecorderOptions& options);

}  // namespace kernelevolve::worker
