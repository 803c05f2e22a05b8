#include "worker/sandbox/self_test_outside.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

using wire::SandboxLayer;

std::string NamespaceOf(const std::string& process, const char* kind) {
  std::error_code error;
  const fs::path link =
      fs::read_symlink(format("/proc/{}/ns/{}", process, kind), error);
  return error ? "" : link.string();
}

SandboxLayer InspectNamespace(pid_t pid, const char* kind, const char* name) {
  const std::string own = NamespaceOf("self", kind);
  const std::string other = NamespaceOf(std::to_string(pid), kind);
  SandboxLayer layer{format("{} namespace", name)};
  layer.working = !own.empty() && !other.empty() && own != other;
  if (!layer.working)
    layer.detail = other.empty() ? "cannot be read from outside"
                                 : "the program shares ours";
  return layer;
}

SandboxLayer InspectField(const std::string& status, const char* layer,
                          const std::vector<const char*>& fields,
                          const std::string& wanted) {
  for (const char* field : fields) {
    const std::string value = StatusField(status, field);
    if (value != wanted)
      return {layer, false, format("{} is {}, not {}", field, value, wanted)};
  }
  return {layer, true, ""};
}

}  // namespace

std::string StatusField(const std::string& status, const std::string& name) {
  for (std::string_view line : Split(status, '\n'))
    if (line.starts_with(name + ":"))
      return std::string(Trim(line.substr(name.size() + 1)));
  return "";
}

std::vector<SandboxLayer> InspectProgram(pid_t pid, const SandboxFacts& facts) {
  std::vector<SandboxLayer> layers = {
      InspectNamespace(pid, "user", "user"),
      InspectNamespace(pid, "pid", "pid"),
      InspectNamespace(pid, "mnt", "mount"),
      InspectNamespace(pid, "net", "network"),
      InspectNamespace(pid, "ipc", "ipc"),
      InspectNamespace(pid, "uts", "uts"),
      InspectNamespace(pid, "cgroup", "cgroup"),
  };
  layers[0].detail += (layers[0].detail.empty() ? "" : "; ") + facts.identity;
  const auto status = ReadFile(format("/proc/{}/status", pid));
  if (!status) {
    layers.push_back({"capabilities", false, status.error().message});
    return layers;
  }
  layers.push_back(InspectField(
      *status, "capabilities are dropped",
      {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}, "0000000000000000"));
  layers.push_back(InspectField(*status, "no_new_privs", {"NoNewPrivs"}, "1"));
  layers.push_back(
      InspectField(*status, "seccomp filter is loaded", {"Seccomp"}, "2"));
  return layers;
}

}  // namespace kernelevolve::worker
