#include "cli/gauntlet/trouble.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"

namespace kernelevolve::cli {
namespace {

constexpr auto kLook = std::chrono::milliseconds(50);
// Time to begin with the work, so that something is lost.
constexpr auto kRunUp = std::chrono::milliseconds(200);

// Children of this process that are workers: "pid (kernelevolve-wo) S ppid …",
// as far as a process's name goes.
std::vector<pid_t> Workers() {
  std::vector<pid_t> workers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto text = ReadFile(entry.path() / "stat", 4096);
    int pid = 0, parent = 0;
    if (text && std::sscanf(text->c_str(), "%d (kernelevolve-wo) %*c %d", &pid,
                            &parent) == 2 && parent == getpid())
      workers.push_back(pid);
  }
  return workers;
}

void Compute(const std::atomic<bool>& over) {
  for (std::atomic<unsigned> turns = 0; !over; ++turns) {
  }
}

void KillWorkers(const std::atomic<bool>& over) {
  auto waited = std::chrono::milliseconds(0);
  while (!over) {
    std::this_thread::sleep_for(kLook);
    waited += kLook;
    if (waited < kRunUp || over) continue;
    for (const pid_t worker : Workers()) kill(worker, SIGKILL);
    waited = {};
  }
}

}  // namespace

Trouble::Trouble(int busy, bool kill_worker) {
  for (int i = 0; i < busy; ++i)
    threads_.emplace_back([this] { Compute(over_); });
  if (kill_worker) threads_.emplace_back([this] { KillWorkers(over_); });
}

Trouble::~Trouble() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace kernelevolve::cli
