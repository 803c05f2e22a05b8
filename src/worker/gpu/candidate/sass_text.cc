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

Result<std::string> SassText::Of(const Machine& machine, std::string_view image,
                                 int arch) {
  ASSIGN_OR_RETURN(const std::string program, Find());
  if (IsFatbin(image)) {
    ASSIGN_OR_RETURN(image, FindCubin(image, arch));
  }
  ASSIGN_OR_RETURN(const TempFolder folder, MakeWorkspace());
  const fs::path file = folder.path() / "image.cubin";
  RETURN_IF_ERROR(WriteFileAtomic(file, image));
  std::error_code error;
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add, error);
  SandboxSpec spec;
  spec.argv = {kProgram, "-ndf", "-c", kImage};
  spec.binds = {{fs::canonical(program, error), kProgram}, {file, kImage}};
  spec.profile = SyscallProfile::kBuild;
  spec.limits.cpu_seconds = kSeconds;
  spec.limits.output_bytes = kTextBytes;
  ASSIGN_OR_RETURN(const auto process, machine.sandbox->Launch(spec));
  ExitReport report = process->Wait(std::chrono::seconds(kSeconds));
  if (report.exited && report.exit_code == 0) return std::move(report.output);
  return Broken(report.timed_out || report.limit == "cpu time"
                    ? "nvdisasm took too long"
                    : "nvdisasm cannot read the image");
}

}  // namespace kernelevolve::worker::gpu
