#include "worker/judge/busy_core.h"

#include <pthread.h>
#include <sched.h>

namespace kernelevolve::worker {

BusyCore::BusyCore(int cpu)
    : thread_([this, cpu] {
        cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(cpu, &only);
        // Where that is refused it is busy elsewhere, which is no harm.
        (void)pthread_setaffinity_np(pthread_self(), sizeof only, &only);
        while (!stop_.load(std::memory_order_relaxed)) {
        }
      }) {}

BusyCore::~BusyCore() {
  stop_ = true;
  thread_.join();
}

}  // namespace kernelevolve::worker
