// Whether limits stop a program that wants more.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"
#include "worker/sandbox/probes.h"

namespace kernelevolve::worker {
namespace {

uint64_t ToNumber(const ProbeArguments& arguments, size_t index = 0) {
  return index < arguments.size()
             ? std::strtoull(arguments[index].c_str(), nullptr, 0)
             : 0;
}

// Argument: bytes to fill.
bool UseMemory(const ProbeArguments& arguments) {
  const uint64_t bytes = ToNumber(arguments);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  memset(memory, 1, bytes);
  return true;
}

void* Sleep(void*) {
  while (true) pause();
}

// Argument: threads to start beside this one.
bool UseTasks(const ProbeArguments& arguments) {
  for (uint64_t left = ToNumber(arguments); left > 0; --left) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, Sleep, nullptr) != 0) return false;
  }
  return true;
}

// A file that vanishes with its descriptor. Without one nothing is proved.
Fd MakeFile() {
  Fd file(open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) _exit(2);
  return file;
}

bool Fill(const Fd& file, uint64_t bytes) {
  const std::string block(64 << 10, 'x');
  for (uint64_t done = 0; done < bytes; done += block.size())
    if (write(file.get(), block.data(), block.size()) !=
        static_cast<ssize_t>(block.size()))
      return false;
  return true;
}

// Argument: bytes to write into one file.
bool UseFile(const ProbeArguments& arguments) {
  return Fill(MakeFile(), ToNumber(arguments));
}

// Arguments: bytes of each file, number of files.
bool UseDisk(const ProbeArguments& arguments) {
  std::vector<Fd> files;
  for (uint64_t left = ToNumber(arguments, 1); left > 0; --left) {
    files.push_back(MakeFile());
    if (!Fill(files.back(), ToNumber(arguments))) return false;
  }
  return true;
}

// Argument: CPU seconds that must be the limit. Using them up would take too
// long at each start.
bool ExceedCpuLimit(const ProbeArguments& arguments) {
  rlimit limit = {};
  return getrlimit(RLIMIT_CPU, &limit) != 0 ||
         limit.rlim_max > ToNumber(arguments);
}

bool UseCpu(const ProbeArguments&) {
  std::atomic<uint64_t> count = 0;
  while (true) ++count;
}

bool DumpCore(const ProbeArguments&) {
  rlimit limit = {};
  return getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0;
}

bool RaiseLimits(const ProbeArguments&) {
  for (__rlimit_resource resource : {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE}) {
    rlimit limit = {};
    getrlimit(resource, &limit);
    ++limit.rlim_max;
    if (setrlimit(resource, &limit) == 0) return true;
  }
  return false;
}

}  // namespace

const std::vector<Probe>& LimitProbes() {
  static const std::vector<Probe> probes = {
      {"use_memory", UseMemory},
      {"use_tasks", UseTasks},
      {"use_file", UseFile},
      {"use_disk", UseDisk},
      {"exceed_cpu_limit", ExceedCpuLimit},
      {"use_cpu", UseCpu},
      {"dump_core", DumpCore},
      {"raise_limits", RaiseLimits},
  };
  return probes;
}

}  // namespace kernelevolve::worker
