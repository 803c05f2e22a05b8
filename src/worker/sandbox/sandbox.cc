#include "worker/sandbox/sandbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/format.h"
#include "base/random.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/child_plan.h"
#include "worker/sandbox/launch.h"
#include "worker/sandbox/layers.h"
#include "worker/sandbox/limits.h"
#include "worker/sandbox/memory_file.h"
#include "worker/sandbox/process_handle.h"
#include "worker/sandbox/seccomp_filter.h"

namespace kernelevolve::worker {
namespace {

// In the middle of the address space, where neither programs, libraries, stacks
// nor the shadows of sanitizers lie.
uint64_t RandomPage() {
  constexpr uint64_t kFirst = 0x200000000000;
  constexpr uint64_t kPages = 0x300000000;
  uint64_t value;
  const std::string bytes = SecretBytes(sizeof(value));
  std::memcpy(&value, bytes.data(), sizeof(value));
  return kFirst + (value % kPages) * 4096;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Status CheckSpec(const SandboxSpec& spec) {
  if (spec.argv.empty() || !spec.argv[0].starts_with('/'))
    return BadInput("sandbox: argv[0] must be an absolute path");
  for (int descriptor : spec.descriptors)
    if (fcntl(descriptor, F_GETFD) < 0)
      return BadInput(format("sandbox: descriptor {} is not open", descriptor));
  return {};
}

// The strings that a ChildPlan points to.
struct PlanTexts {
  std::vector<std::string> argv, environment;
  std::string working_folder;
};

struct OutputFiles {
  Fd input, output, errors;
};

Result<OutputFiles> OpenOutputs(const SandboxLimits& limits) {
  OutputFiles files;
  files.input.Reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!files.input) return SystemError("cannot open /dev/null");
  ASSIGN_OR_RETURN(files.output, MakeOutputFile("stdout", limits.output_bytes));
  ASSIGN_OR_RETURN(files.errors, MakeOutputFile("stderr", limits.output_bytes));
  return files;
}

class NamespaceSandbox : public Sandbox {
 public:
  NamespaceSandbox(LayerSet layers, Identity identity)
      : layers_(layers), identity_(std::move(identity)) {}

  Status Prepare() {
    if (layers_.seccomp) {
      ASSIGN_OR_RETURN(build_filter_, CompileFilter(SyscallProfile::kBuild));
      ASSIGN_OR_RETURN(run_filter_, CompileFilter(SyscallProfile::kRun));
      ASSIGN_OR_RETURN(device_filter_, CompileFilter(SyscallProfile::kDevice));
    }
    std::string why_not = "cgroups are left out";
    if (layers_.cgroup) cgroups_ = FindCgroups(why_not);
    FillFacts(why_not);
    return Rehearse();
  }

  SandboxFacts facts() const override { return facts_; }

  Result<std::unique_ptr<Sandboxed>> Launch(const SandboxSpec& spec) override {
    RETURN_IF_ERROR(CheckSpec(spec));
    ASSIGN_OR_RETURN(OutputFiles files, OpenOutputs(spec.limits));
    std::unique_ptr<Cgroup> cgroup;
    if (cgroups_) {
      ASSIGN_OR_RETURN(cgroup, cgroups_->Create(spec.limits));
    }
    PlanTexts texts;
    ASSIGN_OR_RETURN(ChildPlan plan, MakePlan(spec, texts));
    plan.descriptors = {files.input.get(), files.output.get(),
                        files.errors.get()};
    plan.descriptors.insert(plan.descriptors.end(), spec.descriptors.begin(),
                            spec.descriptors.end());
    ASSIGN_OR_RETURN(StartedChild child,
                     StartChild(plan, cgroup.get(), thread_));
    ProcessParts parts{.pid = child.pid,
                       .pidfd = std::move(child.pidfd),
                       .output = std::move(files.output),
                       .errors = std::move(files.errors),
                       .cgroup = std::move(cgroup),
                       .limits = spec.limits,
                       .single_process = spec.profile == SyscallProfile::kRun,
                       .first_process = layers_.pid};
    return std::make_unique<ProcessHandle>(std::move(parts));
  }

 private:
  void FillFacts(std::string why_not) {
    facts_.identity =
        layers_.user ? identity_.description : "our own: no user namespace";
    facts_.memory_by_cgroup = cgroups_ && cgroups_->limits_memory();
    facts_.tasks_by_cgroup = cgroups_ && cgroups_->limits_tasks();
    // One of the two may be there without the other.
    if (cgroups_) why_not = "not in reach of " + cgroups_->description();
    facts_.memory_limit =
        facts_.memory_by_cgroup
            ? cgroups_->description()
            : "RLIMIT_DATA, which counts private memory only: " + why_not;
    facts_.task_limit = facts_.tasks_by_cgroup ? cgroups_->description()
                                               : "RLIMIT_NPROC: " + why_not;
  }

  // Goes through every step but exec, so that a machine that lacks something
  // says so at once and not at the first candidate.
  Status Rehearse() {
    SandboxSpec spec;
    spec.argv = {"/rehearsal"};
    PlanTexts texts;
    ASSIGN_OR_RETURN(ChildPlan plan, MakePlan(spec, texts));
    plan.program = nullptr;
    ASSIGN_OR_RETURN(OutputFiles files, OpenOutputs(spec.limits));
    plan.descriptors = {files.input.get(), files.output.get(),
                        files.errors.get()};
    std::unique_ptr<Cgroup> cgroup;
    if (cgroups_) {
      ASSIGN_OR_RETURN(cgroup, cgroups_->Create(spec.limits));
    }
    ASSIGN_OR_RETURN(StartedChild child,
                     StartChild(plan, cgroup.get(), thread_));
    ProcessHandle({.pid = child.pid,
                   .pidfd = std::move(child.pidfd),
                   .output = std::move(files.output),
                   .errors = std::move(files.errors),
                   .cgroup = std::move(cgroup)})
        .Wait(std::chrono::seconds(10));
    return {};
  }

  Result<ChildPlan> MakePlan(const SandboxSpec& spec, PlanTexts& texts) {
    ChildPlan plan;
    plan.layers = layers_;
    plan.identity = identity_;
    if (layers_.mount) {
      ASSIGN_OR_RETURN(plan.mounts, PlanMounts(spec, identity_));
    }
    if (layers_.rlimits) plan.rlimits = PlanLimits(spec.limits, facts_);
    plan.cpus = CpuMask(spec.cpus);
    RETURN_IF_ERROR(AddFilter(spec.profile, plan));
    FillTexts(spec, texts);
    plan.argv = Pointers(texts.argv);
    plan.environment = Pointers(texts.environment);
    plan.program = plan.argv[0];
    plan.working_folder = texts.working_folder.c_str();
    return plan;
  }

  Status AddFilter(SyscallProfile profile, ChildPlan& plan) {
    if (!layers_.seccomp) return {};
    if (profile != SyscallProfile::kRun) {
      plan.filter = profile == SyscallProfile::kBuild ? build_filter_
                                                      : device_filter_;
      return {};
    }
    plan.filter = run_filter_;
    plan.exec_address = RandomPage();
    return BindExecAddress(plan.filter, plan.exec_address);
  }

  void FillTexts(const SandboxSpec& spec, PlanTexts& texts) const {
    texts = {spec.argv, spec.environment, spec.working_folder};
    if (!layers_.environment)
      for (char** entry = environ; *entry; ++entry)
        texts.environment.push_back(*entry);
    if (layers_.mount) return;
    for (std::string& word : texts.argv) word = ToHostPaths(word, spec.binds);
    texts.working_folder = ToHostPaths(texts.working_folder, spec.binds);
  }

  const LayerSet layers_;
  const Identity identity_;
  SandboxFacts facts_;
  std::unique_ptr<CgroupMaker> cgroups_;
  FilterCode build_filter_, run_filter_, device_filter_;
  LaunchThread thread_;
};

}  // namespace

Result<std::unique_ptr<Sandbox>> MakeSandbox(const SandboxOptions& options) {
  ASSIGN_OR_RETURN(LayerSet layers, LayersWithout(options.leave_out));
  if (options.unsafe_no_sandbox) layers = UnsafeLayers();
  auto sandbox = std::make_unique<NamespaceSandbox>(layers, ChooseIdentity());
  RETURN_IF_ERROR(sandbox->Prepare());
  return sandbox;
}

}  // namespace kernelevolve::worker
