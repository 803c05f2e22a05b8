#include "engine/find_targets.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kNative = "@native";
// Prefix of the devices that a probe can find.
constexpr std::string_view kNvidia = "@sm_";
// The one to name, where any would do.
constexpr std::string_view kLikely = "@sm_90";

// A known target of this language on an NVIDIA device, "" if there is none: a
// language of this CPU is none of theirs.
std::string ExampleFor(const std::string& language,
                       const std::vector<std::string>& known) {
  for (const std::string& name : known)
    if (name == language + std::string(kNative)) return "";
  std::string example;
  for (const std::string& name : known)
    if (name.starts_with(language + std::string(kNvidia)) &&
        (example.empty() || name == language + std::string(kLikely)))
      example = name;
  return example;
}

// "cuda@native" as the target of this machine's first device. With several
// devices of different kinds, the others must be named.
Result<std::string> Resolve(const std::string& name, const fs::path& data,
                            const DeviceProbe& probe) {
  if (!name.ends_with(kNative)) return name;
  const std::string language = name.substr(0, name.size() - kNative.size());
  const std::string example = ExampleFor(language, KnownTargets(data));
  if (example.empty()) return name;
  ASSIGN_OR_RETURN(const std::vector<NvidiaDevice> devices, probe());
  const std::string otherwise = format(
      "--target {} still compiles, and gives what can be said without a device",
      example);
  if (devices.empty())
    return Missing(format("{}: no NVIDIA device or driver here; {}", name,
                          otherwise));
  if (devices.front().arch.empty())
    return Missing(format(
        "{}: there is an NVIDIA driver here, but no nvidia-smi that says what "
        "device it drives (it comes with the driver's utilities); name the "
        "device, as in --target {}",
        name, example));
  return format("{}@{}", language, devices.front().arch);
}

}  // namespace

Result<TargetSet> FindTargets(const std::string& names, const fs::path& data,
                              const DeviceProbe& probe) {
  std::vector<Target> targets;
  for (const std::string_view part : Split(names, ',')) {
    const std::string written(Trim(part));
    if (written.empty())
      return BadInput(format("--target {}: found nothing between two commas, "
                             "expected language@device",
                             Sanitize(names, 200)));
    ASSIGN_OR_RETURN(const std::string name, Resolve(written, data, probe));
    ASSIGN_OR_RETURN(Target target, FindTarget(name, data));
    targets.push_back(std::move(target));
  }
  return TargetSet::Make(std::move(targets));
}

Result<TargetSet> FindTargets(const std::string& names, const fs::path& data) {
  return FindTargets(names, data,
                     [] { return FindNvidiaDevices(StopCondition()); });
}

}  // namespace kernelevolve
