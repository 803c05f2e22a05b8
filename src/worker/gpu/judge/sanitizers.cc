#include "worker/gpu/judge/sanitizers.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/judge/cuda_tools.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr std::chrono::seconds kCallLimit{60};
// For the tool to write its report once the launcher has ended.
constexpr std::chrono::seconds kReportLimit{20};
constexpr uint64_t kLogBytes = 16 << 20;

Verdictless CallUnder(const SanitizerSubject& subject, LauncherProcess& launcher) {
  RETURN_IF_FAILED(BindOwn({launcher, subject.task, subject.shape, subject.plan,
                            subject.modules}, subject.inputs));
  double ignored = 0;
  return launcher.Run(kCallLimit, &ignored);
}

// Why the call itself came to no good end; "" if it did.
std::string TroubleOf(const Verdictless& outcome) {
  if (!outcome) return outcome.error().message;
  return *outcome ? "the call failed under it: " + (*outcome)->message : "";
}

Result<SanitizerReport> Watch(const SanitizerSubject& subject,
                              const std::string& program,
                              const Sanitizer& sanitizer) {
  ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("sanitizer"));
  const fs::path log = folder.path() / "report";
  LauncherOptions options;
  options.worker_binary = subject.machine.worker_binary;
  options.device = subject.device;
  options.driver = subject.driver_library;
  options.wrapper = SanitizerArgv(program, sanitizer, log.string());
  options.log = folder.path() / "errors";
  ASSIGN_OR_RETURN(auto launcher, LauncherProcess::Start(options));
  const std::string trouble = TroubleOf(CallUnder(subject, *launcher));
  launcher->Quit(kReportLimit);
  const auto text = ReadFile(log, kLogBytes);
  SanitizerReport report =
      ReadSanitizerLog(sanitizer, text ? std::string_view(*text) : "");
  if (report.findings == 0 && !trouble.empty())
    report.broken =
        report.broken.empty() ? trouble : trouble + "; " + report.broken;
  return report;
}

Failure FailureFrom(const Sanitizer& sanitizer, const SanitizerReport& report,
                    const ShapeCase& shape) {
  return {sanitizer.code,
          format("the kernel {} at shape {}: {}{}", sanitizer.meaning, shape.name,
                 report.first,
                 report.findings > 1
                     ? format(" (and {} more findings)", report.findings - 1)
                     : ""),
          InfoOf(sanitizer.check).name, report.excerpt};
}

}  // namespace

void NoteOnce(const std::string& note, std::vector<std::string>* notes) {
  if (std::ranges::count(*notes, note) == 0) notes->push_back(note);
}

std::optional<Failure> RunSanitizers(const SanitizerSubject& subject,
                                     const CheckSet& checks,
                                     std::vector<std::string>* notes) {
  const auto program = FindCudaTool("compute-sanitizer");
  if (!program) {
    NoteOnce("no sanitizer has watched the kernel: " + program.error().message, notes);
    return std::nullopt;
  }
  for (const Sanitizer& sanitizer : AllSanitizers()) {
    if (!checks.on(sanitizer.check)) continue;
    const auto lose = [&](const std::string& why) {
      notes->push_back(format("{} says nothing of the kernel: {}", sanitizer.tool,
                              Sanitize(why, 300)));
    };
    const auto report = Watch(subject, *program, sanitizer);
    if (!report) {
      lose(report.error().message);
      continue;
    }
    if (report->findings == 0) {
      if (!report->broken.empty()) lose(report->broken);
      continue;
    }
    // What the copy engine writes is synchronised by barriers in memory, which
    // the tool does not follow to the end.
    if (sanitizer.check == Check::kSanitizerRaces &&
        !subject.plan.tensor_maps.empty()) {
      notes->push_back("racecheck found hazards in a kernel with tensor maps, "
                       "where it may err: " + report->first);
      continue;
    }
    return FailureFrom(sanitizer, *report, subject.shape);
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
