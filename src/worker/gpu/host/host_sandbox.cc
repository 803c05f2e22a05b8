#include "worker/gpu/host/host_sandbox.h"

#include <sys/stat.h>

#include <cstdlib>
#include <iterator>

#include "base/format.h"
#include "worker/run/watched.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kInsideRunners = "/ke/runners";
// What the driver reads of the machine: the device's place, processors, nodes.
constexpr const char* kSystemFolders[] = {"/sys/bus", "/sys/devices",
                                          "/sys/module"};
// Which devices there are, how they are counted and where the driver's library
// lies is the machine's to say; nothing else of our environment goes in.
constexpr const char* kPassedOn[] = {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",
                                     "CUDA_HOME", "LD_LIBRARY_PATH"};

SandboxLimits Limits() {
  SandboxLimits limits;
  limits.memory_bytes = 24ull << 30;
  limits.file_bytes = 512ull << 20;
  limits.tmpfs_bytes = 2048ull << 20;
  limits.tasks = 512;
  limits.cpu_seconds = 1800;
  limits.open_files = 4096;
  return limits;
}

void AddNodesOf(const fs::path& folder, std::vector<fs::path>* nodes) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with("nvidia")) continue;
    struct stat info;
    if (stat(entry.path().c_str(), &info) == 0 && S_ISCHR(info.st_mode))
      nodes->push_back(entry.path());
  }
}

}  // namespace

Result<HostOptions> DescribeHost(Sandbox& sandbox, const fs::path& python,
                                 int device) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  HostOptions options;
  options.sandbox = &sandbox;
  options.runners = data / "runners" / "python";
  options.device = format("cuda:{}", device);
  ASSIGN_OR_RETURN(options.python, DescribePython(python, data, StopCondition()));
  return options;
}

SandboxSpec HostSandbox(const HostOptions& options, int channel) {
  SandboxSpec spec;
  // -B: its folder is read-only; -u: what it says last must not be lost.
  spec.argv = {options.python.program, "-B", "-u",
               std::string(kInsideRunners) + "/host_server.py",
               "--fd", "3", "--device", options.device};
  // A C compiler and, where they are, nvcc and the environment's ninja.
  spec.environment = {"PATH=" +
                          fs::path(options.python.program).parent_path().string() +
                          ":/usr/local/cuda/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                      "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                      "TRITON_CACHE_DIR=/tmp/triton",
                      "TORCH_EXTENSIONS_DIR=/tmp/extensions",
                      "TORCHINDUCTOR_CACHE_DIR=/tmp/inductor",
                      "OMP_NUM_THREADS=4",
                      "PYTHONPATH=" + options.python.search_path};
  for (const char* name : kPassedOn)
    if (const char* value = std::getenv(name))
      spec.environment.push_back(std::string(name) + "=" + value);
  if (options.watched)
    spec.environment.insert(spec.environment.end(),
                            std::begin(kWatchedEnvironment),
                            std::end(kWatchedEnvironment));
  spec.binds = options.python.binds;
  spec.binds.push_back({options.runners, kInsideRunners});
  if (options.device != "cpu")
    for (const fs::path& node : NvidiaNodes("/dev"))
      spec.binds.push_back({node, node});
  spec.limits = Limits();
  spec.profile = SyscallProfile::kDevice;
  spec.descriptors = {channel};
  return spec;
}

std::vector<fs::path> NvidiaNodes(const fs::path& dev) {
  std::vector<fs::path> nodes;
  AddNodesOf(dev, &nodes);
  AddNodesOf(dev / "nvidia-caps", &nodes);
  return nodes;
}

void AddSystemFolders(SandboxSpec* spec) {
  std::error_code error;
  for (const char* folder : kSystemFolders)
    if (fs::is_directory(folder, error)) spec->binds.push_back({folder, folder});
}

}  // namespace kernelevolve::worker::gpu
