// Threads that stay, as many as there can be.
#include <kernelevolve/abi.h>

#include <chrono>
#include <thread>

extern "C" int ke_run(const ke_call*) {
  while (true)
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::hours(1));
    }).detach();
}
