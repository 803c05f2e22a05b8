#include "worker/python/python_recorder.h"

namespace kernelevolve::worker {
namespace {

// What ending a candidate at its limit and clearing up may take.
constexpr std::chrono::seconds kGrace{15};

}  // namespace

PythonRecorder::PythonRecorder(Sandbox& sandbox,
                               const PythonRecorderOptions& options,
                               const StopCondition& stop)
    : limit_(options.limit),
      compile_limit_(options.compile_limit),
      server_(sandbox, RecordServerOptions(options), stop) {}

Verdictless PythonRecorder::Record(const std::string& source,
                                   const Json& request, RecordedKernel* out) {
  Json whole = request;
  whole["source"] = source;
  whole["limit_s"] = limit_.count();
  whole["compile_limit_s"] = compile_limit_.count();
  Json reply;
  RETURN_IF_FAILED(server_.Ask(whole, limit_ + compile_limit_ + kGrace, &reply));
  return ReadRecordReply(reply, out);
}

}  // namespace kernelevolve::worker
