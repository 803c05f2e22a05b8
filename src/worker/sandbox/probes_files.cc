// What a program might reach through the file system and its inheritance.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/fd.h"
#include "worker/sandbox/probes.h"

namespace kernelevolve::worker {
namespace {

bool CanOpen(const std::string& path, int flags) {
  const Fd file(open(path.c_str(), flags | O_CLOEXEC, 0600));
  return static_cast<bool>(file);
}

bool CanCreate(const std::string& path) {
  if (!CanOpen(path, O_CREAT | O_EXCL | O_WRONLY)) return false;
  unlink(path.c_str());
  return true;
}

// The one probe that must get through: what a kernel may do works, so that a
// refusal elsewhere is the sandbox's and not a broken probe's.
bool Control(const ProbeArguments&) {
  bool ran = false;
  std::thread([&] { ran = true; }).join();
  return ran && CanCreate("/tmp/control") && CanOpen("/dev/null", O_RDWR) &&
         CanOpen("/dev/urandom", O_RDONLY);
}

bool ReadFile(const ProbeArguments& paths) {
  return std::ranges::any_of(
      paths, [](const std::string& path) { return CanOpen(path, O_RDONLY); });
}

// Anything in / beyond what the mount plan puts there.
bool SeeHostRoot(const ProbeArguments&) {
  constexpr const char* kPlanned[] = {"bin",  "dev",   "etc",   "ke",
                                      "lib",  "lib32", "lib64", "libx32",
                                      "proc", "sbin",  "tmp",   "usr"};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/", error)) {
    const std::string name = entry.path().filename().string();
    if (std::ranges::find(kPlanned, name) == std::end(kPlanned)) return true;
  }
  return static_cast<bool>(error);
}

// Would the mode be changed, to what it is?
bool CanChangeMode(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 &&
         chmod(path.c_str(), info.st_mode & 07777) == 0;
}

// Arguments: read-only binds.
bool WriteReadOnly(const ProbeArguments& binds) {
  for (const std::string folder : {"/", "/usr", "/usr/lib", "/dev", "/etc"})
    if (CanCreate(folder + "/written")) return true;
  return std::ranges::any_of(binds, [](const std::string& path) {
    return CanOpen(path, O_WRONLY) || CanChangeMode(path);
  });
}

// Arguments: folders that anybody may write to.
bool WriteFolder(const ProbeArguments& folders) {
  return std::ranges::any_of(folders, [](const std::string& folder) {
    return CanCreate(folder + "/written");
  });
}

// Arguments: names in /dev that may be there. A GPU's node is none of them.
bool SeeDevices(const ProbeArguments& allowed) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", error))
    if (std::ranges::find(allowed, entry.path().filename().string()) ==
        allowed.end())
      return true;
  return static_cast<bool>(error);
}

bool WriteSharedMemory(const ProbeArguments&) {
  const Fd file(shm_open("/kernelevolve-probe", O_CREAT | O_RDWR, 0600));
  if (file) shm_unlink("/kernelevolve-probe");
  return file || CanCreate("/dev/shm/kernelevolve-probe") ||
         CanCreate("/run/kernelevolve-probe") ||
         CanCreate("/var/tmp/kernelevolve-probe");
}

// Arguments: the names that may be set.
bool SeeEnvironment(const ProbeArguments& allowed) {
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (std::ranges::find(allowed, name) == allowed.end()) return true;
  }
  return false;
}

// Arguments: how many descriptors from 3 on are its own.
bool FindDescriptors(const ProbeArguments& arguments) {
  const int own = arguments.empty() ? 0 : std::atoi(arguments[0].c_str());
  for (int descriptor = 3 + own; descriptor < 4096; ++descriptor)
    if (fcntl(descriptor, F_GETFD) >= 0) return true;
  return false;
}

// A library written at run time must not become code: what is judged is what
// was built.
bool MapWrittenCode(const ProbeArguments&) {
  const Fd file(open("/tmp/code", O_CREAT | O_RDWR | O_CLOEXEC, 0700));
  unlink("/tmp/code");
  if (!file || write(file.get(), "\xc3", 1) != 1) return false;
  void* code =
      mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0);
  return code != MAP_FAILED;
}

}  // namespace

const std::vector<Probe>& FileProbes() {
  static const std::vector<Probe> probes = {
      {"control", Control},
      {"read_file", ReadFile},
      {"see_host_root", SeeHostRoot},
      {"write_read_only", WriteReadOnly},
      {"write_folder", WriteFolder},
      {"see_devices", SeeDevices},
      {"write_shared_memory", WriteSharedMemory},
      {"see_environment", SeeEnvironment},
      {"find_descriptors", FindDescriptors},
      {"map_written_code", MapWrittenCode},
  };
  return probes;
}

}  // namespace kernelevolve::worker
