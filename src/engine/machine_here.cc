#include "engine/machine_here.h"

#include <sys/utsname.h>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "engine/device_facts.h"
#include "eval/worker_pool.h"
#include "process/device_lanes.h"
#include "process/find_python.h"
#include "process/python_versions.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kMostProgramBytes = 1ull << 30;

std::string DescribeCpu() {
  utsname name{};
  const std::string architecture = uname(&name) == 0 ? name.machine : "";
  return std::string(Trim(architecture + " " + VectorExtensions()));
}

std::string DescribePackages(const StopCondition& stop) {
  const auto python = FindPython("torch", stop);
  if (!python) return "";
  const auto versions = PythonVersions(*python, stop);
  if (!versions) return "";
  std::vector<std::string> packages;
  for (const auto& [name, version] : *versions)
    packages.push_back(name + " " + version);
  return Join(packages, ", ");
}

std::string DescribeJudge(const std::string& version) {
  const auto program = FindWorkerProgram();
  if (!program) return version;
  const auto bytes = ReadFile(*program, kMostProgramBytes);
  if (!bytes) return version;
  return format("{} {}", version, ShortId(HexDigest(*bytes)));
}

}  // namespace

Result<bool> HasDeviceOf(const Target& target, const StopCondition& stop) {
  if (target.device_kind != "gpu") return true;
  ASSIGN_OR_RETURN(const std::vector<DeviceLane> lanes,
                   FindLanes(target.device, target.device_kind, stop));
  return lanes.front().device.has_value();
}

MachineRecord DescribeMachine(const wire::Hello& hello,
                              const std::string& device_kind,
                              const StopCondition& stop) {
  MachineRecord machine;
  machine.device = hello.device;
  machine.toolchain = hello.toolchain;
  if (device_kind == "cpu") machine.cpu = DescribeCpu();
  if (device_kind == "gpu") machine.packages = DescribePackages(stop);
  machine.judge = DescribeJudge(hello.version);
  return machine;
}

}  // namespace kernelevolve
