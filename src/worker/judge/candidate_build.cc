#include "worker/judge/candidate_build.h"

#include <algorithm>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/run/mapped_code.h"

namespace kernelevolve::worker {

std::optional<Failure> CheckParameters(const Candidate& candidate) {
  const auto space = ParseTuneSpace(candidate.source);
  if (!space) return Failure{Code::kContract, space.error().message, "tune", ""};
  if (const auto complete = space->Complete(candidate.parameters); !complete)
    return Failure{Code::kContract, complete.error().message, "tune", ""};
  return std::nullopt;
}

Verdictless BuildLibrary(const Machine& machine, const CompileRule& rule,
                         const Candidate& candidate, const CheckSet& checks,
                         BuildRequest* request, BuildResult* built) {
  if (auto failure = CheckParameters(candidate)) return failure;
  request->source = candidate.source;
  request->rule = &rule;
  request->trusted = !checks.on(Check::kBuildScan);
  for (const auto& [name, value] : candidate.parameters)
    request->defines.push_back(name + "=" + value);
  RETURN_IF_FAILED(machine.builder->Build(*request, built));
  if (!checks.on(Check::kLibraryAllowList)) return std::nullopt;
  const auto needed = NeededLibraries(built->library);
  if (!needed) return Failure{Code::kContract, needed.error().message, "load", ""};
  for (const std::string& name : *needed)
    if (!IsRuntimeLibrary(name))
      return Failure{Code::kDelegation,
                     format("the artefact needs {}: a library would do the work",
                            Sanitize(name, 100)), "library_allow_list", ""};
  return std::nullopt;
}

bool NamesAny(const fs::path& library, std::initializer_list<std::string_view> names) {
  const auto bytes = ReadFile(library, 256u << 20);
  return bytes && std::ranges::any_of(names, [&](std::string_view name) {
    return bytes->find(name) != bytes->npos;
  });
}

bool StartsThreads(const fs::path& library) {
  // By name; by a name that is put together at run time; or by the system call.
  if (NamesAny(library,
               {"pthread_create", "_ZNSt6thread", "GOMP_parallel", "GOMP_task",
                "GOMP_teams", "thrd_create", "timer_create", "mq_notify", "aio_read",
                "aio_write", "lio_listio", "getaddrinfo_a", "dlsym", "dlvsym", "dlopen",
                "dlmopen", "syscall", std::string_view("\0clone\0", 7)}))
    return true;
  constexpr std::string_view kSystemCall = "\x0f\x05";
  const auto code = MachineCode(library);
  return code && code->find(kSystemCall) != code->npos;
}

}  // namespace kernelevolve::worker
