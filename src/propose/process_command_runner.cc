#include "propose/process_command_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>

#include "process/child.h"

namespace kernelevolve {
namespace {

using std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// How long the pipes may be quiet before `stop` is looked at again.
constexpr Milliseconds kSlice{50};
constexpr size_t kErrorLimit = 64 << 10;

// A program that ends before it has read all its input must not end us:
// SIGPIPE is blocked in this thread, and swallowed if we caused it.
class PipeSignalBlock {
 public:
  PipeSignalBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlock() {
    const timespec now{};
    if (!was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlock(const PipeSignalBlock&) = delete;
  PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

// The child's three streams, used by one thread.
class Conversation {
 public:
  Conversation(Child& child, const CommandCall& call, CommandReply& reply)
      : child_(child), call_(call), reply_(reply), rest_(call.input) {
    ::fcntl(child.input(), F_SETFL, O_NONBLOCK);
    if (rest_.empty()) CloseInput();
  }

  bool open() const { return output_open_ || errors_open_ || !input_closed_; }

  // False if nothing happened within `wait`.
  bool Step(Milliseconds wait) {
    std::array<pollfd, 3> entries{
        pollfd{input_closed_ ? -1 : child_.input(), POLLOUT, 0},
        pollfd{output_open_ ? child_.output() : -1, POLLIN, 0},
        pollfd{errors_open_ ? child_.errors() : -1, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(),
               static_cast<int>(wait.count())) <= 0)
      return false;
    if (entries[0].revents) Feed();
    if (entries[1].revents)
      output_open_ = Drain(child_.output(), reply_.output, call_.output_limit,
                           &reply_.truncated);
    if (entries[2].revents)
      errors_open_ = Drain(child_.errors(), reply_.errors, kErrorLimit, nullptr);
    return true;
  }

 private:
  void CloseInput() {
    child_.CloseInput();
    input_closed_ = true;
  }

  void Feed() {
    const ssize_t put = ::write(child_.input(), rest_.data(), rest_.size());
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (put > 0) rest_.remove_prefix(static_cast<size_t>(put));
    // It may answer without having read everything.
    if (put < 0 || rest_.empty()) CloseInput();
  }

  // False at the stream's end.
  static bool Drain(int fd, std::string& kept, size_t limit, bool* truncated) {
    char buffer[1 << 16];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    const size_t room = limit - std::min(limit, kept.size());
    const size_t taken = std::min(room, static_cast<size_t>(got));
    kept.append(buffer, taken);
    if (truncated && taken < static_cast<size_t>(got)) *truncated = true;
    return got > 0;
  }

  Child& child_;
  const CommandCall& call_;
  CommandReply& reply_;
  std::string_view rest_;
  bool input_closed_ = false, output_open_ = true, errors_open_ = true;
};

ChildSpec SpecOf(const CommandCall& call) {
  ChildSpec spec;
  spec.argv = call.argv;
  spec.pipe_input = true;
  for (const std::string& name : call.hidden_environment)
    spec.environment[name] = "";
  return spec;
}

}  // namespace

Result<CommandReply> ProcessCommandRunner::Run(const CommandCall& call,
                                               const StopCondition& stop) {
  const PipeSignalBlock block;
  ASSIGN_OR_RETURN(Child child, Child::Start(SpecOf(call)));
  CommandReply reply;
  Conversation talk(child, call, reply);
  const auto deadline = steady_clock::now() + call.timeout;
  std::optional<ChildExit> exit;
  while (!exit && steady_clock::now() < deadline) {
    if (stop.requested())
      return Fail(ErrorCode::kInterrupted, call.argv[0] + ": interrupted");
    if (talk.open()) talk.Step(kSlice);
    exit = child.Wait(talk.open() ? Milliseconds(0) : kSlice);
  }
  reply.timed_out = !exit;
  const ChildExit end = exit ? *exit : child.Kill();
  // What is left in the pipes; one that escaped its group may still hold them.
  const auto enough = steady_clock::now() + std::chrono::seconds(1);
  while (talk.open() && steady_clock::now() < enough && talk.Step({})) {
  }
  reply.ok = end.ok() && !reply.timed_out;
  reply.status = end.ToString();
  return reply;
}

}  // namespace kernelevolve
