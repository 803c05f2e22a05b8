#include "worker/judge/own_machine.h"

#include "worker/timing/lane.h"

namespace kernelevolve::worker {
namespace {

// Kernels on the last core, the judge on the first: the second is likelier to
// be bothered by the rest of the system.
void ChooseCores(Machine* machine) {
  const std::vector<int> cpus = AllowedCpus();
  machine->judge_cpu = cpus.front();
  machine->lane_cpus = {cpus.back()};
  machine->all_cpus = cpus;
  machine->spin = cpus.size() > 1;
}

}  // namespace

Result<std::unique_ptr<OwnMachine>> OwnMachine::Create(
    const fs::path& scratch, const SandboxOptions& options) {
  std::unique_ptr<OwnMachine> own(new OwnMachine());
  ASSIGN_OR_RETURN(own->sandbox_, MakeSandbox(options));
  own->machine_.unsafe_no_sandbox = options.unsafe_no_sandbox;
  RETURN_IF_ERROR(own->Prepare(scratch));
  return own;
}

Status OwnMachine::Prepare(const fs::path& scratch) {
  machine_.scratch = scratch;
  if (scratch.empty()) {
    ASSIGN_OR_RETURN(temporary_, TempFolder::Create("kernelevolve-worker"));
    machine_.scratch = temporary_->path();
  }
  RETURN_IF_ERROR(MakeFolders(machine_.scratch / "artefacts"));
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(builder_, Builder::Create(*sandbox_,
                                             machine_.scratch / "artefacts",
                                             data / "include"));
  machine_.sandbox = sandbox_.get();
  machine_.builder = &*builder_;
  std::error_code error;
  machine_.worker_binary = fs::read_symlink("/proc/self/exe", error);
  if (error) return Broken("cannot read /proc/self/exe: " + error.message());
  ChooseCores(&machine_);
  return {};
}

}  // namespace kernelevolve::worker
