// A program for the tests of the sandbox: `probe NAME …` tries a forbidden act,
// `act NAME …` behaves in one of the ways a candidate may.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "worker/sandbox/first_process.h"
#include "worker/sandbox/self_test.h"

// The leak checker traces its own process, which the filter takes for an
// attack.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

// A line on descriptor 3 tells the test that the program is where it should be.
void Report(const std::string& line) {
  (void)!write(3, line.data(), line.size());
}

[[noreturn]] void Sleep() {
  while (true) pause();
}

// Counts in memory shared with the test, as fast as it can.
[[noreturn]] void Spin() {
  std::atomic<unsigned long> count = 0;
  while (true) ++count;
}

int Flood(unsigned long bytes) {
  const std::string line(100, 'x');
  for (unsigned long done = 0; done < bytes; done += line.size()) {
    (void)!write(1, line.data(), line.size());
    (void)!write(2, line.data(), line.size());
  }
  return 0;
}

int StartThreads(int count) {
  std::vector<std::thread> threads;
  while (count-- > 0) threads.emplace_back(Spin);
  Report("ready");
  Sleep();
}

int ListDescriptors() {
  for (int descriptor = 0; descriptor < 100; ++descriptor)
    if (fcntl(descriptor, F_GETFD) >= 0) std::printf("%d ", descriptor);
  return 0;
}

int Crash() {
  volatile int* volatile nothing = nullptr;
  return *nothing;
}

int Act(const std::string& name, int number) {
  if (name == "exit") return number;
  if (name == "flood") return Flood(static_cast<unsigned long>(number) << 20);
  if (name == "threads") return StartThreads(number);
  if (name == "descriptors") return ListDescriptors();
  if (name == "crash") return Crash();
  if (name == "abort") {
    kernelevolve::worker::ReportAbort();
    std::abort();
  }
  if (name == "spin") {
    Report("ready");
    Spin();
  }
  return 2;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 2;
  const std::string kind = words[1];
  if (kind == "act") return Act(words[2], count > 3 ? std::atoi(words[3]) : 0);
  return kernelevolve::worker::RunProbe(words[2], {words + 3, words + count});
}
