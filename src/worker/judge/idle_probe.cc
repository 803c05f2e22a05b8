#include "worker/judge/idle_probe.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

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
  return session.process().FindDamage(checks.on(Check::kClockClaim));
}

// Threads of a pool may spin for a moment before they sleep. Who is seen to do a
// little is looked at again when they must be asleep, and for longer.
Verdictless ProbeIdle(Session& session, const CheckSet& checks, IdleLook look) {
  using std::chrono::milliseconds;
  RETURN_IF_FAILED(ProbeHoldings(session, checks));
  if (!checks.on(Check::kIdleCpu)) return std::nullopt;
  struct Window {
    milliseconds before, window;
    double passes, refused;  // shares of a core; what is between is looked at again
  };
  constexpr Window kWindows[] = {{milliseconds(0), milliseconds(6), 0.02, 0.25},
                                 {milliseconds(20), milliseconds(20), 0.05, 0.05}};
  for (const auto& [before, window, passes, refused] : kWindows) {
    std::this_thread::sleep_for(before);
    std::chrono::nanoseconds used{};
    RETURN_IF_FAILED(session.process().IdleCpuTime(window, &used));
    const double share = std::chrono::duration<double>(used) / window;
    if (share > refused)
      return Failure{Code::kAsyncEscape,
                     format("used {:.2f} ms of CPU time in {} ms in which no call "
                            "was in progress", share * window.count(),
                            window.count()), "idle_cpu", ""};
    if (share <= passes || look == IdleLook::kAtMuch) break;
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
