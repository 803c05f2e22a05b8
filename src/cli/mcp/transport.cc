#include "cli/mcp/transport.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/write_all.h"

namespace kernelevolve::cli::mcp {
namespace {

// The longest kernel there may be, escaped, and then some.
constexpr size_t kMostLineBytes = 16 << 20;
// How long a stop may go unnoticed.
constexpr int kPollMs = 100;

}  // namespace

std::optional<Line> FdTransport::Take() {
  const size_t end = buffer_.find('\n', searched_);
  if (end == buffer_.npos) {
    searched_ = buffer_.size();
    if (searched_ <= kMostLineBytes && !skipping_) return std::nullopt;
    skipping_ = true;
    buffer_.clear();
    searched_ = 0;
    return std::nullopt;
  }
  Line line{buffer_.substr(0, end), skipping_};
  if (line.text.size() > kMostLineBytes) line.too_long = true;
  if (line.too_long) line.text.clear();
  buffer_.erase(0, end + 1);
  searched_ = 0;
  skipping_ = false;
  return line;
}

std::optional<Line> FdTransport::ReadLine(const StopCondition& stop) {
  std::array<char, 64 << 10> chunk;
  while (!stop.requested()) {
    if (auto line = Take()) return line;
    pollfd source{input_, POLLIN, 0};
    if (::poll(&source, 1, kPollMs) <= 0) continue;
    const ssize_t got = ::read(input_, chunk.data(), chunk.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return std::nullopt;  // a last line without its end is none
    buffer_.append(chunk.data(), static_cast<size_t>(got));
  }
  return std::nullopt;
}

void FdTransport::WriteLine(std::string_view line) {
  const std::lock_guard lock(mutex_);
  (void)(WriteAll(output_, line) && WriteAll(output_, "\n"));
}

}  // namespace kernelevolve::cli::mcp
