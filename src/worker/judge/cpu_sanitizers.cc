#include "worker/judge/cpu_sanitizers.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "base/write_all.h"
#include "worker/build/build_command.h"
#include "worker/judge/candidate_build.h"
#include "worker/judge/own_text.h"
#include "worker/judge/sanitized_calls.h"
#include "worker/judge/sanitizer_report.h"
#include "worker/sandbox/memory_file.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker {
namespace {

constexpr char kMain[] = "sanitized_main.cc";
constexpr char kProgram[] = "/ke/sanitized";
constexpr int kFound = 66;  // exit code of a program that a tool has ended
constexpr std::chrono::seconds kLimit{60}, kListedLimit{20};
constexpr size_t kLogBytes = 4000;

struct Tool {
  Check check;
  const char* sanitizer;
  Code code;
  const char* meaning;
  std::optional<std::string> (*first_finding)(std::string_view report);
};

const Tool kTools[] = {
    {Check::kSanitizerMemory, "address", Code::kOob,
     "the kernel reaches memory that is not its own", FirstMemoryFault},
    {Check::kSanitizerRaces, "thread", Code::kRace,
     "the kernel's threads race for memory", FirstDataRace},
};

// Whatever else would end a program, or speak of it, is off.
std::vector<std::string> Environment() {
  return {format("ASAN_OPTIONS=exitcode={}:detect_leaks=0:alloc_dealloc_mismatch=0:"
                 "allocator_may_return_null=1:quarantine_size_mb=16", kFound),
          format("TSAN_OPTIONS=exitcode={}:halt_on_error=1:report_thread_leaks=0:"
                 "allocator_may_return_null=1:"
                 "report_signal_unsafe=0:report_mutex_bugs=0:report_destroy_locked=0:"
                 "detect_deadlocks=0", kFound)};
}

// Why ThreadSanitizer would see races where there are none; "" where it would not.
// GCC 12's knows neither OpenMP's threads nor C's, nor clocked locks, nor what a shared
// pointer that is atomic does inside.
std::string BlindToThreads(const SanitizedKernel& kernel, const std::string& own_text) {
  if (NamesAny(kernel.library,
               {"GOMP_", "pthread_mutex_clocklock", "pthread_rwlock_clock", "mtx_lock",
                "mtx_timedlock", "cnd_wait", "cnd_timedwait", "thrd_create"}))
    return "it does not know the locks or threads that are used";
  const std::string word =
      FirstWord(own_text, {"atomic_thread_fence", "mfence", "__sync_synchronize", "asm",
                           "membarrier", "atomic<std::shared_ptr", "atomic<shared_ptr"});
  return word.empty() ? "" : format("it does not know what \"{}\" orders", word);
}

// What a tool's compiler makes of the source before it reads it: a macro may put a
// word together that stands nowhere in it.
Result<std::string> Preprocessed(const SanitizedKernel& kernel, const CompileRule& rule) {
  CompileRule only_text = rule;
  only_text.argv.back() = "-E";  // in the caller's place
  BuildRequest request = kernel.build;
  request.rule = &only_text;
  BuildResult built;
  ASSIGN_OR_RETURN(const auto failed, kernel.machine.builder->Build(request, &built));
  if (failed) return BadInput(failed->message);
  return ReadFile(built.library, 256u << 20);
}

// Why a tool would not see what the kernel does; "" where it would.
std::string Unwatchable(const SanitizedKernel& kernel, const Tool& tool,
                        const std::string& own_text) {
  std::string word = FirstWord(
      PlainText(kernel.build.source),
      {"no_sanitize", "no_address_safety_analysis", "disable_sanitizer", "__asan_",
       "__tsan_"});
  if (word.empty())
    word = FirstWord(own_text, {"__asan_", "__tsan_", "__sanitizer_", "Annotate"});
  if (!word.empty()) return format("the source says \"{}\" to it", word);
  return tool.check == Check::kSanitizerRaces ? BlindToThreads(kernel, own_text) : "";
}

// Those that world one has met, whose answers are known: the largest, one in the
// middle, the smallest, and the last, with short rows.
std::vector<SanitizedCase> CasesOf(const SanitizedKernel& kernel) {
  const std::vector<ShapeCase>& all = kernel.plan.held_out;
  const size_t count = all.size();
  std::set<size_t> chosen;
  if (count > 0) chosen = {0, count / 2, count - std::min<size_t>(count, 2), count - 1};
  const InputGenerator generator(kernel.task, kernel.secret);
  std::vector<SanitizedCase> cases;
  for (const size_t i : chosen) {
    const InputCase one{all[i], InputFamily::kDeclared, 0};
    cases.push_back({one, generator.Draw(one)});
  }
  return cases;
}

// The smallest listed shape, where that is no matter of minutes: a kernel may go a way
// there that it goes at no other.
std::optional<SanitizedCase> ListedCase(const SanitizedKernel& kernel) {
  constexpr int64_t kMostElements = 4 << 20;
  constexpr double kMostOperations = 2.5e8;  // some seconds for ThreadSanitizer
  const ShapeCase& shape = kernel.plan.listed.front();
  int64_t elements = 0;
  for (const auto* tensors : {&kernel.task.inputs, &kernel.task.outputs})
    for (const TensorSpec& tensor : *tensors) elements += ElementCount(tensor, shape);
  if (elements > kMostElements || CostAt(kernel.task, shape).flops > kMostOperations)
    return std::nullopt;
  const InputCase one{shape, InputFamily::kDeclared, 0};
  return SanitizedCase{one, InputGenerator(kernel.task, kernel.secret).Draw(one)};
}

// The caller, which a kernel's parameters must not change.
Result<std::string> CallerText(const BuildRequest& build) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(std::string text, ReadFile(data / "runners" / "cpp" / kMain));
  std::string undefined;
  for (const std::string& define : build.defines)
    undefined += format("#undef {}\n", define.substr(0, define.find('=')));
  return undefined + text;
}

Result<Fd> FileOf(const std::string& text) {
  ASSIGN_OR_RETURN(Fd file, MakeMemoryFile("ke-cases"));
  if (!WriteAll(file.get(), text)) return SystemError("cannot write to memory");
  return file;
}

struct Outcome {
  ExitReport report;
  std::string outputs;
};

// Calls of one run of a sanitized program.
struct Calls {
  std::vector<SanitizedCase> cases;
  int64_t each = 0;
  std::chrono::seconds limit = kLimit;
};

Result<Outcome> RunProgram(const SanitizedKernel& kernel, const fs::path& program,
                           const Calls& calls) {
  ASSIGN_OR_RETURN(const Fd input,
                   FileOf(DescribeCases(kernel.task, calls.cases, calls.each)));
  const uint64_t bytes = OutputBytes(kernel.task, calls.cases);
  ASSIGN_OR_RETURN(const Fd output, MakeOutputFile("ke-outputs", bytes));
  SandboxSpec spec;
  spec.argv = {kProgram};
  spec.binds = {{program, kProgram}};
  for (std::string& setting : Environment())
    spec.environment.push_back(std::move(setting));
  spec.descriptors = {input.get(), output.get()};
  spec.cpus = kernel.machine.all_cpus;
  ASSIGN_OR_RETURN(const auto process, kernel.machine.sandbox->Launch(spec));
  Outcome outcome{process->Wait(calls.limit), std::string(bytes, '\0')};
  if (pread(output.get(), outcome.outputs.data(), bytes, 0) !=
      static_cast<ssize_t>(bytes))
    return SystemError("cannot read what a sanitized kernel wrote");
  return outcome;
}

// The first output that is wrong goes to `notes`, and is no verdict: with other flags
// undefined behaviour comes out in another way, and so does much that is honest.
Status Compare(const SanitizedKernel& kernel, Oracle& oracle, const Tool& tool,
               const std::vector<SanitizedCase>& cases, const std::string& outputs,
               std::vector<std::string>* notes) {
  uint64_t at = 0;
  for (const SanitizedCase& one : cases) {
    ASSIGN_OR_RETURN(const auto expected,
                     oracle.Answer(one.input_case, one.inputs, kernel.secret));
    const SanitizedOutputs found(kernel.task, one.input_case.shape, outputs, &at);
    Evidence ignored;
    const auto failure = VerifyOutputs(found, kernel.task, *expected, CheckSet(),
                                       {.input_case = one.input_case}, &ignored);
    if (failure)
      notes->push_back(format("compiled with -fsanitize={} it is wrong, which it is not "
                              "without: {}", tool.sanitizer, failure->message));
    if (failure) return {};
  }
  return {};
}

std::string WhyBroken(const ExitReport& report, const Calls& calls) {
  if (report.timed_out) return format("it took more than {} s", calls.limit.count());
  if (!report.limit.empty()) return "its limit of " + report.limit;
  return Sanitize(report.errors.substr(0, 300), 300);
}

// What the tool says of these calls; an error where it cannot say.
Verdictless Look(const SanitizedKernel& kernel, Oracle& oracle, const Tool& tool,
                 const fs::path& program, const Calls& calls,
                 std::vector<std::string>* notes) {
  ASSIGN_OR_RETURN(const Outcome outcome, RunProgram(kernel, program, calls));
  const ExitReport& report = outcome.report;
  if (report.exited && report.exit_code == kFound)
    if (const auto finding = tool.first_finding(report.errors))
      return Failure{tool.code, format("{}: {}", tool.meaning, *finding),
                     InfoOf(tool.check).name, Sanitize(report.errors, kLogBytes)};
  if (!report.exited || report.exit_code != 0) return BadInput(WhyBroken(report, calls));
  RETURN_IF_ERROR(Compare(kernel, oracle, tool, calls.cases, outcome.outputs, notes));
  return std::nullopt;
}

// The kernel as a program; an error where the tool would not see what it does.
Result<fs::path> BuildWatched(const SanitizedKernel& kernel, const Tool& tool,
                              std::vector<std::string>* notes) {
  const auto rule = SanitizedRule(*kernel.build.rule, tool.sanitizer);
  if (!rule) return BadInput("the target's compiler is not known to have it");
  ASSIGN_OR_RETURN(const std::string text, Preprocessed(kernel, *rule));
  const std::string own_text = OwnText(kernel.build.source, text);
  if (std::string why = Unwatchable(kernel, tool, own_text); !why.empty())
    return BadInput(std::move(why));
  BuildRequest request = kernel.build;
  request.rule = &*rule;
  ASSIGN_OR_RETURN(request.extra_files[kMain], CallerText(kernel.build));
  BuildResult built;
  ASSIGN_OR_RETURN(const auto failed, kernel.machine.builder->Build(request, &built));
  if (failed) return BadInput(failed->message);
  if (const std::string unseen = FirstUnseenAccess(own_text); !unseen.empty())
    notes->push_back(format("-fsanitize={} does not see what {} reaches",
                            tool.sanitizer, unseen));
  return built.library;
}

Verdictless Watch(const SanitizedKernel& kernel, Oracle& oracle, const Tool& tool,
                  std::vector<SanitizedCase> cases, std::vector<std::string>* notes) {
  ASSIGN_OR_RETURN(const fs::path program, BuildWatched(kernel, tool, notes));
  // Threads meet at one call of several.
  const int64_t each = tool.check == Check::kSanitizerRaces ? 10 : 2;
  RETURN_IF_FAILED(
      Look(kernel, oracle, tool, program, {std::move(cases), each}, notes));
  auto listed = ListedCase(kernel);
  if (!listed) return std::nullopt;
  Calls calls{{}, kernel.stage == Stage::kFinal ? 2 : 1, kListedLimit};
  const std::string shape = listed->input_case.shape.name;
  calls.cases.push_back(*std::move(listed));
  auto outcome = Look(kernel, oracle, tool, program, calls, notes);
  if (outcome) return outcome;
  notes->push_back(format("not watched at shape {} with -fsanitize={}: {}", shape,
                          tool.sanitizer, outcome.error().message));
  return std::nullopt;
}

}  // namespace

std::optional<CompileRule> SanitizedRule(const CompileRule& rule,
                                         const std::string& sanitizer) {
  if (rule.argv.empty() || fs::path(rule.argv[0]).filename() != "g++" ||
      std::ranges::count(rule.argv, "-shared") != 1)
    return std::nullopt;
  CompileRule sanitized = rule;
  std::erase(sanitized.argv, "-shared");
  // What speaks to the tool, put together from pieces, says nothing.
  for (const char* attribute :
       {"no_sanitize(...)", "__no_sanitize__(...)", "no_sanitize_address",
        "__no_sanitize_address__", "no_sanitize_thread", "__no_sanitize_thread__",
        "no_address_safety_analysis", "__no_address_safety_analysis__"})
    sanitized.argv.push_back(format("-D{}=unused", attribute));
  // A kernel that asks the preprocessor gets no other answer than else.
  for (const std::string& flag :
       {"-fsanitize=" + sanitizer, format("-static-lib{}san", sanitizer.substr(0, 1)),
        std::string("-U__SANITIZE_ADDRESS__"), std::string("-U__SANITIZE_THREAD__"),
        format("-D_GLIBCXX_TSAN={:d}", sanitizer == "thread"),  // libstdc++ may know
        std::string("-O1"), std::string("-g1"), std::string("-w"),
        format("{}/{}", kBuildFolder, kMain)})
    sanitized.argv.push_back(flag);
  sanitized.precompile.clear();
  return sanitized;
}

std::optional<Failure> RunCpuSanitizers(const SanitizedKernel& kernel, Oracle& oracle,
                                        const CheckSet& checks,
                                        std::vector<std::string>* notes) {
  const std::vector<SanitizedCase> cases = CasesOf(kernel);
  for (const Tool& tool : kTools) {
    const bool races = tool.check == Check::kSanitizerRaces;
    if (!checks.on(tool.check) || (races && !StartsThreads(kernel.library))) continue;
    std::string why;
    if (cases.empty()) why = "the task has no small shape";
    if (why.empty()) {
      auto outcome = Watch(kernel, oracle, tool, cases, notes);
      if (outcome && *outcome) return *outcome;
      if (!outcome) why = outcome.error().message;
    }
    if (!why.empty())
      notes->push_back(format("not watched with -fsanitize={}: {}", tool.sanitizer, why));
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
