#include "worker/judge/idle_probe.h"

#include <unistd.h>

#include <algorithm>

#include "base/format.h"
#include "worker/run/mapped_code.h"

namespace kernelevolve::worker {
namespace {

// Code of the kernel, of the runner, and of what either is linked with. Memory may be
// called as one likes.
bool IsExpected(const std::string& path, const SessionOptions& options) {
  if (MappedFile{path}.in_memory()) return false;
  const std::string name = fs::path(path).filename();
  const std::string own[] = {"kernel.so", options.library.filename(), "worker",
                             options.worker_binary.filename()};
  if (std::find(std::begin(own), std::end(own), name) != std::end(own))
    return true;
  if (IsRuntimeLibrary(path)) return true;
  // What this very program is linked with, its sanitizers among it.
  for (const std::string& file : CodeFiles(getpid()))
    if (fs::path(file).filename() == name) return true;
  return false;
}

// A library that was opened by hand is named by no artefact.
std::optional<Failure> FindForeignCode(Session& session) {
  std::vector<std::string> foreign;
  for (const std::string& file : session.process().MappedCode())
    if (!IsExpected(file, session.options()))
      foreign.push_back(file);
  if (foreign.empty()) return std::nullopt;
  return Failure{Code::kDelegation,
                 format("it opened {} while it ran: a library would do the work",
                        NameFew(foreign)),
                 "library_allow_list", ""};
}

}  // namespace

Verdictless ProbeHoldings(Session& session, const CheckSet& checks) {
  if (checks.on(Check::kLibraryAllowList))
    if (auto failure = FindForeignCode(session)) return *failure;
  if (!checks.on(Check::kProcessState)) return std::nullopt;
  return session.process().FindDamage();
}

Verdictless ProbeIdle(Session& session, const CheckSet& checks) {
  RETURN_IF_FAILED(ProbeHoldings(session, checks));
  constexpr auto kWindow = std::chrono::milliseconds(6);
  if (checks.on(Check::kIdleCpu)) {
    std::chrono::nanoseconds used{};
    RETURN_IF_FAILED(session.process().IdleCpuTime(kWindow, &used));
    if (4 * used > kWindow)
      return Failure{Code::kAsyncEscape,
                     format("used {:.1f} ms of CPU time in {} ms in which no call "
                            "was in progress",
                            std::chrono::duration<double, std::milli>(used).count(),
                            kWindow.count()), "idle_cpu", ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
