#include "process/command.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/format.h"

namespace kernelevolve {
namespace {

using std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// How long a pipe may go unread before `stop` is looked at again.
constexpr Milliseconds kSlice{50};

struct Stream {
  int fd = -1;
  std::string* kept = nullptr;
  bool open = true;
};

// Reads what is there. Never blocks: poll said so.
void Drain(Stream& stream, size_t limit, bool& truncated) {
  char buffer[1 << 16];
  const ssize_t got = ::read(stream.fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    stream.open = false;
    return;
  }
  const size_t room = limit - std::min(limit, stream.kept->size());
  const size_t taken = std::min(room, static_cast<size_t>(got));
  stream.kept->append(buffer, taken);
  if (taken < static_cast<size_t>(got)) truncated = true;
}

using Streams = std::array<Stream, 2>;

bool AnyOpen(const Streams& streams) {
  return streams[0].open || streams[1].open;
}

// False if nothing came.
bool PollOnce(Streams& streams, size_t limit, Milliseconds wait,
              bool& truncated) {
  std::array<pollfd, 2> entries;
  for (size_t i = 0; i < 2; ++i)
    entries[i] = {streams[i].open ? streams[i].fd : -1, POLLIN, 0};
  if (::poll(entries.data(), 2, static_cast<int>(wait.count())) <= 0)
    return false;
  for (size_t i = 0; i < 2; ++i)
    if (entries[i].revents) Drain(streams[i], limit, truncated);
  return true;
}

}  // namespace

Result<CommandOutcome> RunCommand(const ChildSpec& spec,
                                  const CommandLimits& limits,
                                  const StopCondition& stop) {
  ASSIGN_OR_RETURN(Child child, Child::Start(spec));
  child.CloseInput();
  const auto deadline = steady_clock::now() + limits.timeout;
  CommandOutcome outcome;
  Streams streams{Stream{child.output(), &outcome.output, child.output() >= 0},
                  Stream{child.errors(), &outcome.errors, child.errors() >= 0}};
  while (true) {
    if (stop.requested())
      return Fail(ErrorCode::kInterrupted, spec.argv[0] + ": interrupted");
    // A descendant may hold the pipes open after the child itself has ended:
    // the child's end decides, and Wait kills the rest.
    const auto exit = child.Wait(AnyOpen(streams) ? Milliseconds(0) : kSlice);
    if (exit) outcome.exit = *exit;
    if (exit || steady_clock::now() >= deadline) break;
    if (AnyOpen(streams))
      PollOnce(streams, limits.output_bytes, kSlice, outcome.truncated);
  }
  outcome.timed_out = !child.Wait(Milliseconds(0)).has_value();
  outcome.exit = child.Kill();
  // What the dead left in the pipes. One that escaped its group may still
  // write: not for longer than this.
  const auto enough = steady_clock::now() + std::chrono::seconds(1);
  while (AnyOpen(streams) && steady_clock::now() < enough &&
         PollOnce(streams, limits.output_bytes, {}, outcome.truncated)) {
  }
  return outcome;
}

}  // namespace kernelevolve
