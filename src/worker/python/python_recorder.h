// PythonRecorder: turns Triton candidates into launch plans without a device.
// The work is done by runners/python/ke_record, in a sandbox.
//
// One per worker, used by one thread. Cheap until the first candidate, which
// waits some seconds for torch and triton to load; the next take about 0.1 s.
#pragma once

#include <chrono>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/stop.h"
#include "worker/python/python_server.h"
#include "worker/python/record_server.h"
#include "worker/record/record_reply.h"
#include "worker/run/failure.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

class PythonRecorder {
 public:
  // `sandbox` and `stop` must outlive this.
  PythonRecorder(Sandbox& sandbox, const PythonRecorderOptions& options,
                 const StopCondition& stop);

  // `request`: the record request that every recorder is given. kMissing where
  // the machine has no Python with torch and triton.
  Verdictless Record(const std::string& source, const Json& request,
                     RecordedKernel* out);

 private:
  std::chrono::seconds limit_, compile_limit_;
  PythonServer server_;
};

}  // namespace kernelevolve::worker
