#include "wire/frame.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.h"
#include "base/format.h"
#include "wire/pass_descriptor.h"

namespace kernelevolve {
namespace {

constexpr size_t kHeaderBytes = 4;
// Grown as bytes arrive: a length is a claim, not a reason to allocate.
constexpr size_t kChunkBytes = 1 << 16;

// Keeps a write to a dead peer from killing us, without touching the process's
// own way with SIGPIPE: the signal is blocked, and swallowed if we caused it.
class PipeSignalGuard {
 public:
  PipeSignalGuard() {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &previous_);
  }
  ~PipeSignalGuard() {
    const int saved = errno;
    const timespec none{};
    if (raised_ && !was_pending_) sigtimedwait(&pipe_, nullptr, &none);
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
    errno = saved;
  }
  void Raised() { raised_ = true; }

 private:
  sigset_t pipe_, previous_;
  bool was_pending_ = false, raised_ = false;
};

Status WaitWritable(int fd) {
  pollfd poll_fd{fd, POLLOUT, 0};
  if (::poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
    return SystemError("cannot wait for the peer");
  return {};
}

Status WriteBytes(int fd, std::string_view bytes) {
  PipeSignalGuard guard;
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put > 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (put < 0 && errno == EAGAIN) {
      RETURN_IF_ERROR(WaitWritable(fd));
    } else if (put < 0 && errno == EPIPE) {
      guard.Raised();
      return Fail(ErrorCode::kInfrastructure, "closed", /*retryable=*/true);
    } else if (put < 0 && errno != EINTR) {
      return SystemError("cannot write a frame");
    }
  }
  return {};
}

Result<std::string> Encode(const Json& message) {
  const std::string body = DumpJson(message);
  if (body.size() > kMaxFrameBytes)
    return BadInput(format("a message of {} bytes; the limit is {}",
                           body.size(), kMaxFrameBytes));
  std::string frame;
  frame.reserve(kHeaderBytes + body.size());
  for (size_t i = 0; i < kHeaderBytes; ++i)
    frame += static_cast<char>(body.size() >> (8 * i) & 0xff);
  return frame + body;
}

// Reads one frame against one deadline.
class FrameReader {
 public:
  FrameReader(int fd, int timeout_ms) : fd_(fd), timeout_ms_(timeout_ms) {}

  Result<std::string> Run() {
    std::string header;
    RETURN_IF_ERROR(ReadBytes(kHeaderBytes, header, /*may_close=*/true));
    uint32_t length = 0;
    for (size_t i = kHeaderBytes; i-- > 0;)
      length = length << 8 | static_cast<unsigned char>(header[i]);
    if (length > kMaxFrameBytes)
      return BadInput(format("a frame of {} bytes; the limit is {}", length,
                             kMaxFrameBytes));
    std::string body;
    RETURN_IF_ERROR(ReadBytes(length, body, /*may_close=*/false));
    return body;
  }

 private:
  Status ReadBytes(size_t count, std::string& bytes, bool may_close) {
    std::array<char, kChunkBytes> chunk;
    while (bytes.size() < count) {
      RETURN_IF_ERROR(WaitReadable());
      const ssize_t got = ::read(fd_, chunk.data(),
                                 std::min(chunk.size(), count - bytes.size()));
      if (got > 0)
        bytes.append(chunk.data(), static_cast<size_t>(got));
      else if (got == 0 || errno == ECONNRESET)
        return Fail(
            ErrorCode::kInfrastructure,
            may_close && bytes.empty() ? "closed" : "closed within a frame",
            /*retryable=*/true);
      else if (errno != EINTR && errno != EAGAIN)
        return SystemError("cannot read a frame");
    }
    return {};
  }

  Status WaitReadable() {
    while (true) {
      int left = -1;
      if (timeout_ms_ >= 0)
        left = std::max(
            0, timeout_ms_ - static_cast<int>(std::min(
                                 MillisecondsSince(clock_, start_), 2e9)));
      pollfd poll_fd{fd_, POLLIN, 0};
      const int ready = ::poll(&poll_fd, 1, left);
      if (ready > 0) return {};
      if (ready == 0)
        return Fail(ErrorCode::kInfrastructure, "timed out",
                    /*retryable=*/true);
      if (errno != EINTR) return SystemError("cannot wait for a frame");
    }
  }

  const int fd_;
  const int timeout_ms_;
  SystemClock clock_;
  const Clock::TimePoint start_ = clock_.Now();
};

}  // namespace

Status WriteFrame(int fd, const Json& message) {
  ASSIGN_OR_RETURN(const std::string frame, Encode(message));
  return WriteBytes(fd, frame);
}

Status WriteFrameWithDescriptor(int socket, const Json& message,
                                int descriptor) {
  ASSIGN_OR_RETURN(const std::string frame, Encode(message));
  ASSIGN_OR_RETURN(const size_t sent,
                   SendWithDescriptor(socket, frame, descriptor));
  return WriteBytes(socket, std::string_view(frame).substr(sent));
}

Result<Json> ReadFrame(int fd, int timeout_ms) {
  ASSIGN_OR_RETURN(const std::string body, FrameReader(fd, timeout_ms).Run());
  return ParseJson(body);
}

}  // namespace kernelevolve
