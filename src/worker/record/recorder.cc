#include "worker/record/recorder.h"

#include "base/fd.h"
#include "base/format.h"
#include "base/socket_pair.h"
#include "base/text.h"
#include "wire/frame.h"
#include "worker/run/death.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kPrintedBytes = 4000;
// Host code that prepares launches needs little; tensors have no memory here.
// Whoever wants more is found out before the time limit, on a busy machine too.
constexpr uint64_t kMemoryBytes = 1ull << 30;
constexpr const char* kDuring = "while its launches were recorded";

std::string Printed(const ExitReport& report) {
  return Sanitize(report.errors + report.output, kPrintedBytes);
}

// It gave no proper answer.
Failure Explain(const Error& error, Sandboxed& process,
                std::chrono::milliseconds limit) {
  if (error.code == ErrorCode::kBadInput) {
    process.Kill();
    return {Code::kResultForgery,
            format("wrote something of its own into the judge's channel {}",
                   kDuring), "control_channel", ""};
  }
  // One that closed its channel may still be on its way out.
  const ExitReport report = process.Wait(std::chrono::milliseconds(200));
  Failure failure = ExplainExit(report, kDuring);
  if (report.timed_out && report.limit.empty())
    failure = {Code::kTimeout,
               format("host code did not return within {:.1f} s {}",
                      std::chrono::duration<double>(limit).count(), kDuring),
               "timeout", ""};
  failure.log = Printed(report);
  return failure;
}

void AddText(std::string* log, const std::string& text) {
  if (!log->empty() && !text.empty()) *log += '\n';
  *log += text;
}

}  // namespace

Verdictless RecordCuda(Sandbox& sandbox, const fs::path& worker_binary,
                       const fs::path& library, const Json& request,
                       RecordedKernel* out, std::chrono::milliseconds limit) {
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  const Fd ours = std::move(sockets.ours);
  Fd theirs = std::move(sockets.theirs);
  SandboxSpec spec;
  spec.argv = {"/ke/worker", "record-cuda", "/ke/kernel.so"};
  spec.binds = {{worker_binary, "/ke/worker"}, {library, "/ke/kernel.so"}};
  spec.descriptors = {theirs.get()};
  spec.limits.memory_bytes = kMemoryBytes;
  ASSIGN_OR_RETURN(const auto process, sandbox.Launch(spec));
  theirs = Fd();
  (void)WriteFrame(ours.get(), request);  // the answer tells if it is gone
  const auto reply = ReadFrame(ours.get(), static_cast<int>(limit.count()));
  if (!reply) return Explain(reply.error(), *process, limit);
  const std::string printed =
      Printed(process->Wait(std::chrono::milliseconds(200)));
  auto outcome = ReadRecordReply(*reply, out);
  if (!outcome) return outcome;
  AddText(*outcome ? &(*outcome)->log : &out->log, printed);
  return outcome;
}

}  // namespace kernelevolve::worker
