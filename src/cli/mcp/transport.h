// Transport: lines from and to an MCP client.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/stop.h"

namespace kernelevolve::cli::mcp {

struct Line {
  std::string text;       // without its end
  bool too_long = false;  // `text` is empty: it was not kept
};

class Transport {
 public:
  virtual ~Transport() = default;
  // For one thread. nullopt: the other side has closed, or `stop` is requested.
  virtual std::optional<Line> ReadLine(const StopCondition& stop) = 0;
  // Thread-safe. Whether anybody still reads it is not told.
  virtual void WriteLine(std::string_view line) = 0;
};

// Over two file descriptors, which outlive it.
class FdTransport : public Transport {
 public:
  FdTransport(int input, int output) : input_(input), output_(output) {}

  std::optional<Line> ReadLine(const StopCondition& stop) override;
  void WriteLine(std::string_view line) override;

 private:
  // The next whole line of what has been read.
  std::optional<Line> Take();

  const int input_, output_;
  std::string buffer_;
  size_t searched_ = 0;    // so much of it holds no line's end
  bool skipping_ = false;  // the rest of a line that is too long
  std::mutex mutex_;       // of the output
};

}  // namespace kernelevolve::cli::mcp
