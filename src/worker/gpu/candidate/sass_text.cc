#include "worker/gpu/candidate/sass_text.h"

#include "base/format.h"
#include "process/find_python.h"
#include "worker/cubin/fatbin.h"
#include "worker/gpu/judge/cuda_tools.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kProgram = "/ke/nvdisasm";
constexpr const char* kImage = "/ke/image.cubin";
constexpr uint64_t kTextBytes = 16 << 20;
constexpr int kSeconds = 5;

// Beside the packages of `python`.
Result<std::string> FindInTriton(const fs::path& python) {
  constexpr const char* kInside = "triton/backends/nvidia/bin/nvdisasm";
  std::error_code error;
  const fs::path lib = python.parent_path().parent_path() / "lib";
  for (const auto& entry : fs::directory_iterator(lib, error))
    for (const char* packages : {"site-packages", "dist-packages"})
      if (const fs::path found = entry.path() / packages / kInside;
          fs::is_regular_file(found, error))
        return found.string();
  return Missing("nvdisasm is neither in the CUDA toolkit nor beside Triton");
}

Result<std::string_view> CubinOf(std::string_view image, int arch) {
  if (IsFatbin(image)) return FindCubin(image, arch);
  return image;
}

}  // namespace

Result<std::string> SassText::Find() {
  if (program_) return *program_;
  program_ = FindCudaTool("nvdisasm");
  if (*program_) return *program_;
  const auto python = FindPython("torch", StopCondition());
  program_ = python ? FindInTriton(*python)
                    : Result<std::string>(Fail(program_->error()));
  return *program_;
}

Result<SassText::Running> SassText::Start(const Machine& machine,
                                          std::string_view cubin) {
  ASSIGN_OR_RETURN(const std::string program, Find());
  ASSIGN_OR_RETURN(TempFolder folder, MakeWorkspace());
  const fs::path file = folder.path() / "image.cubin";
  RETURN_IF_ERROR(WriteFileAtomic(file, cubin));
  std::error_code error;
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add, error);
  SandboxSpec spec;
  spec.argv = {kProgram, "-ndf", "-c", kImage};
  spec.binds = {{fs::canonical(program, error), kProgram}, {file, kImage}};
  spec.profile = SyscallProfile::kBuild;
  spec.limits.cpu_seconds = kSeconds;
  spec.limits.output_bytes = kTextBytes;
  ASSIGN_OR_RETURN(auto process, machine.sandbox->Launch(spec));
  return Running{std::move(folder), std::move(process)};
}

void Disassemblies::Begin(std::string_view image) {
  // A kernel may bring any number of them.
  constexpr size_t kAtOnce = 2;
  const auto cubin = CubinOf(image, arch_);
  if (!cubin || begun_.contains(*cubin) || begun_.size() >= kAtOnce) return;
  // What went wrong is told when somebody asks.
  if (auto running = sass_.Start(machine_, *cubin))
    begun_.emplace(*cubin, *std::move(running));
}

Result<std::string> Disassemblies::Text(std::string_view image) {
  ASSIGN_OR_RETURN(const std::string_view cubin, CubinOf(image, arch_));
  const auto begun = begun_.find(cubin);
  auto running = begun == begun_.end()
                     ? sass_.Start(machine_, cubin)
                     : Result<SassText::Running>(std::move(begun->second));
  if (begun != begun_.end()) begun_.erase(begun);
  if (!running) return Fail(running.error());
  ExitReport report = running->process->Wait(std::chrono::seconds(kSeconds));
  if (report.exited && report.exit_code == 0) return std::move(report.output);
  return Broken(report.timed_out || report.limit == "cpu time"
                    ? "nvdisasm took too long"
                    : "nvdisasm cannot read the image");
}

}  // namespace kernelevolve::worker::gpu
