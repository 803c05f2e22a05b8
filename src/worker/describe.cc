#include <thread>

#include "base/format.h"
#include "base/text.h"
#include "process/find_program.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/serve.h"

namespace kernelevolve::worker {

std::string DescribeDevice() {
  std::string model = "unknown CPU";
  if (const auto info = ReadFile("/proc/cpuinfo", 8 << 20))
    for (const std::string_view line : Split(*info, '\n'))
      if (line.starts_with("model name")) {
        model = Trim(line.substr(line.find(':') + 1));
        break;
      }
  return format("{} ({} cores)", model, std::thread::hardware_concurrency());
}

std::string DescribeGpu(int ordinal) {
  const auto driver = gpu::Driver::Open();
  if (!driver) return "no NVIDIA device";
  const auto info = gpu::QueryDevice(**driver, ordinal);
  if (!info) return "no NVIDIA device";
  return format("{} (sm_{}, driver for CUDA {}.{})", info->name, info->arch(),
                (*driver)->version() / 1000, (*driver)->version() % 1000 / 10);
}

namespace {

// A compiler's identity without running it: the name behind its links, and the
// file's size, which changes with every package.
std::string DescribeCompiler(const std::string& name) {
  const auto program = FindProgram(name);
  if (!program) return "no " + name;
  std::error_code error;
  const fs::path compiler = fs::canonical(*program, error);
  if (error) return "no " + name;
  return format("{} {}", compiler.filename().string(),
                fs::file_size(compiler, error));
}

}  // namespace

std::string DescribeToolchain(bool gpu) {
  const std::string host = DescribeCompiler("g++");
  return gpu ? host + ", " + DescribeCompiler("nvcc") : host;
}

}  // namespace kernelevolve::worker
