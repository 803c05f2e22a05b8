// SignalWatcher: the first SIGINT or SIGTERM asks the program to stop, the
// second ends it at once.
//
// Blocks both signals in the calling thread, so that every thread made later
// inherits the mask, and reads them in a thread of its own; children start with
// a clear mask (process/child.cc). Made by main before anything else.
#pragma once

#include <thread>

#include "base/fd.h"
#include "base/stop.h"

namespace kernelevolve::cli {

class SignalWatcher {
 public:
  explicit SignalWatcher(StopCondition& stop);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  void Watch(StopCondition& stop);

  Fd signals_, quit_;
  std::thread thread_;
};

}  // namespace kernelevolve::cli
