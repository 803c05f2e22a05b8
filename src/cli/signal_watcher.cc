#include "cli/signal_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "cli/terminal.h"

namespace kernelevolve::cli {
namespace {

void Say(int fd, std::string_view text) {
  if (::isatty(fd)) (void)!::write(fd, text.data(), text.size());
}

// What a shell expects of a program that a signal ended.
[[noreturn]] void EndNow(int signal) {
  Say(STDOUT_FILENO, kShowCursor);
  ::_exit(128 + signal);
}

}  // namespace

SignalWatcher::SignalWatcher(StopCondition& stop) {
  sigset_t watched;
  ::sigemptyset(&watched);
  ::sigaddset(&watched, SIGINT);
  ::sigaddset(&watched, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  // A reader that goes away ends neither a search nor a write to a worker.
  ::signal(SIGPIPE, SIG_IGN);
  signals_.Reset(::signalfd(-1, &watched, SFD_CLOEXEC));
  quit_.Reset(::eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread([this, &stop] { Watch(stop); });
}

SignalWatcher::~SignalWatcher() {
  const uint64_t one = 1;
  (void)!::write(quit_.get(), &one, sizeof one);
  thread_.join();
}

void SignalWatcher::Watch(StopCondition& stop) {
  pollfd sources[] = {{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}};
  while (true) {
    if (::poll(sources, 2, -1) < 0) continue;
    if (sources[1].revents) return;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (stop.requested()) EndNow(signal);
    stop.Request(signal == SIGINT ? StopCondition::Reason::kInterrupt
                                  : StopCondition::Reason::kTerminate);
    Say(STDERR_FILENO,
        "\r\nStopping; what is recorded stays. Again to quit at once.\n");
  }
}

}  // namespace kernelevolve::cli
